/* SPDX-License-Identifier: BSD-3-Clause */
/* M2PA, and behind it MTP3 of every kind with its own messages and ISUP: what is plausible is readable, a refusal leaves the output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/sigtran/m2pa.h"
#include "dataplane/ss7/isup.h"
#include "dataplane/ss7/mtp3_management.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void link_message_check(struct cursor bytes, enum mtp3_variant variant)
{
	struct cursor left = bytes;
	struct mtp3 mtp3 = { .opc = 0xffffffff };
	struct mtp3_management management;
	struct isup isup;

	if (mtp3_read(&left, variant, &mtp3) != VERDICT_DECODED) {
		assert(mtp3.opc == 0xffffffff && left.at == bytes.at);
		return;
	}
	assert(mtp3.opc <= 0xffffff && mtp3.dpc <= 0xffffff && mtp3.variant == variant && left.at <= bytes.end);
	bytes = left;
	if (mtp3_management_read(&left, &mtp3, &management) == VERDICT_DECODED)
		assert(management.group < 16 && management.message < 16 && management.point_code <= 0xffffff);
	left = bytes;
	if (isup_read(&left, variant, &isup) == VERDICT_DECODED)
		assert(isup.circuit < 1 << 14);
	left = bytes;
	bicc_read(&left, &isup);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct m2pa m = { .bsn = 0xffffffff };
	bool is_plausible = m2pa_is_plausible(&c);
	enum verdict verdict = m2pa_read(&c, &m);

	for (int variant = 0; variant < MTP3_VARIANTS; variant++)
		link_message_check(cursor_of(data, size), (enum mtp3_variant)variant);
	if (verdict != VERDICT_DECODED) {
		assert(!is_plausible && m.bsn == 0xffffffff && cursor_left(&c) == size);
		return 0;
	}
	assert(m.bsn <= 0xffffff && m.fsn <= 0xffffff && m.priority < 4);
	assert(m.user.at >= data && m.user.end <= data + size && m.user.at <= m.user.end);
	if (m.has_data)
		link_message_check(m.user, MTP3_ITU);
	return 0;
}
