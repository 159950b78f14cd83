// SPDX-License-Identifier: BSD-3-Clause
// Elements out of words. Whatever came from the network becomes text or an attribute, never markup: a label on the wire can look odd at worst.

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes)) {
		if (value === undefined || value === null || value === false)
			continue;
		if (name.startsWith("on"))
			node.addEventListener(name.slice(2), value);
		else
			node.setAttribute(name, value === true ? "" : value);
	}
	node.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
	return node;
}

// h("p", { class: "quiet" }, "words", other) makes an element; children may be nested lists, and nothing where a condition is false.
export function h(tag, attributes = {}, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
	return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

// Puts new children in place of the old ones and keeps the keyboard where it was: the element of the same data-key gets the focus back.
export function replace(node, ...children) {
	const held = node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;

	node.replaceChildren(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
	if (held)
		node.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
}

export function link(words, ...path) {
	const href = "#/" + path.map(encodeURIComponent).join("/");

	return h("a", { href, "data-key": href }, ...[words].flat());
}

// A name that may be broken behind its dots, where it is too long for its place.
export function dotted(name) {
	return name.split(/(?<=\.)/).flatMap((part, i) => (i > 0 ? [h("wbr"), part] : [part]));
}

let named = 0;

// An id for aria-labelledby and the like.
export function fresh(prefix) {
	return `${prefix}-${++named}`;
}
