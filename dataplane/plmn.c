/* SPDX-License-Identifier: BSD-3-Clause */
/* Networks and countries by their numbers, see plmn.h. Pure functions, called by the walk of every worker and by control. */
#include "dataplane/plmn.h"

#include <string.h>
#include <strings.h>

#define REALM_END  ".3gppnetwork.org"
#define REALM_TAIL (sizeof("mnc000.mcc000" REALM_END) - 1)

/* ITU-T E.212 annex, and its operational bulletins: countries whose network codes have three digits. */
const uint8_t plmn_has_long_code[4096] = {
	[0x302] = 1, [0x310] = 1, [0x311] = 1, [0x312] = 1, [0x313] = 1, [0x314] = 1, [0x315] = 1, [0x316] = 1, [0x330] = 1, [0x334] = 1,
	[0x338] = 1, [0x342] = 1, [0x344] = 1, [0x346] = 1, [0x348] = 1, [0x350] = 1, [0x352] = 1, [0x354] = 1, [0x356] = 1, [0x358] = 1,
	[0x360] = 1, [0x364] = 1, [0x365] = 1, [0x366] = 1, [0x376] = 1, [0x405] = 1, [0x708] = 1, [0x722] = 1, [0x732] = 1, [0x750] = 1,
};

/* E.164 annex D: of the zones 2 to 9 by the second digit, whether a country code ends there. Zones 1 and 7 are codes by themselves. */
static const uint16_t two_digit_codes[10] = {
	[2] = 1 << 0 | 1 << 7,
	[3] = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 6 | 1 << 9,
	[4] = 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9,
	[5] = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8,
	[6] = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6,
	[8] = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 6,
	[9] = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 8,
};

uint32_t plmn_of_packed(uint32_t packed)
{
	unsigned int count = plmn_has_long_code[packed >> 12 & 0xfff] != 0 ? 6 : 5;
	uint32_t number = 0;

	if (packed == 0)
		return 0;
	for (unsigned int i = 0; i < count; i++)
		number = 10 * number + (packed >> (20 - 4 * i) & 15);
	return number;
}

uint32_t plmn_of_imsi(digits imsi)
{
	return plmn_of_packed(plmn_packed(imsi));
}

uint32_t plmn_of_text(const char *text)
{
	size_t length = strlen(text);
	uint32_t number = 0;

	if (length != 5 && length != 6)
		return 0;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		number = 10 * number + (uint32_t)(text[i] - '0');
	}
	return number;
}

/* "mnc010": three digits behind the letters; 1000 when it is not that. */
static unsigned int label_number(const uint8_t *at, const char *letters)
{
	unsigned int number = 0;

	for (int i = 0; i < 3; i++) {
		if ((at[i] | 0x20) != letters[i] || at[3 + i] < '0' || at[3 + i] > '9')
			return 1000;
		number = 10 * number + at[3 + i] - '0';
	}
	return number;
}

uint32_t plmn_of_realm(const struct cursor *realm)
{
	size_t left = cursor_left(realm);
	struct cursor tail;
	unsigned int mnc;
	unsigned int mcc;

	if (left < REALM_TAIL || !cursor_part(realm, left - REALM_TAIL, REALM_TAIL, &tail) ||
	    strncasecmp((const char *)tail.at + sizeof("mnc000.mcc000") - 1, REALM_END, sizeof(REALM_END) - 1) != 0)
		return 0;
	mnc = label_number(tail.at, "mnc");
	mcc = label_number(tail.at + sizeof("mnc000.") - 1, "mcc");
	if (mnc == 1000 || mcc == 1000)
		return 0;
	/* Codes of two digits have a zero before them here, as if they had three. */
	if (mnc < 100 && plmn_has_long_code[mcc / 100 << 8 | mcc / 10 % 10 << 4 | mcc % 10] == 0)
		return 100 * mcc + mnc;
	return 1000 * mcc + mnc;
}

uint32_t country_of_number(digits number)
{
	unsigned int first;
	unsigned int second;

	if (digits_count(number) < 4)
		return 0;
	first = digits_at(number, 0);
	second = digits_at(number, 1);
	if (first == 1 || first == 7)
		return first;
	if (first == 0 || first > 9 || second > 9 || digits_at(number, 2) > 9)
		return 0;
	if ((two_digit_codes[first] >> second & 1) != 0)
		return 10 * first + second;
	return 100 * first + 10 * second + digits_at(number, 2);
}
