/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MTP3, the service information octet and the routing label as they stand on a link (Q.704 2.2, 14.2): 14-bit point codes and four bits of
 * selection in four octets; ANSI T1.111.4: 24 bits and an octet; China GF001-9001: 24 bits and four bits in an octet; Japan JT-Q704: 16
 * bits and four bits in an octet. Called by the worker's walk for what M2PA, M2UA and MTP2 carry; the message does not say of which kind it
 * is. Refused: a message that ends before its label does.
 */
#include "dataplane/ss7/mtp3.h"

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/base/bits.h"

#define POINT_CODE_ITU_BITS 14

bool mtp3_point_code_read(struct cursor *c, enum mtp3_variant variant, uint32_t *ret, uint8_t *ret_above)
{
	uint32_t word = 0;

	if (cursor_left(c) < mtp3_point_code_octets(variant))
		return false;
	for (size_t i = mtp3_point_code_octets(variant); i > 0; i--)
		word = word << 8 | cursor_fixed_u8(c, i - 1);
	cursor_skip(c, mtp3_point_code_octets(variant));
	*ret_above = variant == MTP3_ITU ? (uint8_t)(word >> POINT_CODE_ITU_BITS) : 0;
	*ret = variant == MTP3_ITU ? bits(word, 0, POINT_CODE_ITU_BITS) : word;
	return true;
}

/* Point codes of whole octets, then an octet of selection. */
static bool label_read(struct cursor *c, enum mtp3_variant variant, struct mtp3 *m)
{
	uint8_t above;

	return mtp3_point_code_read(c, variant, &m->dpc, &above) && mtp3_point_code_read(c, variant, &m->opc, &above) &&
	       cursor_u8(c, &m->sls);
}

/* 2.2.3: destination, origin and selection in one word, low octet first. */
static bool label_itu_read(struct cursor *c, struct mtp3 *m)
{
	uint32_t label = 0;

	if (!cursor_le32(c, &label))
		return false;
	m->dpc = bits(label, 0, POINT_CODE_ITU_BITS);
	m->opc = bits(label, POINT_CODE_ITU_BITS, POINT_CODE_ITU_BITS);
	m->sls = (uint8_t)bits(label, 28, 4);
	return true;
}

enum verdict mtp3_read(struct cursor *c, enum mtp3_variant variant, struct mtp3 *ret)
{
	struct mtp3 m = { .variant = (uint8_t)variant };
	struct cursor left = *c;
	uint8_t octet = 0;

	if (!cursor_u8(&left, &octet))
		return VERDICT_MTP3_TRUNCATED;
	m.service_indicator = (uint8_t)bits(octet, 0, 4);
	m.message_priority = variant == MTP3_ANSI ? (uint8_t)bits(octet, 4, 2) : 0;
	m.network_indicator = (uint8_t)bits(octet, 6, 2);
	if (variant == MTP3_ITU ? !label_itu_read(&left, &m) : !label_read(&left, variant, &m))
		return VERDICT_MTP3_TRUNCATED;
	if (variant == MTP3_CHINA || variant == MTP3_JAPAN)
		m.sls = (uint8_t)bits(m.sls, 0, 4);
	*c = left;
	*ret = m;
	return VERDICT_DECODED;
}
