/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Network management of MTP3, Q.704 15 (ANSI T1.111.4 15): the heading, the destination that TFC, TFP, TFR, TFA, their clusters, the route
 * set tests and UPU are about, the congestion status of TFC (15.7.3) and the user and cause of UPU (15.17.2); and signalling link tests,
 * Q.707 5.2: the heading only. Called by the worker's walk for services 0, 1 and 2.
 *
 * Refused: no heading, or a destination that is cut. Not read: sequence numbers of changeover, link codes, test patterns, the optional
 * parts behind the destination.
 */
#include "dataplane/ss7/mtp3_management.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

#define GROUP_CONGESTION  3
#define MESSAGE_TFC       2
#define GROUP_UNAVAILABLE 10
#define MESSAGE_UPU       1

/* Messages that name a destination, one bit each, by their group. */
static const uint16_t has_destination[16] = {
	[GROUP_CONGESTION] = 1 << MESSAGE_TFC,                     /* 15.7.3 */
	[4] = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6, /* TFP, TFR, TFA and those of clusters, 15.7 to 15.9 */
	[5] = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4,                   /* RST, RSR and those of clusters, 15.10 */
	[GROUP_UNAVAILABLE] = 1 << MESSAGE_UPU,                    /* 15.17 */
};

/* What stands in and behind the destination. */
static bool destination_read(struct cursor *c, const struct mtp3 *mtp3, struct mtp3_management *m)
{
	uint8_t above = 0;
	uint8_t octet = 0;

	if (!mtp3_point_code_read(c, (enum mtp3_variant)mtp3->variant, &m->point_code, &above))
		return false;
	m->has_point_code = true;
	if (m->group == GROUP_CONGESTION) {
		if (mtp3->variant != MTP3_ITU && cursor_u8(c, &octet))
			above = octet;
		m->has_status = true;
		m->status = (uint8_t)bits(above, 0, 2);
	}
	if (m->group == GROUP_UNAVAILABLE) {
		m->has_user = cursor_u8(c, &octet);
		m->user = (uint8_t)bits(octet, 0, 4);
		m->cause = (uint8_t)bits(octet, 4, 4);
	}
	return true;
}

enum verdict mtp3_management_read(struct cursor *c, const struct mtp3 *mtp3, struct mtp3_management *ret)
{
	struct mtp3_management m = { .is_test = mtp3->service_indicator != MTP3_SI_MANAGEMENT };
	struct cursor left = *c;
	uint8_t heading = 0;

	if (!cursor_u8(&left, &heading))
		return VERDICT_MTP3_MANAGEMENT;
	m.group = (uint8_t)bits(heading, 0, 4);
	m.message = (uint8_t)bits(heading, 4, 4);
	if (!m.is_test && bits(has_destination[m.group], m.message, 1) && !destination_read(&left, mtp3, &m))
		return VERDICT_MTP3_MANAGEMENT;
	cursor_skip(c, cursor_left(c));
	*ret = m;
	return VERDICT_DECODED;
}
