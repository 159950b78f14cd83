/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MAP parameters, TS 29.002 17.7 and, for versions 1 and 2, GSM 09.02: who the subscriber is, which nodes are named, why an error was
 * given. The worker's walk calls map_read() for each component of a dialogue in a MAP context or subsystem.
 *
 * What is where stands in map_field.def and map_diagnostic.def, a row per place. One pass over the parameter follows all rows of the
 * operation at once: each open level knows, as a set of bits, the rows whose path has led here. Elements that no row leads into, as
 * extension containers and profiles, are stepped over whole. At most PATH_MAX_TAGS levels are open; every round reads an element or
 * closes a level.
 *
 * The first occurrence of a field counts. A number that is not readable (empty, more than 15 digits) leaves its field 0 and is no
 * error. Refused is only what BER cannot read. Not read: the text of USSD and short messages, profiles, locations below the node.
 */
#include "dataplane/ss7/map.h"

#include <stddef.h>

#include "dataplane/base/ber.h"

#define PATH_MAX_TAGS    4
#define TAG_OCTET_STRING 0x04
/* Tags have at most three octets; the fourth numbers OCTET STRINGs among their brothers from 1 on. */
#define OCTETS(ordinal) ((uint32_t)(ordinal) << 24 | TAG_OCTET_STRING)
#define OCTETS_MAX      255
#define PATH(...)                                                                                                                          \
	{                                                                                                                                  \
		__VA_ARGS__                                                                                                                \
	}

enum kind { INVOKE, RESULT, ERROR };

enum field {
	IMSI,
	MSISDN,
	VLR,
	MSC,
	SGSN,
	HLR,
	GMSC,
	SERVICE_CENTRE,
	ROAMING,
	IMEI,
	NODE_IS_SGSN,
	VECTOR,
	VECTORS_ASKED,
	CANCELLATION,
	REQUESTING_NODE,
	DIAGNOSTIC,
};

struct row {
	uint8_t code;
	uint8_t kind;
	uint8_t field;
	uint32_t path[PATH_MAX_TAGS];
};

#define MAP_FIELD(code, kind, field, path, clause) { code, kind, field, path },
static const struct row field_rows[] = {
#include "dataplane/ss7/map_field.def"
};
static const struct row diagnostic_rows[] = {
#include "dataplane/ss7/map_diagnostic.def"
};
#undef MAP_FIELD

#define ROWS_MAX 32 /* of one code and kind: the width of a set */

struct table {
	const struct row *rows;
	size_t count;
};

/* An open element: what is left of it, the rows that lead through it, and how many OCTET STRINGs have passed. */
struct level {
	struct cursor left;
	uint32_t rows;
	uint32_t octet_strings;
};

static unsigned int row_key(const struct row *row)
{
	return (unsigned int)row->code << 8 | row->kind;
}

/* The first row whose key is not below `key`, by halving: the rows are sorted. */
static size_t rows_from(const struct row *rows, size_t count, unsigned int key)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (row_key(&rows[middle]) < key)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

static struct table table_of(const struct row *rows, size_t count, uint8_t code, enum kind kind)
{
	unsigned int key = (unsigned int)code << 8 | (unsigned int)kind;
	size_t from = rows_from(rows, count, key);
	size_t to = rows_from(rows, count, key + 1);

	return (struct table){ .rows = rows + from, .count = to - from < ROWS_MAX ? to - from : ROWS_MAX };
}

/* The rows that a component calls for; none when its operation or error is not known. */
static struct table component_table(const struct tcap_component *component, int32_t operation)
{
	bool is_error = component->type == TCAP_RETURN_ERROR;
	int32_t code = is_error ? component->error : operation;

	if (code < 0 || code > UINT8_MAX || component->type == TCAP_REJECT)
		return (struct table){ 0 };
	if (is_error)
		return table_of(diagnostic_rows, sizeof(diagnostic_rows) / sizeof(diagnostic_rows[0]), (uint8_t)code, ERROR);
	return table_of(field_rows, sizeof(field_rows) / sizeof(field_rows[0]), (uint8_t)code,
			component->type == TCAP_INVOKE ? INVOKE : RESULT);
}

/* TBCD-STRING (17.7.8); what does not make a number is left out. */
static void number_take(struct cursor value, digits *number)
{
	if (*number == 0)
		digits_read_tbcd(&value, number);
}

/* ISDN-AddressString, AddressString (17.7.8): an octet of nature and plan, then TBCD. */
static void address_take(struct cursor value, digits *number)
{
	if (cursor_skip(&value, 1))
		number_take(value, number);
}

/* IMEI (17.7.8): 15 digits and a spare one, or 16 with the software version; the last is not part of the equipment's name. */
static void imei_take(struct cursor value, digits *number)
{
	digits imei = 0;
	uint8_t octet = 0;

	while (cursor_u8(&value, &octet) && digits_append(&imei, octet & 15U) && digits_append(&imei, octet >> 4)) {
	}
	if (*number == 0)
		*number = imei;
}

static uint8_t small_number(const struct ber *element, uint8_t otherwise)
{
	int32_t number = 0;

	return ber_integer(element, &number) && number >= 0 && number < UINT8_MAX ? (uint8_t)number : otherwise;
}

static void field_take(enum field field, const struct ber *element, struct map *map)
{
	switch (field) {
	case IMSI:
		number_take(element->value, &map->imsi);
		break;
	case MSISDN:
		address_take(element->value, &map->msisdn);
		break;
	case VLR:
		address_take(element->value, &map->vlr);
		break;
	case MSC:
		address_take(element->value, &map->msc);
		break;
	case SGSN:
		address_take(element->value, &map->sgsn);
		break;
	case HLR:
		address_take(element->value, &map->hlr);
		break;
	case GMSC:
		address_take(element->value, &map->gmsc);
		break;
	case SERVICE_CENTRE:
		address_take(element->value, &map->service_centre);
		break;
	case ROAMING:
		address_take(element->value, &map->roaming_number);
		break;
	case IMEI:
		imei_take(element->value, &map->imei);
		break;
	case NODE_IS_SGSN:
		map->sgsn = map->msc;
		map->msc = 0;
		break;
	case VECTOR:
		if (map->vectors < UINT8_MAX)
			map->vectors++;
		break;
	case VECTORS_ASKED:
		map->vectors = small_number(element, 0);
		break;
	case CANCELLATION:
		map->cancellation_type = small_number(element, MAP_CANCELLATION_NONE);
		break;
	case REQUESTING_NODE:
		map->requesting_node = small_number(element, MAP_REQUESTING_NODE_NONE);
		break;
	case DIAGNOSTIC:
		map->diagnostic = small_number(element, MAP_DIAGNOSTIC_NONE);
		break;
	}
}

/* The rows of `level` whose next tag is this element's. */
static uint32_t rows_matching(const struct table *table, const struct level *level, unsigned int depth, uint32_t tag)
{
	uint32_t matching = 0;

	for (size_t i = 0; i < table->count; i++) {
		if (level->rows & UINT32_C(1) << i && table->rows[i].path[depth] == tag)
			matching |= UINT32_C(1) << i;
	}
	return matching;
}

/* Takes what ends at this element, and returns the rows that go on into it. */
static uint32_t element_take(const struct table *table, uint32_t matching, unsigned int depth, const struct ber *element, struct map *map)
{
	uint32_t deeper = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct row *row = &table->rows[i];

		if (!(matching & UINT32_C(1) << i))
			continue;
		if (depth + 1 < PATH_MAX_TAGS && row->path[depth + 1] != 0)
			deeper |= UINT32_C(1) << i;
		else
			field_take(row->field, element, map);
	}
	return element->is_constructed ? deeper : 0;
}

/* One pass over the first element of the window, and inside it where rows lead. */
static enum ber_error parameter_walk(const struct table *table, struct cursor parameter, struct map *map)
{
	struct level levels[PATH_MAX_TAGS];
	unsigned int depth = 0;

	levels[0] = (struct level){ .left = parameter, .rows = UINT32_MAX };
	while (true) {
		struct level *level = &levels[depth];
		struct ber element;
		uint32_t deeper;
		enum ber_error error;

		if (cursor_left(&level->left) == 0) {
			if (depth == 0)
				return BER_OK;
			depth--;
			continue;
		}
		error = ber_read(&level->left, &element);
		if (error != BER_OK)
			return error;
		if (depth == 0)
			cursor_skip(&level->left, cursor_left(&level->left));
		if (element.tag == TAG_OCTET_STRING)
			element.tag = OCTETS(level->octet_strings < OCTETS_MAX ? ++level->octet_strings : 0);
		deeper = element_take(table, rows_matching(table, level, depth, element.tag), depth, &element, map);
		if (deeper)
			levels[++depth] = (struct level){ .left = element.value, .rows = deeper };
	}
}

enum verdict map_read(const struct tcap_component *component, int32_t operation, uint8_t version, struct map *ret)
{
	struct map map = {
		.diagnostic = MAP_DIAGNOSTIC_NONE,
		.cancellation_type = MAP_CANCELLATION_NONE,
		.requesting_node = MAP_REQUESTING_NODE_NONE,
	};
	struct table table = component_table(component, operation);

	(void)version; /* the tags tell the versions apart, see map_field.def */
	if (table.count > 0 && parameter_walk(&table, component->parameter, &map) != BER_OK)
		return VERDICT_MAP_PARAMETER;
	*ret = map;
	return VERDICT_DECODED;
}
