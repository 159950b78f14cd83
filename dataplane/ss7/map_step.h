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
	EQUIPMENT_STATUS,
	FAILURE_CAUSE,
	DIAGNOSTIC,
	MAP_FIELD_NONE,
};

struct map_step {
	uint32_t tag;    /* of the element that is stepped into; 0 behind the last step of a place, where no tag has led */
	uint16_t inside; /* the first step inside it from which rows go on; step 0, which is such an end, when none does */
	uint16_t field;  /* enum map_field: what the element itself is */
};

#define MAP_STEPS_MAX 1024
#define MAP_CODES     256

/* Written before main(), by map_step.c only: the steps of all places, and by operation or error the first one before its parameter. */
extern struct map_step map_steps[MAP_STEPS_MAX];
extern uint16_t map_first_steps[MAP_KINDS][MAP_CODES];

/* The place before the parameter of an operation or error: its first step; step 0 when it is not known. */
static inline const struct map_step *map_steps_of_code(enum map_kind kind, int32_t code)
{
	return &map_steps[code >= 0 && code < MAP_CODES ? map_first_steps[kind][code] : 0];
}

#endif
