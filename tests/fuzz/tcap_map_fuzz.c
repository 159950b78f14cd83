/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCAP, its components and their MAP parameters. Every component round consumes or ends. A component is also read as each operation
 * of the table, so that the walk through the parameter meets every row.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/ss7/map.h"
#include "dataplane/ss7/tcap.h"

#define OPERATIONS 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct tcap t;

	if (tcap_read(&c, &t) != VERDICT_DECODED)
		return 0;
	assert(t.otid.length <= 4 && t.dtid.length <= 4);
	while (cursor_left(&t.components) > 0) {
		size_t left = cursor_left(&t.components);
		struct tcap_component component;
		enum verdict verdict = tcap_component_read(&t.components, &component);
		struct map map;

		assert(cursor_left(&t.components) < left);
		if (verdict != VERDICT_DECODED)
			continue;
		assert(component.parameter.at == component.parameter.end ||
		       (component.parameter.at >= data && component.parameter.end <= data + size));
		map_read(&component, component.operation, t.context_version, &map);
		for (int32_t operation = 0; operation < OPERATIONS; operation++)
			map_read(&component, operation, 0, &map);
	}
	return 0;
}
