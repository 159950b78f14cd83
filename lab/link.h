/* SPDX-License-Identifier: BSD-3-Clause */
/* Links: a lane and the layer that opens, watches and closes itself above it, M3UA or the Diameter peer. */
#ifndef SIGCANARY_LAB_LINK_H
#define SIGCANARY_LAB_LINK_H

#include "lab/world.h"

#define LINK_KEEPALIVE_S 30

/* Handshake, then ASP up and active (RFC 4666 4.3) or capabilities (RFC 6733 5.3); the lane is as new. */
void link_open(struct lab *l, uint32_t number);

/* Opens again what was down, with new numbers. */
void link_reopen(struct lab *l, uint32_t number);

/* HEARTBEAT or DWR from a side, and what answers it. */
void link_keepalive(struct lab *l, uint32_t number, unsigned int side);
void link_answer(struct lab *l, const struct event *e);

/* At once; in good order: `side` takes its leave (ASPDN or DPR, REBOOTING) and closes. */
void link_abort(struct lab *l, uint32_t number, unsigned int side);
void link_close(struct lab *l, uint32_t number, unsigned int side);

/* A management message of M3UA in one lane: class and type. */
void link_manage(struct lab *l, uint32_t number, unsigned int side, uint8_t message_class, uint8_t message_type);

/* NTFY of the state of the application server: M3UA_AS_*. */
void link_notify(struct lab *l, uint32_t number, uint16_t state);

#endif
