// SPDX-License-Identifier: BSD-3-Clause
// The page's words and columns without a browser: node --test words.mjs.
import assert from "node:assert/strict";
import test from "node:test";
import { about, bytes, clock, headline, list, milliseconds, moment, percent, rate, span } from "../../control/web/assets/words.js";
import { recent, Series } from "../../control/web/assets/series.js";

test("shares are said as the probe says them", () => {
	assert.deepEqual([0, 0.0004, 0.001, 0.088, 0.0994, 0.0996, 0.25, 1, NaN, undefined].map(percent), ["0 %", "< 0.1 %", "0.1 %", "8.8 %", "9.9 %", "10 %", "25 %", "100 %", "–", "–"]);
});

test("an estimate has two digits", () => {
	assert.deepEqual([0, 7, 53, 874, 3848, 312000].map(about), ["0", "7", "53", "870", "3,800", "310,000"]);
});

test("durations have two units at most", () => {
	assert.deepEqual([0, 8.2, 60, 200, 3600, 7500, 273600, -1, NaN].map(span), ["0 s", "8 s", "1 min", "3 min 20 s", "1 h", "2 h 5 min", "3 d 4 h", "0 s", "–"]);
});

test("times are UTC, with the day when it is another", () => {
	assert.equal(clock("1342008138.688500139"), "12:02:18");
	assert.equal(moment("1342008138.688500139", 1342008200), "12:02:18");
	assert.equal(moment("1342008138.688500139", 1342095000), "11 Jul 2012 12:02:18");
	assert.equal(clock(undefined), "–");
});

test("rates, octets and waits are short", () => {
	assert.deepEqual([0, 1.44, 9.96, 1234.5].map(rate), ["0", "1.4", "10", "1,235"]);
	assert.deepEqual([512, 18 * 2 ** 20, 200 * 2 ** 30].map(bytes), ["512 B", "18.0 MiB", "200 GiB"]);
	assert.deepEqual([0.4, 58.2, 12345].map(milliseconds), ["0.4 ms", "58 ms", "12.3 s"]);
	assert.equal(list(["a", "b", "c"]), "a, b and c");
});

test("a sentence breaks at its first semicolon outside of brackets", () => {
	assert.deepEqual(headline("O2: 33 % restored (2G 100 %; 4G 0 %); 25 % of them still fail; about 870."), ["O2: 33\u00a0% restored (2G 100\u00a0%; 4G 0\u00a0%).", "25\u00a0% of them still fail; about 870."]);
	assert.deepEqual(headline("Nothing is wrong."), ["Nothing is wrong.", ""]);
	assert.deepEqual(headline(undefined), ["", ""]);
});

function series() {
	const s = new Series("segment:o2", 5);

	s.times = [10, 11, 12];
	s.columns = { requests: [4, 0, 6], reject: [0.5, null, 0], reject_high: [0.1, 0.1, 0.2], success: [2, 0, 6] };
	return s;
}

test("ticks extend columns, keep the band, and drop what is older than the span", () => {
	const s = series();

	s.push(13.2, [8, 0.25, 0]);
	s.push(13.9, [9, 1, 0]); // the same second again
	assert.deepEqual([s.times, s.column("requests"), s.column("reject"), s.column("reject_high"), s.column("success")],
			 [[10, 11, 12, 13], [4, 0, 6, 8], [0.5, null, 0, 0.25], [0.1, 0.1, 0.2, 0.2], [2, 0, 6, null]]);
	s.push(16, [1, 0, 0]);
	assert.deepEqual([s.times, s.column("requests").length], [[12, 13, 16], 3]);
});

test("what is said of the last seconds is weighed by requests", () => {
	assert.equal(recent(series(), "reject"), 0.2);
	assert.deepEqual(series().smooth("reject"), [0.5, 0.5, 0.2]);
	assert.equal(recent(series(), "no_answer"), undefined);
});
