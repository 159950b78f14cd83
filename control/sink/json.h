/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON written piece by piece, for lines that come by the thousand: an append-only pen that knows where a comma is due. Text from the wire
 * is escaped to ASCII, bytes above 126 as \u00XX (wire text is octets, not UTF-8).
 */
#ifndef SIGCANARY_SINK_JSON_H
#define SIGCANARY_SINK_JSON_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "dataplane/base/cursor.h"

struct json {
	FILE *out;
	bool needs_comma;
};

/* `key` NULL inside arrays and for the outermost object. */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_text(struct json *j, const char *key, const char *text);
void json_bytes(struct json *j, const char *key, const struct cursor *text);
void json_number(struct json *j, const char *key, int64_t number);
void json_bool(struct json *j, const char *key, bool value);

#endif
