/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCAP, its components and their MAP parameters. Every component round consumes or ends. A component is also read as each operation
 * of the table, so that the walk through the parameter meets every row. Each is read in both ways, which have to agree.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dataplane/ss7/map.h"
#include "dataplane/ss7/tcap.h"

#define OPERATIONS 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool id_is(const struct tcap_id *a, const struct tcap_id *b)
{
	return a->value == b->value && a->length == b->length;
}

static bool window_is(const struct cursor *a, const struct cursor *b)
{
	return a->at == b->at && a->end == b->end;
}

/* The short way and the general one read the same. */
static void message_check(struct cursor c, const struct tcap *t, enum verdict verdict)
{
	struct tcap any = { .type = 0 };

	assert(tcap_read_any(&c, &any) == verdict);
	if (verdict != VERDICT_DECODED)
		return;
	assert(any.type == t->type && id_is(&any.otid, &t->otid) && id_is(&any.dtid, &t->dtid));
	assert(window_is(&any.components, &t->components));
	assert(any.context == t->context && any.context_version == t->context_version);
	assert(any.context_oid_length == t->context_oid_length && memcmp(any.context_oid, t->context_oid, sizeof(any.context_oid)) == 0);
	assert(any.has_p_abort == t->has_p_abort && any.p_abort == t->p_abort);
	assert(any.is_u_abort == t->is_u_abort && any.u_abort == t->u_abort);
	assert(any.has_dialogue_result == t->has_dialogue_result && any.dialogue_result == t->dialogue_result);
	assert(any.dialogue_diagnostic == t->dialogue_diagnostic);
}

static void component_check(struct cursor components, const struct cursor *left, const struct tcap_component *c, enum verdict verdict)
{
	struct tcap_component any;

	assert(tcap_component_read_any(&components, &any) == verdict && window_is(&components, left));
	if (verdict != VERDICT_DECODED)
		return;
	assert(window_is(&any.parameter, &c->parameter) && any.operation == c->operation && any.error == c->error);
	assert(any.type == c->type && any.problem_kind == c->problem_kind && any.problem == c->problem);
	assert(any.invoke_id == c->invoke_id && any.has_operation == c->has_operation);
	assert(any.has_global_operation == c->has_global_operation);
}

static void parameter_check(const struct tcap_component *component, int32_t operation)
{
	struct map map;
	struct map any;

	map_clear(&map);
	map_clear(&any);
	assert(map_read(component, operation, 0, &map) == map_read_any(component, operation, &any));
	assert(memcmp(&map, &any, offsetof(struct map, failure_cause) + 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct cursor whole = c;
	struct tcap t;
	enum verdict message = tcap_read(&c, &t);

	message_check(whole, &t, message);
	if (message != VERDICT_DECODED)
		return 0;
	assert(t.otid.length <= 4 && t.dtid.length <= 4);
	while (cursor_left(&t.components) > 0) {
		size_t left = cursor_left(&t.components);
		struct cursor before = t.components;
		struct tcap_component component;
		enum verdict verdict = tcap_component_read(&t.components, &component);

		assert(cursor_left(&t.components) < left);
		component_check(before, &t.components, &component, verdict);
		if (verdict != VERDICT_DECODED)
			continue;
		assert(component.parameter.at == component.parameter.end ||
		       (component.parameter.at >= data && component.parameter.end <= data + size));
		parameter_check(&component, component.operation);
		for (int32_t operation = 0; operation < OPERATIONS; operation++)
			parameter_check(&component, operation);
	}
	return 0;
}
