/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Begin, Continue, End and P-Abort (Q.773 3.1), the dialogue portion with AARQ or AARE (Q.773 3.2, version 1), and the components
 * Invoke, Return Result (Last) and Return Error (3.3). Lengths are definite and shortest.
 */
#include "lab/encode_tcap.h"

#include <stdbool.h>

#define TAG_ORIGINATING 0x48
#define TAG_DESTINATION 0x49
#define TAG_P_ABORT     0x4a
#define TAG_DIALOGUE    0x6b
#define TAG_COMPONENTS  0x6c
#define TAG_EXTERNAL    0x28
#define TAG_OBJECT      0x06
#define TAG_INTEGER     0x02
#define TAG_SEQUENCE    0x30
#define TAG_AARQ        0x60
#define TAG_AARE        0x61

/* id-as-dialogue: 0.0.17.773.1.1.1 */
static const uint8_t dialogue_as[] = { 0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01 };

static void transaction_write(struct pen *p, uint8_t tag, uint32_t id)
{
	size_t mark = pen_ber_open(p, tag);

	pen_32(p, id);
	pen_ber_close(p, mark);
}

static void dialogue_write(struct pen *p, const struct tcap_message *m)
{
	const uint8_t context[] = { 0x04, 0x00, 0x00, 0x01, 0x00, m->context, m->version };
	const uint8_t version[] = { 0x07, 0x80 };
	bool is_request = m->dialogue == TCAP_DIALOGUE_REQUEST;
	size_t dialogue = pen_ber_open(p, TAG_DIALOGUE);
	size_t external = pen_ber_open(p, TAG_EXTERNAL);
	size_t single, apdu, inner;

	pen_ber(p, TAG_OBJECT, dialogue_as, sizeof(dialogue_as));
	single = pen_ber_open(p, 0xa0);
	apdu = pen_ber_open(p, is_request ? TAG_AARQ : TAG_AARE);
	pen_ber(p, 0x80, version, sizeof(version));
	inner = pen_ber_open(p, 0xa1);
	pen_ber(p, TAG_OBJECT, context, sizeof(context));
	pen_ber_close(p, inner);
	if (!is_request) {
		/* Result accepted; source diagnostic: dialogue-service-user, null. */
		inner = pen_ber_open(p, 0xa2);
		pen_ber_8(p, TAG_INTEGER, 0);
		pen_ber_close(p, inner);
		inner = pen_ber_open(p, 0xa3);
		pen_ber(p, 0xa1, (const uint8_t[]){ TAG_INTEGER, 1, 0 }, 3);
		pen_ber_close(p, inner);
	}
	pen_ber_close(p, apdu);
	pen_ber_close(p, single);
	pen_ber_close(p, external);
	pen_ber_close(p, dialogue);
}

void encode_tcap_open(struct pen *p, const struct tcap_message *m, struct tcap_marks *ret)
{
	ret->message = pen_ber_open(p, m->type);
	if (m->type == TCAP_BEGIN || m->type == TCAP_CONTINUE)
		transaction_write(p, TAG_ORIGINATING, m->originating);
	if (m->type == TCAP_END || m->type == TCAP_CONTINUE)
		transaction_write(p, TAG_DESTINATION, m->destination);
	if (m->dialogue != TCAP_DIALOGUE_NONE)
		dialogue_write(p, m);
	ret->components = pen_ber_open(p, TAG_COMPONENTS);
}

void encode_tcap_close(struct pen *p, const struct tcap_marks *marks)
{
	pen_ber_close(p, marks->components);
	pen_ber_close(p, marks->message);
}

void encode_tcap_abort(struct pen *p, uint32_t destination, uint8_t cause)
{
	size_t mark = pen_ber_open(p, TCAP_ABORT);

	transaction_write(p, TAG_DESTINATION, destination);
	pen_ber_8(p, TAG_P_ABORT, cause);
	pen_ber_close(p, mark);
}

void encode_component_open(struct pen *p, uint8_t kind, uint8_t invoke, uint8_t code, struct tcap_marks *ret)
{
	ret->message = pen_ber_open(p, kind);
	pen_ber_8(p, TAG_INTEGER, invoke);
	ret->components = 0;
	if (kind == TCAP_RESULT)
		ret->components = pen_ber_open(p, TAG_SEQUENCE);
	pen_ber_8(p, TAG_INTEGER, code);
}

void encode_component_close(struct pen *p, uint8_t kind, const struct tcap_marks *marks)
{
	if (kind == TCAP_RESULT)
		pen_ber_close(p, marks->components);
	pen_ber_close(p, marks->message);
}
