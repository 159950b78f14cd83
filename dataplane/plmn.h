/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Networks as numbers: MCC and MNC read as one decimal number (23410, 310410), or the country code of E.164 (44), which is all that a
 * global title tells of the network behind it. A country code has at most three digits, a network five or six: they never meet. 0: unknown.
 */
#ifndef SIGCANARY_PLMN_H
#define SIGCANARY_PLMN_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/digits.h"

static inline bool plmn_is_country(uint32_t plmn)
{
	return plmn != 0 && plmn < 1000;
}

/*
 * The network that a subscriber belongs to, by E.212: the first five digits, six where the country has codes of three digits. 0 for fewer
 * than six digits. Countries that have both kinds (India, Panama) are taken for what most of their networks have.
 */
uint32_t plmn_of_imsi(digits imsi);

/* The same as packed digits, for who asks it of every request: equal networks are equal words. */
extern const uint8_t plmn_has_long_code[4096]; /* by the three nibbles of the MCC */
static inline uint32_t plmn_packed(digits imsi)
{
	uint32_t six = (uint32_t)(imsi >> 40);

	if (digits_count(imsi) < 6)
		return 0;
	return plmn_has_long_code[six >> 12] != 0 ? six : six & ~UINT32_C(15);
}
uint32_t plmn_of_packed(uint32_t packed);

/* Of decimal text ("23410"); 0 for anything else. */
uint32_t plmn_of_text(const char *text);

/* Of a realm or host that ends in "mncNNN.mccNNN.3gppnetwork.org" (TS 23.003 13.2, 19.2); 0 for any other. */
uint32_t plmn_of_realm(const struct cursor *realm);

/* The country code that an international number begins with (E.164 annex D lists their lengths); 0 when it has none. */
uint32_t country_of_number(digits number);

#endif
