/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCAP of the ITU, Q.773: the transaction portion (3.1, 4.2.1), and the components (3.3, 4.2.2) one by one. The dialogue portion is
 * read in tcap_dialogue.c. The worker's walk calls tcap_read() with the user data of SCCP, then tcap_component_read() until
 * the components are used up.
 *
 * Forgiven: bytes behind the message, elements in another order, elements that are not known, no components, no dialogue portion
 * (version 1 of MAP has none). An Abort without cause and without dialogue portion is the user's, for no reason given. Refused: tags that
 * are no message type (ANSI T1.114 is read in tcap_ansi.c), a message type without the transaction ids it has to have, ids of more than
 * four octets, and what BER cannot read. A component that is not readable is refused alone: those before and behind it count. What could
 * be read of a refused message or component is told all the same, with lengths beyond the end cut to it.
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
#define INTEGER_OF_ONE    0x0201 /* tag and length */

/* Q.773 Table 8 and 4.2.1: message types by their tags from 0x60 on, and the ids that each has to have. */
struct message_type {
	uint8_t tag; /* 0: no message type */
	uint8_t type;
	bool needs_otid;
	bool needs_dtid;
};

#define TAG_FIRST 0x60
#define TAG_COUNT 8

#define TAG_BEGIN    0x62
#define TAG_END      0x64
#define TAG_CONTINUE 0x65

/* The object identifier of a MAP context. */
#define TCAP_CONTEXT_OCTETS 7

static const struct message_type message_types[TAG_COUNT] = {
	[0x61 - TAG_FIRST] = { 0x61, TCAP_UNIDIRECTIONAL, false, false },
	[0x62 - TAG_FIRST] = { 0x62, TCAP_BEGIN, true, false },
	[0x64 - TAG_FIRST] = { 0x64, TCAP_END, false, true },
	[0x65 - TAG_FIRST] = { 0x65, TCAP_CONTINUE, true, true },
	[0x67 - TAG_FIRST] = { 0x67, TCAP_ABORT, false, true },
};

static const struct message_type *message_type_of(uint32_t tag)
{
	return tag - TAG_FIRST < TAG_COUNT && message_types[tag - TAG_FIRST].tag != 0 ? &message_types[tag - TAG_FIRST] : NULL;
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
	if (cursor_left(&value) == ID_OCTETS_MAX) {
		*ret = (struct tcap_id){ .value = cursor_fixed_be32(&value, 0), .length = ID_OCTETS_MAX };
		return true;
	}
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
static inline enum verdict element_apply(const struct ber *element, struct tcap *t)
{
	if (element->tag == TAG_OTID)
		return id_read(element->value, &t->otid) ? VERDICT_DECODED : VERDICT_TCAP_TRANSACTION;
	if (element->tag == TAG_DTID)
		return id_read(element->value, &t->dtid) ? VERDICT_DECODED : VERDICT_TCAP_TRANSACTION;
	if (element->tag == TAG_COMPONENTS)
		t->components = element->value;
	if (element->tag == TAG_DIALOGUE)
		return tcap_dialogue_read(element->value, t) ? VERDICT_DECODED : VERDICT_TCAP_DIALOGUE;
	if (element->tag == TAG_P_ABORT)
		return p_abort_read(element, t) ? VERDICT_DECODED : VERDICT_TCAP_TRANSACTION;
	return VERDICT_DECODED;
}

/*
 * The elements of a message, in any order. Ids that are not readable leave the rest readable; everything else that breaks ends it. The last
 * element may be longer than the message.
 */
static inline enum verdict elements_read(struct cursor elements, struct tcap *t)
{
	enum verdict worst = VERDICT_DECODED;
	struct ber element;

	while (cursor_left(&elements) > 0) {
		enum ber_error error = ber_read(&elements, &element);
		enum verdict verdict;

		if (error != BER_OK && !ber_read_cut(&elements, &element))
			return verdict_of(error);
		verdict = element_apply(&element, t);
		if (error != BER_OK)
			return verdict_of(error);
		if (verdict != VERDICT_DECODED)
			worst = verdict;
		if (verdict == VERDICT_TCAP_DIALOGUE)
			break;
	}
	return worst;
}

enum verdict tcap_read_any(struct cursor *c, struct tcap *ret)
{
	const struct message_type *type = message_type_of(ber_peek(c));
	struct cursor left = *c;
	struct ber message;
	enum ber_error error;
	enum verdict verdict;

	*ret = (struct tcap){ .type = type != NULL ? type->type : TCAP_OTHER };
	if (!type)
		return VERDICT_TCAP_TAG;
	error = ber_read(&left, &message);
	if (error != BER_OK && !ber_read_cut(&left, &message))
		return verdict_of(error);
	verdict = elements_read(message.value, ret);
	if (error != BER_OK)
		return verdict_of(error);
	if (verdict == VERDICT_DECODED && ((type->needs_otid && ret->otid.length == 0) || (type->needs_dtid && ret->dtid.length == 0)))
		verdict = VERDICT_TCAP_TRANSACTION;
	if (verdict != VERDICT_DECODED)
		return verdict;
	if (ret->type == TCAP_ABORT && !ret->has_p_abort)
		ret->is_u_abort = true;
	*c = left;
	return VERDICT_DECODED;
}

/* A transaction id at the beginning of a usual message; steps over it. */
static inline bool usual_id_take(struct cursor *c, uint8_t tag, struct tcap_id *ret)
{
	unsigned int length;

	if (cursor_left(c) < 2 + ID_OCTETS_MAX || cursor_fixed_u8(c, 0) != tag)
		return false;
	length = cursor_fixed_u8(c, 1);
	if (length == 0 || length > ID_OCTETS_MAX)
		return false;
	ret->value = cursor_fixed_be32(c, 2) >> (32 - 8 * length);
	ret->length = (uint8_t)length;
	return cursor_skip(c, 2 + length);
}

/* What follows the ids of a usual message: a usual dialogue portion and components, each if it is there, and nothing else. */
struct usual_rest {
	struct cursor dialogue;
	struct cursor components;
	size_t context; /* in the dialogue portion, 0: there is none */
	bool is_acceptance;
};

static inline bool usual_rest_read(struct cursor left, struct usual_rest *ret)
{
	struct ber element;

	ret->components = (struct cursor){ 0 };
	ret->context = 0;
	ret->is_acceptance = false;
	if (cursor_left(&left) > 0 && cursor_fixed_u8(&left, 0) == TAG_DIALOGUE) {
		if (!ber_read_usual(&left, &element))
			return false;
		ret->dialogue = element.value;
		ret->context = tcap_dialogue_context(&ret->dialogue, &ret->is_acceptance);
		if (ret->context == 0)
			return false;
	}
	if (cursor_left(&left) > 0 && cursor_fixed_u8(&left, 0) == TAG_COMPONENTS) {
		if (!ber_read_usual(&left, &element))
			return false;
		ret->components = element.value;
	}
	return cursor_left(&left) == 0;
}

static inline void usual_context_fill(const struct usual_rest *rest, struct tcap *ret)
{
	struct cursor oid = rest->dialogue;

	ret->context = cursor_fixed_u8(&oid, rest->context);
	ret->context_version = cursor_fixed_u8(&oid, rest->context + 1);
	ret->context_oid_length = TCAP_CONTEXT_OCTETS;
	cursor_skip(&oid, rest->context + 2 - TCAP_CONTEXT_OCTETS);
	cursor_copy(&oid, ret->context_oid, TCAP_CONTEXT_OCTETS);
	ret->has_dialogue_result = rest->is_acceptance; /* 0, accepted, and diagnostic 0 */
}

/*
 * Begin, End and Continue of the usual form: the ids each has to have, and then as above. False: the general way has to look, whether to
 * read or to refuse. 188 instructions with the dialogue portion; element by element 277.
 */
static inline bool usual_message_read(struct cursor *c, struct tcap *ret)
{
	struct tcap_id otid = { 0 };
	struct tcap_id dtid = { 0 };
	struct cursor left = *c;
	struct usual_rest rest;
	struct ber message;

	if (!ber_read_usual(&left, &message) || (message.tag != TAG_BEGIN && message.tag != TAG_END && message.tag != TAG_CONTINUE))
		return false;
	if (message.tag != TAG_END && !usual_id_take(&message.value, TAG_OTID, &otid))
		return false;
	if (message.tag != TAG_BEGIN && !usual_id_take(&message.value, TAG_DTID, &dtid))
		return false;
	if (!usual_rest_read(message.value, &rest))
		return false;
	*ret = (struct tcap){
		.components = rest.components, .otid = otid, .dtid = dtid, .type = message_types[message.tag - TAG_FIRST].type
	};
	if (rest.context != 0)
		usual_context_fill(&rest, ret);
	*c = left;
	return true;
}

enum verdict tcap_read(struct cursor *c, struct tcap *ret)
{
	return usual_message_read(c, ret) ? VERDICT_DECODED : tcap_read_any(c, ret);
}

static inline bool invoke_id_read(struct cursor *c, struct tcap_component *component)
{
	struct ber element;
	int32_t id = 0;

	if (!ber_expect(c, TAG_INTEGER, &element) || !ber_integer(&element, &id) || id < INT8_MIN || id > UINT8_MAX)
		return false; /* above 127 it is no invoke id of Q.773 4.2.2.1, but stacks send such */
	component->invoke_id = (int16_t)id;
	return true;
}

/* Operation and error codes alike: local is a number, global an object identifier, of which only the presence is told. */
static inline bool code_read(struct cursor *c, int32_t *ret_local, bool *ret_is_global)
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

/* The operation and its parameter come together or not at all; some stacks then send an empty sequence. */
static bool result_read(struct cursor value, struct tcap_component *component)
{
	struct ber sequence;

	if (!invoke_id_read(&value, component))
		return false;
	if (cursor_left(&value) == 0)
		return true;
	if (!ber_expect(&value, TAG_SEQUENCE, &sequence))
		return false;
	if (cursor_left(&sequence.value) == 0)
		return true;
	if (!code_read(&sequence.value, &component->operation, &component->has_global_operation))
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
		component->type = TCAP_COMPONENT_OTHER;
		return false;
	}
}

enum verdict tcap_component_read_any(struct cursor *components, struct tcap_component *ret)
{
	struct ber element;
	bool fits = ber_read(components, &element) == BER_OK;

	*ret = (struct tcap_component){ .operation = -1, .error = -1, .invoke_id = -1 };
	if (!fits && !ber_read_cut(components, &element))
		cursor_skip(components, cursor_left(components));
	else
		fits = contents_read(&element, ret) && fits;
	ret->is_broken = !fits;
	return fits ? VERDICT_DECODED : VERDICT_TCAP_COMPONENT;
}

/* The operation and the parameter of a usual component, behind `code`: an operation of one octet. */
static inline bool usual_operation_read(struct cursor value, int32_t *ret_operation, struct cursor *ret_parameter)
{
	if (cursor_left(&value) < 3 || cursor_fixed_be16(&value, 0) != INTEGER_OF_ONE)
		return false;
	*ret_operation = (int8_t)cursor_fixed_u8(&value, 2);
	cursor_skip(&value, 3);
	*ret_parameter = value;
	return true;
}

/*
 * The usual components: an invoke, and a last result, with or without an operation; invoke id and operation of one octet each. False: the
 * general way has to look, whether to read or to refuse. 76 instructions on average; 125 while a result
 * without an operation and lengths above 127 went the general way.
 */
static inline bool usual_component_read(struct cursor *components, struct tcap_component *ret)
{
	struct cursor left = *components;
	struct cursor parameter = { 0 };
	int32_t operation = -1;
	struct ber element;
	struct ber sequence;
	int8_t invoke_id;

	if (!ber_read_usual(&left, &element) || cursor_left(&element.value) < 3 || cursor_fixed_be16(&element.value, 0) != INTEGER_OF_ONE)
		return false;
	invoke_id = (int8_t)cursor_fixed_u8(&element.value, 2);
	cursor_skip(&element.value, 3);
	if (element.tag == 0xa0 + TCAP_INVOKE) {
		if (!usual_operation_read(element.value, &operation, &parameter))
			return false;
	} else if (element.tag != 0xa0 + TCAP_RETURN_RESULT_LAST) {
		return false;
	} else if (cursor_left(&element.value) > 0) {
		if (!ber_read_usual(&element.value, &sequence) || sequence.tag != TAG_SEQUENCE ||
		    !usual_operation_read(sequence.value, &operation, &parameter))
			return false;
	}
	ret->parameter = parameter;
	ret->operation = operation;
	ret->error = -1;
	ret->type = (uint8_t)(element.tag - 0xa0);
	ret->problem_kind = 0;
	ret->problem = 0;
	ret->invoke_id = invoke_id;
	ret->has_operation = parameter.at != NULL;
	ret->has_global_operation = false;
	ret->is_broken = false;
	ret->operation_space = 0;
	*components = left;
	return true;
}

enum verdict tcap_component_read(struct cursor *components, struct tcap_component *ret)
{
	return usual_component_read(components, ret) ? VERDICT_DECODED : tcap_component_read_any(components, ret);
}
