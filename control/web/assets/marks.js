// SPDX-License-Identifier: BSD-3-Clause
// A shape for each severity, so that it can be told without colour; the word always stands beside it.
import { h, svg } from "./dom.js";
import { severityWord } from "./words.js";

const SHAPES = {
	critical: ["M7 1h10l6 6v10l-6 6H7l-6-6V7z", "filled", "M12 6v8M12 17.2v1.3"],
	major: ["M12 2 23 21H1z", "filled", "M12 9v6M12 17.2v1"],
	minor: ["M12 2.8 22 20.5H2z", "hollow", "M12 9.5v5M12 16.8v1"],
	warning: ["M12 1.8 22.2 12 12 22.2 1.8 12z", "hollow", "M12 7.5v6M12 16v1"],
	ok: ["M12 1.8a10.2 10.2 0 1 1 0 20.4a10.2 10.2 0 1 1 0-20.4z", "hollow", "m7 12.5 3.4 3.4L17 9"],
	cleared: ["M12 1.8a10.2 10.2 0 1 1 0 20.4a10.2 10.2 0 1 1 0-20.4z", "hollow", "m7 12.5 3.4 3.4L17 9"],
	unknown: ["M12 1.8a10.2 10.2 0 1 1 0 20.4a10.2 10.2 0 1 1 0-20.4z", "dashed", "M9 9.3a3 3 0 1 1 4.2 2.8q-1.2.6-1.2 2M12 16.8v1"],
};

// The shape alone: where the word is near.
export function shape(severity, size = 18) {
	const [outline, style, inner] = SHAPES[severity] ?? SHAPES.unknown;

	return svg("svg", { class: `shape ${severity} ${style}`, width: size, height: size, viewBox: "0 0 24 24", "aria-hidden": "true" },
		svg("path", { class: "outline", d: outline }), svg("path", { class: "inner", d: inner }));
}

export function badge(severity, word = severityWord(severity)) {
	return h("span", { class: `badge ${severity}` }, shape(severity, 15), word);
}
