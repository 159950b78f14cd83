/* SPDX-License-Identifier: BSD-3-Clause */
/* The NAS messages of 5GS (TS 24.501): mobility management (5GMM), session management (5GSM), and the envelope that protects them. */
#ifndef SIGCANARY_RAN_NAS_5GS_H
#define SIGCANARY_RAN_NAS_5GS_H

#include "dataplane/ran/nas_ie.h"

/*
 * Reads one message out of its envelope. False, and the outputs untouched, when nothing of it can be told. `ret_content` gets the messages
 * that stand inside. A ciphered message is not readable, unless it looks as if the null algorithm had been used.
 */
bool nas_5gs_read(struct cursor c, struct nas *ret, struct nas_content *ret_content);

#endif
