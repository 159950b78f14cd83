/* SPDX-License-Identifier: BSD-3-Clause */
/* M2UA and IUA: what they list lies inside the message; a refusal leaves the output. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/sigtran/iua.h"
#include "dataplane/sigtran/m2ua.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside_check(const struct cursor *part, const uint8_t *data, size_t size)
{
	assert(part->at >= data && part->end <= data + size && part->at <= part->end);
}

static void management_check(const struct xua *x, const uint8_t *data, size_t size)
{
	if ((x->facts & XUA_AFFECTED) != 0)
		inside_check(&x->affected, data, size);
	if ((x->facts & XUA_ROUTING_CONTEXTS) != 0)
		inside_check(&x->routing_contexts, data, size);
	if ((x->facts & XUA_INTERFACES) != 0)
		inside_check(&x->interfaces, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct m2ua m = { .xua = { .error_code = 4711 } };
	struct xua x = { .error_code = 4711 };
	bool is_plausible = m2ua_is_plausible(&c);
	enum verdict verdict = m2ua_read(&c, &m);

	assert(!is_plausible || verdict != VERDICT_M2UA_HEADER);
	if (verdict == VERDICT_DECODED) {
		management_check(&m.xua, data, size);
		if (m.has_data)
			inside_check(&m.user, data, size);
	} else {
		assert(m.xua.error_code == 4711 && cursor_left(&c) == size);
	}
	c = cursor_of(data, size);
	is_plausible = iua_is_plausible(&c);
	verdict = iua_read(&c, &x);
	assert(!is_plausible || verdict != VERDICT_IUA_HEADER);
	if (verdict == VERDICT_DECODED)
		management_check(&x, data, size);
	else
		assert(x.error_code == 4711 && cursor_left(&c) == size);
	return 0;
}
