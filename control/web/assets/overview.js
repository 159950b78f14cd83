// SPDX-License-Identifier: BSD-3-Clause
// What is wrong now, how each segment does against what is usual, and what the probe itself cannot see.
import { h, link, replace } from "./dom.js";
import { ask } from "./feed.js";
import { badge, shape } from "./marks.js";
import { recent, Series } from "./series.js";
import { spark, spark_top } from "./spark.js";
import { about, count, incidentState, kind, list, moment, percent, rat, rate, seconds, severityRank, severityWord, span } from "./words.js";

const SMALL_MULTIPLES = 24; // the worst ones; the rest is a sentence
const DRAW_PAUSE_MS = 2000;
const BAND_PAUSE_MS = 60000;
const ASK_PAUSE_MS = 15000; // states and what is usual change without an alarm, too

// The sentence of the gravest stands at the head of the page already; its card says what to do.
function incident_card(line, now, said) {
	const hit = line.affected_subscribers?.estimate;
	const { percent: back = 0, per_rat = {} } = line.recovery ?? {};

	return h("li", { class: `card ${line.severity}` },
		h("p", { class: "head" }, badge(line.severity), h("b", {}, link(line.id, "incidents", line.id)), h("span", { class: "quiet" }, `${kind(line.kind)}, ${incidentState(line.state)}`)),
		line.summary !== said && h("p", {}, line.summary),
		h("dl", { class: "figures" },
			h("div", {}, h("dt", {}, "Since"), h("dd", {}, `${moment(line.onset, now)} `, h("small", {}, span(now - seconds(line.onset))))),
			(line.observed_ratio > 0 || line.baseline_ratio > 0) && h("div", {}, h("dt", {}, "Failing"), h("dd", {}, percent(line.observed_ratio), " ", h("small", {}, `usually ${percent(line.baseline_ratio)}`))),
			hit > 0 && h("div", {}, h("dt", {}, "Subscribers hit"), h("dd", {}, `≈ ${about(hit)}`)),
			back > 0 && h("div", {}, h("dt", {}, "Back"), h("dd", {}, `${Math.round(back)} %`, h("progress", { max: 100, value: back, "aria-label": "Share that is back" }))),
			Object.keys(per_rat).length > 0 && h("div", {}, h("dt", {}, "Best and worst"), h("dd", { class: "plain" }, extremes(per_rat)))),
		line.alarm?.proposedRepairActions && h("p", {}, h("b", {}, "Next: "), line.alarm.proposedRepairActions));
}

function extremes(parts) {
	const sorted = Object.entries(parts).sort(([, a], [, b]) => b - a);
	const words = ([name, value]) => `${rat(name)} ${Math.round(value)} %`;

	return sorted.length > 1 ? `${words(sorted[0])}, ${words(sorted.at(-1))}` : words(sorted[0]);
}

function incidents_show(host, lines, now, said) {
	const open = lines.filter((line) => line.state !== "cleared").sort((a, b) => severityRank(b.severity) - severityRank(a.severity));

	replace(host, open.length === 0 ? h("p", { class: "calm" }, shape("ok", 20), "No incident is open.") : h("ul", { class: "cards" }, open.map((line) => incident_card(line, now, said))));
}

// One segment: its name, its two shares in words, and the picture.
function multiple(segment, series, top) {
	const reject = recent(series, "reject"), missing = recent(series, "no_answer");
	const title = segment.label || segment.name;
	const state = segment.state ?? "unknown";
	const asked = recent_rate(series);
	const words = `${title}: ${percent(reject)} refused, ${percent(missing)} not answered.`;

	return h("li", { class: `multiple ${state}` },
		h("h3", {}, shape(state, 16), " ", link(title, "segments", segment.name), " ", h("small", {}, state !== "ok" ? severityWord(state) : asked > 0 ? "as usual" : "no requests")),
		spark(series, words, top),
		h("dl", {},
			h("div", {}, h("dt", { class: "key refused" }, "refused"), h("dd", {}, percent(reject), " ", h("small", {}, `usually ${percent(segment.reject_expected)}`))),
			h("div", {}, h("dt", { class: "key missing" }, "no answer"), h("dd", {}, percent(missing), " ", h("small", {}, `usually ${percent(segment.no_answer_expected)}`))),
			h("div", {}, h("dt", {}, "requests"), h("dd", {}, `${rate(asked)} /s`))));
}

function recent_rate(series) {
	const rates = series.rates().slice(-10).filter(Number.isFinite);

	return rates.length > 0 ? rates.reduce((a, b) => a + b, 0) / rates.length : undefined;
}

function blind_show(host, status, health) {
	// What is not told is not known: no promise is made for a probe that does not answer.
	const is_known = status?.blind !== undefined && health?.account !== undefined;
	const blind = status?.blind ?? [];
	const dropped = Object.values(health?.account?.dropped ?? {}).reduce((a, b) => a + b, 0);
	const down = (health?.ports ?? []).filter((port) => port.up === false);
	const troubles = [...blind.map(({ node, words }) => words ?? `What ${node} sends is not seen.`),
			  dropped > 0 && `${count(dropped)} packets were lost in the probe since its start.`,
			  ...down.map((port) => `Port ${port.name} is down.`)].filter(Boolean);

	replace(host, h("h2", { id: "blind" }, "Does the probe see everything?"), troubles.length === 0 && !is_known ?
		h("p", {}, shape("unknown", 18), " Not known: the probe does not tell. ", link("Health of the probe", "probe")) : troubles.length === 0 ?
		h("p", {}, shape("ok", 18), " Yes: no direction of a link is missing, no packet was lost in the probe. ", link("Health of the probe", "probe")) :
		h("div", {}, h("p", {}, shape("warning", 18), h("b", {}, " Not everything. "), "Silence seen there is none of the network. ", link("Health of the probe", "probe")),
			h("ul", {}, troubles.map((words) => h("li", {}, words)))));
	host.classList.toggle("blinded", troubles.length > 0 || !is_known);
}

export async function overview(main, place, context) {
	const parts = { incidents: h("div"), multiples: h("ul", { class: "multiples" }), rest: h("p", { class: "quiet" }), scale: h("span"), blind: h("section", { class: "blind", "aria-labelledby": "blind" }) };

	parts.legend = h("p", { class: "legend", "aria-hidden": "true" }, h("span", { class: "key refused" }, "refused"), h("span", { class: "key missing" }, "no answer"), h("span", { class: "key band" }, "usual range of refusals"), parts.scale);
	main.append(h("h1", { class: "unseen" }, "Overview"),
		h("section", { "aria-labelledby": "open" }, h("h2", { id: "open" }, "Open incidents"), parts.incidents),
		h("section", { "aria-labelledby": "brands" }, h("h2", { id: "brands" }, "Segments, last 15 minutes"),
			parts.legend,
			parts.multiples, parts.rest),
		parts.blind);

	let [lines, segments, health] = await Promise.all([ask("incidents", { state: "open" }), ask("segments").catch(() => undefined), ask("health").catch(() => undefined)]);
	const shown = new Map();
	let is_ticking = false;
	let due = 0, ask_due = performance.now() + ASK_PAUSE_MS;

	async function series_take() {
		const age = is_ticking ? BAND_PAUSE_MS : ASK_PAUSE_MS;

		await Promise.all(sorted(segments ?? []).slice(0, SMALL_MULTIPLES).map(async ({ name }) => {
			const series = shown.get(name) ?? new Series(`segment:${name}`);

			if (!(performance.now() - series.loaded < age))
				shown.set(name, await series.load());
		}));
	}

	function draw() {
		const all = sorted(segments ?? []), worst = all.slice(0, SMALL_MULTIPLES);

		const top = spark_top([...shown.values()]);

		replace(parts.multiples, worst.filter(({ name }) => shown.has(name)).map((segment) => multiple(segment, shown.get(segment.name), top)));
		parts.legend.hidden = all.length === 0;
		replace(parts.scale, `each picture from 0 to ${percent(top)}`);
		parts.rest.textContent = segments === undefined ? "Not known: the probe does not tell." : all.length === 0 ? "No request of any segment has been seen yet." : all.length > worst.length ? `And ${count(all.length - worst.length)} more, with less evidence of anything: ${list(all.slice(worst.length, worst.length + 5).map((s) => s.label || s.name))} …` : "";
		blind_show(parts.blind, context.status, health);
	}

	await series_take();
	incidents_show(parts.incidents, lines, context.now(), context.status?.words);
	draw();

	async function again() {
		ask_due = performance.now() + ASK_PAUSE_MS;
		[lines, segments, health] = await Promise.all([ask("incidents", { state: "open" }), ask("segments").catch(() => undefined), ask("health").catch(() => undefined)]);
		await series_take();
		incidents_show(parts.incidents, lines, context.now(), context.status?.words);
		draw();
	}

	return {
		tick(tick) {
			is_ticking = tick.segments !== undefined;
			for (const [name, values] of Object.entries(tick.segments ?? {}))
				shown.get(name)?.push(seconds(tick.time), values);
			if (performance.now() < due || main.contains(document.getSelection()?.anchorNode) && !document.getSelection().isCollapsed)
				return;
			due = performance.now() + DRAW_PAUSE_MS;
			draw();
			if (performance.now() > ask_due)
				again().catch(() => {});
		},
		alarm: () => again().catch(() => {}),
		health(body) {
			health = { ...health, ...body };
		},
	};
}

export function sorted(segments) {
	return segments.toSorted((a, b) => severityRank(b.state) - severityRank(a.state) || (b.evidence ?? 0) - (a.evidence ?? 0) || (b.requests_per_s ?? 0) - (a.requests_per_s ?? 0));
}
