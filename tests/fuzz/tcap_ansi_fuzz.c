/* SPDX-License-Identifier: BSD-3-Clause */
/* TCAP of ANSI and its components. Every component round consumes or ends, and windows stay inside the input. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ss7/tcap_ansi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct tcap t;
	enum verdict message = tcap_ansi_read(&c, &t);

	assert(message == VERDICT_DECODED || c.at == data);
	assert(t.otid.length <= 4 && t.dtid.length <= 4);
	while (cursor_left(&t.components) > 0) {
		size_t left = cursor_left(&t.components);
		struct tcap_component component;
		enum verdict verdict = tcap_ansi_component_read(&t.components, &component);

		assert(cursor_left(&t.components) < left);
		assert(component.is_broken == (verdict != VERDICT_DECODED));
		assert(component.parameter.at == component.parameter.end ||
		       (component.parameter.at >= data && component.parameter.end <= data + size));
	}
	return 0;
}
