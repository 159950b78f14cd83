/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of streams and of nodes, each kept once, in two tables with open addressing, at most half full. Names come from files: the hash
 * is keyed. Called by the reader of tick files, and by those who print what was found.
 */
#include "control/tick/stream_names.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "control/sink/ticks.h"
#include "dataplane/base/hash.h"

struct text {
	char *bytes; /* 0-terminated */
	uint32_t length;
	uint32_t next;         /* streams: the one that followed it last, one more than its index; 0 when none has */
	struct stream_key key; /* streams only */
};

struct text_table {
	struct text *texts;
	size_t count, room, limit;
	uint32_t *places; /* index + 1, 0 where empty */
	size_t mask;
};

struct stream_names {
	struct plan *plan;
	struct plan_segment segments[PLAN_SEGMENTS_MAX];
	char *segment_names[PLAN_SEGMENTS_MAX]; /* those that were added */
	struct text_table streams;
	struct text_table nodes;
	uint32_t last;  /* stream asked for last, index + 1 */
	uint32_t whole; /* the stream that is everything, index + 1; 0: none yet */
};

static const char *const whole_words[] = { "all", "total", "network", "*" };

static bool table_grow(struct text_table *t)
{
	size_t places = t->mask == 0 ? 64 : 2 * (t->mask + 1);
	uint32_t *bigger = calloc(places, sizeof(*bigger));
	struct text *texts = realloc(t->texts, places / 2 * sizeof(*texts));

	if (texts != NULL)
		t->texts = texts;
	if (texts == NULL || bigger == NULL) {
		free(bigger);
		return false;
	}
	free(t->places);
	t->places = bigger;
	t->mask = places - 1;
	t->room = places / 2;
	return true;
}

static uint32_t *place_of(const struct stream_names *n, const struct text_table *t, const char *bytes, size_t length)
{
	size_t at = hash_text(&n->plan->hash_key, bytes, length) & t->mask;

	while (t->places[at] != 0) {
		const struct text *known = &t->texts[t->places[at] - 1];

		if (known->length == length && memcmp(known->bytes, bytes, length) == 0)
			break;
		at = (at + 1) & t->mask;
	}
	return &t->places[at];
}

/* The text's index, -1 when it is not known. */
static int64_t table_find(const struct stream_names *n, const struct text_table *t, const char *bytes, size_t length)
{
	return t->places == NULL ? -1 : (int64_t)*place_of(n, t, bytes, length) - 1;
}

/* Adds a text that is not known yet; its index, -1 when there is no room. */
static int64_t table_add(struct stream_names *n, struct text_table *t, const char *bytes, size_t length)
{
	char *copy;

	if (t->count >= t->limit)
		return -1;
	if (t->count == t->room) {
		if (!table_grow(t))
			return -1;
		for (size_t i = 0; i < t->count; i++)
			*place_of(n, t, t->texts[i].bytes, t->texts[i].length) = (uint32_t)i + 1;
	}
	copy = strndup(bytes, length);
	if (copy == NULL)
		return -1;
	*place_of(n, t, bytes, length) = (uint32_t)t->count + 1;
	t->texts[t->count] = (struct text){ .bytes = copy, .length = (uint32_t)length };
	return (int64_t)t->count++;
}

static void table_free(struct text_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->texts[i].bytes);
	free(t->texts);
	free(t->places);
}

struct stream_names *stream_names_new(struct plan *plan, size_t limit)
{
	struct stream_names *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->plan = plan;
	n->streams.limit = n->nodes.limit = limit < UINT32_MAX / 4 ? limit : UINT32_MAX / 4;
	if (!table_grow(&n->streams) || !table_grow(&n->nodes)) {
		stream_names_free(n);
		return NULL;
	}
	if (plan->segment_count > 0)
		memcpy(n->segments, plan->segments, plan->segment_count * sizeof(*plan->segments));
	plan->segments = n->segments;
	return n;
}

void stream_names_free(struct stream_names *n)
{
	if (n == NULL)
		return;
	table_free(&n->streams);
	table_free(&n->nodes);
	for (size_t i = 0; i < PLAN_SEGMENTS_MAX; i++)
		free(n->segment_names[i]);
	free(n);
}

/* The node that stands for a text; 0 when there is no room. */
static node host_of(struct stream_names *n, const char *bytes, size_t length)
{
	int64_t index = table_find(n, &n->nodes, bytes, length);

	if (index < 0)
		index = table_add(n, &n->nodes, bytes, length);
	return index < 0 ? 0 : node_of_host((uint64_t)index + 1);
}

static bool number_of(const char *bytes, size_t length, uint64_t most, uint64_t *ret)
{
	uint64_t number = 0;

	if (length == 0 || length > 18)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] < '0' || bytes[i] > '9')
			return false;
		number = 10 * number + (uint64_t)(bytes[i] - '0');
	}
	if (number > most)
		return false;
	*ret = number;
	return true;
}

node stream_names_node(struct stream_names *n, const char *bytes, size_t length)
{
	char text[STREAM_NAME_MAX];
	struct in_addr address;
	uint64_t number;
	digits title;

	if (length == 0 || length >= STREAM_NAME_MAX || memchr(bytes, '\0', length) != NULL)
		return 0;
	if (digits_read_text(bytes, length, &title))
		return node_of_digits(title);
	if (length > 3 && memcmp(bytes, "pc:", 3) == 0 && number_of(bytes + 3, length - 3, UINT32_MAX, &number))
		return node_of_point_code((uint32_t)number);
	memcpy(text, bytes, length);
	text[length] = '\0';
	if (inet_pton(AF_INET, text, &address) == 1)
		return node_of_ipv4(ntohl(address.s_addr));
	return host_of(n, bytes, length);
}

const char *stream_names_text(void *names, node host)
{
	const struct stream_names *n = names;
	uint64_t index = (host & UINT64_C(0x0fffffffffffffff)) - 1;

	return node_kind(host) == NODE_HOST && index < n->nodes.count ? n->nodes.texts[index].bytes : NULL;
}

/* The index of the plan's segment of that name, which is added when it is new; false when there is no room. */
static bool segment_of(struct stream_names *n, const char *bytes, size_t length, uint64_t *ret)
{
	size_t count = n->plan->segment_count;
	char *copy;

	for (size_t i = 0; i < count; i++) {
		if (strlen(n->segments[i].name) == length && memcmp(n->segments[i].name, bytes, length) == 0) {
			*ret = i;
			return true;
		}
	}
	copy = count < PLAN_SEGMENTS_MAX ? strndup(bytes, length) : NULL;
	if (copy == NULL)
		return false;
	n->segment_names[count] = copy;
	n->segments[count] = (struct plan_segment){ .name = copy, .label = copy, .kind = PLAN_SEGMENT_BRAND };
	n->plan->segment_count++;
	*ret = count;
	return true;
}

static bool word_of(const char *bytes, size_t length, const char *(*word)(unsigned int), unsigned int count, uint64_t *ret)
{
	for (unsigned int i = 0; i < count; i++) {
		const char *known = word(i);

		if (known != NULL && strlen(known) == length && memcmp(known, bytes, length) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static const char *rat_word(unsigned int i)
{
	return rat_name((enum rat)i);
}

static const char *direction_word(unsigned int i)
{
	return stream_direction_word((enum direction)i);
}

static const char *dimension_word(unsigned int i)
{
	return i == DIMENSION_NAMED ? NULL : stream_dimension_word((enum dimension)i);
}

/* The value of one of our dimensions; false when the text is none. */
static bool value_of(struct stream_names *n, enum dimension dimension, const char *bytes, size_t length, uint64_t *ret)
{
	switch (dimension) {
	case DIMENSION_SEGMENT:
		return length > 0 && segment_of(n, bytes, length, ret);
	case DIMENSION_IMSI_PREFIX:
		return digits_read_text(bytes, length, ret);
	case DIMENSION_IMSI_BUCKET:
		return number_of(bytes, length, TALLY_BUCKETS - 1, ret);
	case DIMENSION_IMSI_ENDING:
		return number_of(bytes, length, 99, ret);
	case DIMENSION_PLMN:
		return number_of(bytes, length, UINT32_MAX, ret);
	case DIMENSION_RAT:
		return word_of(bytes, length, rat_word, RAT_COUNT, ret);
	case DIMENSION_DIRECTION:
		return word_of(bytes, length, direction_word, DIRECTION_COUNT, ret);
	case DIMENSION_SERVER:
	case DIMENSION_CLIENT:
	case DIMENSION_ROUTE:
		*ret = stream_names_node(n, bytes, length);
		return *ret != 0;
	case DIMENSION_ALL:
	case DIMENSION_NAMED:
	case DIMENSION_COUNT:
		break;
	}
	return false;
}

/* "imsi=23410" behind the procedure. */
static bool place_of_words(struct stream_names *n, const char *bytes, size_t length, struct stream_key *key)
{
	const char *equals = memchr(bytes, '=', length);
	uint64_t dimension;

	if (equals == NULL || !word_of(bytes, (size_t)(equals - bytes), dimension_word, DIMENSION_COUNT, &dimension) ||
	    !value_of(n, (enum dimension)dimension, equals + 1, length - (size_t)(equals + 1 - bytes), &key->value))
		return false;
	key->dimension = (uint8_t)dimension;
	return true;
}

static procedure procedure_of(const char *bytes, size_t length)
{
	char name[STREAM_NAME_MAX];

	memcpy(name, bytes, length);
	name[length] = '\0';
	return strcmp(name, "registration") == 0 ? PROCEDURE_REGISTRATION : procedure_of_name(name);
}

/* What a name that is new means; false when there is no room. */
static bool key_make(struct stream_names *n, const char *name, size_t length, struct stream_key *ret)
{
	struct stream_key key = { .procedure = PROCEDURE_NONE };
	const char *slash = memchr(name, '/', length);
	size_t first = slash == NULL ? length : (size_t)(slash - name);

	key.procedure = procedure_of(name, first);
	if (slash == NULL && key.procedure != PROCEDURE_NONE) {
		*ret = key;
		return true;
	}
	if (key.procedure != PROCEDURE_NONE && place_of_words(n, slash + 1, length - first - 1, &key)) {
		*ret = key;
		return true;
	}
	for (size_t i = 0; i < sizeof(whole_words) / sizeof(whole_words[0]) && n->whole == 0; i++) {
		if (strlen(whole_words[i]) == length && memcmp(whole_words[i], name, length) == 0) {
			n->whole = (uint32_t)n->streams.count;
			*ret = key;
			return true;
		}
	}
	key.dimension = DIMENSION_NAMED;
	key.value = host_of(n, name, length);
	*ret = key;
	return key.value != 0;
}

bool stream_names_key(struct stream_names *n, const char *name, size_t length, struct stream_key *ret_key)
{
	struct text_table *t = &n->streams;
	uint32_t guess = n->last > 0 ? t->texts[n->last - 1].next : 0;
	struct stream_key key = { 0 };
	int64_t index;

	if (guess > 0 && t->texts[guess - 1].length == length && memcmp(t->texts[guess - 1].bytes, name, length) == 0) {
		n->last = guess;
		*ret_key = t->texts[guess - 1].key;
		return true;
	}
	if (length == 0 || length >= STREAM_NAME_MAX || memchr(name, '\0', length) != NULL)
		return false;
	index = table_find(n, t, name, length);
	if (index < 0) {
		index = table_add(n, t, name, length);
		if (index < 0)
			return false;
		if (!key_make(n, name, length, &key)) {
			/* Kept as a part of nothing: the next row of it is told the same. */
			key.dimension = DIMENSION_COUNT;
		}
		t->texts[index].key = key;
	}
	if (n->last > 0)
		t->texts[n->last - 1].next = (uint32_t)index + 1;
	n->last = (uint32_t)index + 1;
	*ret_key = t->texts[index].key;
	return ret_key->dimension < DIMENSION_COUNT;
}

bool stream_names_parent(void *names, const struct stream_key *stream, struct stream_key *ret_parent)
{
	struct stream_names *n = names;
	const char *name = stream->dimension == DIMENSION_NAMED ? stream_names_text(n, stream->value) : NULL;
	size_t length = name == NULL ? 0 : strlen(name);

	while (length > 0) {
		int64_t index;

		while (length > 0 && name[length - 1] != '/')
			length--;
		while (length > 0 && name[length - 1] == '/')
			length--;
		if (length == 0)
			return false;
		index = table_find(n, &n->streams, name, length);
		if (index >= 0 && n->streams.texts[index].key.dimension < DIMENSION_COUNT) {
			*ret_parent = n->streams.texts[index].key;
			return true;
		}
	}
	return false;
}

/* Whether one name is the other's beginning, up to a '/'. */
static bool name_begins(const char *outer, const char *inner)
{
	size_t length = strlen(outer);

	return strncmp(outer, inner, length) == 0 && (inner[length] == '\0' || inner[length] == '/');
}

bool stream_names_contain(struct stream_names *n, const struct stream_key *outer, const struct stream_key *inner)
{
	const char *name, *part;

	if (stream_key_compare(outer, inner) == 0)
		return true;
	if (outer->dimension == DIMENSION_ALL)
		return outer->procedure == inner->procedure || outer->procedure == PROCEDURE_NONE;
	if (outer->dimension == DIMENSION_IMSI_PREFIX && inner->dimension == DIMENSION_IMSI_PREFIX)
		return outer->procedure == inner->procedure && digits_begin_with(inner->value, outer->value);
	if (outer->dimension != DIMENSION_NAMED || inner->dimension != DIMENSION_NAMED)
		return false;
	name = stream_names_text(n, outer->value);
	part = stream_names_text(n, inner->value);
	return name != NULL && part != NULL && name_begins(name, part);
}
