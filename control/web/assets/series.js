// SPDX-License-Identifier: BSD-3-Clause
// Columns of one stream over time, as /api/v1/series gives them, grown by the ticks of the stream of events.
import { ask } from "./feed.js";

export const SPANS = { 900: "15 minutes", 86400: "24 hours" };

export class Series {
	constructor(of, span = 900) {
		this.of = of;
		this.span = span;
		this.step = 1;
		this.times = [];
		this.columns = {};
	}

	async load() {
		const { step, times, ...columns } = await ask("series", { of: this.of, span: this.span });

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

	last(name) {
		return this.column(name).findLast((value) => Number.isFinite(value));
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

// The middle of the last seconds: a single second of a small brand is noise. Weighed by requests.
export function recent(series, name, seconds = 10) {
	const from = Math.max(0, series.times.length - Math.ceil(seconds / series.step));
	let sum = 0, weight = 0;

	for (let i = from; i < series.times.length; i++) {
		const value = series.column(name)[i];
		const requests = series.column("requests")[i];

		if (Number.isFinite(value) && requests > 0) {
			sum += value * requests;
			weight += requests;
		}
	}
	return weight > 0 ? sum / weight : undefined;
}
