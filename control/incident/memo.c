/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of what an incident is about, see memo.h. A node is a word for its kind and its text: hosts and IPv6 addresses are keyed hashes, of
 * which the text alone outlives the run. Owned by control.
 */
#include "control/incident/memo.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/hash.h"

static const char *const node_kinds[] = {
	[NODE_GLOBAL_TITLE] = "title", [NODE_POINT_CODE] = "point-code",
	[NODE_HOST] = "host",          [NODE_IPV4] = "ipv4",
	[NODE_IPV6] = "ipv6",          [NODE_TAP] = "tap",
};

#define NODE_KINDS (sizeof(node_kinds) / sizeof(node_kinds[0]))

void memo_names_free(struct memo_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i].text);
	names->count = 0;
}

const char *memo_names_text(const struct memo_names *names, node n)
{
	for (size_t i = 0; i < names->count; i++) {
		if (names->list[i].node == n)
			return names->list[i].text;
	}
	return NULL;
}

static void name_keep(struct memo_names *names, node n, const char *text)
{
	if (!names || names->count == MEMO_NAMES_MAX || memo_names_text(names, n))
		return;
	names->list[names->count].node = n;
	names->list[names->count].text = strdup(text);
	names->count += names->list[names->count].text != NULL;
}

static json_t *node_json(const struct memo_scene *s, node n)
{
	enum node_kind kind = node_kind(n);
	char number[NODE_TEXT_MAX];
	const char *text = number;

	if (kind == NODE_NONE || (size_t)kind >= NODE_KINDS)
		return NULL;
	if (node_is_named(n))
		text = s->name_of ? s->name_of(s->names, n) : NULL;
	else if (kind == NODE_POINT_CODE)
		snprintf(number, sizeof(number), "%u", (unsigned int)(n & UINT32_MAX));
	else
		node_write(n, number);
	return text ? json_pack("{s:s}", node_kinds[kind], text) : NULL;
}

/* As dataplane/segment/names does it: hosts in lower case. */
static node host_of(const struct memo_scene *s, const char *text)
{
	char lower[MEMO_HOST_MAX];
	size_t length = 0;
	node n;

	for (; text[length] != '\0' && length < sizeof(lower); length++)
		lower[length] = (char)(text[length] >= 'A' && text[length] <= 'Z' ? text[length] + ('a' - 'A') : text[length]);
	if (length == 0 || length == sizeof(lower))
		return 0;
	n = node_of_host(hash_bytes(&s->plan->hash_key, lower, length));
	name_keep(s->recalled, n, text);
	return n;
}

static node ipv6_of(const struct memo_scene *s, const char *text)
{
	uint8_t bytes[16];
	node n;

	if (inet_pton(AF_INET6, text, bytes) != 1)
		return 0;
	n = node_of_ipv6(hash_bytes(&s->plan->hash_key, bytes, sizeof(bytes)));
	name_keep(s->recalled, n, text);
	return n;
}

static node node_of(const struct memo_scene *s, const json_t *json)
{
	const char *text = NULL;
	struct in_addr v4;
	digits title = 0;
	size_t kind = NODE_NONE;

	while (!text && ++kind < NODE_KINDS)
		text = json_string_value(json_object_get(json, node_kinds[kind]));
	if (!text)
		return 0;
	switch ((enum node_kind)kind) {
	case NODE_GLOBAL_TITLE:
		return digits_read_text(text, strlen(text), &title) ? node_of_digits(title) : 0;
	case NODE_POINT_CODE:
		return node_of_point_code((uint32_t)strtoul(text, NULL, 10));
	case NODE_HOST:
		return host_of(s, text);
	case NODE_IPV4:
		return inet_pton(AF_INET, text, &v4) == 1 ? node_of_ipv4(ntohl(v4.s_addr)) : 0;
	case NODE_IPV6:
		return ipv6_of(s, text);
	case NODE_TAP:
		return node_of_tap();
	case NODE_NONE:
		break;
	}
	return 0;
}

static json_t *segment_json(const struct memo_scene *s, uint64_t index)
{
	return index < s->plan->segment_count ? json_string(s->plan->segments[index].name) : NULL;
}

static bool segment_read(const struct memo_scene *s, const json_t *json, uint64_t *ret)
{
	const char *name = json_string_value(json);

	for (size_t i = 0; name && i < s->plan->segment_count; i++) {
		if (strcmp(s->plan->segments[i].name, name) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

json_t *memo_value(const struct memo_scene *s, enum dimension dimension, uint64_t value)
{
	char text[DIGITS_TEXT_MAX];

	switch (dimension) {
	case DIMENSION_SEGMENT:
		return segment_json(s, value);
	case DIMENSION_IMSI_PREFIX:
		digits_write(value, text);
		return json_string(text);
	case DIMENSION_SERVER:
	case DIMENSION_CLIENT:
	case DIMENSION_ROUTE:
		return node_json(s, value);
	case DIMENSION_ALL:
	case DIMENSION_IMSI_ENDING:
	case DIMENSION_PLMN:
	case DIMENSION_RAT:
	case DIMENSION_DIRECTION:
		return json_integer((json_int_t)value);
	case DIMENSION_IMSI_BUCKET:
	case DIMENSION_NAMED:
	case DIMENSION_COUNT:
		break;
	}
	return NULL;
}

bool memo_value_read(const struct memo_scene *s, enum dimension dimension, const json_t *json, uint64_t *ret)
{
	const char *text = json_string_value(json);
	node n;

	switch (dimension) {
	case DIMENSION_SEGMENT:
		return segment_read(s, json, ret);
	case DIMENSION_IMSI_PREFIX:
		return text && digits_read_text(text, strlen(text), ret);
	case DIMENSION_SERVER:
	case DIMENSION_CLIENT:
	case DIMENSION_ROUTE:
		n = node_of(s, json);
		if (n)
			*ret = n;
		return n != 0;
	case DIMENSION_ALL:
	case DIMENSION_IMSI_ENDING:
	case DIMENSION_PLMN:
	case DIMENSION_RAT:
	case DIMENSION_DIRECTION:
		if (json_is_integer(json))
			*ret = (uint64_t)json_integer_value(json);
		return json_is_integer(json);
	case DIMENSION_IMSI_BUCKET:
	case DIMENSION_NAMED:
	case DIMENSION_COUNT:
		break;
	}
	return false;
}

const char *memo_dimension(enum dimension dimension)
{
	return dimension_names[dimension];
}

enum dimension memo_dimension_read(const json_t *json)
{
	const char *name = json_string_value(json);
	int at = 0;

	while (name && at < DIMENSION_COUNT && strcmp(name, dimension_names[at]) != 0)
		at++;
	return name ? (enum dimension)at : DIMENSION_COUNT;
}

json_t *memo_procedure(procedure p)
{
	const struct procedure_row *row = procedure_row(p);

	return row ? json_string(row->name) : p == PROCEDURE_REGISTRATION ? json_string("registration") : NULL;
}

bool memo_procedure_read(const json_t *json, procedure *ret)
{
	const char *name = json_string_value(json);
	procedure p;

	if (!name)
		return false;
	p = strcmp(name, "registration") == 0 ? PROCEDURE_REGISTRATION : procedure_of_name(name);
	if (p != PROCEDURE_NONE)
		*ret = p;
	return p != PROCEDURE_NONE;
}

json_t *memo_segments(const struct memo_scene *s, uint64_t segments)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->plan->segment_count && i < 64; i++) {
		if (segments >> i & 1)
			json_array_append_new(list, segment_json(s, i));
	}
	return list;
}

uint64_t memo_segments_read(const struct memo_scene *s, const json_t *json)
{
	uint64_t segments = 0;

	for (size_t i = 0; i < json_array_size(json); i++) {
		uint64_t index;

		if (segment_read(s, json_array_get(json, i), &index) && index < 64)
			segments |= UINT64_C(1) << index;
	}
	return segments;
}

json_t *memo_stream(const struct memo_scene *s, const struct stream_key *key)
{
	json_t *value = memo_value(s, (enum dimension)key->dimension, key->value);
	json_t *name = memo_procedure(key->procedure);

	if (!value || !name) {
		json_decref(value);
		json_decref(name);
		return NULL;
	}
	return json_pack("{s:s,s:o,s:o}", "dimension", memo_dimension((enum dimension)key->dimension), "procedure", name, "value", value);
}

bool memo_stream_read(const struct memo_scene *s, const json_t *json, struct stream_key *ret)
{
	enum dimension dimension = memo_dimension_read(json_object_get(json, "dimension"));
	struct stream_key key;

	memset(&key, 0, sizeof(key)); /* keys are compared as bytes */
	key.dimension = (uint8_t)dimension;
	if (dimension == DIMENSION_COUNT || !memo_procedure_read(json_object_get(json, "procedure"), &key.procedure) ||
	    !memo_value_read(s, dimension, json_object_get(json, "value"), &key.value))
		return false;
	memcpy(ret, &key, sizeof(key));
	return true;
}

double memo_number_or(const json_t *object, const char *key, double preset)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : preset;
}

double memo_number(const json_t *object, const char *key)
{
	return memo_number_or(object, key, 0);
}

nanos memo_nanos(const json_t *object, const char *key)
{
	return (nanos)json_integer_value(json_object_get(object, key));
}

void memo_text(const json_t *object, const char *key, char *ret, size_t room)
{
	const char *text = json_string_value(json_object_get(object, key));

	snprintf(ret, room, "%s", text ? text : "");
}
