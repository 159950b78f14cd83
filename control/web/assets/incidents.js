// SPDX-License-Identifier: BSD-3-Clause
// The list of incidents, and one of them from its onset to its end: what was said when, what came back in which order, what to do, what to tell
// the next shift.
import { h, link, replace } from "./dom.js";
import { address, ask, tell } from "./feed.js";
import { badge, shape } from "./marks.js";
import { Series } from "./series.js";
import { Pictures } from "./streams.js";
import { examples } from "./transactions.js";
import { about, clock, count, day, incidentState, iso, kind, list, moment, percent, rat, seconds, severityRank, severityWord, span, upper } from "./words.js";

const LIST_PAUSE_MS = 5000;

function row(line, now) {
	const hit = line.affected_subscribers?.estimate;

	return h("tr", {}, h("td", {}, badge(line.severity), h("small", {}, incidentState(line.state))),
		h("th", { scope: "row", class: "sentence" }, link(line.id, "incidents", line.id), h("span", { class: "quiet" }, ` ${kind(line.kind)}`), h("p", {}, line.summary)),
		h("td", { class: "time" }, moment(line.onset, now), h("small", {}, line.state === "cleared" ? `over after ${span(seconds(line.time) - seconds(line.onset))}` : `for ${span(now - seconds(line.onset))}`)),
		h("td", { class: "number" }, hit > 0 ? `≈ ${about(hit)}` : "–"));
}

export async function incidents(main, place, context) {
	const host = h("div");
	const only = place.query.get("state") === "open";
	let due = 0;

	async function fill() {
		const lines = await ask("incidents", { state: only ? "open" : undefined });
		const sorted = lines.toSorted((a, b) => (a.state === "cleared") - (b.state === "cleared") || seconds(b.onset) - seconds(a.onset));

		replace(host, sorted.length === 0 ? h("p", { class: "calm" }, shape("ok", 20), only ? "No incident is open." : "No incident is known.") :
			h("div", { class: "wide", role: "region", tabindex: "0", "aria-label": "Table of incidents" }, h("table", { class: "incidents" },
				h("thead", {}, h("tr", {}, ["Severity", "Incident", "Onset (UTC)", "Subscribers hit"].map((words) => h("th", { scope: "col", class: words === "Subscribers hit" ? "number" : "" }, words)))),
				h("tbody", {}, sorted.map((line) => row(line, context.now()))))));
	}

	main.append(h("h1", {}, "Incidents"), h("p", { class: "tools", role: "group", "aria-label": "Which incidents" },
		h("a", { class: "button", href: "#/incidents", "aria-current": !only && "true" }, "All"), h("a", { class: "button", href: "#/incidents?state=open", "aria-current": only && "true" }, "Open")), host);
	await fill();
	return {
		alarm: () => fill().catch(() => {}),
		tick() {
			if (performance.now() > due) {
				due = performance.now() + LIST_PAUSE_MS;
				fill().catch(() => {});
			}
		},
	};
}

// What an announcement changed against the one before, as the heading of its step.
function step_words(line, before) {
	if (line.state === "cleared")
		return `Over after ${span(seconds(line.time) - seconds(line.onset))}`;
	if (!before || line.state === "raised")
		return before ? `Open again: ${severityWord(line.severity).toLowerCase()}` : `Announced: ${severityWord(line.severity).toLowerCase()}`;
	if (line.state === "restoring")
		return `${before.state === "restoring" ? "More is back" : "Coming back"}: ${Math.round(line.recovery?.percent ?? 0)} %`;
	if (severityRank(line.severity) > severityRank(before.severity))
		return `Worse: now ${severityWord(line.severity).toLowerCase()}`;
	if (severityRank(line.severity) < severityRank(before.severity))
		return `Less grave: now ${severityWord(line.severity).toLowerCase()}`;
	if (before.state === "restoring")
		return "Failing again";
	if (line.observed_ratio > before.observed_ratio + 0.02)
		return `Worse: ${percent(line.observed_ratio)} failing`;
	return line.observed_ratio < before.observed_ratio - 0.02 ? `Better: ${percent(line.observed_ratio)} failing` : "Better known";
}

function parts_words(parts, name) {
	return Object.entries(parts ?? {}).map(([key, value]) => `${name(key)} ${Math.round(value)} %`).join(", ");
}

function steps(incident, name) {
	const lines = incident.announcements;
	const [first] = lines;
	const onset = seconds(first.onset);
	const all = [{ time: onset, words: "Onset", more: "As far as can be told from the requests that failed.", mark: "onset" },
		     { time: seconds(first.detected), words: "Detected", more: `${span(seconds(first.detected) - onset)} after the onset.`, mark: "detected" }];

	lines.forEach((line, i) => {
		const returns = line.state === "restoring" ? [parts_words(line.recovery?.per_rat, rat), parts_words(line.recovery?.per_segment, name)].filter(Boolean) : [];

		all.push({ time: seconds(line.time), words: step_words(line, lines[i - 1]), mark: line.state === "cleared" ? "cleared" : line.severity, line, returns });
		if (i === 19 && incident.left_out > 0)
			all.push({ time: seconds(line.time), words: `${count(incident.left_out)} announcements are not kept`, mark: "unknown" });
	});
	for (const remark of [incident.acknowledged && { ...incident.acknowledged, words: undefined }, ...(incident.comments ?? [])].filter(Boolean))
		all.push({ time: seconds(remark.time), words: remark.words ? `${remark.by}: “${remark.words}”` : `Acknowledged by ${remark.by}`, mark: "remark" });
	return all.sort((a, b) => a.time - b.time);
}

function step_mark(mark) {
	const names = { onset: "unknown", detected: "warning", remark: undefined };

	return mark in names ? (names[mark] ? shape(names[mark], 20) : h("span", { class: "dot", "aria-hidden": "true" })) : shape(mark, 20);
}

function timeline(incident, name) {
	const all = steps(incident, name);
	const onset = all[0].time;

	return h("ol", { class: "timeline" }, all.map((step) => h("li", { class: step.mark },
		step_mark(step.mark),
		h("p", { class: "when" }, h("time", { datetime: iso(step.time) }, clock(step.time)), h("small", {}, step.time > onset ? `+ ${span(step.time - onset)}` : day(step.time))),
		h("div", {}, h("p", {}, h("b", {}, step.words)), step.more && h("p", { class: "quiet" }, step.more),
			(step.returns ?? []).map((words) => h("p", { class: "returns" }, words)),
			step.line && h("p", { class: "quiet" }, step.line.summary)))));
}

// Which radio access and which brand came back when: a column per announcement that told of it.
function returns_table(lines, name) {
	const told = lines.filter((line) => line.recovery?.per_rat && (line.state === "restoring" || line.state === "cleared")).slice(-8);
	const keys = (field) => [...new Set(told.flatMap((line) => Object.keys(line.recovery[field] ?? {})))];
	const value = (line, field, key) => line.recovery[field]?.[key];
	const body = (field, words) => keys(field).map((key) => h("tr", {}, h("th", { scope: "row" }, words(key)), told.map((line) => h("td", { class: "number" }, Number.isFinite(value(line, field, key)) ? `${Math.round(value(line, field, key))} %` : "–"))));

	if (told.length === 0)
		return [];
	return h("section", { "aria-labelledby": "return" }, h("h2", { id: "return" }, "What came back, and when"),
		h("p", { class: "quiet" }, "Percent back in order, as each announcement told it."),
		h("div", { class: "wide", role: "region", tabindex: "0", "aria-label": "Table of what came back" }, h("table", { class: "return" },
			h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Back at"), told.map((line) => h("th", { scope: "col", class: "number" }, clock(line.time))))),
			h("tbody", {}, h("tr", {}, h("th", { scope: "row" }, "All"), told.map((line) => h("td", { class: "number" }, `${Math.round(line.recovery.percent)} %`))), body("per_rat", rat), body("per_segment", name)))));
}

function facts(line, name) {
	const subscribers = line.affected_subscribers ?? {};
	const rows = [
		["Services", list((line.services ?? []).map(upper))], ["Radio access", list((line.rats ?? []).map(rat))], ["Segments", (line.segments ?? []).map((each, i) => [i > 0 && ", ", link(name(each), "segments", each)])],
		["Number ranges", (line.imsi_prefixes ?? []).join(", ")], ["Nodes", (line.nodes ?? []).map((node, i) => [i > 0 && ", ", link(node.name ?? node.id, "nodes", node.id)])],
		["Procedures", (line.procedures ?? []).map((each, i) => [i > 0 && ", ", link(each, "procedures", each)])],
		["Failing", `${percent(line.observed_ratio)}, usually ${percent(line.baseline_ratio)}`],
		["Subscribers hit", subscribers.estimate > 0 ? `about ${about(subscribers.estimate)} (${count(subscribers.low)} to ${count(subscribers.high)}), ${count(subscribers.recovered ?? 0)} of them seen successful again` : ""],
		["Causes", (line.causes ?? []).map((cause) => `${cause.name ?? cause.cause} ${percent(cause.share)}`).join(", ")],
		["Not seen by the probe", [(line.visibility?.blind ?? []).join(", "), line.visibility?.packets_dropped > 0 && `${count(line.visibility.packets_dropped)} packets lost`].filter(Boolean).join("; ")],
		["Back in order", line.recovery?.eta_s > 0 ? `perhaps in ${span(line.recovery.eta_s)}` : ""],
	];

	return h("table", { class: "facts" }, h("tbody", {}, rows.filter(([, value]) => value?.length > 0).map(([words, value]) => h("tr", {}, h("th", { scope: "row" }, words), h("td", {}, value)))));
}

// What one shift tells the next: plain text that can be pasted anywhere.
export function handover(incident, status, name) {
	const line = incident.announcements.at(-1);
	const subscribers = line.affected_subscribers ?? {};
	const words = [
		`INCIDENT ${incident.id} – ${severityWord(line.severity).toUpperCase()}, ${incidentState(line.state)} – ${[status?.network, status?.probe].filter(Boolean).join(", ")}`,
		line.summary, "",
		`Onset ${day(line.onset)} ${clock(line.onset)} UTC, detected ${clock(line.detected)}, as of ${clock(line.time)}.`,
		subscribers.estimate > 0 && `Subscribers hit: about ${about(subscribers.estimate)} (${count(subscribers.low)} to ${count(subscribers.high)}), ${count(subscribers.recovered ?? 0)} seen successful again.`,
		(line.segments ?? []).length > 0 && `Segments: ${list(line.segments.map(name))}.`,
		line.alarm?.proposedRepairActions && `Next: ${line.alarm.proposedRepairActions}`,
		incident.acknowledged && `Acknowledged by ${incident.acknowledged.by} at ${clock(incident.acknowledged.time)}.`, "", "Course (UTC):",
		...steps(incident, name).map((step) => `  ${clock(step.time)}  ${step.words}${step.returns?.length ? ` (${step.returns[0]})` : ""}`),
	];

	return words.filter((each) => each !== undefined && each !== false).join("\n");
}

async function copy(text, field, said) {
	field.select();
	try {
		await navigator.clipboard.writeText(text);
		said.textContent = "Copied.";
	} catch {
		said.textContent = document.execCommand("copy") ? "Copied." : "Selected: copy it with Ctrl+C.";
	}
}

// Acknowledging and commenting need a user; the browser asks for the password when the probe does.
function remarks(incident, field, again) {
	const said = h("p", { role: "status" });
	const id = incident.announcements.at(-1).alarm?.alarmId;
	const is_acknowledged = incident.acknowledged !== undefined;

	async function send(work, words) {
		said.textContent = "";
		try {
			await work();
			await again(words);
		} catch (error) {
			said.textContent = `Not done: ${error.message}${error.status === 401 ? "; only users of api.users_file may do this" : ""}`;
		}
	}

	return h("section", { class: "remarks", "aria-labelledby": "remarks" }, h("h2", { id: "remarks" }, "Acknowledge and comment"),
		h("p", {}, incident.acknowledged ? `Acknowledged by ${incident.acknowledged.by} at ${clock(incident.acknowledged.time)} UTC. ` : "Not acknowledged. ",
			h("button", { type: "button", onclick: () => send(() => tell("PATCH", `alarms/${encodeURIComponent(id)}`, { ackState: is_acknowledged ? "UNACKNOWLEDGED" : "ACKNOWLEDGED" }), is_acknowledged ? "Taken back." : "Acknowledged.") }, is_acknowledged ? "Take it back" : "Acknowledge")),
		h("form", { onsubmit: (event) => { event.preventDefault(); send(() => tell("POST", `alarms/${encodeURIComponent(id)}/comments`, { commentText: field.value }).then(() => { field.value = ""; }), "Written down."); } },
			h("label", { for: "comment" }, "Comment for those who read this later"), field, h("button", {}, "Write down")), said);
}

// Whether a file is there is asked when it is wanted: evidence may be switched off, or gone with age.
async function file_open(event, said, words) {
	const { href, download } = event.currentTarget;

	event.preventDefault();
	said.textContent = "";
	const answer = await fetch(href, { method: "HEAD" }).catch(() => ({ ok: false }));

	if (!answer.ok) {
		said.textContent = `${words} of this incident are not kept.`;
		return;
	}
	h("a", download ? { href, download } : { href, target: "_blank", rel: "noopener" }).click();
}

function files(incident) {
	const path = `incidents/${encodeURIComponent(incident.id)}`;
	const said = h("span", { role: "status" });

	return h("p", { class: "tools files" },
		h("a", { class: "button", href: address(`${path}/pcap`), download: `${incident.id}.pcapng`, onclick: (event) => file_open(event, said, "Packets") }, "Packets (pcapng)"),
		h("a", { class: "button", href: address(`${path}/report`), onclick: (event) => file_open(event, said, "Reports") }, "Report"),
		h("button", { type: "button", onclick: () => print() }, "Print"), said);
}

export async function incident(main, place, context) {
	const id = place.rest[0];
	const url = `incidents/${encodeURIComponent(id)}`;
	const [known, segments] = await Promise.all([ask(url), ask("segments").catch(() => [])]);
	const name = (segment) => segments.find((each) => each.name === segment)?.label ?? segment;
	const parts = { top: h("div"), facts: h("div"), pictures: h("div"), timeline: h("section", { "aria-labelledby": "course" }), below: h("div"), remarks: h("div"), said: h("p", { role: "status", class: "unseen" }) };
	// Outlives news of the incident, with what somebody is writing into it.
	const comment = h("textarea", { id: "comment", rows: 2, maxlength: 1000, required: true });
	let shown = known;
	let pictures;

	function draw() {
		const line = shown.announcements.at(-1);
		const text = handover(shown, context.status, name);
		const field = h("textarea", { id: "handover", readonly: true, rows: Math.min(24, text.split("\n").length + 2) }, text);
		const said = h("span", { role: "status" });

		replace(parts.top, h("p", { class: "back" }, link("‹ All incidents", "incidents")),
			h("h1", {}, badge(line.severity), ` ${shown.id} `, h("small", {}, `${kind(line.kind)}, ${incidentState(line.state)}`)),
			h("p", { class: "verdict" }, line.summary),
			line.alarm?.proposedRepairActions && h("p", { class: "next" }, h("b", {}, "Next: "), line.alarm.proposedRepairActions), files(shown));
		replace(parts.facts, facts(line, name));
		replace(parts.timeline, h("h2", { id: "course" }, "Course"), timeline(shown, name));
		replace(parts.below, returns_table(shown.announcements, name),
			h("section", { "aria-labelledby": "sure" }, h("h2", { id: "sure" }, "Details"), h("ul", {}, (line.details ?? []).map((words) => h("li", {}, words)))),
			examples(line),
			h("section", { class: "handover", "aria-labelledby": "tell" }, h("h2", { id: "tell" }, "For the next shift"),
				h("label", { for: "handover", class: "unseen" }, "Text for the next shift"), field, h("p", {}, h("button", { type: "button", onclick: () => copy(text, field, said) }, "Copy"), " ", said)));
		const is_writing = document.activeElement === comment;

		replace(parts.remarks, remarks(shown, comment, again));
		if (is_writing)
			comment.focus({ preventScroll: true });
	}

	async function again(words) {
		shown = await ask(url);
		draw();
		pictures.marks = marks();
		pictures.refresh();
		parts.said.textContent = words ?? "";
	}

	function marks() {
		const [first] = shown.announcements;
		const last = shown.announcements.at(-1);
		const restoring = shown.announcements.find((line) => line.state === "restoring");

		return [{ time: seconds(first.onset), words: "onset" }, { time: seconds(first.time), words: "announced" }, restoring && { time: seconds(restoring.time), words: "coming back" },
			last.state === "cleared" && { time: seconds(last.time), words: "over" }].filter(Boolean);
	}

	main.append(parts.top, parts.said, parts.facts, parts.pictures, parts.timeline, parts.below, parts.remarks);
	draw();
	// One brand is shown by itself, a fault of all by the sum of all.
	const only = shown.announcements.at(-1).segments?.length === 1 ? `segment:${shown.announcements.at(-1).segments[0]}` : "all";

	pictures = new Pictures(parts.pictures, new Series(only, context.now() - seconds(shown.announcements[0].onset) > 900 ? 86400 : 900), marks());
	await pictures.series.load().then(() => pictures.draw(), () => {});
	return {
		alarm: (line) => { if (line.id === id) again("There is news of this incident.").catch(() => {}); },
		tick: (tick) => pictures.tick(tick, only === "all" ? tick.all : tick.segments?.[only.slice("segment:".length)]),
		end: () => pictures.end(),
	};
}
