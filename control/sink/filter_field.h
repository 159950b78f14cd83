/* SPDX-License-Identifier: BSD-3-Clause */
/* The fields of a filter: from a name to places in a line, and from a place to values. Private to the filter. */
#ifndef SIGCANARY_SINK_FILTER_FIELD_H
#define SIGCANARY_SINK_FILTER_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "control/sink/filter.h"
#include "dataplane/codes/codes.h"

#define FILTER_NAME_MAX 96

/* What is made of the value that stands at a place. */
enum filter_view {
	FILTER_VIEW_PLAIN,
	FILTER_VIEW_LAYERS,    /* "m3ua/sccp": each part */
	FILTER_VIEW_NUMBERED,  /* a number, and its name in the layer */
	FILTER_VIEW_FAILURE,   /* the same, but not 1xxx and 2xxx of Diameter (RFC 6733 7.1) */
	FILTER_VIEW_RAT_TYPE,  /* RAT-Type of Diameter (29.212 5.3.31), and the radio access that it means */
	FILTER_VIEW_PROTOCOL,  /* of a procedure: its interface, and the protocol there */
	FILTER_VIEW_OPERATION, /* of a procedure: whole, without the interface, and MAP's number */
	FILTER_VIEW_CAUSE,     /* "map-error:34": whole, its number, its name */
	FILTER_VIEW_CAUSE_OF_FAILURE,
};

struct filter_place {
	enum filter_view view;
	enum cause_layer layer;
	const char *path;
};

/* A field: the places of a short name, or the one of a path that was written out. */
struct filter_field {
	const struct filter_place *places;
	size_t count;
	struct filter_place own;
	char path[FILTER_NAME_MAX];
};

/* One value. A numeral that stands as text in the line (a time, a title, a TCAP id) has an order, but is equal to its own text only. */
struct filter_value {
	const char *text;
	double number;
	bool has_number; /* `number` is filled in */
	bool is_number;  /* it stands as a number in the line */
};
/* True ends the search. */
typedef bool (*filter_taker)(void *who, const struct filter_value *value);

/*
 * The field of a name; false with a sentence in `words`, and in *ret_at and *ret_length which part of the name is meant. `ret` must stay
 * where it is.
 */
bool filter_field_find(const char *name, enum filter_lines lines, struct filter_field *ret, char words[FILTER_ERROR_MAX], size_t *ret_at,
		       size_t *ret_length);

/* Offers the field's values in a line until one is taken; whether one was. */
bool filter_field_any(const struct filter_field *field, const json_t *line, filter_taker take, void *who);

#endif
