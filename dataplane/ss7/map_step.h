/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of map_field.def and map_diagnostic.def as steps from tag to tag: private to the MAP decoder. Immutable once main() runs. */
#ifndef SIGCANARY_SS7_MAP_STEP_H
#define SIGCANARY_SS7_MAP_STEP_H

#include <stdint.h>

#define MAP_PATH_MAX_TAGS    4
#define MAP_TAG_OCTET_STRING 0x04
/* Tags have at most three octets; the fourth numbers OCTET STRINGs among their brothers from 1 on. */
#define MAP_OCTETS(ordinal) ((uint32_t)(ordinal) << 24 | MAP_TAG_OCTET_STRING)
#define MAP_OCTETS_MAX      255

enum map_kind { INVOKE, RESULT, ERROR, MAP_KINDS };

enum map_field {
	/* Numbers, each a member of struct map. */
	IMSI,
	IMEI,
	MSISDN,
	VLR,
	MSC,
	SGSN,
	HLR,
	GMSC,
	SERVICE_CENTRE,
	ROAMING,
	/* Everything else. */
	NODE_IS_SGSN,
	VECTOR,
	VECTORS_ASKED,
	CANCELLATION,
	REQUESTING_NODE,
	DIAGNOSTIC,
	MAP_FIELD_NONE,
};

struct map_step {
	uint32_t tag;   /* of the element that is stepped into */
	uint16_t next;  /* the place inside it from which rows go on, 0: none does */
	uint16_t field; /* enum map_field: what the element itself is */
};

/* Where a path has led: the steps that go on from here. Place 0 has none. */
struct map_place {
	const struct map_step *steps;
	const struct map_step *end;
};

#define MAP_PLACES_MAX 512
#define MAP_CODES      256

/* For the two functions below; written before main(), by map_step.c only. */
extern struct map_place map_places[MAP_PLACES_MAX];
extern uint16_t map_place_numbers[MAP_KINDS][MAP_CODES];

/* The place before the parameter of an operation or error; place 0 when it is not known. */
static inline const struct map_place *map_place_of_code(enum map_kind kind, int32_t code)
{
	return &map_places[code >= 0 && code < MAP_CODES ? map_place_numbers[kind][code] : 0];
}

/* The place behind a step. */
static inline const struct map_place *map_place_behind(const struct map_step *step)
{
	return &map_places[step->next];
}

#endif
