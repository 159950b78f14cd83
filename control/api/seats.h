/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections of the network listener by who holds them, so that no one address takes all of api.readers: one may have a quarter, at least
 * four. Of IPv6 the first 64 bits are one address, since a host may choose the rest. Loopback is of this machine and has no bound of its
 * own. Any thread; taken and left by the listener's.
 */
#ifndef SIGCANARY_API_SEATS_H
#define SIGCANARY_API_SEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>

#define SEATS_SHARE_OF_ONE 4
#define SEATS_LEAST_OF_ONE 4
#define SEAT_NONE          0

struct seats;

/* For `most` connections. NULL when there is no memory. */
struct seats *seats_new(size_t most);
void seats_free(struct seats *s);

/* Whether this address may have another one; counted when not. */
bool seats_allow(struct seats *s, const struct sockaddr *address);

/* The seat's number, from 1; SEAT_NONE when all are taken, which is fine to leave. */
size_t seats_take(struct seats *s, const struct sockaddr *address);
void seats_leave(struct seats *s, size_t seat);

/* The family of /metrics, see metrics_extend(). */
void seats_write_metrics(void *seats, FILE *out);

#endif
