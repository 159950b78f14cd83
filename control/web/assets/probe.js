// SPDX-License-Identifier: BSD-3-Clause
// The probe itself: what it receives and loses, its workers, its outlets, its memory and its configuration. What is wrong stands first.
import { h, replace } from "./dom.js";
import { ask } from "./feed.js";
import { shape } from "./marks.js";
import { bytes, count, moment, percent, span, upper } from "./words.js";

const PAUSE_MS = 5000;
const BEHIND_TOLD_S = 3;
const sum = (object) => Object.values(object ?? {}).reduce((a, b) => a + (Number(b) || 0), 0);

// A value by its key: octets and shares are said as such, times as times, anything else as it is.
function value_words(key, value, now) {
	if (typeof value === "boolean")
		return value ? "yes" : "no";
	if (/(_bytes|^bytes|rss)$/.test(key) && Number.isFinite(Number(value)))
		return bytes(Number(value));
	if (/(busy|_share|_ratio)$/.test(key) && Number.isFinite(value))
		return percent(value);
	if (/^(loaded|since|time|last_.*time)$/.test(key) && Number(value) > 1e8)
		return moment(value, now);
	if (typeof value === "number")
		return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)));
	return typeof value === "object" ? Object.entries(value ?? {}).map(([name, inner]) => `${words_of(name)} ${value_words(name, inner, now)}`).join(", ") || "none" : String(value);
}

const words_of = (key) => key.replace(/_bytes$/, "").replaceAll("_", " ");

function rows_table(rows, words, now) {
	const keys = [...new Set(rows.flatMap(Object.keys))];
	const is_number = (key) => rows.every((row) => row[key] === undefined || typeof row[key] === "number");

	return h("div", { class: "wide", role: "region", tabindex: "0", "aria-label": words }, h("table", { class: "narrow" },
		h("thead", {}, h("tr", {}, keys.map((key) => h("th", { scope: "col", class: is_number(key) ? "number" : "" }, upper(words_of(key)))))),
		h("tbody", {}, rows.map((row) => h("tr", {}, keys.map((key) => h("td", { class: is_number(key) ? "number" : "" }, row[key] === undefined ? "–" : value_words(key, row[key], now))))))));
}

function facts_table(object, now) {
	return h("table", { class: "facts" }, h("tbody", {}, Object.entries(object).map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, upper(words_of(key))), h("td", {}, value_words(key, value, now))))));
}

function section(title, body) {
	return body && h("section", {}, h("h2", {}, title), body);
}

// Every packet exactly once: where it went.
function account(stats) {
	const parts = [["Decoded", stats.decoded, {}], ["Not for us", sum(stats.ignored), stats.ignored], ["Malformed", sum(stats.malformed), stats.malformed], ["Lost in the probe", sum(stats.dropped), stats.dropped]];
	const transactions = stats.transactions ?? {};

	return [h("table", { class: "account" }, h("caption", {}, `${count(stats.packets)} packets, ${bytes(stats.bytes)}`),
			h("tbody", {}, parts.map(([words, n, why]) => h("tr", {}, h("th", { scope: "row" }, words), h("td", { class: "number" }, count(n)), h("td", { class: "number" }, stats.packets > 0 ? percent(n / stats.packets) : "–"),
				h("td", {}, Object.entries(why ?? {}).sort(([, a], [, b]) => b - a).map(([name, m]) => `${name} ${count(m)}`).join(", ")))))),
		h("p", { class: "quiet" }, `${count(transactions.opened)} transactions opened, ${count(transactions.answered)} answered, ${count(transactions.timeout)} without an answer in time, ${count(transactions.open)} open, ${count(transactions.evicted)} given up for want of room.`)];
}

// What is over is no trouble: the last error of an outlet that delivers again stands in its row.
function outlet_troubles(outlet) {
	return [outlet.failing && `The outlet ${outlet.name} cannot deliver (${count(outlet.waiting ?? 0)} waiting): ${outlet.last_error}`,
		outlet.refused > 0 && `${count(outlet.refused)} announcements were refused for good at the outlet ${outlet.name}: ${outlet.last_error}`,
		outlet.left_out > 0 && `${count(outlet.left_out)} announcements were left out at the outlet ${outlet.name}, since too many waited.`];
}

function troubles(health) {
	const lost = sum(health.account?.dropped);

	return [lost > 0 && `${count(lost)} packets were lost in the probe since its start.`,
		...(health.ports ?? []).filter((port) => port.up === false).map((port) => `Port ${port.name} is down.`),
		health.behind_s >= BEHIND_TOLD_S && `The probe is ${span(health.behind_s)} behind: its machine is too busy, and what happens now is told that much later.`,
		...(health.outlets ?? []).flatMap(outlet_troubles),
		health.configuration?.last_error && `The configuration was not taken over, the old one is in force: ${health.configuration.last_error}`,
		health.account?.transactions?.evicted > 0 && `${count(health.account.transactions.evicted)} transactions were given up for want of room; raise matching.memory.`].filter(Boolean);
}

export async function probe(main, place, context) {
	const host = h("div");
	let due = performance.now() + PAUSE_MS;

	function draw(health) {
		const now = context.now();
		const wrong = troubles(health);
		const list = (rows, words) => rows?.length > 0 && rows_table(rows, words, now);
		const facts = (object) => object && Object.keys(object).length > 0 && facts_table(object, now);

		replace(host, wrong.length === 0 ? h("p", { class: "calm" }, shape("ok", 20), "The probe is well: it loses nothing, and every outlet delivers.") :
			h("div", { class: "notice" }, h("p", {}, shape("major", 20), h("b", {}, " This needs somebody:")), h("ul", {}, wrong.map((words) => h("li", {}, words)))),
			section("Packets", health.account && account(health.account)), section("Ports", list(health.ports, "Ports")), section("Workers", list(health.workers, "Workers")),
			section("Outlets", list(health.outlets, "Outlets")),
			h("div", { class: "beside" }, section("Configuration", facts(health.configuration)), section("Memory", facts(health.memory)),
				section("Store", facts(health.store)), section("Evidence", facts(health.evidence))));
	}

	main.append(h("h1", {}, "Probe"), host);
	draw(await ask("health"));
	return {
		tick() {
			if (performance.now() > due) {
				due = performance.now() + PAUSE_MS;
				ask("health").then(draw).catch(() => {});
			}
		},
	};
}
