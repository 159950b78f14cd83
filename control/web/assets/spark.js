// SPDX-License-Identifier: BSD-3-Clause
// The small pictures: refused as a solid line, not answered as a dashed one, the expected band behind. No library, a few dozen lines.
import { svg } from "./dom.js";
import { percent, shortClock } from "./words.js";

const WIDTH = 240, HEIGHT = 64, FOOT = 2;
const POINTS = 120; // more than that cannot be seen at this size

// As many points as can be seen; of shares the means of some seconds, so that no peak of a single second of a small brand fills the picture.
function thin(series, name) {
	const { times } = series, values = /_(low|high)$/.test(name) ? series.column(name) : series.smooth(name);
	const size = Math.max(1, Math.ceil(times.length / POINTS));
	const out = [];

	for (let i = (times.length - 1) % size; i < times.length; i += size)
		out.push([times[i], values[i]]);
	return out;
}

// The upper end of an axis: a round number above all values.
export function ceiling(values, least) {
	const most = values.reduce((a, b) => (Number.isFinite(b) && b > a ? b : a), least);
	const magnitude = 10 ** Math.floor(Math.log10(most));

	return [1, 2, 5, 10].map((step) => step * magnitude).find((top) => top >= most * 0.999) ?? most;
}

// A path that breaks where nothing is known.
export function path(points, x, y) {
	let pen = "M";

	return points.map(([t, v]) => {
		if (!Number.isFinite(v)) {
			pen = "M";
			return "";
		}
		const step = `${pen}${x(t).toFixed(1)} ${y(v).toFixed(1)}`;

		pen = "L";
		return step;
	}).join("");
}

export function area(low, high, x, y) {
	const known = (points) => points.filter(([, v]) => Number.isFinite(v));

	if (known(high).length === 0)
		return "";
	return path(known(high), x, y) + path(known(low).reverse(), x, y).replace("M", "L") + "Z";
}

const COLUMNS = ["reject", "no_answer", "reject_low", "reject_high"];

// One scale for all pictures of a page: a brand that fails must not look like one that is as usual.
export function spark_top(all) {
	const shown = all.flatMap((series) => ["reject", "no_answer", "reject_high"].flatMap((name) => thin(series, name).map(([, v]) => v)));

	return Math.min(1, ceiling(shown, 0.05));
}

export function spark(series, words, top) {
	const { times } = series;
	const from = times[0] ?? 0, until = Math.max(times.at(-1) ?? 1, from + 1);
	const columns = Object.fromEntries(COLUMNS.map((name) => [name, thin(series, name)]));
	const x = (t) => ((t - from) / (until - from)) * WIDTH;
	const y = (v) => HEIGHT - FOOT - (Math.min(v, top) / top) * (HEIGHT - 2 * FOOT);

	return svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
			    "aria-label": `${words} From ${shortClock(from)} to ${shortClock(until)} UTC, up to ${percent(top)}.` },
		svg("path", { class: "band", d: area(columns.reject_low, columns.reject_high, x, y) }),
		svg("path", { class: "axis", d: `M0 ${HEIGHT - FOOT}H${WIDTH}` }),
		svg("path", { class: "missing", d: path(columns.no_answer, x, y) }),
		svg("path", { class: "refused", d: path(columns.reject, x, y) }));
}
