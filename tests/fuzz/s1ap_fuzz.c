/* SPDX-License-Identifier: BSD-3-Clause */
/* S1AP: NAS messages and the rerouted message lie inside the window; a message without a procedure leaves the output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ran/s1ap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void window_check(struct cursor part, const uint8_t *data, size_t size)
{
	assert(part.at >= data && part.end <= data + size && part.at <= part.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct s1ap s = { .enb_ue = 4711, .nas_count = 99 };
	enum verdict verdict = s1ap_read(cursor_of(data, size), &s);

	if (verdict == VERDICT_S1AP_HEADER) {
		assert(s.enb_ue == 4711 && s.nas_count == 99);
		return 0;
	}
	assert(verdict == VERDICT_DECODED || verdict == VERDICT_S1AP_FIELD);
	assert(s.kind < ELEMENTARY_OUTCOME && s.nas_count <= S1AP_NAS_MAX);
	for (uint8_t i = 0; i < s.nas_count; i++)
		window_check(s.nas[i], data, size);
	if (s.is_reroute)
		window_check(s.inner, data, size);
	assert(!s.has_cause || elementary_cause_group(s.cause.group) != NULL);
	return 0;
}
