// SPDX-License-Identifier: BSD-3-Clause
// Segments, nodes and procedures: a table of each, sorted by evidence, and one of them over time against what is usual.
import { chart } from "./chart.js";
import { dotted, h, link, replace } from "./dom.js";
import { ask } from "./feed.js";
import { badge } from "./marks.js";
import { sorted } from "./overview.js";
import { Series, SPANS } from "./series.js";
import { clock, kind, milliseconds, moment, percent, rate, seconds, span } from "./words.js";

const TABLE_PAUSE_MS = 5000;
const SERIES_PAUSE_MS = 60000; // the expected band moves slowly
const ASKED_PAUSE_MS = 5000;   // where ticks do not bring the newest second
const TABLE_ROWS = 30;

const TOPICS = {
	segments: { title: "Segments", one: "segment", of: "segment", key: "name", words: "Brands, roaming partners and groups of nodes as the configuration names them." },
	nodes: { title: "Nodes", one: "node", of: "node", key: "id", words: "Who answers, and who asks, as seen on the wire." },
	procedures: { title: "Procedures", one: "procedure", of: "procedure", key: "name", words: "Kinds of request, over all subscribers and nodes." },
};

const name_of = (row) => row.label || row.name || row.id;

function shares(now, usual) {
	return h("td", { class: "number" }, percent(now), usual !== undefined && h("small", {}, ` (${percent(usual)})`));
}

// A node that asks and answers is two streams.
function stream_link(topic, page, row) {
	const a = link(dotted(name_of(row)), page, row[topic.key]);

	if (row.role)
		a.href = a.dataset.key = `${a.getAttribute("href")}?role=${row.role}`;
	return a;
}

function table(topic, page, rows) {
	const has = (key) => rows.some((row) => row[key] !== undefined);
	const head = [topic.title.slice(0, -1), has("role") && "Role", "State", "Requests /s", "Refused (usual)", "No answer (usual)", has("latency_ms") && "Answer p50 / p95", has("incidents") && "Incidents"].filter(Boolean);

	return h("div", { class: "wide", role: "region", tabindex: "0", "aria-label": `Table of ${topic.title.toLowerCase()}` }, h("table", {},
		h("thead", {}, h("tr", {}, head.map((words) => h("th", { scope: "col", class: /\/|usual/.test(words) ? "number" : "" }, words)))),
		h("tbody", {}, rows.map((row) => h("tr", {},
			h("th", { scope: "row" }, stream_link(topic, page, row), name_of(row) !== row[topic.key] && h("small", {}, dotted(row[topic.key]))),
			has("role") && h("td", {}, { server: "answers", client: "asks" }[row.role] ?? row.role),
			h("td", {}, badge(row.state ?? "unknown"), row.condition && h("small", {}, kind(row.condition))),
			h("td", { class: "number" }, rate(row.requests_per_s)), shares(row.reject, row.reject_expected), shares(row.no_answer, row.no_answer_expected),
			has("latency_ms") && h("td", { class: "number" }, `${milliseconds(row.latency_ms?.p50)} / ${milliseconds(row.latency_ms?.p95)}`),
			has("incidents") && h("td", {}, (row.incidents ?? []).map((id) => [link(id, "incidents", id), " "])))))));
}

export async function streams(main, place) {
	const topic = TOPICS[place.page];
	const host = h("div");
	const field = h("input", { type: "search", id: "wanted", autocomplete: "off", oninput: () => draw() });
	let rows = [];
	let due = performance.now() + TABLE_PAUSE_MS;

	function draw() {
		const wanted = field.value.toLowerCase();
		const found = sorted(rows).filter((row) => `${name_of(row)} ${row[topic.key]} ${row.state} ${row.role ?? ""}`.toLowerCase().includes(wanted));

		replace(host, found.length > 0 ? table(topic, place.page, found) : h("p", { class: "notice" }, rows.length > 0 ? "None has these letters in its name." : "None has been seen yet."));
	}

	main.append(h("h1", {}, topic.title), h("p", { class: "quiet" }, topic.words, " Worst first."),
		h("p", { class: "tools" }, h("label", { for: "wanted" }, "Only with"), field), host);
	rows = await ask(place.page);
	draw();
	return {
		tick() {
			if (performance.now() < due)
				return;
			due = performance.now() + TABLE_PAUSE_MS;
			ask(place.page).then((answer) => { rows = answer; draw(); }).catch(() => {});
		},
	};
}

// What is drawn of a series; a picture whose column is not there is left out.
const PICTURES = [
	{ title: "Refused", unit: "share", style: "refused", column: "reject" },
	{ title: "Not answered", unit: "share", style: "missing", column: "no_answer" },
	{ title: "Requests per second", unit: "rate", style: "rate", column: "requests" },
	{ title: "Time to the answer", unit: "ms", style: "rate", column: "latency_p50", label: "median", second: "latency_p95", second_label: "95 %" },
];

function marks_of(incidents) {
	return incidents.flatMap((line) => [{ time: seconds(line.onset), words: "onset" }, line.state === "cleared" && { time: seconds(line.time), words: "over" }].filter(Boolean));
}

function plot_of(picture, series, marks) {
	const scale = (column) => (picture.column === "requests" ? column.map((n) => (Number.isFinite(n) ? n / series.step : null)) : column);
	const drawn = picture.unit === "share" ? series.smooth(picture.column) : scale(series.column(picture.column));
	const lines = [{ label: picture.label ?? "", values: drawn, style: picture.style }];

	if (picture.second && series.has(picture.second))
		lines.push({ label: picture.second_label, values: series.column(picture.second), style: "second" });
	return { title: picture.title, unit: picture.unit, times: series.times, lines, marks,
		 low: scale(series.column(`${picture.column}_low`)), high: scale(series.column(`${picture.column}_high`)) };
}

function mean_of(values) {
	const known = values.filter(Number.isFinite);

	return known.length > 0 ? known.reduce((a, b) => a + b, 0) / known.length : undefined;
}

function shares_of(series, names, from, until) {
	return names.map((name) => h("td", { class: "number" }, percent(series.mean(name, from, until) ?? NaN)));
}

// The same figures as a table, a row a minute: for those who read and for those who copy.
function figures_table(series) {
	const every = Math.max(1, Math.round(60 / series.step));
	const rates = series.rates();
	const rows = [];

	for (let i = series.times.length - 1; i >= 0 && rows.length < TABLE_ROWS; i -= every)
		rows.push(h("tr", {}, h("th", { scope: "row" }, clock(series.times[i])), h("td", { class: "number" }, rate(mean_of(rates.slice(Math.max(0, i + 1 - every), i + 1)))),
			shares_of(series, ["reject", "no_answer"], i + 1 - every, i + 1)));
	return h("table", {}, h("thead", {}, h("tr", {}, ["Time", "Requests /s", "Refused", "Not answered"].map((words, i) => h("th", { scope: "col", class: i ? "number" : "" }, words)))), h("tbody", {}, rows));
}

// Buttons for the span; the choice is in the address, so that it can be sent to somebody.
function spans(place, chosen) {
	return h("p", { class: "tools", role: "group", "aria-label": "Time shown" }, Object.entries(SPANS).map(([value, words]) =>
		h("a", { class: "button", href: `#/${place.page}/${place.rest.map(encodeURIComponent).join("/")}?${new URLSearchParams({ ...Object.fromEntries(place.query), span: value })}`, "aria-current": Number(value) === chosen && "true" }, words)));
}

// Pictures of one series, kept up to date. Also used for an incident.
export class Pictures {
	constructor(host, series, marks = []) {
		Object.assign(this, { host, series, marks, charts: [], due: 0, asked: performance.now() });
	}

	draw() {
		this.end();
		this.charts = PICTURES.filter(({ column }) => this.series.has(column)).map((picture) => ({ picture, chart: chart(plot_of(picture, this.series, this.marks)) }));
		replace(this.host, this.charts.length > 0 ? this.charts.map((drawn) => drawn.chart.figure) : h("p", { class: "notice" }, "No request of it has been seen in this time."));
		this.charts.forEach((drawn) => drawn.chart.draw());
	}

	tick(tick, values) {
		if (values)
			this.series.push(seconds(tick.time), values);
		if (performance.now() - this.asked > (values ? SERIES_PAUSE_MS : ASKED_PAUSE_MS)) {
			this.asked = performance.now();
			this.series.load().then(() => this.refresh()).catch(() => {});
		}
		if (values && performance.now() > this.due) {
			this.due = performance.now() + 1000;
			this.refresh();
		}
	}

	refresh() {
		this.charts.forEach(({ picture, chart: drawn }) => drawn.update(plot_of(picture, this.series, this.marks)));
	}

	end() {
		this.charts.forEach(({ chart: drawn }) => drawn.end());
		this.charts = [];
	}
}

export async function stream(main, place, context) {
	const topic = TOPICS[place.page];
	const id = place.rest.join("/");
	const role = place.query.get("role") ?? undefined;
	const chosen = Number(place.query.get("span")) in SPANS ? Number(place.query.get("span")) : 900;
	const [rows, lines, series] = await Promise.all([ask(place.page), ask("incidents"), new Series(`${topic.of}:${id}`, chosen, role).load()]);
	const row = rows.find((each) => each[topic.key] === id && (!role || each.role === role)) ?? {};
	const own = lines.filter((line) => (row.incidents ?? []).includes(line.id) || [...(line.segments ?? []), ...(line.procedures ?? []), ...(line.nodes ?? []).map((node) => node.id)].includes(id));
	const host = h("div");
	const pictures = new Pictures(host, series, marks_of(own));
	const figures = h("div", { class: "wide" });

	main.append(h("p", { class: "back" }, link(`‹ All ${topic.title.toLowerCase()}`, place.page)),
		h("h1", {}, name_of(row) ?? id, " ", badge(row.state ?? "unknown")),
		h("p", { class: "quiet" }, [row[topic.key] !== name_of(row) && id, { server: "answers requests", client: "asks" }[row.role], row.subscribers > 0 && `${row.subscribers.toLocaleString("en-GB")} subscribers`, row.condition && kind(row.condition)].filter(Boolean).join(" · ")),
		own.length > 0 && h("ul", { class: "plain" }, own.map((line) => h("li", {}, badge(line.severity), " ", link(line.id, "incidents", line.id), ` ${line.summary} `,
			h("small", {}, `since ${moment(line.onset, context.now())}, ${span(seconds(line.time) - seconds(line.onset))}`)))),
		spans(place, chosen), host,
		h("details", { ontoggle: (event) => event.target.open && replace(figures, figures_table(series)) }, h("summary", {}, "As a table, a row per minute"), figures),
		h("p", {}, h("a", { href: `#/transactions?${topic.of}=${encodeURIComponent(id)}` }, `Transactions of this ${topic.one}`)));
	pictures.draw();
	return {
		// Only segments come with each tick; the others are asked for.
		tick: (tick) => pictures.tick(tick, topic.of === "segment" ? tick.segments?.[id] : undefined),
		end: () => pictures.end(),
	};
}
