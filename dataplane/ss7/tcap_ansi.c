/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCAP of ANSI, T1.114.3: the seven package types (3.1), the transaction id of none, one or two times four octets (3.2), P-Abort cause
 * (3.3), and the components (4.1, 4.2) one by one. The worker's walk calls this where a message begins with one of these package types.
 *
 * All tags are of the private class, so that no message of the ITU is taken for one. Forgiven: elements in another order, unknown elements,
 * a dialogue portion (not read: it says nothing about an operation's outcome). Refused: a transaction id of another length than the
 * package has, components without an operation, error or problem that they have to have, and what BER cannot read.
 */
#include "dataplane/ss7/tcap_ansi.h"

#include <stddef.h>

#include "dataplane/base/ber.h"

#define TAG_PACKAGE_FIRST      0xe1
#define TAG_PACKAGE_LAST       0xe6
#define TAG_PACKAGE_ABORT      0xf6
#define TAG_TRANSACTION_ID     0xc7
#define TAG_COMPONENTS         0xe8
#define TAG_P_ABORT            0xd7
#define TAG_COMPONENT_IDS      0xcf
#define TAG_OPERATION_NATIONAL 0xd0
#define TAG_OPERATION_PRIVATE  0xd1
#define TAG_ERROR_NATIONAL     0xd3
#define TAG_ERROR_PRIVATE      0xd4
#define TAG_PROBLEM            0xd5
#define ID_OCTETS              4

/* T1.114.3 3.1: what each package is, and which ids its transaction id holds, the originating one first. */
struct package {
	uint8_t type;
	bool has_otid;
	bool has_dtid;
};

static const struct package packages[] = {
	{ TCAP_ANSI_UNIDIRECTIONAL, false, false },
	{ TCAP_ANSI_QUERY_WITH_PERMISSION, true, false },
	{ TCAP_ANSI_QUERY_WITHOUT_PERMISSION, true, false },
	{ TCAP_ANSI_RESPONSE, false, true },
	{ TCAP_ANSI_CONVERSATION_WITH_PERMISSION, true, true },
	{ TCAP_ANSI_CONVERSATION_WITHOUT_PERMISSION, true, true },
	{ TCAP_ANSI_ABORT, false, true },
};

/* 4.1: the components by their tag from 0xe9 on. */
#define TAG_COMPONENT_FIRST 0xe9

static const uint8_t component_types[] = {
	TCAP_INVOKE, TCAP_RETURN_RESULT_LAST, TCAP_RETURN_ERROR, TCAP_REJECT, TCAP_INVOKE_NOT_LAST, TCAP_RETURN_RESULT_NOT_LAST,
};

static const struct package *package_of(uint32_t tag)
{
	if (tag == TAG_PACKAGE_ABORT)
		return &packages[TAG_PACKAGE_LAST - TAG_PACKAGE_FIRST + 1];
	return tag >= TAG_PACKAGE_FIRST && tag <= TAG_PACKAGE_LAST ? &packages[tag - TAG_PACKAGE_FIRST] : NULL;
}

bool tcap_ansi_is_package(const struct cursor *c)
{
	return package_of(ber_peek(c)) != NULL;
}

static bool id_read(struct cursor *c, struct tcap_id *ret)
{
	uint32_t value = 0;

	if (!cursor_be32(c, &value))
		return false;
	*ret = (struct tcap_id){ .value = value, .length = ID_OCTETS };
	return true;
}

static bool ids_read(struct cursor value, const struct package *package, struct tcap *t)
{
	return (!package->has_otid || id_read(&value, &t->otid)) && (!package->has_dtid || id_read(&value, &t->dtid)) &&
	       cursor_left(&value) == 0;
}

static enum verdict element_apply(const struct ber *element, const struct package *package, struct tcap *t)
{
	int32_t cause = 0;

	switch (element->tag) {
	case TAG_TRANSACTION_ID:
		return ids_read(element->value, package, t) ? VERDICT_DECODED : VERDICT_TCAP_TRANSACTION;
	case TAG_COMPONENTS:
		t->components = element->value;
		break;
	case TAG_P_ABORT:
		if (!ber_integer(element, &cause))
			return VERDICT_TCAP_TRANSACTION;
		t->p_abort = (uint8_t)cause;
		t->has_p_abort = true;
		break;
	default:
		break;
	}
	return VERDICT_DECODED;
}

enum verdict tcap_ansi_read(struct cursor *c, struct tcap *ret)
{
	const struct package *package = package_of(ber_peek(c));
	enum verdict worst = VERDICT_DECODED;
	struct cursor left = *c;
	struct ber message;
	struct ber element;
	bool fits;

	*ret = (struct tcap){ .type = package != NULL ? package->type : TCAP_OTHER };
	if (!package)
		return VERDICT_TCAP_TAG;
	fits = ber_read(&left, &message) == BER_OK;
	if (!fits && !ber_read_cut(&left, &message))
		return VERDICT_BER_LENGTH;
	while (cursor_left(&message.value) > 0) {
		bool is_whole = ber_read(&message.value, &element) == BER_OK;

		if (!is_whole && !ber_read_cut(&message.value, &element))
			return VERDICT_BER_LENGTH;
		fits = fits && is_whole;
		worst = verdict_worse(worst, element_apply(&element, package, ret));
	}
	if (!fits)
		return VERDICT_BER_LENGTH;
	if (worst == VERDICT_DECODED && ((package->has_otid && ret->otid.length == 0) || (package->has_dtid && ret->dtid.length == 0)))
		worst = VERDICT_TCAP_TRANSACTION;
	if (worst != VERDICT_DECODED)
		return worst;
	ret->is_u_abort = ret->type == TCAP_ANSI_ABORT && !ret->has_p_abort;
	*c = left;
	return VERDICT_DECODED;
}

/* 4.2.1: an invoke's own id, or the id that is answered; a second octet correlates an invoke with another. */
static void ids_take(struct cursor value, struct tcap_component *component)
{
	uint8_t octet = 0;

	if (cursor_u8(&value, &octet))
		component->invoke_id = octet;
}

static bool operation_take(const struct ber *element, struct tcap_component *component)
{
	struct cursor value = element->value;
	uint16_t code = 0;

	if (cursor_left(&value) != 2 || !cursor_be16(&value, &code))
		return false;
	component->operation = code;
	component->operation_space = element->tag == TAG_OPERATION_NATIONAL ? 1 : 2;
	component->has_operation = true;
	return true;
}

static bool error_take(const struct ber *element, struct tcap_component *component)
{
	struct cursor value = element->value;
	uint8_t code = 0;

	if (cursor_left(&value) != 1 || !cursor_u8(&value, &code))
		return false;
	component->error = code;
	return true;
}

static bool problem_take(const struct ber *element, struct tcap_component *component)
{
	struct cursor value = element->value;

	return cursor_left(&value) == 2 && cursor_u8(&value, &component->problem_kind) && cursor_u8(&value, &component->problem);
}

/* The elements of a component; the first that is none of its head is the parameter. */
static bool contents_read(struct cursor value, struct tcap_component *component)
{
	struct ber element;
	bool has_problem = false;

	while (cursor_left(&value) > 0) {
		struct cursor before = value;
		bool fits = true;

		if (ber_read(&value, &element) != BER_OK)
			return false;
		if (element.tag == TAG_COMPONENT_IDS)
			ids_take(element.value, component);
		else if (element.tag == TAG_OPERATION_NATIONAL || element.tag == TAG_OPERATION_PRIVATE)
			fits = operation_take(&element, component);
		else if (element.tag == TAG_ERROR_NATIONAL || element.tag == TAG_ERROR_PRIVATE)
			fits = error_take(&element, component);
		else if (element.tag == TAG_PROBLEM)
			fits = has_problem = problem_take(&element, component);
		else if (component->parameter.at == NULL)
			component->parameter = before;
		if (!fits)
			return false;
	}
	switch ((enum tcap_component_type)component->type) {
	case TCAP_INVOKE:
	case TCAP_INVOKE_NOT_LAST:
		return component->has_operation;
	case TCAP_RETURN_ERROR:
		return component->error >= 0;
	case TCAP_REJECT:
		return has_problem;
	case TCAP_RETURN_RESULT_LAST:
	case TCAP_RETURN_RESULT_NOT_LAST:
	case TCAP_COMPONENT_OTHER:
	default:
		return true;
	}
}

enum verdict tcap_ansi_component_read(struct cursor *components, struct tcap_component *ret)
{
	struct ber element;
	bool fits = ber_read(components, &element) == BER_OK;

	*ret = (struct tcap_component){ .operation = -1, .error = -1, .invoke_id = -1 };
	if (!fits && !ber_read_cut(components, &element)) {
		cursor_skip(components, cursor_left(components));
	} else if (element.tag >= TAG_COMPONENT_FIRST && element.tag - TAG_COMPONENT_FIRST < sizeof(component_types)) {
		ret->type = component_types[element.tag - TAG_COMPONENT_FIRST];
		fits = contents_read(element.value, ret) && fits;
	} else {
		fits = false;
	}
	ret->is_broken = !fits;
	return fits ? VERDICT_DECODED : VERDICT_TCAP_COMPONENT;
}
