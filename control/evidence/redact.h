/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Overwrites the digits of subscribers in the bytes of a frame: every length stays, every message stays readable, and the checksum of the
 * transport stays right. What goes is set to the digit 0, in whatever way it was encoded; the network code of an IMSI and the first two
 * digits of other numbers are kept.
 *
 * Found are numbers by their form, whoever's they are: IMSI in BCD behind a length (MAP, CAP, NAS), numbers of ISDN form behind a
 * length (MAP, short messages), the MSISDN of Diameter, and runs of eight digits and more in text (Diameter, SIP). Numbers that are found
 * once in a packet are looked for in all of it, so that a global title made of them goes too; so are the hints, what is known of the
 * packet's requests. Numbers of nodes that are known are kept. Not found are numbers across two packets that neither tells, and what
 * short messages say in words.
 */
#ifndef SIGCANARY_EVIDENCE_REDACT_H
#define SIGCANARY_EVIDENCE_REDACT_H

#include "dataplane/node.h"
#include "dataplane/worker/inside.h"

#define REDACT_NODES_MAX    3
#define REDACT_SUBJECTS_MAX 16

/* What is known of a request in the frame; 0 where nothing is. */
struct redact_hint {
	digits imsi;
	digits msisdn;
	node nodes[REDACT_NODES_MAX];
};

struct redactor;

/* NULL when there is no memory. */
struct redactor *redactor_new(void);
void redactor_free(struct redactor *r);

/* Changes frame->bytes, which are `bytes`; returns how many numbers were overwritten. */
size_t redact_frame(struct redactor *r, const struct frame *frame, uint8_t *bytes, const struct redact_hint *hints, size_t hint_count);

/* The same for bytes without layers below: a user message. */
size_t redact_bytes(struct redactor *r, uint8_t *bytes, size_t length, const struct redact_hint *hints, size_t hint_count);

#endif
