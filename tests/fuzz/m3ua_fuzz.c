/* SPDX-License-Identifier: BSD-3-Clause */
/* M3UA: what is plausible as DATA is readable unless a parameter is short; the user message lies inside the window; a refusal leaves the
 * output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/sigtran/m3ua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The short way and the general one read the same. */
static void message_check(struct cursor c, const struct m3ua *m, enum verdict verdict)
{
	struct m3ua any;

	assert(m3ua_read_any(&c, &any) == verdict);
	if (verdict != VERDICT_DECODED)
		return;
	assert(any.is_data == m->is_data && any.message_class == m->message_class && any.message_type == m->message_type);
	assert(any.has_routing_context == m->has_routing_context && any.routing_context == m->routing_context);
	assert(any.has_network_appearance == m->has_network_appearance && any.network_appearance == m->network_appearance);
	if (!m->is_data)
		return;
	assert(any.user.at == m->user.at && any.user.end == m->user.end);
	assert(any.mtp3.opc == m->mtp3.opc && any.mtp3.dpc == m->mtp3.dpc && any.mtp3.variant == m->mtp3.variant);
	assert(any.mtp3.service_indicator == m->mtp3.service_indicator && any.mtp3.network_indicator == m->mtp3.network_indicator);
	assert(any.mtp3.message_priority == m->mtp3.message_priority && any.mtp3.sls == m->mtp3.sls);
}

/* What management messages list lies inside the message. */
static void affected_check(const struct m3ua *m, const uint8_t *data, size_t size)
{
	struct cursor left = m->xua.affected;
	struct xua_affected one;
	size_t count = 0;

	if (m->is_data || (m->xua.facts & XUA_AFFECTED) == 0)
		return;
	assert(left.at >= data && left.end <= data + size);
	while (xua_affected_next(&left, &one))
		count++;
	assert(count <= size / 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct cursor whole = c;
	struct m3ua m = { .routing_context = 4711, .mtp3 = { .opc = 4711 } };
	bool is_plausible = m3ua_is_plausible(&c);
	enum verdict verdict = m3ua_read(&c, &m);

	message_check(whole, &m, verdict);
	assert(!is_plausible || verdict != VERDICT_M3UA_HEADER);
	if (verdict != VERDICT_DECODED) {
		assert(m.routing_context == 4711 && m.mtp3.opc == 4711 && cursor_left(&c) == size);
		return 0;
	}
	affected_check(&m, data, size);
	assert(!m.is_data || (m.user.at >= data && m.user.end <= data + size && m.user.at <= m.user.end));
	return 0;
}
