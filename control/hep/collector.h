/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The way to a HEP collector: UDP, or TCP that is connected again when it breaks. Never waits for the collector: what it does not take is
 * dropped and counted. Owned by the thread that sends.
 */
#ifndef SIGCANARY_HEP_COLLECTOR_H
#define SIGCANARY_HEP_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COLLECTOR_ERROR_MAX 256

struct collector;

/* `target`: "udp:HOST:PORT" or "tcp:HOST:PORT", the host in brackets where it is an IPv6 address. NULL: no such target, or no memory. */
struct collector *collector_open(const char *target);
/* Sends what waits, as far as that takes no longer than `wait_ms`. */
void collector_close(struct collector *c, int wait_ms);

/* False when the packet was dropped. */
bool collector_send(struct collector *c, const uint8_t *packet, size_t length);
/* Brings what waits on its way, as far as the collector takes it; connects where there is no connection. */
void collector_push(struct collector *c);

/* Words for the operator; "" when all is well. */
const char *collector_error(const struct collector *c);

#endif
