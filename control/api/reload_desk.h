/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where POST /api/v1/reload meets control: an HTTP thread asks and waits, control answers between two ticks. One at a time. Only the socket
 * of this machine leads here, so that nobody else waits for its thread.
 */
#ifndef SIGCANARY_API_RELOAD_DESK_H
#define SIGCANARY_API_RELOAD_DESK_H

#include <stdbool.h>

#include "control/api/server.h"

struct reload_desk;

struct reload_desk *reload_desk_new(void);
void reload_desk_free(struct reload_desk *d);

/* Whether somebody waits for a reload. Control's thread. */
bool reload_desk_asks(struct reload_desk *d);
/* What came of it; the words are copied. Control's thread. */
void reload_desk_answer(struct reload_desk *d, bool is_reloaded, const char *words);

/* The probe ends: who waits is told so, and who asks from now on at once. */
void reload_desk_close(struct reload_desk *d);

/* A route: {"outcome":"reloaded|kept","words":"..."}. `desk` NULL: there is nothing to reload. */
void api_reload(void *desk, struct exchange *x);

#endif
