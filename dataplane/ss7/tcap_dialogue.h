/* SPDX-License-Identifier: BSD-3-Clause */
/* The dialogue portion of TCAP (Q.773 3.2, 4.2.3): private to the TCAP decoder. */
#ifndef SIGCANARY_SS7_TCAP_DIALOGUE_H
#define SIGCANARY_SS7_TCAP_DIALOGUE_H

#include <stdbool.h>

#include "dataplane/base/cursor.h"
#include "dataplane/ss7/tcap.h"

/*
 * Reads the contents of a dialogue portion into the dialogue fields of `t`: context, dialogue result, and why the user gave up. Abstract
 * syntaxes that are not known are skipped. False when BER breaks; `t` is then untouched.
 */
bool tcap_dialogue_read(struct cursor portion, struct tcap *t);

#endif
