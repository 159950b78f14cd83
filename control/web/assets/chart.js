// SPDX-License-Identifier: BSD-3-Clause
// The large pictures: one line against its expected band, over time. Drawn by uPlot where the program was built with it, else as SVG; both look
// the same in light, dark and on paper. What a picture says stands in its caption in words as well.
import uPlot from "./uplot.js";
import { fresh, h, replace, svg } from "./dom.js";
import { area, ceiling, path } from "./spark.js";
import { clock, milliseconds, percent, rate, shortClock } from "./words.js";

const HEIGHT = 150, LEFT = 66, RIGHT = 10, TOP = 18, BOTTOM = 22;
const TICK_ROOM = 30; // half of the words of a tick
const NOW_S = 10; // requests come unevenly: now is a mean
const UNITS = { share: [percent, 0.05], rate: [rate, 1], ms: [milliseconds, 1] };
const dark = matchMedia("(prefers-color-scheme: dark)");
const drawn = new Set();

dark.addEventListener("change", () => drawn.forEach((chart) => chart.draw()));
addEventListener("resize", () => drawn.forEach((chart) => chart.draw()));

function colour(element, name) {
	return getComputedStyle(element).getPropertyValue(name).trim();
}

// Minutes are enough where the marks of the axis are whole minutes.
function axis_words(list) {
	return list.map(list.every((t) => t % 60 === 0) ? shortClock : clock);
}

function step_for(span, width) {
	const steps = [10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10800, 21600, 86400];

	return steps.find((step) => (span / step) * 64 <= width) ?? 86400;
}

function ticks(from, until, width) {
	const step = step_for(until - from, width);
	const list = [];

	// The last one only where its words have room.
	for (let t = Math.ceil(from / step) * step; t <= until - (until - from) * TICK_ROOM / width; t += step)
		list.push(t);
	return list;
}

// What is drawn: { title, unit: "share|rate|ms", times, lines: [{ label, values, style }], low, high, marks: [{ time, words }] }; style names a
// colour and a way to draw: refused (solid), missing (dashed), rate (thin), second (dotted).
const DASHES = { refused: [], missing: [7, 4], rate: [], second: [2, 3] };

// Where marks stand, left to right; words that would lie on each other become one.
function marks_placed(marks, x, from, until) {
	const placed = [];

	for (const { time, words } of (marks ?? []).filter((mark) => mark.time >= from && mark.time <= until).toSorted((a, b) => a.time - b.time)) {
		const last = placed.at(-1);

		if (last && x(time) - last.end < 8) {
			last.words += `, ${words}`;
			last.lines.push(x(time));
		} else
			placed.push({ x: x(time), lines: [x(time)], words });
		placed.at(-1).end = placed.at(-1).x + placed.at(-1).words.length * 6.2;
	}
	return placed;
}

class Chart {
	constructor(plot) {
		this.plot = plot;
		this.caption = fresh("chart");
		this.readout = h("span", { class: "readout" });
		this.words = h("span", { class: "quiet" });
		this.host = h("div", { class: "plot", role: "img", "aria-labelledby": this.caption });
		this.figure = h("figure", { class: "chart" }, h("figcaption", { id: this.caption }, h("b", {}, plot.title), " ", this.words, " ", this.readout), this.host);
		drawn.add(this);
		this.observer = new ResizeObserver(() => this.host.clientWidth !== this.width && this.draw());
		this.observer.observe(this.host);
	}

	update(plot) {
		Object.assign(this.plot, plot);
		const data = this.data();

		if (this.lib && this.width === this.host.clientWidth)
			this.lib.setData(data);
		else
			this.draw();
		this.words_make();
	}

	end() {
		drawn.delete(this);
		this.observer.disconnect();
		this.lib?.destroy();
	}

	data() {
		const { times, lines, low, high } = this.plot;
		const whole = (column) => times.map((_, i) => (Number.isFinite(column?.[i]) ? column[i] : null));

		return [times, whole(high), whole(low), ...lines.map((line) => whole(line.values))];
	}

	top() {
		const { lines, high, unit } = this.plot;
		const top = ceiling([...lines.flatMap((line) => line.values), ...(high ?? [])], UNITS[unit][1]);

		return unit === "share" ? Math.min(1, top) : top;
	}

	usual(index) {
		const [form] = UNITS[this.plot.unit];
		const low = this.plot.low?.[index], high = this.plot.high?.[index];

		return Number.isFinite(high) ? `usually ${form(low ?? 0)} to ${form(high)}` : "";
	}

	now(values, last) {
		const { times, unit } = this.plot;
		const known = values.filter((value, i) => Number.isFinite(value) && times[i] > times[last] - NOW_S);

		return unit === "rate" ? known.reduce((a, b) => a + b, 0) / known.length : values[last];
	}

	words_make() {
		const { lines, times, unit } = this.plot;
		const [form] = UNITS[unit];
		const parts = lines.map(({ label, values }) => {
			const last = values.findLastIndex(Number.isFinite);
			const most = values.reduce((best, value, i) => (Number.isFinite(value) && !(value <= values[best]) ? i : best), -1);

			return last < 0 ? `${label}: nothing seen` : `${label}${label ? " " : ""}now ${form(this.now(values, last))}${values[most] > 0 ? `, most ${form(values[most])} at ${clock(times[most])}` : ""}`;
		});

		this.words.textContent = [...parts, this.usual(times.length - 1)].filter(Boolean).join("; ");
	}

	// The values under the pointer, beside the caption.
	read(index) {
		const { lines, times, unit } = this.plot;
		const [form] = UNITS[unit];

		this.readout.textContent = index === null || index === undefined || times[index] === undefined ? "" :
			`▸ ${clock(times[index])}: ${lines.map(({ label, values }) => `${label} ${form(values[index])}`.trim()).join(", ")}`;
	}

	draw() {
		this.width = this.host.clientWidth;
		if (this.width === 0)
			return;
		if (uPlot)
			this.draw_canvas();
		else
			this.draw_svg();
		this.words_make();
	}

	draw_canvas() {
		const own = (name) => colour(this.host, name);
		const [form] = UNITS[this.plot.unit];
		const font = `12px ${getComputedStyle(this.host).fontFamily}`;
		const axis = { stroke: own("--quiet"), grid: { stroke: own("--rule"), width: 1 }, ticks: { stroke: own("--rule"), width: 1, size: 4 }, font };
		const lines = this.plot.lines.map(({ style, label }) => ({ label, stroke: own(`--${style}`), width: style === "rate" ? 1.4 : 2, dash: DASHES[style],
									   points: { show: false } }));

		this.lib?.destroy();
		this.lib = new uPlot({
			width: this.width, height: HEIGHT, padding: [TOP, RIGHT, 0, 0], legend: { show: false },
			cursor: { sync: { key: "time" }, y: false, drag: { setScale: false, x: false }, points: { size: 6 } },
			scales: { x: { time: true }, y: { range: () => [0, this.top()] } },
			axes: [{ ...axis, size: BOTTOM + 4, splits: (u, _, from, until) => ticks(from, until, this.width), values: (u, list) => axis_words(list) },
			       { ...axis, size: LEFT, values: (u, list) => list.map(form) }],
			series: [{}, { show: true, stroke: "transparent", points: { show: false } }, { show: true, stroke: "transparent", points: { show: false } }, ...lines],
			bands: [{ series: [1, 2], fill: own("--band") }],
			hooks: { draw: [(u) => this.marks_draw(u)], setCursor: [(u) => this.read(u.cursor.idx)] },
		}, this.data(), this.host);
	}

	marks_draw(u) {
		const context = u.ctx, ratio = devicePixelRatio;

		context.save();
		context.strokeStyle = context.fillStyle = colour(this.host, "--ink");
		context.lineWidth = ratio;
		context.font = `${11 * ratio}px ${getComputedStyle(this.host).fontFamily}`;
		for (const { x, lines, words } of marks_placed(this.plot.marks, (t) => u.valToPos(t, "x", true) / ratio, u.scales.x.min, u.scales.x.max)) {
			const is_far = x * ratio > u.bbox.left + u.bbox.width * 0.85;

			context.setLineDash([3 * ratio, 3 * ratio]);
			for (const line of lines) {
				context.beginPath();
				context.moveTo(Math.round(line * ratio) + 0.5, u.bbox.top - 4 * ratio);
				context.lineTo(Math.round(line * ratio) + 0.5, u.bbox.top + u.bbox.height);
				context.stroke();
			}
			context.textAlign = is_far ? "right" : "left";
			context.fillText(words, (x + (is_far ? -3 : 3)) * ratio, u.bbox.top - 5 * ratio);
		}
		context.restore();
	}

	draw_svg() {
		const { times, lines, marks = [], unit } = this.plot;
		const [form] = UNITS[unit];
		const from = times[0] ?? 0, until = Math.max(times.at(-1) ?? 1, from + 1);
		const top = this.top(), width = this.width, foot = HEIGHT - BOTTOM;
		const x = (t) => LEFT + ((t - from) / (until - from)) * (width - LEFT - RIGHT);
		const y = (v) => foot - (Math.min(v, top) / top) * (foot - TOP);
		const [, high, low, ...columns] = this.data();
		const points = (column) => times.map((t, i) => [t, column[i]]);
		const index_at = (event) => {
			const t = from + ((event.offsetX - LEFT) / (width - LEFT - RIGHT)) * (until - from);

			return times.findIndex((time) => time >= t);
		};

		replace(this.host, svg("svg", { width, height: HEIGHT, "aria-hidden": "true", onpointermove: (event) => this.read(index_at(event)), onpointerleave: () => this.read(null) },
			[0, 0.5, 1].map((part) => [svg("path", { class: "grid", d: `M${LEFT} ${y(part * top)}H${width - RIGHT}` }),
						   svg("text", { class: "end", x: LEFT - 6, y: y(part * top) + 4 }, form(part * top))]),
			axis_words(ticks(from, until, width)).map((words, i) => svg("text", { class: "middle", x: x(ticks(from, until, width)[i]), y: HEIGHT - 6 }, words)),
			svg("path", { class: "band", d: area(points(low), points(high), x, y) }),
			columns.map((column, i) => svg("path", { class: `line ${lines[i].style}`, d: path(points(column), x, y) })),
			marks_placed(marks, x, from, until).map((mark) => [mark.lines.map((line) => svg("path", { class: "mark", d: `M${line} ${TOP - 4}V${foot}` })),
				svg("text", { x: mark.x + 3, y: TOP - 6 }, mark.words)])));
	}
}

export function chart(plot) {
	return new Chart(plot);
}
