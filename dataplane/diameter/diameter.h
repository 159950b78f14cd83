/* SPDX-License-Identifier: BSD-3-Clause */
/* Diameter (RFC 6733): header, AVP walk, finding a header in a stream, and the AVPs of the base and of S6a/S6d (TS 29.272) that matter. */
#ifndef SIGCANARY_DIAMETER_H
#define SIGCANARY_DIAMETER_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/digits.h"
#include "dataplane/verdict.h"

#define DIAMETER_PORT          3868
#define DIAMETER_PPID          46
#define DIAMETER_PPID_DTLS     47
#define DIAMETER_HEADER_LENGTH 20
#define DIAMETER_VERSION       1
#define DIAMETER_VENDOR_3GPP   10415

#define DIAMETER_FLAG_REQUEST    0x80
#define DIAMETER_FLAG_PROXIABLE  0x40
#define DIAMETER_FLAG_ERROR      0x20
#define DIAMETER_FLAG_RETRANSMIT 0x10

/* What is fixed in the first eight octets of a header: the version, the lowest bits of the length and the reserved flags (RFC 6733 3). */
#define DIAMETER_FIRST_FIXED UINT64_C(0xff0000030f000000)

struct diameter {
	struct cursor avps;
	uint32_t length; /* of the whole message */
	uint32_t command;
	uint32_t application;
	uint32_t hop_by_hop;
	uint32_t end_to_end;
	uint8_t flags;
};

struct diameter_avp {
	struct cursor value;
	uint32_t code;
	uint32_t vendor; /* 0 without the V bit */
	uint8_t flags;
};

/* What a message carries besides its header. Texts are windows into the message, empty when absent. */
struct diameter_body {
	struct cursor session;
	struct cursor origin_host;
	struct cursor origin_realm;
	struct cursor destination_host;
	struct cursor destination_realm;
	struct cursor user_name;
	struct cursor error_reporting_host;
	struct cursor apn; /* Service-Selection, first one */
	digits imsi;       /* of User-Name where it is one (digits, or digits@realm of 23.003 19.3) */
	digits msisdn;
	uint32_t result;       /* Result-Code of the message itself */
	uint32_t experimental; /* Experimental-Result-Code */
	uint32_t experimental_vendor;
	uint32_t rat_type;
	uint32_t origin_state_id;
	uint32_t disconnect_cause;
	uint32_t error_diagnostic; /* 29.272 7.3.128 */
	uint32_t cancellation_type;
	uint32_t ulr_flags;
	uint32_t auth_application; /* Auth-Application-Id, top level or inside Vendor-Specific-Application-Id */
	char visited_plmn[7];      /* "23410" or "310410", "" when absent */
	bool has_result;
	bool has_experimental;
	bool has_rat_type;
	bool has_origin_state_id;
	bool has_disconnect_cause;
	bool has_error_diagnostic;
	bool has_cancellation_type;
	bool has_ulr_flags;
	uint8_t route_records;
};

/* The rest of diameter_is_plausible(): length, command and application of a window that holds a header and whose first octets fit. */
bool diameter_header_is_known(const struct cursor *c);

/*
 * Whether the window begins like a Diameter header: version 1, length multiple of 4 and at least 20, reserved flags 0, no error bit in a
 * request, known command and application. Asked of every SCTP message; nearly all that is M3UA fails at its first octets, in line.
 */
static inline bool diameter_is_plausible(const struct cursor *c)
{
	return cursor_left(c) >= DIAMETER_HEADER_LENGTH &&
	       (cursor_fixed_be64(c, 0) & DIAMETER_FIRST_FIXED) == (uint64_t)DIAMETER_VERSION << 56 && diameter_header_is_known(c);
}

/*
 * Whether the window begins like a Diameter message whatever its command and application: a header as above without the tables, and AVPs
 * that fill its length exactly, as far as the window holds them and at least one. For where Diameter is expected and the header unknown.
 */
bool diameter_is_coherent(const struct cursor *c);

/*
 * Offset of the first plausible header in the window, its size when there is none: then its last 19 bytes may still begin one. Looks at
 * every offset; vectorised where it pays.
 */
size_t diameter_find(const struct cursor *c);

/*
 * Length of the message at the start of the window from its first four bytes: 0 when fewer are there; -1 when they cannot begin one
 * (version, length below 20, not a multiple of 4, above `longest`).
 */
int64_t diameter_frame(const struct cursor *c, uint32_t longest);

/* Reads one message and steps over it. VERDICT_DIAMETER_LENGTH when the window is shorter than it says. */
enum verdict diameter_read(struct cursor *c, struct diameter *ret);

/* What is there of a message that says to be longer than its window; VERDICT_DECODED when that is all that is wrong with its header. */
enum verdict diameter_read_cut(const struct cursor *c, struct diameter *ret);

/* Reads the next AVP and steps over it and its padding (missing padding at the very end is forgiven). */
enum verdict diameter_avp_read(struct cursor *c, struct diameter_avp *ret);

/* Walks all AVPs. On a broken AVP the verdict is VERDICT_DIAMETER_AVP_LENGTH and what came before it is in `ret`. */
enum verdict diameter_body_read(const struct diameter *message, struct diameter_body *ret);

#endif
