/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network node in one word: the kind in bits 63..60, below it the point code, the global title's digits, the IPv4 address, or a keyed
 * hash of the Diameter host name or IPv6 address. One word stands for the tap, and so for all nodes that are seen there. Equal nodes are
 * equal words on every worker. The text of what is hashed is kept by dataplane/segment/names.
 */
#ifndef SIGCANARY_NODE_H
#define SIGCANARY_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/digits.h"

typedef uint64_t node;

enum node_kind { NODE_NONE, NODE_GLOBAL_TITLE, NODE_POINT_CODE, NODE_HOST, NODE_IPV4, NODE_IPV6, NODE_TAP };

static inline enum node_kind node_kind(node n)
{
	return (enum node_kind)(n >> 60);
}

/* A global title's digits: 15 nibbles below the kind, filled up with 15. Exact for every number that `digits` holds. */
static inline node node_of_digits(digits d)
{
	return d == 0 ? 0 : (node)NODE_GLOBAL_TITLE << 60 | (d | UINT64_MAX >> 4 * digits_count(d)) >> 4;
}

/* The digits of a NODE_GLOBAL_TITLE. */
digits node_digits(node n);

static inline node node_of_point_code(uint32_t point_code)
{
	return (node)NODE_POINT_CODE << 60 | point_code;
}

static inline node node_of_host(uint64_t hash)
{
	return (node)NODE_HOST << 60 | (hash & UINT64_C(0x0fffffffffffffff));
}

static inline node node_of_ipv4(uint32_t address)
{
	return (node)NODE_IPV4 << 60 | address;
}

static inline node node_of_ipv6(uint64_t hash)
{
	return (node)NODE_IPV6 << 60 | (hash & UINT64_C(0x0fffffffffffffff));
}

static inline node node_of_tap(void)
{
	return (node)NODE_TAP << 60;
}

/* Whether its text is with the names, and not in the word. */
static inline bool node_is_named(node n)
{
	return node_kind(n) == NODE_HOST || node_kind(n) == NODE_IPV6;
}

/* Whether it is an end of an association, known by nothing but its address. */
static inline bool node_is_address(node n)
{
	return node_kind(n) == NODE_IPV4 || node_kind(n) == NODE_IPV6;
}

/* Room for a node as text: digits, "pc:1234", an IPv4 address, or a hash. */
#define NODE_TEXT_MAX 32

/* Writes digits, "pc:N", "10.0.0.1", "host:HASH", "ipv6:HASH" or "tap"; returns the length. Who has the names (segment/names) asks there
 * first. */
size_t node_write(node n, char text[NODE_TEXT_MAX]);

#endif
