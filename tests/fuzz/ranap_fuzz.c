/* SPDX-License-Identifier: BSD-3-Clause */
/* RANAP: the message inside lies inside the window; a refusal leaves the output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ran/ranap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ranap r = { .cause = 99, .imsi = 4711 };
	enum verdict verdict = ranap_read(cursor_of(data, size), &r);

	if (verdict != VERDICT_DECODED) {
		assert(verdict == VERDICT_RANAP_FRAME && r.cause == 99 && r.imsi == 4711);
		return 0;
	}
	assert(r.nas.at >= data && r.nas.end <= data + size && r.nas.at <= r.nas.end);
	assert(r.kind < 4 && r.domain <= RANAP_DOMAIN_NONE && r.procedure_code == data[1]);
	assert(!r.has_cause || (r.cause >= 1 && r.cause <= 512));
	assert(digits_count(r.imsi) <= DIGITS_MAX);
	return 0;
}
