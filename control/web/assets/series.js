// SPDX-License-Identifier: BSD-3-Clause
// Columns of one stream over time, as /api/v1/series gives them, grown by the ticks of the stream of events.
import { ask } from "./feed.js";

const SMOOTH_S = 10;

export const SPANS = { 900: "15 minutes", 86400: "24 hours" };

export class Series {
	constructor(of, span = 900, role = undefined) {
		this.of = of;
		this.span = span;
		this.role = role; // of a node: server or client; undefined: whichever there is
		this.step = 1;
		this.times = [];
		this.columns = {};
	}

	async load() {
		const { step, times, ...columns } = await ask("series", { of: this.of, span: this.span, role: this.role });

		this.step = step || 1;
		this.times = times ?? [];
		this.columns = columns;
		this.loaded = performance.now();
		return this;
	}

	column(name) {
		return this.columns[name] ?? [];
	}

	has(name) {
		return this.column(name).some((value) => Number.isFinite(value));
	}

	// Requests of a step as a rate.
	rates() {
		return this.column("requests").map((n) => (Number.isFinite(n) ? n / this.step : null));
	}

	// A share over the steps from `from` to before `until`, weighed by requests: a second of a small brand is a coin toss. null: nobody asked.
	mean(name, from, until) {
		const column = this.column(name), requests = this.column("requests");
		let sum = 0, weight = 0;

		for (let i = Math.max(0, from); i < until; i++) {
			if (Number.isFinite(column[i]) && requests[i] > 0) {
				sum += column[i] * requests[i];
				weight += requests[i];
			}
		}
		return weight > 0 ? sum / weight : null;
	}

	// What is drawn of a share: each point the mean of the seconds up to it.
	smooth(name) {
		const width = Math.max(1, Math.round(SMOOTH_S / this.step));

		return this.times.map((_, i) => this.mean(name, i + 1 - width, i + 1));
	}

	// The newest second of a tick: [requests per second, share refused, share not answered]. The band stays where it was until asked for again.
	push(time, [requests, reject, noAnswer]) {
		const at = Math.floor(time);

		if (this.step !== 1 || !(at > (this.times.at(-1) ?? 0)))
			return;
		const known = { requests, reject, no_answer: noAnswer };

		for (const [name, column] of Object.entries(this.columns))
			column.push(name in known ? known[name] ?? null : /_(low|high)$/.test(name) ? column.at(-1) ?? null : null);
		this.times.push(at);
		while (this.times.length > 0 && this.times[0] <= at - this.span) {
			this.times.shift();
			for (const column of Object.values(this.columns))
				column.shift();
		}
	}
}

// The last seconds of a share; undefined when nobody asked.
export function recent(series, name) {
	const end = series.times.length;

	return series.mean(name, end - Math.ceil(SMOOTH_S / series.step), end) ?? undefined;
}
