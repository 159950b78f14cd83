/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The trie of digit prefixes, see trie.h: an array of nodes, their children by index, node 0 the root.
 *
 * Children are always added behind their parents, so one pass in the order of the array hands the sets down (trie_seal) and a look-up only
 * has to remember the last node it reached. E.164 and E.212 numbers have at most 15 digits (digits.h), which bounds depth and loops. The
 * signs 10 to 14 (*, #, a, b, c) have no children: a number with one matches the prefixes before it. Does not know what the sets mean.
 */
#include "dataplane/segment/trie.h"

#include <stdlib.h>
#include <string.h>

#define TRIE_DIGITS 10
#define TRIE_SIGNS  16 /* what four bits can say */

struct trie_node {
	uint64_t segments;
	uint32_t child[TRIE_SIGNS]; /* 0: none, as for all signs behind the digits; so that a look-up need not ask */
};

struct trie {
	struct trie_node *nodes;
	uint32_t count;
	uint32_t capacity;
};

struct trie *trie_new(void)
{
	struct trie *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->capacity = 16;
	t->count = 1;
	t->nodes = calloc(t->capacity, sizeof(*t->nodes));
	if (!t->nodes) {
		free(t);
		return NULL;
	}
	return t;
}

void trie_free(struct trie *t)
{
	if (!t)
		return;
	free(t->nodes);
	free(t);
}

/* A node of its own behind all others; 0 without memory. */
static uint32_t node_new(struct trie *t)
{
	if (t->count == t->capacity) {
		struct trie_node *larger = NULL;

		if (t->capacity > UINT32_MAX / 2)
			return 0;
		larger = reallocarray(t->nodes, 2 * (size_t)t->capacity, sizeof(*larger));
		if (!larger)
			return 0;
		t->nodes = larger;
		t->capacity *= 2;
	}
	memset(&t->nodes[t->count], 0, sizeof(t->nodes[0]));
	return t->count++;
}

bool trie_add(struct trie *t, digits prefix, uint64_t segments)
{
	uint32_t at = 0;

	for (unsigned int i = 0; i < digits_count(prefix); i++) {
		unsigned int digit = digits_at(prefix, i);
		uint32_t next = 0;

		if (digit >= TRIE_DIGITS)
			return false;
		next = t->nodes[at].child[digit];
		if (next == 0) {
			next = node_new(t);
			if (next == 0)
				return false;
			t->nodes[at].child[digit] = next;
		}
		at = next;
	}
	t->nodes[at].segments |= segments;
	return true;
}

void trie_seal(struct trie *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		for (unsigned int digit = 0; digit < TRIE_DIGITS; digit++) {
			uint32_t child = t->nodes[i].child[digit];

			if (child)
				t->nodes[child].segments |= t->nodes[i].segments;
		}
	}
}

uint64_t trie_find(const struct trie *t, digits number)
{
	const struct trie_node *at = &t->nodes[0];

	if (number == 0)
		return 0;
	for (unsigned int left = digits_count(number); left > 0; left--, number <<= 4) {
		uint32_t next = at->child[number >> 60];

		if (next == 0)
			break;
		at = &t->nodes[next];
	}
	return at->segments;
}
