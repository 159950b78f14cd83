/* SPDX-License-Identifier: BSD-3-Clause */
/* The NAS messages of EPS (TS 24.301): mobility management (EMM), session management (ESM), and the envelope that protects them. */
#ifndef SIGCANARY_RAN_NAS_EPS_H
#define SIGCANARY_RAN_NAS_EPS_H

#include "dataplane/ran/nas_ie.h"

/*
 * Reads one message out of its envelope. False, and the outputs untouched, when nothing of it can be told. `ret_content` gets the messages
 * that stand inside. A message that is ciphered (24.301 4.4.5) is not readable, unless it looks as if the null algorithm had been used.
 */
bool nas_eps_read(struct cursor c, enum nas_direction direction, struct nas *ret, struct nas_content *ret_content);

/* The same for the contents of an ESM message container (9.9.3.15). */
bool nas_esm_read(struct cursor c, struct nas *ret);

#endif
