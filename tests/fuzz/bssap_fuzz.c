/* SPDX-License-Identifier: BSD-3-Clause */
/* BSSAP: the messages inside lie inside the window; a refusal leaves the output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ran/bssap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside_check(const struct cursor *c, const uint8_t *data, size_t size)
{
	assert(c->at >= data && c->end <= data + size && c->at <= c->end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bssap b = { .dlci = 99, .imsi = 4711 };
	enum verdict verdict = bssap_read(cursor_of(data, size), &b);

	if (verdict != VERDICT_DECODED) {
		assert(verdict == VERDICT_BSSAP_LENGTH && b.dlci == 99 && b.imsi == 4711);
		return 0;
	}
	assert(b.type <= BSSAP_DTAP && b.type == data[0]);
	inside_check(&b.layer3, data, size);
	inside_check(&b.contents, data, size);
	assert(digits_count(b.imsi) <= DIGITS_MAX && (b.has_cause || b.cause == 0));
	return 0;
}
