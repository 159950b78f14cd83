/* SPDX-License-Identifier: BSD-3-Clause */
/* NGAP: NAS messages and the rerouted message lie inside the window; a message without a procedure leaves the output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ran/ngap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void window_check(struct cursor part, const uint8_t *data, size_t size)
{
	assert(part.at >= data && part.end <= data + size && part.at <= part.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ngap n = { .ran_ue = 4711, .nas_count = 99 };
	enum verdict verdict = ngap_read(cursor_of(data, size), &n);

	if (verdict == VERDICT_NGAP_HEADER) {
		assert(n.ran_ue == 4711 && n.nas_count == 99);
		return 0;
	}
	assert(verdict == VERDICT_DECODED || verdict == VERDICT_NGAP_FIELD);
	assert(n.kind < ELEMENTARY_OUTCOME && n.nas_count <= NGAP_NAS_MAX);
	for (uint8_t i = 0; i < n.nas_count; i++)
		window_check(n.nas[i], data, size);
	if (n.is_reroute)
		window_check(n.inner, data, size);
	assert(!n.has_amf_ue || n.amf_ue < UINT64_C(1) << 40);
	assert(!n.has_cause || elementary_cause_group(n.cause.group) != NULL);
	return 0;
}
