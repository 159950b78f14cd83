/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dialogue portion: an EXTERNAL (Q.773 4.2.3.1) with the structured (0.0.17.773.1.1.1) or unstructured (0.0.17.773.1.2.1) dialogue,
 * in it AARQ, AUDT, AARE or ABRT, and in their user information the dialogue PDUs of MAP (TS 29.002 17.4). Called by the TCAP decoder only.
 *
 * Of interest is the application context and how a dialogue was refused or given up, folded into enum tcap_u_abort. A diagnostic
 * "context not supported" goes before a MAP-Refuse beside it, since it is version negotiation and no failure. What is said twice
 * counts once, the later. Foreign abstract syntaxes, foreign user information and unknown tags are skipped. Refused is only what BER
 * cannot read. Not read: the references of MAP-Open, the alternative context of MAP-Refuse.
 */
#include "dataplane/ss7/tcap_dialogue.h"

#include <string.h>

#include "dataplane/base/ber.h"

#define TAG_EXTERNAL                     0x28
#define TAG_OID                          0x06
#define TAG_SINGLE_TYPE                  0xa0
#define TAG_OCTET_ALIGNED                0x81
#define TAG_REQUEST                      0x60 /* AARQ, and AUDT of the unstructured dialogue */
#define TAG_RESPONSE                     0x61
#define TAG_ABORT                        0x64
#define TAG_ABORT_SOURCE                 0x80
#define TAG_CONTEXT_NAME                 0xa1
#define TAG_RESULT                       0xa2
#define TAG_DIAGNOSTIC                   0xa3
#define TAG_DIAGNOSTIC_USER              0xa1
#define TAG_USER_INFORMATION             0xbe
#define TAG_MAP_REFUSE                   0xa3
#define TAG_MAP_USER_ABORT               0xa4
#define TAG_MAP_PROVIDER_ABORT           0xa5
#define DIAGNOSTIC_CONTEXT_NOT_SUPPORTED 2 /* Q.773 4.2.3, dialogue-service-user */
#define ABORT_SOURCE_PROVIDER            1

static const uint8_t oid_structured[] = { 0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01 };
static const uint8_t oid_unstructured[] = { 0x00, 0x11, 0x86, 0x05, 0x01, 0x02, 0x01 };
static const uint8_t oid_map_dialogue[] = { 0x04, 0x00, 0x00, 0x01, 0x01, 0x01, 0x01 };
static const uint8_t oid_map_context[] = { 0x04, 0x00, 0x00, 0x01, 0x00 }; /* followed by context and version */

/* MAP-UserAbortChoice of 29.002 17.4, by its context tag from [0] on. */
static const uint8_t u_abort_of_choice[] = {
	TCAP_U_ABORT_USER_SPECIFIC,
	TCAP_U_ABORT_RESOURCE_LIMITATION,
	TCAP_U_ABORT_RESOURCE_UNAVAILABLE,
	TCAP_U_ABORT_PROCEDURE_CANCELLED,
};

static bool oid_is(const struct ber *element, const uint8_t *oid, size_t length)
{
	return cursor_left(&element->value) == length && memcmp(element->value.at, oid, length) == 0;
}

/* The value of a direct INTEGER or ENUMERATED as the wire's small numbers are kept: 255 when it does not fit. */
static uint8_t small_number(const struct ber *element)
{
	int32_t number = 0;

	return ber_integer(element, &number) && number >= 0 && number < 255 ? (uint8_t)number : 255;
}

/* EXTERNAL: the abstract syntax's name, then the contents under one of its encodings. False when BER breaks. */
static bool external_read(struct cursor *c, struct ber *ret_oid, struct ber *ret_contents)
{
	struct ber external;
	struct ber element;

	*ret_oid = *ret_contents = (struct ber){ 0 };
	if (ber_read(c, &external) != BER_OK)
		return false;
	if (external.tag != TAG_EXTERNAL)
		return true;
	while (cursor_left(&external.value) > 0) {
		if (ber_read(&external.value, &element) != BER_OK)
			return false;
		if (element.tag == TAG_OID)
			*ret_oid = element;
		else if (element.tag == TAG_SINGLE_TYPE || element.tag == TAG_OCTET_ALIGNED)
			*ret_contents = element;
	}
	return true;
}

static bool context_read(struct cursor value, struct tcap *t)
{
	struct ber oid;
	struct cursor octets;

	if (ber_read(&value, &oid) != BER_OK)
		return false;
	octets = oid.value;
	t->context = 0;
	t->context_version = 0;
	t->context_oid_length = 0;
	if (oid.tag != TAG_OID || cursor_left(&octets) > sizeof(t->context_oid))
		return true;
	t->context_oid_length = (uint8_t)cursor_left(&octets);
	cursor_copy(&octets, t->context_oid, t->context_oid_length);
	if (t->context_oid_length == sizeof(oid_map_context) + 2 && memcmp(t->context_oid, oid_map_context, sizeof(oid_map_context)) == 0) {
		t->context = t->context_oid[sizeof(oid_map_context)];
		t->context_version = t->context_oid[sizeof(oid_map_context) + 1];
	}
	return true;
}

static bool result_read(struct cursor value, struct tcap *t)
{
	struct ber number;

	if (ber_read(&value, &number) != BER_OK)
		return false;
	t->has_dialogue_result = true;
	t->dialogue_result = small_number(&number);
	return true;
}

/* The diagnostic, and whether it says that the context is not supported: only the user's side says so. */
static bool diagnostic_read(struct cursor value, struct tcap *t, bool *ret_is_unsupported)
{
	struct ber source;
	struct ber number;

	if (ber_read(&value, &source) != BER_OK || ber_read(&source.value, &number) != BER_OK)
		return false;
	t->dialogue_diagnostic = small_number(&number);
	*ret_is_unsupported = source.tag == TAG_DIAGNOSTIC_USER && t->dialogue_diagnostic == DIAGNOSTIC_CONTEXT_NOT_SUPPORTED;
	return true;
}

/* One MAP dialogue PDU; those that refuse or abort say why. */
static bool map_dialogue_read(struct cursor contents, uint8_t *reason)
{
	struct ber pdu;
	struct ber choice;

	if (ber_read(&contents, &pdu) != BER_OK)
		return false;
	if (pdu.tag == TAG_MAP_REFUSE)
		*reason = TCAP_U_ABORT_REFUSED;
	else if (pdu.tag == TAG_MAP_PROVIDER_ABORT)
		*reason = TCAP_U_ABORT_PROVIDER;
	if (pdu.tag != TAG_MAP_USER_ABORT || cursor_left(&pdu.value) == 0)
		return true;
	if (ber_read(&pdu.value, &choice) != BER_OK)
		return false;
	if (choice.tag >= 0x80 && choice.tag - 0x80 < sizeof(u_abort_of_choice))
		*reason = u_abort_of_choice[choice.tag - 0x80];
	return true;
}

/* User information: EXTERNALs one after another. */
static bool user_information_read(struct cursor value, uint8_t *reason)
{
	struct ber oid;
	struct ber contents;

	while (cursor_left(&value) > 0) {
		if (!external_read(&value, &oid, &contents))
			return false;
		if (oid_is(&oid, oid_map_dialogue, sizeof(oid_map_dialogue)) && cursor_left(&contents.value) > 0 &&
		    !map_dialogue_read(contents.value, reason))
			return false;
	}
	return true;
}

/* AARQ, AUDT and AARE. A result other than accepted is a refusal, whatever the user information adds. */
static bool association_read(struct cursor value, struct tcap *t)
{
	bool is_unsupported = false;
	bool fits = true;
	uint8_t reason = TCAP_U_ABORT_REFUSED;
	struct ber element;

	while (fits && cursor_left(&value) > 0) {
		fits = ber_read(&value, &element) == BER_OK;
		if (fits && element.tag == TAG_CONTEXT_NAME)
			fits = context_read(element.value, t);
		else if (fits && element.tag == TAG_RESULT)
			fits = result_read(element.value, t);
		else if (fits && element.tag == TAG_DIAGNOSTIC)
			fits = diagnostic_read(element.value, t, &is_unsupported);
		else if (fits && element.tag == TAG_USER_INFORMATION)
			fits = user_information_read(element.value, &reason);
	}
	if (fits && t->has_dialogue_result && t->dialogue_result != 0) {
		t->is_u_abort = true;
		t->u_abort = is_unsupported ? TCAP_U_ABORT_CONTEXT_NOT_SUPPORTED : reason;
	}
	return fits;
}

static bool abort_read(struct cursor value, struct tcap *t)
{
	uint8_t reason = TCAP_U_ABORT_UNSPECIFIED;
	struct ber element;

	while (cursor_left(&value) > 0) {
		if (ber_read(&value, &element) != BER_OK)
			return false;
		if (element.tag == TAG_ABORT_SOURCE && small_number(&element) == ABORT_SOURCE_PROVIDER)
			reason = TCAP_U_ABORT_PROVIDER;
		else if (element.tag == TAG_USER_INFORMATION && !user_information_read(element.value, &reason))
			return false;
	}
	t->is_u_abort = true;
	t->u_abort = reason;
	return true;
}

bool tcap_dialogue_read(struct cursor portion, struct tcap *t)
{
	struct tcap filled = *t;
	struct ber oid;
	struct ber contents;
	struct ber pdu;
	bool fits = true;

	if (cursor_left(&portion) == 0)
		return true;
	if (!external_read(&portion, &oid, &contents))
		return false;
	if (!oid_is(&oid, oid_structured, sizeof(oid_structured)) && !oid_is(&oid, oid_unstructured, sizeof(oid_unstructured)))
		return true;
	if (ber_read(&contents.value, &pdu) != BER_OK)
		return false;
	if (pdu.tag == TAG_REQUEST || pdu.tag == TAG_RESPONSE)
		fits = association_read(pdu.value, &filled);
	else if (pdu.tag == TAG_ABORT)
		fits = abort_read(pdu.value, &filled);
	if (fits)
		*t = filled;
	return fits;
}
