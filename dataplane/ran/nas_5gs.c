/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NAS of 5GS, TS 24.501: the security envelope (9.1.1, 9.3), 5GMM messages (8.2) and 5GSM messages (8.3) as far as their type, cause,
 * mobile identity and the messages inside them. Called by the walk of every worker for what NGAP carries.
 *
 * What is inside an envelope is taken for ciphered with the null algorithm 5G-EA0, and read, when it begins with the discriminator of 5GMM
 * or 5GSM. Optional elements are read in the order of their message's table; the first that is not in it ends the reading. Not read:
 * several payloads in one container (9.11.3.39), short messages, positioning and policies inside NAS transport.
 */
#include "dataplane/ran/nas_5gs.h"

#include <stddef.h>

#include "dataplane/base/bits.h"
#include "dataplane/codes/codes.h"

#define ENVELOPE_LENGTH 7 /* discriminator, security header type, message authentication code, sequence number */
#define SWITCH_OFF      0x08
#define PAYLOAD_SESSION 1 /* 9.11.3.40: N1 SM information */
#define COUNT(list)     (sizeof(list) / sizeof((list)[0]))
#define OPTIONS(list)   COUNT(list), list

/* What stands behind the type as mandatory elements, in their order. */
enum part {
	PART_END,
	PART_OCTET,    /* a value of one octet, or two halves of one */
	PART_LV,       /* a value behind its length */
	PART_LVE,      /* the same with a length of two octets */
	PART_CAUSE,    /* one octet */
	PART_IDENTITY, /* LV-E */
	PART_TYPE,     /* what the payload is, in the low half of an octet */
	PART_PAYLOAD,  /* LV-E */
};

#define PARTS_MAX 4

struct layout {
	uint8_t type;
	uint8_t parts[PARTS_MAX]; /* enum part */
	uint8_t option_count;
	const struct nas_option *options;
};

static const struct nas_option
	registration_request[] = { /* 8.2.6 */
				   { 0xc0, NAS_TV1, 0, NAS_MEANS_NOTHING },      { 0x10, NAS_TLV, 0, NAS_MEANS_NOTHING },
				   { 0x2e, NAS_TLV, 0, NAS_MEANS_NOTHING },      { 0x2f, NAS_TLV, 0, NAS_MEANS_NOTHING },
				   { 0x52, NAS_TV, 6, NAS_MEANS_NOTHING },       { 0x17, NAS_TLV, 0, NAS_MEANS_NOTHING },
				   { 0x40, NAS_TLV, 0, NAS_MEANS_NOTHING },      { 0x50, NAS_TLV, 0, NAS_MEANS_NOTHING },
				   { 0xb0, NAS_TV1, 0, NAS_MEANS_NOTHING },      { 0x2b, NAS_TLV, 0, NAS_MEANS_NOTHING },
				   { 0x77, NAS_TLVE, 0, NAS_MEANS_NOTHING },     { 0x25, NAS_TLV, 0, NAS_MEANS_NOTHING },
				   { 0x18, NAS_TLV, 0, NAS_MEANS_NOTHING },      { 0x51, NAS_TLV, 0, NAS_MEANS_NOTHING },
				   { 0x70, NAS_TLVE, 0, NAS_MEANS_EPS },         { 0x74, NAS_TLVE, 0, NAS_MEANS_NOTHING },
				   { 0x80, NAS_TV1, 0, NAS_MEANS_PAYLOAD_TYPE }, { 0x7b, NAS_TLVE, 0, NAS_MEANS_PAYLOAD },
				   { 0x90, NAS_TV1, 0, NAS_MEANS_NOTHING },      { 0x53, NAS_TLV, 0, NAS_MEANS_NOTHING },
				   { 0x41, NAS_TLV, 0, NAS_MEANS_NOTHING },      { 0x42, NAS_TLV, 0, NAS_MEANS_NOTHING },
				   { 0x71, NAS_TLVE, 0, NAS_MEANS_5GS }
	};
/* 8.2.7 */
static const struct nas_option registration_accept[] = {
	{ 0x77, NAS_TLVE, 0, NAS_MEANS_NOTHING },      { 0x4a, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x54, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x15, NAS_TLV, 0, NAS_MEANS_NOTHING },       { 0x11, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x31, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x21, NAS_TLV, 0, NAS_MEANS_NOTHING },       { 0x50, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x26, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x72, NAS_TLVE, 0, NAS_MEANS_SECOND_CAUSE },
};
/* 8.2.16 */
static const struct nas_option service_request[] = {
	{ 0x40, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x50, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x25, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x71, NAS_TLVE, 0, NAS_MEANS_5GS },
};
/* 8.2.17 */
static const struct nas_option service_accept[] = {
	{ 0x50, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x26, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x72, NAS_TLVE, 0, NAS_MEANS_SECOND_CAUSE },
};
/* 8.2.30 */
static const struct nas_option control_plane_request[] = {
	{ 0x6f, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x80, NAS_TV1, 0, NAS_MEANS_PAYLOAD_TYPE }, { 0x7b, NAS_TLVE, 0, NAS_MEANS_PAYLOAD },
	{ 0x12, NAS_TV, 1, NAS_MEANS_NOTHING },  { 0x50, NAS_TLV, 0, NAS_MEANS_NOTHING },      { 0xf0, NAS_TV1, 0, NAS_MEANS_NOTHING },
	{ 0x40, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x71, NAS_TLVE, 0, NAS_MEANS_5GS },
};
/* 8.2.14 */
static const struct nas_option deregistration[] = {
	{ 0x58, NAS_TV, 1, NAS_MEANS_CAUSE },
};
/* 8.2.26 */
static const struct nas_option security_complete[] = {
	{ 0x77, NAS_TLVE, 0, NAS_MEANS_NOTHING },
	{ 0x71, NAS_TLVE, 0, NAS_MEANS_5GS },
};
/* 8.2.11 */
static const struct nas_option downlink_transport[] = {
	{ 0x12, NAS_TV, 1, NAS_MEANS_NOTHING },
	{ 0x24, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x58, NAS_TV, 1, NAS_MEANS_CAUSE },
};
static const struct nas_option session_cause[] = {
	{ 0x59, NAS_TV, 1, NAS_MEANS_CAUSE },
};
/* 8.3.7 */
static const struct nas_option session_modification[] = {
	{ 0x28, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x59, NAS_TV, 1, NAS_MEANS_CAUSE },
};

#define TYPE_DEREGISTRATION_OF_PHONE 69

/* 5GMM (8.2): messages of which more than the type is of interest. */
static const struct layout mobility_layouts[] = {
	{ 65, { PART_OCTET, PART_IDENTITY }, OPTIONS(registration_request) },     /* Registration Request */
	{ 66, { PART_LV }, OPTIONS(registration_accept) },                        /* Registration Accept */
	{ 68, { PART_CAUSE }, 0, NULL },                                          /* Registration Reject */
	{ TYPE_DEREGISTRATION_OF_PHONE, { PART_OCTET, PART_IDENTITY }, 0, NULL }, /* Deregistration Request, UE originating */
	{ 71, { PART_OCTET }, OPTIONS(deregistration) },                          /* the same, UE terminated */
	{ 76, { PART_OCTET, PART_IDENTITY }, OPTIONS(service_request) },          /* Service Request */
	{ 77, { PART_CAUSE }, 0, NULL },                                          /* Service Reject */
	{ 78, { PART_END }, OPTIONS(service_accept) },                            /* Service Accept */
	{ 79, { PART_OCTET }, OPTIONS(control_plane_request) },                   /* Control Plane Service Request */
	{ 89, { PART_CAUSE }, 0, NULL },                                          /* Authentication Failure */
	{ 92, { PART_IDENTITY }, 0, NULL },                                       /* Identity Response */
	{ 94, { PART_END }, OPTIONS(security_complete) },                         /* Security Mode Complete */
	{ 95, { PART_CAUSE }, 0, NULL },                                          /* Security Mode Reject */
	{ 100, { PART_CAUSE }, 0, NULL },                                         /* 5GMM Status */
	{ 103, { PART_TYPE, PART_PAYLOAD }, 0, NULL },                            /* UL NAS Transport */
	{ 104, { PART_TYPE, PART_PAYLOAD }, OPTIONS(downlink_transport) },        /* DL NAS Transport */
};

/* 5GSM (8.3), PDU session: */
static const struct layout session_layouts[] = {
	{ 194, { PART_OCTET, PART_LVE, PART_LV }, OPTIONS(session_cause) }, /* Establishment Accept */
	{ 195, { PART_CAUSE }, 0, NULL },                                   /* Establishment Reject */
	{ 201, { PART_END }, OPTIONS(session_modification) },               /* Modification Request */
	{ 202, { PART_CAUSE }, 0, NULL },                                   /* Modification Reject */
	{ 203, { PART_END }, OPTIONS(session_cause) },                      /* Modification Command */
	{ 205, { PART_CAUSE }, 0, NULL },                                   /* Modification Command Reject */
	{ 209, { PART_END }, OPTIONS(session_cause) },                      /* Release Request */
	{ 210, { PART_CAUSE }, 0, NULL },                                   /* Release Reject */
	{ 211, { PART_CAUSE }, 0, NULL },                                   /* Release Command */
	{ 212, { PART_END }, OPTIONS(session_cause) },                      /* Release Complete */
	{ 214, { PART_CAUSE }, 0, NULL },                                   /* 5GSM Status */
};

/* What a message is read into. */
struct reading {
	struct nas nas;
	struct nas_content content;
	uint8_t payload_type;
};

static const struct layout *layout_of(const struct layout *list, size_t count, uint8_t type)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].type == type)
			return &list[i];
	}
	return NULL;
}

static void payload_add(struct cursor value, struct reading *r)
{
	if (r->payload_type == PAYLOAD_SESSION)
		nas_content_add(&r->content, NAS_FORM_5GS, value);
}

/* One mandatory element; false when it does not fit. */
static bool part_read(struct cursor *c, uint8_t part, struct reading *r)
{
	struct cursor value;

	switch ((enum part)part) {
	case PART_OCTET:
		return cursor_skip(c, 1);
	case PART_LV:
		return nas_lv(c, &value);
	case PART_LVE:
		return nas_lve(c, &value);
	case PART_CAUSE:
		return cursor_u8(c, &r->nas.cause);
	case PART_IDENTITY:
		if (!nas_lve(c, &value))
			return false;
		nas_5gs_identity_read(value, &r->nas);
		return true;
	case PART_TYPE:
		if (!cursor_u8(c, &r->payload_type))
			return false;
		r->payload_type &= 0x0f;
		return true;
	case PART_PAYLOAD:
		if (!nas_lve(c, &value))
			return false;
		payload_add(value, r);
		return true;
	case PART_END:
	default:
		return true;
	}
}

static void option_apply(struct nas_found found, struct reading *r)
{
	switch ((enum nas_meaning)found.meaning) {
	case NAS_MEANS_CAUSE:
		cursor_u8(&found.value, &r->nas.cause);
		break;
	case NAS_MEANS_SECOND_CAUSE:
		cursor_peek_u8(&found.value, 1, &r->nas.cause);
		break;
	case NAS_MEANS_PAYLOAD_TYPE:
		r->payload_type = found.half;
		break;
	case NAS_MEANS_PAYLOAD:
		payload_add(found.value, r);
		break;
	case NAS_MEANS_EPS:
		nas_content_add(&r->content, NAS_FORM_EPS, found.value);
		break;
	case NAS_MEANS_5GS:
		nas_content_add(&r->content, NAS_FORM_5GS, found.value);
		break;
	case NAS_MEANS_NOTHING:
	case NAS_MEANS_ESM:
	default:
		break;
	}
}

/* What stands behind the type. What does not fit ends the reading; what was read before stands. */
static void body_read(struct cursor c, const struct layout *layout, struct reading *r)
{
	struct nas_found found;
	size_t at = 0;

	for (size_t i = 0; i < PARTS_MAX && layout->parts[i] != PART_END; i++) {
		if (!part_read(&c, layout->parts[i], r))
			return;
	}
	while (nas_option_read(&c, layout->options, layout->option_count, &at, &found))
		option_apply(found, r);
}

/* From the message type on. */
static void mobility_read(struct cursor c, struct reading *r)
{
	const struct layout *layout;
	uint8_t kind = 0;

	r->nas.is_readable = cursor_u8(&c, &r->nas.type);
	r->nas.has_type = r->nas.is_readable && message_name(MESSAGE_NAS, NAS_5GMM, r->nas.type) != NULL;
	layout = layout_of(mobility_layouts, COUNT(mobility_layouts), r->nas.type);
	if (!r->nas.has_type || layout == NULL)
		return;
	if (r->nas.type == TYPE_DEREGISTRATION_OF_PHONE)
		r->nas.is_switch_off = cursor_peek_u8(&c, 0, &kind) && (kind & SWITCH_OFF) != 0;
	body_read(c, layout, r);
}

/* From the session identity on (9.1.1). */
static void session_read(struct cursor c, struct reading *r)
{
	const struct layout *layout;

	r->nas.protocol = NAS_5GSM;
	r->nas.is_readable = cursor_be16(&c, &r->nas.transaction) && cursor_u8(&c, &r->nas.type);
	r->nas.has_type = r->nas.is_readable && message_name(MESSAGE_NAS, NAS_5GSM, r->nas.type) != NULL;
	layout = layout_of(session_layouts, COUNT(session_layouts), r->nas.type);
	if (r->nas.has_type && layout != NULL)
		body_read(c, layout, r);
}

bool nas_5gs_read(struct cursor c, struct nas *ret, struct nas_content *ret_content)
{
	struct reading r = { .nas = { .protocol = NAS_5GMM } };
	struct cursor left = c;
	uint8_t discriminator = 0;

	if (!cursor_u8(&left, &discriminator) || (discriminator != NAS_5GMM && discriminator != NAS_5GSM))
		return false;
	if (discriminator == NAS_5GMM && cursor_u8(&left, &r.nas.security) && r.nas.security != 0) {
		/* Inside an envelope, the octet behind the discriminator is that of a plain message (4.4.4). */
		left = c;
		discriminator = 0;
		if (cursor_skip(&left, ENVELOPE_LENGTH) && cursor_u8(&left, &discriminator) && discriminator == NAS_5GMM)
			cursor_skip(&left, 1);
	}
	if (discriminator == NAS_5GMM)
		mobility_read(left, &r);
	else if (discriminator == NAS_5GSM)
		session_read(left, &r);
	*ret = r.nas;
	*ret_content = r.content;
	return true;
}
