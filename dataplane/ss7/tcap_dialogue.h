/* SPDX-License-Identifier: BSD-3-Clause */
/* The dialogue portion of TCAP (Q.773 3.2, 4.2.3): private to the TCAP decoder. */
#ifndef SIGCANARY_SS7_TCAP_DIALOGUE_H
#define SIGCANARY_SS7_TCAP_DIALOGUE_H

#include <stdbool.h>

#include "dataplane/base/cursor.h"
#include "dataplane/ss7/tcap.h"

/*
 * Reads the contents of a dialogue portion into the dialogue fields of `t`: context, dialogue result, and why the user gave up. Abstract
 * syntaxes that are not known are skipped. False when BER breaks; `t` is then untouched.
 */
bool tcap_dialogue_read(struct cursor portion, struct tcap *t);

/*
 * The dialogue portions that nearly every message of MAP carries, but for the last octets of the context, its number and version: a
 * request, and an acceptance by the user without a diagnostic; with and without the protocol version, which is optional. Their lengths
 * differ, so a length names the one to compare with. Comparing takes 35 instructions, reading element by element 330.
 */
#define TCAP_EXTERNAL_OF(length) 0x28, length, 0x06, 0x07, 0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01, 0xa0, (length)-11
#define TCAP_VERSION             0x80, 0x02, 0x07, 0x80
#define TCAP_MAP_CONTEXT         0xa1, 0x09, 0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x00, 0, 0
#define TCAP_ACCEPTED            0xa2, 0x03, 0x02, 0x01, 0x00, 0xa3, 0x05, 0xa1, 0x03, 0x02, 0x01, 0x00
#define TCAP_ACCEPTED_OCTETS     12

static const uint8_t tcap_request[] = { TCAP_EXTERNAL_OF(0x1c), 0x60, 0x0f, TCAP_VERSION, TCAP_MAP_CONTEXT };
static const uint8_t tcap_request_bare[] = { TCAP_EXTERNAL_OF(0x18), 0x60, 0x0b, TCAP_MAP_CONTEXT };
static const uint8_t tcap_acceptance[] = { TCAP_EXTERNAL_OF(0x28), 0x61, 0x1b, TCAP_VERSION, TCAP_MAP_CONTEXT, TCAP_ACCEPTED };
static const uint8_t tcap_acceptance_bare[] = { TCAP_EXTERNAL_OF(0x24), 0x61, 0x17, TCAP_MAP_CONTEXT, TCAP_ACCEPTED };

static inline bool tcap_is_request(const struct cursor *portion, const uint8_t *usual, size_t length)
{
	return cursor_fixed_is(portion, 0, usual, length - 2);
}

static inline bool tcap_is_acceptance(const struct cursor *portion, const uint8_t *usual, size_t length)
{
	size_t context = length - TCAP_ACCEPTED_OCTETS - 2;

	return cursor_fixed_is(portion, 0, usual, context) &&
	       cursor_fixed_is(portion, context + 2, usual + context + 2, TCAP_ACCEPTED_OCTETS);
}

/* Where in a usual portion the context's number and version stand; 0 when it is none, and tcap_dialogue_read() has to look. */
static inline size_t tcap_dialogue_context(const struct cursor *portion, bool *ret_is_acceptance)
{
	size_t length = cursor_left(portion);
	bool is_usual = false;

	*ret_is_acceptance = length > sizeof(tcap_request);
	if (length == sizeof(tcap_request))
		is_usual = tcap_is_request(portion, tcap_request, sizeof(tcap_request));
	else if (length == sizeof(tcap_acceptance))
		is_usual = tcap_is_acceptance(portion, tcap_acceptance, sizeof(tcap_acceptance));
	else if (length == sizeof(tcap_request_bare))
		is_usual = tcap_is_request(portion, tcap_request_bare, sizeof(tcap_request_bare));
	else if (length == sizeof(tcap_acceptance_bare))
		is_usual = tcap_is_acceptance(portion, tcap_acceptance_bare, sizeof(tcap_acceptance_bare));
	if (!is_usual)
		return 0;
	return *ret_is_acceptance ? length - TCAP_ACCEPTED_OCTETS - 2 : length - 2;
}

#endif
