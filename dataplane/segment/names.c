/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names one worker has seen: host names, realms, access points and (where expressions are over them) global titles, each with the segments
 * it belongs to, so that Hyperscan runs once per new name and not once per message; and IPv6 addresses, which are in no segment.
 *
 * An open-addressing table by the keyed hash of the name in lower case (RFC 6733 4.3.1: identities are domain names and compare without
 * case; a letter here is ASCII). Names are only ever added: control may look texts up while the worker adds (names_text), because a slot is
 * published with release after everything it points to was written, and text and hash of an entry never change. Membership and
 * generation belong to the worker alone. Two names of one 60-bit keyed hash are taken for the same.
 *
 * All memory is taken in names_new. When entries or text run out, new names are evaluated each time and counted as refused; nothing
 * known is forgotten. A name beyond NAME_OCTETS_MAX is no domain name: it belongs to no segment and counts as refused too.
 */
#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <hs/hs.h>

#include "dataplane/base/hash.h"
#include "dataplane/segment/front.h"
#include "dataplane/segment/match.h"
#include "dataplane/segment/segment.h"

/* Names average 40 to 60 octets in the captures at hand. */
#define TEXT_OCTETS_PER_NAME 64

struct name_entry {
	node node;           /* what it is found by, never changes */
	const char *text;    /* in lower case, so that it does not matter which worker saw which spelling; 0-terminated, never changes */
	uint64_t segments;   /* the worker's */
	uint32_t generation; /* the worker's: of the segments it was evaluated with */
	uint32_t field;      /* never changes */
};

/* Ends of links are few and come again with every request; those of IPv6 are hashed and looked up otherwise. */
#define ADDRESSES_KNOWN 256

struct known_address {
	struct ip_address address;
	node node; /* 0: free */
};

struct names {
	const struct segments *segments;
	struct hs_scratch *scratch;
	struct hash_key key;
	struct front front;
	struct name_entry *entries;
	_Atomic(uint32_t) *slots; /* number of the entry + 1, 0: free */
	size_t slot_mask;
	size_t capacity;
	char *text;
	size_t text_used;
	size_t text_size;
	_Atomic(size_t) count;
	_Atomic(uint64_t) refused;
	uint32_t generation;
	struct known_address addresses[ADDRESSES_KNOWN]; /* direct mapped */
};

struct names *names_new(const struct segments *s, const struct hash_key *key, size_t capacity)
{
	struct names *n = calloc(1, sizeof(*n));
	size_t slots = 16;

	if (!n || capacity == 0 || capacity > UINT32_MAX / 4) {
		free(n);
		return NULL;
	}
	while (slots < 2 * capacity)
		slots *= 2;
	n->segments = s;
	n->key = *key;
	n->capacity = capacity;
	n->slot_mask = slots - 1;
	n->text_size = capacity * TEXT_OCTETS_PER_NAME + NAME_OCTETS_MAX + 1;
	n->entries = calloc(capacity, sizeof(*n->entries));
	n->slots = calloc(slots, sizeof(*n->slots));
	n->text = calloc(n->text_size, 1);
	if (!front_open(&n->front, capacity) || !n->entries || !n->slots || !n->text || !segments_scratch(s, &n->scratch)) {
		names_free(n);
		return NULL;
	}
	return n;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	hs_free_scratch(n->scratch);
	front_close(&n->front);
	free(n->entries);
	free(n->slots);
	free(n->text);
	free(n);
}

static void refused_count(struct names *n)
{
	atomic_store_explicit(&n->refused, atomic_load_explicit(&n->refused, memory_order_relaxed) + 1, memory_order_relaxed);
}

/*
 * The entry of a node, of any field when `field` is PLAN_FIELD_COUNT; NULL when there is none. ret_slot is where it stands or would be put.
 * The table has at least twice as many slots as entries, so that a free one ends every search.
 */
static struct name_entry *entry_find(const struct names *n, node wanted, uint32_t field, size_t *ret_slot)
{
	/* Keyed, because the digits of a title are what the wire chose. */
	size_t slot = (size_t)hash_words(&n->key, wanted, 0) & n->slot_mask;

	for (;;) {
		uint32_t number = atomic_load_explicit(&n->slots[slot], memory_order_acquire);
		struct name_entry *entry = number ? &n->entries[number - 1] : NULL;

		*ret_slot = slot;
		if (!entry || (entry->node == wanted && (field == PLAN_FIELD_COUNT || entry->field == field)))
			return entry;
		slot = (slot + 1) & n->slot_mask;
	}
}

static uint8_t letter_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Adds a name that is not there yet; false when there is no room. */
static bool entry_add(struct names *n, const struct name_entry *entry, const struct cursor *text, size_t slot)
{
	size_t number = atomic_load_explicit(&n->count, memory_order_relaxed);
	size_t length = cursor_left(text);
	struct cursor at = *text;
	uint8_t octet = 0;
	char *copy = NULL;

	if (number == n->capacity || n->text_size - n->text_used <= length)
		return false;
	copy = &n->text[n->text_used];
	for (size_t i = 0; cursor_u8(&at, &octet); i++)
		copy[i] = (char)letter_lower(octet);
	n->text_used += length + 1; /* the pool is zeroed: every text ends in 0 */
	n->entries[number] = *entry;
	n->entries[number].text = copy;
	atomic_store_explicit(&n->count, number + 1, memory_order_relaxed);
	atomic_store_explicit(&n->slots[slot], (uint32_t)number + 1, memory_order_release);
	return true;
}

/* The segments of a name: remembered, or evaluated and remembered. False when there was no room to remember them. */
static bool segments_of(struct names *n, struct name *name, enum plan_field field, const struct cursor *text)
{
	size_t slot = 0;
	struct name_entry *known = entry_find(n, name->node, field, &slot);
	struct name_entry fresh = { .node = name->node, .field = field, .generation = n->generation };
	bool is_kept = true;

	if (known && known->generation == n->generation) {
		name->segments |= known->segments;
		return true;
	}
	fresh.segments = segments_of_text(n->segments, field, text, n->scratch);
	if (known) {
		known->segments = fresh.segments;
		known->generation = n->generation;
	} else if (!entry_add(n, &fresh, text, slot)) {
		refused_count(n);
		is_kept = false;
	}
	name->segments |= fresh.segments;
	return is_kept;
}

/* The node of a name; of names that are too long, by their beginning. */
static node node_of_text(const struct names *n, const struct cursor *text)
{
	uint8_t lower[NAME_OCTETS_MAX];
	struct cursor at = *text;
	size_t length = 0;

	while (length < sizeof(lower) && cursor_u8(&at, &lower[length])) {
		lower[length] = letter_lower(lower[length]);
		length++;
	}
	return node_of_host(hash_bytes(&n->key, lower, length));
}

/* A name that does not stand first at its place in front: its node by SipHash over lower case, its segments from the table. */
static __attribute__((noinline)) struct name name_read(struct names *n, enum plan_field field, const struct cursor *text)
{
	uint64_t what = front_what(n->generation, field, text);
	size_t place = front_place(&n->front, &n->key, text, what);
	bool is_short = cursor_left(text) <= FRONT_OCTETS_MAX;
	const struct name *known = NULL;
	struct front_name answer = { .what = what };

	if (cursor_left(text) == 0)
		return answer.name;
	if (is_short)
		known = front_first(&n->front, place, text, what);
	if (is_short && !known)
		known = front_second(&n->front, place, text, what);
	if (known)
		return *known;
	answer.name.node = node_of_text(n, text);
	if (cursor_left(text) > NAME_OCTETS_MAX)
		refused_count(n);
	else if (segments_of(n, &answer.name, field, text) && is_short)
		front_keep(&n->front, place, text, &answer);
	return answer.name;
}

/* A name of usual length in front takes 65 instructions; SipHash and lower case took 909. */
struct name names_of_text(struct names *n, enum plan_field field, const struct cursor *text)
{
	uint64_t what = front_what(n->generation, field, text);
	const struct name *known = NULL;

	if (front_is_usual(text))
		known = front_first(&n->front, front_place(&n->front, &n->key, text, what), text, what);
	return known ? *known : name_read(n, field, text);
}

struct name names_of_global_title(struct names *n, digits title)
{
	struct front_title *front = front_title(&n->front, &n->key, title);
	struct name name = { 0, 0 };
	bool is_kept = true;

	if (title == 0)
		return name;
	if (front->title == title && front->generation == n->generation)
		return front->name;
	name = (struct name){ node_of_digits(title), segments_of_title(n->segments, title) };
	if (segments_have_expressions(n->segments, PLAN_FIELD_GLOBAL_TITLE)) {
		char text[DIGITS_TEXT_MAX];
		size_t length = digits_write(title, text);
		struct cursor window = cursor_of((const uint8_t *)text, length);

		is_kept = segments_of(n, &name, PLAN_FIELD_GLOBAL_TITLE, &window);
	}
	if (is_kept)
		*front = (struct front_title){ .title = title, .name = name, .generation = n->generation };
	return name;
}

/* One that is not there yet is written out once; without room it stays a hash, and false comes back. */
static bool address_keep(struct names *n, node address, const struct ip_address *a)
{
	struct name_entry fresh = { .node = address, .field = PLAN_FIELD_COUNT };
	char text[INET6_ADDRSTRLEN];
	struct cursor window;
	size_t slot = 0;

	if (entry_find(n, address, PLAN_FIELD_COUNT, &slot))
		return true;
	if (atomic_load_explicit(&n->count, memory_order_relaxed) == n->capacity || !inet_ntop(AF_INET6, a->bytes, text, sizeof(text))) {
		refused_count(n);
		return false;
	}
	window = cursor_of((const uint8_t *)text, strlen(text));
	if (entry_add(n, &fresh, &window, slot))
		return true;
	refused_count(n);
	return false;
}

node names_of_address(struct names *n, const struct ip_address *address)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	const uint8_t *b = address->bytes;
	struct known_address *known;
	node found;

	if (memcmp(b, mapped, sizeof(mapped)) == 0)
		return node_of_ipv4((uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 | b[15]);
	known = &n->addresses[hash_text(&n->key, b, sizeof(address->bytes)) % ADDRESSES_KNOWN];
	if (known->node != 0 && ip_address_is_same(&known->address, address))
		return known->node;
	found = node_of_ipv6(hash_bytes(&n->key, b, sizeof(address->bytes)));
	if (address_keep(n, found, address))
		*known = (struct known_address){ .address = *address, .node = found };
	return found;
}

const char *names_text(const struct names *n, node host)
{
	size_t slot = 0;
	const struct name_entry *entry = node_is_named(host) ? entry_find(n, host, PLAN_FIELD_COUNT, &slot) : NULL;

	return entry ? entry->text : NULL;
}

size_t names_count(const struct names *n)
{
	return atomic_load_explicit(&n->count, memory_order_relaxed);
}

uint64_t names_refused(const struct names *n)
{
	return atomic_load_explicit(&n->refused, memory_order_relaxed);
}

void names_renew(struct names *n, const struct segments *s)
{
	n->segments = s;
	n->generation++;
	/* Hyperscan keeps a scratch that is large enough. One that cannot grow makes the new expressions match nothing. */
	if (!segments_scratch(s, &n->scratch)) {
		hs_free_scratch(n->scratch);
		n->scratch = NULL;
	}
}
