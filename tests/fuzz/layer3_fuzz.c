/* SPDX-License-Identifier: BSD-3-Clause */
/* Layer 3 between phone and core: what has a header is read, whatever follows; a refusal leaves the output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ran/layer3.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nas n = { .tmsi = 4711, .type = 99 };
	enum verdict verdict = layer3_read(cursor_of(data, size), &n);

	if (verdict != VERDICT_DECODED) {
		assert(n.tmsi == 4711 && n.type == 99);
		return 0;
	}
	assert(size >= 2 && n.protocol == (data[0] & 15) && n.has_type && n.is_readable);
	assert(digits_count(n.imsi) <= DIGITS_MAX && n.depth == 0);
	assert(n.has_tmsi || n.tmsi == 0);
	return 0;
}
