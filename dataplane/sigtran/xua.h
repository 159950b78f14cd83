/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the adaptation layers of SIGTRAN have in common: the header of eight octets, parameters in TLV form, and what the messages of
 * management, of state and of traffic maintenance say (RFC 4666 3.1, 3.2; RFC 3331 3.1; RFC 3868 3.1; RFC 4233 3.1).
 */
#ifndef SIGCANARY_SIGTRAN_XUA_H
#define SIGCANARY_SIGTRAN_XUA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"

#define XUA_VERSION       1
#define XUA_HEADER_LENGTH 8
#define XUA_PADDING_MAX   3

/* Classes that all layers share (RFC 4666 3.1.2). */
#define XUA_CLASS_MGMT     0
#define XUA_CLASS_TRANSFER 1
#define XUA_CLASS_SSNM     2
#define XUA_CLASS_ASPSM    3
#define XUA_CLASS_ASPTM    4
#define XUA_CLASS_RKM      9

struct xua_header {
	struct cursor parameters;
	uint8_t message_class;
	uint8_t message_type;
};

/*
 * The common header of the message that fills the window, give or take its final padding, which some stacks leave out of the length and
 * others out of the message. False: another version, reserved bits, a length that does not fit. Steps over the whole message.
 */
bool xua_header_read(struct cursor *c, struct xua_header *ret);

/* Class and type as they stand there, whatever else is wrong; false when the window is shorter. */
bool xua_kind_read(const struct cursor *c, uint8_t *ret_class, uint8_t *ret_type);

/* Whether another parameter follows: what is left is more than padding. */
static inline bool xua_has_parameter(const struct cursor *parameters)
{
	return cursor_left(parameters) > XUA_PADDING_MAX;
}

/* One parameter and its padding; the padding of the last one may be missing. Steps at least four bytes. */
bool xua_parameter_read(struct cursor *c, uint16_t *ret_tag, struct cursor *ret_value);

/* What a message says, one bit each. */
enum xua_fact {
	XUA_ERROR_CODE = 1 << 0,
	XUA_STATUS = 1 << 1,
	XUA_TRAFFIC_MODE = 1 << 2,
	XUA_ASP_IDENTIFIER = 1 << 3,
	XUA_NETWORK_APPEARANCE = 1 << 4,
	XUA_CONGESTION = 1 << 5,
	XUA_USER_CAUSE = 1 << 6,
	XUA_CONCERNED = 1 << 7,
	XUA_SUBSYSTEM = 1 << 8,
	XUA_LOCAL_KEY = 1 << 9,
	XUA_REGISTRATION = 1 << 10,
	XUA_DEREGISTRATION = 1 << 11,
	XUA_DESTINATION = 1 << 12,
	XUA_ROUTING_CONTEXTS = 1 << 13,
	XUA_AFFECTED = 1 << 14,
	XUA_INTERFACES = 1 << 15,
};

/* Of a parameter that comes more than once the first counts. Numbers are meaningless without their fact. */
struct xua {
	uint8_t message_class;
	uint8_t message_type;
	uint16_t facts; /* bits of enum xua_fact */
	uint32_t error_code;
	uint32_t status; /* type << 16 | information */
	uint32_t traffic_mode;
	uint32_t asp_identifier;
	uint32_t network_appearance;
	uint32_t congestion_level;
	uint32_t user_cause; /* of DUPU: cause << 16 | user */
	uint32_t concerned;  /* who sent what met congestion: a mask and a point code, as xua_affected_next() has it */
	uint32_t subsystem;  /* of SUA's SSNM */
	uint32_t local_key;  /* identifier of a routing key under registration */
	uint32_t registration;
	uint32_t deregistration;
	uint32_t destination;           /* of a routing key */
	struct cursor routing_contexts; /* words */
	struct cursor affected;         /* words: xua_affected_next() */
	struct cursor interfaces;       /* words: interface identifiers of M2UA and IUA */
};

/*
 * Notes what a parameter of any layer says; what is not listed says nothing. Of one that holds others (routing keys and the results of
 * registrations) those are noted. False: it is shorter than its fixed part, or the parameters inside do not fit.
 */
bool xua_parameter_apply(uint16_t tag, struct cursor value, struct xua *x);

/* All parameters in turn; false as above. */
bool xua_parameters_apply(struct cursor parameters, struct xua *x);

struct xua_affected {
	uint32_t point_code; /* 24 bits at most */
	uint8_t mask;        /* so many of its last bits are wild-carded (RFC 4666 3.4.1) */
};

/* The next of x->affected, and steps over it; false at the end. */
bool xua_affected_next(struct cursor *affected, struct xua_affected *ret);

/* A layer, for telling its messages from those of others. */
struct xua_layer {
	const uint16_t *types; /* by message class, one bit for each type that exists */
	size_t classes;
	uint16_t own_first, own_last; /* tags of its own, besides the common ones */
};

/* Whether the window is a message of that layer: header, class, type, and every parameter's tag and length are right. */
bool xua_is_plausible(const struct cursor *c, const struct xua_layer *layer);

#endif
