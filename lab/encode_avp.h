/* SPDX-License-Identifier: BSD-3-Clause */
/* Diameter header and AVPs (RFC 6733 3, 4), for the encoders of messages. */
#ifndef SIGCANARY_LAB_ENCODE_AVP_H
#define SIGCANARY_LAB_ENCODE_AVP_H

#include "lab/pen.h"

#define VENDOR_3GPP     10415
#define APPLICATION_S6A UINT32_C(16777251)
#define APPLICATION_S13 UINT32_C(16777252)
#define APPLICATION_CX  UINT32_C(16777216)

struct diameter_head {
	uint32_t command, application, hop, end;
	uint8_t flags;
};

/* Opens a message; the mark closes it. */
size_t message_open(struct pen *p, const struct diameter_head *head);
void message_close(struct pen *p, size_t mark);

/* The M bit is set; with a vendor the V bit too. `avp_open_free` leaves the M bit clear. */
size_t avp_open(struct pen *p, uint32_t code, uint32_t vendor);
size_t avp_open_free(struct pen *p, uint32_t code, uint32_t vendor);
void avp_close(struct pen *p, size_t mark);

void avp_text(struct pen *p, uint32_t code, const char *text);
void avp_32(struct pen *p, uint32_t code, uint32_t vendor, uint32_t value);
void avp_octets(struct pen *p, uint32_t code, uint32_t vendor, const void *bytes, size_t length);

/* `count` octets that look random but follow from the nonce, of 3GPP. */
void avp_random(struct pen *p, uint32_t code, uint64_t nonce, size_t count);

#endif
