/* SPDX-License-Identifier: BSD-3-Clause */
/* SGsAP: the short message lies inside the window; only an empty message leaves the output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ran/sgsap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sgsap s = { .imsi = 4711 };
	enum verdict verdict = sgsap_read(cursor_of(data, size), &s);

	assert((verdict == VERDICT_SGSAP_HEADER) == (size == 0));
	if (verdict == VERDICT_SGSAP_HEADER) {
		assert(s.imsi == 4711);
		return 0;
	}
	assert(s.type == data[0] && digits_count(s.imsi) <= DIGITS_MAX);
	assert(s.nas.at == NULL || (s.nas.at >= data && s.nas.end <= data + size && s.nas.at <= s.nas.end));
	return 0;
}
