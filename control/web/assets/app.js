// SPDX-License-Identifier: BSD-3-Clause
// The page's frame: the state of the network in one sentence above everything, which view is shown, and what is read out when it changes.
//
// A view is a function (main, parameters, context) that fills main and returns { tick, alarm, health, lost, end }, each of them optional.
import { h, replace } from "./dom.js";
import { ask, ASK_MS, follow, heard_by_asking, heard_first, is_heard, is_late, link, listen, watch } from "./feed.js";
import { shape } from "./marks.js";
import { about, clock, count, day, headline, iso, moment, rate, seconds, severityWord, span } from "./words.js";
import { overview } from "./overview.js";
import { incident, incidents } from "./incidents.js";
import { stream, streams } from "./streams.js";
import { transaction, transactions } from "./transactions.js";
import { probe } from "./probe.js";

const PAGES = [["", "Overview"], ["incidents", "Incidents"], ["segments", "Segments"], ["nodes", "Nodes"], ["procedures", "Procedures"],
	       ["transactions", "Transactions"], ["probe", "Probe"]];
const VIEWS = { "": overview, incidents: (...all) => (all[1].rest[0] ? incident(...all) : incidents(...all)),
		segments: (...all) => (all[1].rest[0] ? stream(...all) : streams(...all)),
		nodes: (...all) => (all[1].rest[0] ? stream(...all) : streams(...all)),
		procedures: (...all) => (all[1].rest[0] ? stream(...all) : streams(...all)),
		transactions: (...all) => (all[1].rest[0] ? transaction(...all) : transactions(...all)), probe };
const LINKS = { live: "live", asking: "live by asking", over: "replay, at its end", connecting: "connecting" };
const STREAM_PATIENCE_MS = 500;
const STATUS_PAUSE_S = 15; // ticks tell the state; counts beside it may be this old

const get = (id) => document.getElementById(id);
const context = { status: undefined, now: () => seconds(context.status?.time) };
let view = {};
let last_spoken = "";
let asked = -Infinity;
let title = "Overview";

// #/incidents/ID?span=900 as { page, rest, query }
function where() {
	const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
	const [page, ...rest] = path.split("/").map(decodeURIComponent);

	return { page, rest: rest.filter(Boolean), query: new URLSearchParams(query) };
}

// The words of the frame only change when they must: what is read out is the change, not every second.
function text_set(id, words) {
	if (get(id).textContent !== words)
		get(id).textContent = words;
}

function speak(words) {
	if (words === last_spoken)
		return;
	last_spoken = words;
	get("said").textContent = words;
}

// The first half is set large; it is what somebody reads who has just been woken.
function sentence_set(words) {
	const [first, rest] = headline(words);

	if (get("state-sentence").textContent !== `${first} ${rest}`)
		replace(get("state-sentence"), h("b", {}, first), " ", h("span", {}, rest));
}

function more_words(status) {
	const now = seconds(status.time), since = seconds(status.since);
	const open = status.open?.length ?? 0;

	return [Number.isFinite(since) && `since ${moment(since, now)} UTC (${span(now - since)})`,
		open > 0 && `${count(open)} ${open === 1 ? "incident" : "incidents"} open`,
		status.subscribers_hit > 0 && !/\d subscribers/.test(status.words) && `about ${about(status.subscribers_hit)} subscribers hit`,
		Number.isFinite(status.requests_per_s) && `${rate(status.requests_per_s)} requests per second`].filter(Boolean).join(" · ");
}

function state_show() {
	const { status } = context;
	const is_known = status !== undefined && is_heard();
	const state = is_known ? status.state : "unknown";
	const word = is_known ? severityWord(state) : link.state === "connecting" ? "Connecting" : "No news";
	const silent = watch();

	if (get("state").className !== `state ${state}`) {
		get("state").className = `state ${state}`;
		replace(get("state-mark"), shape(state, 44));
	}
	text_set("state-word", word);
	text_set("link", LINKS[link.state] ?? "no connection");
	get("link").className = `link ${link.state}`;
	if (is_known) {
		sentence_set(status.words);
		text_set("state-more", more_words(status));
	} else if (link.state !== "connecting") {
		sentence_set(`Nothing heard from the probe for ${span(silent ?? performance.now() / 1000)}: what stands below is old.`);
		text_set("state-more", status ? `Last known at ${clock(status.time)} UTC: ${severityWord(status.state)}. ${status.words}` : "The page goes on trying.");
	}
	if (status) {
		text_set("clock", clock(status.time));
		get("clock").setAttribute("datetime", iso(status.time));
		get("clock").title = day(status.time);
		text_set("network", [status.network, status.probe].filter(Boolean).join(" · "));
		text_set("version", status.version ? `sigcanary ${status.version}` : "");
	}
	title_show(is_known ? state : "unknown", word);
	speak(is_known ? `${word}. ${state === "ok" ? status.words : headline(status.words)[0]}` : link.state === "connecting" ? "" : "No news from the probe.");
}

function title_show(state, word) {
	const sign = { critical: "■ ", major: "▲ ", minor: "△ ", warning: "◇ ", ok: "○ " }[state] ?? "? ";
	const words = `${sign}${word} – ${title} – sigcanary`;

	if (document.title !== words)
		document.title = words;
}

async function status_ask() {
	asked = performance.now();
	try {
		const status = await ask("status");
		const is_news = context.status !== undefined && seconds(status.time) > context.now();

		context.status = status;
		if (is_news && is_late()) {
			heard_by_asking();
			view.tick?.({ time: status.time, state: status.state, words: status.words });
		}
	} catch {
		// The stream of events says whether the probe is there.
	}
	state_show();
}

function on_tick(tick) {
	const old = context.status;

	context.status = { ...old, ...tick };
	state_show();
	if (!old || tick.state !== old.state || tick.words !== old.words || performance.now() - asked > STATUS_PAUSE_S * 1000)
		status_ask();
}

// A view that could not be filled says why and what to do, in its own place.
export function failed(main, error) {
	main.append(h("p", { class: "notice" }, h("b", {}, "This cannot be shown: "), `${error.message}. `,
		h("button", { type: "button", onclick: () => show() }, "Try again")));
}

async function show(has_moved) {
	const place = where();
	const make = VIEWS[place.page];
	const main = get("main");

	view.end?.();
	view = {};
	for (const item of get("pages").querySelectorAll("a"))
		item.toggleAttribute("aria-current", item.dataset.page === place.page);
	for (const item of get("pages").querySelectorAll("[aria-current]"))
		item.setAttribute("aria-current", "page");
	document.body.dataset.page = place.page || "overview";
	title = PAGES.find(([page]) => page === place.page)?.[1] ?? "Nothing here";
	if (place.rest[0])
		title = `${place.rest[0]} – ${title}`;
	// Each view gets an element of its own, so that an answer that comes late fills one that is no longer shown.
	const sheet = h("div", { class: "sheet" });
	// What is told while the view asks comes after what it is answered.
	const missed = [];
	const mine = { alarm: (line) => missed.push(line) };

	view = mine;
	main.replaceChildren(sheet);
	state_show();
	if (has_moved)
		main.focus({ preventScroll: true });
	if (has_moved)
		scrollTo(0, 0);
	try {
		const made = make ? await make(sheet, place, context) : sheet.append(h("h1", {}, "Nothing is here"));

		if (view === mine) {
			view = made ?? {};
			for (const line of missed)
				view.alarm?.(line);
		} else
			made?.end?.();
	} catch (error) {
		failed(sheet, error);
	}
	if (sheet.isConnected)
		main.dataset.shown = location.hash || "#/";
}

function start() {
	replace(get("pages"), PAGES.map(([page, words]) => h("li", {}, h("a", { href: `#/${page}`, "data-page": page }, words))));
	listen({ tick: (tick) => { on_tick(tick); view.tick?.(tick); },
		 alarm: (line) => { status_ask(); view.alarm?.(line); },
		 health: (health) => view.health?.(health),
		 lost: () => { status_ask(); show(); },
		 link: () => { status_ask(); } });
	addEventListener("hashchange", () => show(true));
	// "To the content" must not change the view, which lives behind the same sign in the address.
	document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); get("main").focus(); });
	status_ask();
	// Listening before asking: else what is told between the answer and the stream's beginning is missed.
	Promise.race([heard_first(follow()), new Promise((late) => setTimeout(late, STREAM_PATIENCE_MS))]).then(() => show());
	setInterval(() => {
		state_show();
		if (is_late() && performance.now() - asked > ASK_MS)
			status_ask();
	}, 1000);
}

start();
