/* SPDX-License-Identifier: BSD-3-Clause */
/* What the table of names asks of the compiled segments; private to this room. */
#ifndef SIGCANARY_SEGMENT_MATCH_H
#define SIGCANARY_SEGMENT_MATCH_H

#include <stdbool.h>

#include "dataplane/segment/segment.h"

struct hs_scratch;

/* Longest name that is matched: a DiameterIdentity is a domain name (RFC 6733 4.3.1), which has at most 255 octets (RFC 1035 2.3.4). */
#define NAME_OCTETS_MAX 255

/* Whether any expression is over this field. */
bool segments_have_expressions(const struct segments *s, enum plan_field field);

/* Makes or enlarges the scratch of one worker so that it serves `s`; it stays NULL when there are no expressions. False without memory. */
bool segments_scratch(const struct segments *s, struct hs_scratch **scratch);

/* The segments whose expressions match the text of at most NAME_OCTETS_MAX octets. Pure but for the scratch. */
uint64_t segments_of_text(const struct segments *s, enum plan_field field, const struct cursor *text, struct hs_scratch *scratch);

/* The segments of a global title's leading digits. */
uint64_t segments_of_title(const struct segments *s, digits title);

/* Room for a reversed expression. */
#define REVERSED_MAX 2048

/*
 * Writes an expression that matches a reversed text exactly when `expression` matches the text; false when this is not certain or not worth
 * it. Done for literals up to the end of the text, such as "\.mnc010\.mcc234\.3gppnetwork\.org$".
 */
bool expression_reverse(const char *expression, char reversed[REVERSED_MAX]);

#endif
