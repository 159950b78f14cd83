// SPDX-License-Identifier: BSD-3-Clause
// Numbers, times and names as people say them; the same forms as in the probe's own sentences. All times are UTC, as in those.

const pad = (n) => String(n).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// Times are epoch seconds, as numbers or as the API's texts of them.
export function seconds(time) {
	return time === undefined || time === null ? NaN : Number(time);
}

export function clock(time) {
	const date = new Date(seconds(time) * 1000);

	return isNaN(date) ? "–" : `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())}`;
}

export function shortClock(time) {
	return clock(time).slice(0, 5);
}

export function day(time) {
	const date = new Date(seconds(time) * 1000);

	return isNaN(date) ? "–" : `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

export function iso(time) {
	const date = new Date(seconds(time) * 1000);

	return isNaN(date) ? "" : date.toISOString();
}

// With the day when it is not that of `now`.
export function moment(time, now) {
	return Number.isFinite(now) && day(time) === day(now) ? clock(time) : `${day(time)} ${clock(time)}`;
}

// How long something took, with two units at most: "8 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".
export function span(s) {
	if (!Number.isFinite(s))
		return "–";
	const whole = Math.max(0, Math.round(s));
	const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
	const first = units.findIndex(([size]) => whole >= size);

	if (first < 0)
		return "0 s";
	const [size, name] = units[first];
	const words = `${Math.floor(whole / size)} ${name}`;
	const rest = first + 1 < units.length ? Math.floor((whole % size) / units[first + 1][0]) : 0;

	return rest > 0 ? `${words} ${rest} ${units[first + 1][1]}` : words;
}

// A share from 0 to 1.
export function percent(share) {
	if (!Number.isFinite(share))
		return "–";
	const p = share * 100;

	if (p > 0 && p < 0.05)
		return "< 0.1 %";
	return `${p < 9.95 && p !== 0 ? p.toFixed(1) : Math.round(p)} %`;
}

export function count(n) {
	return Number.isFinite(n) ? Math.round(n).toLocaleString("en-GB") : "–";
}

// Two digits are all that an estimate is worth.
export function about(n) {
	const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, n))) - 1);

	return count(Math.round(n / step) * step);
}

export function rate(perSecond) {
	if (perSecond > 0 && perSecond < 0.05)
		return "< 0.1";
	return Number.isFinite(perSecond) ? (perSecond < 9.95 && perSecond !== 0 ? perSecond.toFixed(1) : count(perSecond)) : "–";
}

export function milliseconds(ms) {
	if (!Number.isFinite(ms))
		return "–";
	return ms >= 10000 ? `${(ms / 1000).toFixed(1)} s` : ms >= 9.95 ? `${count(ms)} ms` : `${ms.toFixed(1)} ms`;
}

export function bytes(n) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let unit = 0;

	if (!Number.isFinite(n))
		return "–";
	for (; n >= 1024 && unit + 1 < units.length; unit++)
		n /= 1024;
	return `${unit > 0 && n < 99.5 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`;
}

// A sentence of the probe as two: what can be read at a glance, up to the first semicolon outside of brackets, and the rest. Numbers keep their unit.
export function headline(words) {
	const text = (words ?? "").replace(/(\d) %/g, "$1\u00a0%");
	let depth = 0;

	for (let i = 0; i < text.length; i++) {
		depth += text[i] === "(" ? 1 : text[i] === ")" ? -1 : 0;
		if (text[i] === ";" && depth === 0)
			return [`${text.slice(0, i)}.`, upper(text.slice(i + 1).trim())];
	}
	return [text, ""];
}

// "a, b and c"
export function list(words) {
	return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

export function upper(words) {
	return words ? words[0].toUpperCase() + words.slice(1) : "";
}

const RATS = { "2g3g-cs": "2G/3G calls and texts", "2g3g-ps": "2G/3G data", "2g": "2G", "3g": "3G", "4g": "4G", "5g": "5G", ims: "IMS" };
export const rat = (name) => RATS[name] ?? name;

const KINDS = { "reject-ratio": "refusals", "no-answer": "no answers", "volume-drop": "too few requests", storm: "storm of requests", latency: "slow answers",
		"route-unavailable": "route lost", "peer-down": "peer lost", "node-restart": "restart of a node", "probe-blind": "blind probe", "mass-deregistration": "registrations taken away",
		"more-refused": "more refused than usual", "more-unanswered": "more unanswered than usual" };
export const kind = (name) => KINDS[name] ?? name;

const STATES = { raised: "open", changed: "open", restoring: "coming back", cleared: "over" };
export const incidentState = (name) => STATES[name] ?? name;

const OUTCOMES = { success: "success", user: "refused, subscriber's own reason", network: "refused", congestion: "refused, too busy", abort: "aborted",
		   timeout: "no answer", late: "answered too late", open: "still open", "unmatched-answer": "answer without request" };
export const outcome = (name) => OUTCOMES[name] ?? name;
export const OUTCOME_NAMES = Object.keys(OUTCOMES);

// What is known of severities and states: the word, and its rank for sorting. Shapes are in marks.js, so that no meaning hangs on colour.
export const SEVERITIES = { critical: ["Critical", 4], major: ["Major", 3], minor: ["Minor", 2], warning: ["Warning", 1], ok: ["OK", 0], cleared: ["Over", 0], unknown: ["Unknown", -1] };
export const severityWord = (name) => SEVERITIES[name]?.[0] ?? upper(name ?? "unknown");
export const severityRank = (name) => SEVERITIES[name]?.[1] ?? -1;
