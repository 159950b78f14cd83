/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCAP of the ITU, Q.773: the transaction portion (3.1, 4.2.1), and the components (3.3, 4.2.2) one by one. The dialogue portion is
 * read in tcap_dialogue.c. The worker's walk calls tcap_read() with the user data of SCCP, then tcap_component_read() until
 * the components are used up.
 *
 * Forgiven: bytes behind the message, elements in another order, elements that are not known, no components, no dialogue portion
 * (version 1 of MAP has none). An Abort without cause and without dialogue portion is the user's, for no reason given. Refused: tags that
 * are no message type (ANSI T1.114 among them), a message type without the transaction ids it has to have, ids of more than four
 * octets, and what BER cannot read. A component that is not readable is refused alone: those before and behind it count.
 */
#include "dataplane/ss7/tcap.h"

#include <stddef.h>

#include "dataplane/base/ber.h"
#include "dataplane/ss7/tcap_dialogue.h"

#define TAG_OTID       0x48
#define TAG_DTID       0x49
#define TAG_P_ABORT    0x4a
#define TAG_DIALOGUE   0x6b
#define TAG_COMPONENTS 0x6c
#define ID_OCTETS_MAX  4

#define TAG_INTEGER       0x02
#define TAG_NULL          0x05
#define TAG_GLOBAL        0x06
#define TAG_SEQUENCE      0x30
#define TAG_LINKED_ID     0x80
#define TAG_PROBLEM_FIRST 0x80 /* general, invoke, return result, return error */
#define TAG_PROBLEM_LAST  0x83

/* Q.773 Table 8 and 4.2.1: message types, and the ids that each has to have. */
struct message_type {
	uint8_t tag;
	uint8_t type;
	bool needs_otid;
	bool needs_dtid;
};

static const struct message_type message_types[] = {
	{ 0x61, TCAP_UNIDIRECTIONAL, false, false }, { 0x62, TCAP_BEGIN, true, false }, { 0x64, TCAP_END, false, true },
	{ 0x65, TCAP_CONTINUE, true, true },         { 0x67, TCAP_ABORT, false, true },
};

static const struct message_type *message_type_of(uint32_t tag)
{
	for (size_t i = 0; i < sizeof(message_types) / sizeof(message_types[0]); i++) {
		if (message_types[i].tag == tag)
			return &message_types[i];
	}
	return NULL;
}

static enum verdict verdict_of(enum ber_error error)
{
	return error == BER_TOO_DEEP ? VERDICT_BER_DEPTH : VERDICT_BER_LENGTH;
}

static bool id_read(struct cursor value, struct tcap_id *ret)
{
	struct tcap_id id = { 0 };
	uint8_t octet = 0;

	if (cursor_left(&value) == 0 || cursor_left(&value) > ID_OCTETS_MAX)
		return false;
	while (cursor_u8(&value, &octet)) {
		id.value = id.value << 8 | octet;
		id.length++;
	}
	*ret = id;
	return true;
}

static bool p_abort_read(const struct ber *element, struct tcap *t)
{
	int32_t cause = 0;

	if (!ber_integer(element, &cause))
		return false;
	t->p_abort = (uint8_t)cause;
	t->has_p_abort = true;
	return true;
}

/* One element of a message. */
static enum verdict element_apply(const struct ber *element, struct tcap *t)
{
	bool fits = true;

	switch (element->tag) {
	case TAG_OTID:
		fits = id_read(element->value, &t->otid);
		break;
	case TAG_DTID:
		fits = id_read(element->value, &t->dtid);
		break;
	case TAG_P_ABORT:
		fits = p_abort_read(element, t);
		break;
	case TAG_DIALOGUE:
		return tcap_dialogue_read(element->value, t) ? VERDICT_DECODED : VERDICT_TCAP_DIALOGUE;
	case TAG_COMPONENTS:
		t->components = element->value;
		break;
	default:
		break;
	}
	return fits ? VERDICT_DECODED : VERDICT_TCAP_TRANSACTION;
}

/* The elements of a message, in any order. */
static enum verdict elements_read(struct cursor elements, struct tcap *t)
{
	enum verdict verdict = VERDICT_DECODED;
	struct ber element;

	while (verdict == VERDICT_DECODED && cursor_left(&elements) > 0) {
		enum ber_error error = ber_read(&elements, &element);

		verdict = error == BER_OK ? element_apply(&element, t) : verdict_of(error);
	}
	return verdict;
}

enum verdict tcap_read(struct cursor *c, struct tcap *ret)
{
	const struct message_type *type = message_type_of(ber_peek(c));
	struct tcap t = { 0 };
	struct cursor left = *c;
	struct ber message;
	enum ber_error error;
	enum verdict verdict;

	if (!type)
		return VERDICT_TCAP_TAG;
	t.type = type->type;
	error = ber_read(&left, &message);
	if (error != BER_OK)
		return verdict_of(error);
	verdict = elements_read(message.value, &t);
	if (verdict == VERDICT_DECODED && ((type->needs_otid && t.otid.length == 0) || (type->needs_dtid && t.dtid.length == 0)))
		verdict = VERDICT_TCAP_TRANSACTION;
	if (verdict == VERDICT_TCAP_TRANSACTION)
		*ret = (struct tcap){ .type = type->type };
	if (verdict != VERDICT_DECODED)
		return verdict;
	if (t.type == TCAP_ABORT && !t.has_p_abort)
		t.is_u_abort = true;
	*c = left;
	*ret = t;
	return VERDICT_DECODED;
}

static bool invoke_id_read(struct cursor *c, struct tcap_component *component)
{
	struct ber element;
	int32_t id = 0;

	if (!ber_expect(c, TAG_INTEGER, &element) || !ber_integer(&element, &id) || id < INT8_MIN || id > INT8_MAX)
		return false;
	component->invoke_id = (int16_t)id;
	return true;
}

/* Operation and error codes alike: local is a number, global an object identifier, of which only the presence is told. */
static bool code_read(struct cursor *c, int32_t *ret_local, bool *ret_is_global)
{
	struct ber element;

	if (ber_read(c, &element) != BER_OK)
		return false;
	*ret_is_global = element.tag == TAG_GLOBAL;
	return *ret_is_global || (element.tag == TAG_INTEGER && ber_integer(&element, ret_local));
}

static bool invoke_read(struct cursor value, struct tcap_component *component)
{
	struct ber linked;

	if (!invoke_id_read(&value, component))
		return false;
	if (ber_peek(&value) == TAG_LINKED_ID && !ber_expect(&value, TAG_LINKED_ID, &linked))
		return false;
	if (!code_read(&value, &component->operation, &component->has_global_operation))
		return false;
	component->has_operation = true;
	component->parameter = value;
	return true;
}

/* The operation and its parameter come together or not at all. */
static bool result_read(struct cursor value, struct tcap_component *component)
{
	struct ber sequence;

	if (!invoke_id_read(&value, component))
		return false;
	if (cursor_left(&value) == 0)
		return true;
	if (!ber_expect(&value, TAG_SEQUENCE, &sequence) ||
	    !code_read(&sequence.value, &component->operation, &component->has_global_operation))
		return false;
	component->has_operation = true;
	component->parameter = sequence.value;
	return true;
}

static bool error_read(struct cursor value, struct tcap_component *component)
{
	bool is_global = false;

	if (!invoke_id_read(&value, component) || !code_read(&value, &component->error, &is_global))
		return false;
	component->parameter = value;
	return true;
}

static bool reject_read(struct cursor value, struct tcap_component *component)
{
	struct ber element;
	int32_t problem = 0;

	if (ber_peek(&value) == TAG_NULL ? !ber_expect(&value, TAG_NULL, &element) : !invoke_id_read(&value, component))
		return false;
	if (ber_read(&value, &element) != BER_OK || element.tag < TAG_PROBLEM_FIRST || element.tag > TAG_PROBLEM_LAST ||
	    !ber_integer(&element, &problem))
		return false;
	component->problem_kind = (uint8_t)(element.tag - TAG_PROBLEM_FIRST);
	component->problem = (uint8_t)problem;
	return true;
}

/* Q.773 4.2.2: the component types, by their tag. */
static bool contents_read(const struct ber *element, struct tcap_component *component)
{
	component->type = (uint8_t)(element->tag - 0xa0);
	switch (element->tag) {
	case 0xa0 + TCAP_INVOKE:
		return invoke_read(element->value, component);
	case 0xa0 + TCAP_RETURN_RESULT_LAST:
	case 0xa0 + TCAP_RETURN_RESULT_NOT_LAST:
		return result_read(element->value, component);
	case 0xa0 + TCAP_RETURN_ERROR:
		return error_read(element->value, component);
	case 0xa0 + TCAP_REJECT:
		return reject_read(element->value, component);
	default:
		return false;
	}
}

enum verdict tcap_component_read(struct cursor *components, struct tcap_component *ret)
{
	struct tcap_component component = { .operation = -1, .error = -1, .invoke_id = -1 };
	struct ber element;

	if (ber_read(components, &element) != BER_OK) {
		cursor_skip(components, cursor_left(components));
		return VERDICT_TCAP_COMPONENT;
	}
	if (!contents_read(&element, &component))
		return VERDICT_TCAP_COMPONENT;
	*ret = component;
	return VERDICT_DECODED;
}
