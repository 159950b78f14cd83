// SPDX-License-Identifier: BSD-3-Clause
// Searching the recent transactions, and one of them as a ladder: who sent what to whom, and when.
import { fresh, h, link, replace, svg } from "./dom.js";
import { ask } from "./feed.js";
import { shape } from "./marks.js";
import { clock, iso, milliseconds, moment, outcome, OUTCOME_NAMES, rat, seconds } from "./words.js";

const LIMIT = 100;
const SIGNS = { success: "ok", user: "minor", network: "major", congestion: "major", abort: "major", timeout: "critical", late: "minor", open: "unknown", "unmatched-answer": "unknown" };

// With tenths of a millisecond: what a ladder is read for.
function fine(time) {
	const [, fraction = ""] = String(time).split(".");

	return `${clock(time)}.${fraction.padEnd(4, "0").slice(0, 4)}`;
}

function outcome_cell(row) {
	return h("td", {}, h("span", { class: "outcome" }, shape(SIGNS[row.outcome] ?? "unknown", 15), outcome(row.outcome)), row.cause_name && row.outcome !== "success" && h("small", {}, row.cause_name));
}

// What the operator calls it, if anything: "HLR 1 (447802000001)". Hosts of Diameter are long and alike; the first label tells them apart.
function short(node) {
	const called = /^(.+?) \((?!next hop)[^()]+\)( \(next hop\))?$/.exec(node ?? "");

	if (called)
		return called[1] + (called[2] ?? "");
	return node?.includes(".") && !/^\d/.test(node) ? node.split(".")[0] : node ?? "–";
}

function node_cell(node) {
	return h("td", {}, node ? h("a", { href: `#/nodes/${encodeURIComponent(node)}`, title: node }, short(node)) : "–");
}

function table(rows, now, words) {
	const has_segments = rows.some((row) => row.segments !== undefined);

	return h("div", { class: "wide", role: "region", tabindex: "0", "aria-label": words }, h("table", { class: "transactions" },
		h("thead", {}, h("tr", {}, ["Time (UTC)", "Procedure", "Outcome", "Answer after", "From", "To", "Subscriber", has_segments && "Segments"].filter(Boolean).map((name) => h("th", { scope: "col", class: name === "Answer after" ? "number" : "" }, name)))),
		h("tbody", {}, rows.map((row) => h("tr", {},
			h("td", { class: "time" }, row.key !== undefined ? link(moment(row.time, now), "transactions", row.key) : moment(row.time, now)), h("td", {}, row.procedure),
			outcome_cell(row), h("td", { class: "number" }, milliseconds(row.latency_ms)), node_cell(row.client), node_cell(row.server),
			h("td", {}, row.imsi ? h("a", { href: `#/transactions?imsi=${encodeURIComponent(row.imsi)}`, class: "identity" }, row.imsi) : row.msisdn ?? "–"),
			has_segments && h("td", {}, (row.segments ?? []).filter((name) => name !== "all").join(", ")))))));
}

// The examples that an alarm carries.
export function examples(line) {
	const rows = line.evidence?.examples ?? [];

	return rows.length === 0 ? [] : h("section", { "aria-labelledby": "examples" }, h("h2", { id: "examples" }, "Examples"), table(rows, seconds(line.time), "Examples of failed transactions"));
}

// A time of today on the clock of the probe, as epoch seconds; empty when it is none.
function time_of(words, now) {
	const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(words.trim());
	const date = new Date(now * 1000);

	if (!match || !Number.isFinite(now))
		return "";
	const at = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), Number(match[1]), Number(match[2]), Number(match[3] ?? 0)) / 1000;

	return at > now + 60 ? at - 86400 : at; // a time that is still to come was yesterday's
}

const FIELDS = [
	{ name: "procedure", words: "Procedure" }, { name: "outcome", words: "Outcome", choices: OUTCOME_NAMES }, { name: "segment", words: "Segment" },
	{ name: "node", words: "Node" }, { name: "imsi", words: "Subscriber (pseudonym)", hint: "imsi~23410…" }, { name: "since", words: "From (UTC)", hint: "03:05" }, { name: "until", words: "To (UTC)", hint: "03:20" },
];

function field_make({ name, words, choices, hint }, value, lists) {
	const id = `find-${name}`;
	const known = lists[name] ?? [];
	const attributes = { id, name, autocomplete: "off", spellcheck: "false" };
	const input = choices ? h("select", attributes, h("option", { value: "" }, "any"), choices.map((choice) => h("option", { value: choice, selected: choice === value }, outcome(choice)))) :
		h("input", { ...attributes, value: value ?? "", placeholder: hint, list: known.length > 0 && `${id}-list` });

	return h("p", {}, h("label", { for: id }, words), input, known.length > 0 && h("datalist", { id: `${id}-list` }, known.map((each) => h("option", { value: each }))));
}

async function lists_ask() {
	const [procedures, segments, nodes] = await Promise.all(["procedures", "segments", "nodes"].map((topic) => ask(topic).catch(() => [])));

	return { procedure: procedures.map((row) => row.name), segment: segments.map((row) => row.name), node: nodes.map((row) => row.id) };
}

export async function transactions(main, place, context) {
	const lists = await lists_ask();
	const host = h("div");
	const said = h("p", { role: "status", class: "quiet" });
	const values = Object.fromEntries(place.query);
	const form = h("form", { class: "search", role: "search", onsubmit: (event) => { event.preventDefault(); search(); } },
		FIELDS.map((field) => field_make(field, values[field.name], lists)),
		h("p", { class: "act" }, h("button", {}, "Search"), h("a", { class: "button", href: "#/transactions" }, "Everything")));

	// The search is in the address, so that it can be sent to somebody; it is not asked again for that.
	async function search() {
		const wanted = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim() !== ""));
		const query = { ...wanted, limit: LIMIT };

		for (const name of ["since", "until"])
			query[name] = wanted[name] ? time_of(wanted[name], context.now()) : undefined;
		history.replaceState(null, "", `#/transactions${Object.keys(wanted).length > 0 ? `?${new URLSearchParams(wanted)}` : ""}`);
		try {
			const { transactions: rows = [], more } = await ask("transactions", query);

			said.textContent = rows.length === 0 ? "Nothing that is kept is like this." : `${more ? `The newest ${rows.length}; there are more` : `${rows.length} ${rows.length === 1 ? "transaction" : "transactions"}`}.`;
			replace(host, rows.length > 0 ? table(rows, context.now(), "Transactions found") : []);
		} catch (error) {
			said.textContent = `Not found: ${error.message}`;
		}
	}

	main.append(h("h1", {}, "Transactions"), h("p", { class: "quiet" }, "The recent ones that the probe keeps. Subscribers stand under their pseudonyms."), form, said, host);
	await search();
}

const LANE = [150, 220], STEP = 44, HEAD = 46, SIDE = 60; // as narrow as can be read on a phone, as wide as is good

// Who stands where: in the order in which they come into play, the one who asks first.
function parties_of(steps) {
	return [...new Set(steps.flatMap((step) => [step.from, step.to]))];
}

function ladder(steps, room) {
	const parties = parties_of(steps);
	const lanes = Math.max(1, parties.length - 1);
	const lane = Math.min(LANE[1], Math.max(LANE[0], (room - 2 * SIDE) / lanes));
	const width = SIDE * 2 + lane * lanes;
	const height = HEAD + STEP * steps.length + 20;
	const x = (party) => SIDE + lane * parties.indexOf(party);
	const title = fresh("ladder");
	const arrow = (step, i) => {
		const from = x(step.from), to = x(step.to), y = HEAD + STEP * (i + 1) - 8, side = to >= from ? -1 : 1;
		const is_lost = step.lost === true;

		return svg("g", { class: is_lost ? "lost" : step.assumed ? "assumed" : "" },
			svg("text", { class: "middle", x: (from + to) / 2, y: y - 7 }, step.words),
			svg("path", { class: "arrow", d: `M${from} ${y}H${to}` }),
			svg("path", { class: "head", d: `M${to} ${y}l${side * 9} -5v10z` }));
	};

	return h("div", { class: "wide", role: "region", tabindex: "0", "aria-labelledby": title }, svg("svg", { class: "ladder", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-labelledby": title },
		svg("title", { id: title }, `Ladder of ${steps.length} messages between ${parties.join(", ")}; the same stands in the table below.`),
		parties.map((party) => [svg("path", { class: "lane", d: `M${x(party)} ${HEAD - 12}V${height - 6}` }), svg("text", { class: "middle party", x: x(party), y: 20 }, short(party))]),
		steps.map(arrow)));
}

export async function transaction(main, place) {
	const row = await ask(`transactions/${encodeURIComponent(place.rest[0])}`);
	const steps = row.ladder ?? [];
	const first = Number(steps[0]?.time ?? row.time);
	const facts = [["Time", `${fine(row.time)} UTC`], ["Outcome", outcome(row.outcome)], ["Cause", row.cause && [row.cause_name, ` (${row.cause})`]], ["Answer after", row.latency_ms !== undefined && milliseconds(row.latency_ms)],
		       ["From", row.client && link(row.client, "nodes", row.client)], ["To", row.server && link(row.server, "nodes", row.server)],
		       ["Subscriber", row.imsi && h("a", { class: "identity", href: `#/transactions?imsi=${encodeURIComponent(row.imsi)}` }, row.imsi)], ["Radio access", row.rat && rat(row.rat)],
		       ["Segments", (row.segments ?? []).join(", ")], ["Frames", (row.frames ?? []).join(", ")]];

	main.append(h("p", { class: "back" }, link("‹ Transactions", "transactions")),
		h("h1", {}, shape(SIGNS[row.outcome] ?? "unknown", 24), ` ${row.procedure} `, h("small", {}, outcome(row.outcome))),
		steps.length > 0 ? ladder(steps, main.clientWidth) : h("p", { class: "notice" }, "The messages of this transaction are no longer kept."),
		h("table", { class: "facts" }, h("tbody", {}, facts.filter(([, value]) => value && value.length !== 0).map(([words, value]) => h("tr", {}, h("th", { scope: "row" }, words), h("td", {}, value))))),
		steps.length > 0 && h("div", { class: "wide", role: "region", tabindex: "0", "aria-label": "Table of messages" }, h("table", {}, h("caption", {}, "Messages"),
			h("thead", {}, h("tr", {}, ["Time (UTC)", "After", "From", "To", "Message"].map((words) => h("th", { scope: "col", class: words === "After" ? "number" : "" }, words)))),
			h("tbody", {}, steps.map((step) => h("tr", {}, h("td", { class: "time" }, h("time", { datetime: iso(step.time) }, fine(step.time))), h("td", { class: "number" }, milliseconds((Number(step.time) - first) * 1000)),
				h("td", { class: "node" }, step.from), h("td", { class: "node" }, step.to), h("td", {}, step.words, step.assumed && h("small", {}, "not seen by itself"))))))));
}
