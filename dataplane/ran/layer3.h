/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The messages between a phone and a core of 2G and 3G (TS 24.008: MM, GMM, CC, SM; TS 24.011, 24.080, 44.018: SMS, SS, RR), whichever
 * interface carries them: BSSAP, RANAP, or others.
 */
#ifndef SIGCANARY_RAN_LAYER3_H
#define SIGCANARY_RAN_LAYER3_H

#include "dataplane/base/cursor.h"
#include "dataplane/ran/nas.h"
#include "dataplane/verdict.h"

/*
 * Reads one message: protocol and type, and of those listed in layer3.c the cause and the identity of the phone. What follows the type may
 * be cut short or be wrong: then these are absent. `ret` is untouched when it is too short (VERDICT_NAS_HEADER) or of another protocol
 * (VERDICT_NAS_OTHER).
 */
enum verdict layer3_read(struct cursor c, struct nas *ret);

#endif
