/* SPDX-License-Identifier: BSD-3-Clause */
/* M3UA: what is plausible as DATA is readable unless a parameter is short; the user message lies inside the window; a refusal leaves the
 * output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/sigtran/m3ua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct m3ua m = { .routing_context = 4711, .mtp3 = { .opc = 4711 } };
	bool is_plausible = m3ua_is_plausible(&c);
	enum verdict verdict = m3ua_read(&c, &m);

	assert(!is_plausible || verdict != VERDICT_M3UA_HEADER);
	if (verdict != VERDICT_DECODED) {
		assert(m.routing_context == 4711 && m.mtp3.opc == 4711 && cursor_left(&c) == size);
		return 0;
	}
	assert(m.affected_count <= M3UA_AFFECTED_MAX);
	assert(!m.is_data || (m.user.at >= data && m.user.end <= data + size && m.user.at <= m.user.end));
	return 0;
}
