/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Subscriber identities as they may leave the process: a keyed pseudonym that keeps the network code and the length class
 * ("imsi~23410" and ten hexadecimal digits for a 15-digit IMSI), or in clear when the operator asked for it.
 */
#ifndef SIGCANARY_BASE_PSEUDONYM_H
#define SIGCANARY_BASE_PSEUDONYM_H

#include <stdbool.h>

#include "dataplane/base/digits.h"

#define PSEUDONYM_KEY_LENGTH 32
#define PSEUDONYM_TEXT_MAX   32

struct pseudonym {
	unsigned char key[PSEUDONYM_KEY_LENGTH];
	bool is_clear;
};

enum pseudonym_kind { PSEUDONYM_IMSI, PSEUDONYM_MSISDN };

/* Digits of the mobile country and network code at the start of an IMSI: 6 in the countries of ITU-T E.212 that use three-digit MNCs,
 * else 5. */
unsigned int plmn_length(digits imsi);

/* The identity as text: HMAC-SHA256 under the key, cut to the number of digits replaced; MSISDNs keep their first two digits. */
void pseudonym_write(const struct pseudonym *p, enum pseudonym_kind kind, digits identity, char text[PSEUDONYM_TEXT_MAX]);

/*
 * Reads the key from `path`, or makes one there (mode 0600, folders as needed) from the kernel's random numbers. NULL path: the state
 * directory of the system or of the user. Negative errno: the key is then random for this run only, and `ret` is usable.
 */
int pseudonym_open(const char *path, struct pseudonym *ret);

#endif
