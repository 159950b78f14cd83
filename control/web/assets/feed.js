// SPDX-License-Identifier: BSD-3-Clause
// What the probe says, as it says it: one stream of events for all views, and questions by fetch.
//
// The browser comes back by itself after a broken connection and says which event was its last (Last-Event-ID), and the probe catches up.
// When more was missed than the probe keeps, it says "lost", and the views ask for everything anew. A view that shows old figures is worse than
// one that shows none, so how long nothing was heard is known here, and the head of the page says so.

const API = "api/v1/";
const SILENCE_MS = 5000; // ticks come every second
const LATE_MS = 2500;
export const ASK_MS = 2000;
const listeners = new Set();

export const link = { state: "connecting", heard: undefined };

export class Refusal extends Error {
	constructor(status, words) {
		super(words);
		this.status = status;
	}
}

async function answer(response) {
	const text = await response.text();
	let body;

	try {
		body = text ? JSON.parse(text) : undefined;
	} catch {
		body = undefined;
	}
	if (!response.ok)
		throw new Refusal(response.status, body?.error ?? (text.trim() || `the probe answered with ${response.status}`));
	return body;
}

// The path below /api/v1/, and the values of the query; empty ones are left out.
export function address(path, query = {}) {
	const values = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");

	return API + path + (values.length > 0 ? "?" + new URLSearchParams(values) : "");
}

export async function ask(path, query) {
	return answer(await fetch(address(path, query), { headers: { Accept: "application/json" } }));
}

export async function tell(method, path, body) {
	return answer(await fetch(address(path), { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));
}

// Views give { tick, alarm, health, lost, link }; what comes back ends it.
export function listen(listener) {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

function pass(name, body) {
	for (const listener of listeners)
		listener[name]?.(body);
}

function link_set(state) {
	if (link.state === state)
		return;
	link.state = state;
	pass("link", link);
}

function heard(name, state = "live") {
	return (event) => {
		let body;

		try {
			body = JSON.parse(event.data);
		} catch {
			body = {};
		}
		link.heard = performance.now();
		link_set(name === "health" && link.state === "over" ? "over" : state);
		pass(name, body);
	};
}

export function follow() {
	const source = new EventSource(API + "events");

	for (const name of ["tick", "alarm", "health", "lost"])
		source.addEventListener(name, heard(name));
	// A replay whose input is over has no more ticks; what it showed is as true as it was.
	source.addEventListener("over", heard("over", "over"));
	source.addEventListener("open", () => {
		link.heard = performance.now();
	});
	source.addEventListener("error", () => {
		link_set("broken");
		// A browser gives up when the answer was a refusal; the page does not.
		if (source.readyState === EventSource.CLOSED)
			setTimeout(follow, SILENCE_MS);
	});
	return source;
}

// When the stream is open, or cannot be.
export function heard_first(source) {
	return new Promise((done) => ["open", "error"].forEach((name) => source.addEventListener(name, done, { once: true })));
}

// A proxy between may hold the stream back while questions come through: then the page asks, and says that it does.
export function heard_by_asking() {
	link.heard = performance.now();
	link_set("asking");
}

// Whether what is shown is what the probe says.
export function is_heard() {
	return ["live", "asking", "over"].includes(link.state);
}

// Whether a question is due, because the stream says nothing: before silence is declared, since it would be a false alarm.
export function is_late() {
	return (link.state !== "live" && link.state !== "over") || performance.now() - link.heard > LATE_MS;
}

// Called once a second: an open connection on which nothing comes is no news either.
export function watch() {
	if ((is_heard() || link.state === "connecting") && performance.now() - link.heard > SILENCE_MS)
		link_set("silent");
	return link.heard === undefined ? undefined : (performance.now() - link.heard) / 1000;
}
