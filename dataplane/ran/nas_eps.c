/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NAS of EPS, TS 24.301: the security envelope (9.1, 9.3), EMM messages (8.2) and ESM messages (8.3) as far as their type, cause, mobile
 * identity and the messages inside them. Called by the walk of every worker for what S1AP carries, and for what stands inside 5GS messages.
 *
 * A ciphered message (security header types 2 and 4) is taken for one of the null algorithm EEA0, and read, when its first octet is that of
 * a plain EMM message or an ESM one. ESM outside an envelope is refused, as it has to be protected (4.4.4). Optional elements are read
 * in the order of their message's table; the first that is not in it ends the reading. Not read: short messages inside NAS transport.
 */
#include "dataplane/ran/nas_eps.h"

#include <stddef.h>

#include "dataplane/base/bits.h"
#include "dataplane/codes/codes.h"

#define ENVELOPE_LENGTH       6 /* header octet, message authentication code, sequence number */
#define ENVELOPES_MAX         3
#define SECURITY_PLAIN        0
#define SECURITY_CIPHERED     2
#define SECURITY_CIPHERED_NEW 4
#define SECURITY_SERVICE      12 /* 12 and up: Service Request (9.9.3.24) */
#define SWITCH_OFF            0x08
#define COUNT(list)           (sizeof(list) / sizeof((list)[0]))

/* What stands behind the type as mandatory elements, in their order; each letter is one. */
enum part {
	PART_END,
	PART_OCTET,    /* a value of one octet, or two halves of one */
	PART_LV,       /* a value behind its length */
	PART_CAUSE,    /* one octet */
	PART_ESM,      /* LV-E: an ESM message container */
	PART_IDENTITY, /* LV */
};

#define PARTS_MAX 5

struct layout {
	uint8_t type;
	uint8_t parts[PARTS_MAX]; /* enum part */
	uint8_t option_count;
	const struct nas_option *options;
};

static const struct nas_option cause_alone[] = {
	{ 0x53, NAS_TV, 1, NAS_MEANS_CAUSE },
};
static const struct nas_option esm_alone[] = {
	{ 0x78, NAS_TLVE, 0, NAS_MEANS_ESM },
};
/* 8.2.1 */
static const struct nas_option attach_accept[] = {
	{ 0x50, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x13, NAS_TV, 5, NAS_MEANS_NOTHING },
	{ 0x23, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x53, NAS_TV, 1, NAS_MEANS_CAUSE },
};
/* 8.2.26 */
static const struct nas_option update_accept[] = {
	{ 0x5a, NAS_TV, 1, NAS_MEANS_NOTHING },  { 0x50, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x54, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x57, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x13, NAS_TV, 5, NAS_MEANS_NOTHING },  { 0x23, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x53, NAS_TV, 1, NAS_MEANS_CAUSE },
};
/* 8.2.21 */
static const struct nas_option security_complete[] = {
	{ 0x23, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x79, NAS_TLVE, 0, NAS_MEANS_EPS },
};
/* 8.3.6 */
static const struct nas_option default_request[] = {
	{ 0x5d, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x30, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x32, NAS_TV, 1, NAS_MEANS_NOTHING },
	{ 0x80, NAS_TV1, 0, NAS_MEANS_NOTHING }, { 0x34, NAS_TLV, 0, NAS_MEANS_NOTHING }, { 0x5e, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x58, NAS_TV, 1, NAS_MEANS_CAUSE },
};
/* 8.3.10 */
static const struct nas_option resource_modification[] = {
	{ 0x5b, NAS_TLV, 0, NAS_MEANS_NOTHING },
	{ 0x58, NAS_TV, 1, NAS_MEANS_CAUSE },
};

#define OPTIONS(list) COUNT(list), list

/* EMM (8.2): messages of which more than the type is of interest. */
static const struct layout emm_layouts[] = {
	{ 65, { PART_OCTET, PART_IDENTITY, PART_LV, PART_ESM }, 0, NULL },             /* Attach Request */
	{ 66, { PART_OCTET, PART_OCTET, PART_LV, PART_ESM }, OPTIONS(attach_accept) }, /* Attach Accept */
	{ 67, { PART_ESM }, 0, NULL },                                                 /* Attach Complete */
	{ 68, { PART_CAUSE }, OPTIONS(esm_alone) },                                    /* Attach Reject */
	{ 72, { PART_OCTET, PART_IDENTITY }, 0, NULL },                                /* Tracking Area Update Request */
	{ 73, { PART_OCTET }, OPTIONS(update_accept) },                                /* Tracking Area Update Accept */
	{ 75, { PART_CAUSE }, 0, NULL },                                               /* Tracking Area Update Reject */
	{ 76, { PART_OCTET, PART_IDENTITY }, 0, NULL },                                /* Extended Service Request */
	{ 77, { PART_OCTET }, OPTIONS(esm_alone) },                                    /* Control Plane Service Request */
	{ 78, { PART_CAUSE }, 0, NULL },                                               /* Service Reject */
	{ 86, { PART_IDENTITY }, 0, NULL },                                            /* Identity Response */
	{ 92, { PART_CAUSE }, 0, NULL },                                               /* Authentication Failure */
	{ 94, { PART_END }, OPTIONS(security_complete) },                              /* Security Mode Complete */
	{ 95, { PART_CAUSE }, 0, NULL },                                               /* Security Mode Reject */
	{ 96, { PART_CAUSE }, 0, NULL },                                               /* EMM Status */
};

/* 8.2.11: Detach Request differs by its direction. */
#define TYPE_DETACH_REQUEST 69
static const struct layout detach_of_phone = { TYPE_DETACH_REQUEST, { PART_OCTET, PART_IDENTITY }, 0, NULL };
static const struct layout detach_of_network = { TYPE_DETACH_REQUEST, { PART_OCTET }, OPTIONS(cause_alone) };

/* ESM (8.3). */
static const struct layout esm_layouts[] = {
	{ 193, { PART_LV, PART_LV, PART_LV }, OPTIONS(default_request) }, /* Activate Default EPS Bearer Context Request */
	{ 195, { PART_CAUSE }, 0, NULL },                                 /* its Reject */
	{ 199, { PART_CAUSE }, 0, NULL },                                 /* Activate Dedicated EPS Bearer Context Reject */
	{ 203, { PART_CAUSE }, 0, NULL },                                 /* Modify EPS Bearer Context Reject */
	{ 205, { PART_CAUSE }, 0, NULL },                                 /* Deactivate EPS Bearer Context Request */
	{ 209, { PART_CAUSE }, 0, NULL },                                 /* PDN Connectivity Reject */
	{ 211, { PART_CAUSE }, 0, NULL },                                 /* PDN Disconnect Reject */
	{ 213, { PART_CAUSE }, 0, NULL },                                 /* Bearer Resource Allocation Reject */
	{ 214, { PART_OCTET, PART_LV }, OPTIONS(resource_modification) }, /* Bearer Resource Modification Request */
	{ 215, { PART_CAUSE }, 0, NULL },                                 /* its Reject */
	{ 232, { PART_CAUSE }, 0, NULL },                                 /* ESM Status */
};

static const struct layout *layout_of(const struct layout *list, size_t count, uint8_t type)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].type == type)
			return &list[i];
	}
	return NULL;
}

/* One mandatory element; false when it does not fit. */
static bool part_read(struct cursor *c, uint8_t part, struct nas *nas, struct nas_content *content)
{
	struct cursor value;

	switch ((enum part)part) {
	case PART_OCTET:
		return cursor_skip(c, 1);
	case PART_LV:
		return nas_lv(c, &value);
	case PART_CAUSE:
		return cursor_u8(c, &nas->cause);
	case PART_IDENTITY:
		if (!nas_lv(c, &value))
			return false;
		nas_identity_read(value, nas);
		return true;
	case PART_ESM:
		if (!nas_lve(c, &value))
			return false;
		nas_content_add(content, NAS_FORM_ESM, value);
		return true;
	case PART_END:
	default:
		return true;
	}
}

/* What stands behind the type. What does not fit ends the reading; what was read before stands. */
static void body_read(struct cursor c, const struct layout *layout, struct nas *nas, struct nas_content *content)
{
	struct nas_found found;
	size_t at = 0;

	for (size_t i = 0; i < PARTS_MAX && layout->parts[i] != PART_END; i++) {
		if (!part_read(&c, layout->parts[i], nas, content))
			return;
	}
	while (nas_option_read(&c, layout->options, layout->option_count, &at, &found)) {
		if (found.meaning == NAS_MEANS_CAUSE)
			cursor_u8(&found.value, &nas->cause);
		else if (found.meaning == NAS_MEANS_ESM)
			nas_content_add(content, NAS_FORM_ESM, found.value);
		else if (found.meaning == NAS_MEANS_EPS)
			nas_content_add(content, NAS_FORM_EPS, found.value);
	}
}

/* From the message type on. */
static void emm_read(struct cursor c, enum nas_direction direction, struct nas *nas, struct nas_content *content)
{
	const struct layout *layout;
	uint8_t kind = 0;

	nas->protocol = NAS_EMM;
	nas->is_readable = cursor_u8(&c, &nas->type);
	nas->has_type = nas->is_readable && message_name(MESSAGE_NAS, NAS_EMM, nas->type) != NULL;
	if (!nas->has_type)
		return;
	layout = layout_of(emm_layouts, COUNT(emm_layouts), nas->type);
	if (nas->type == TYPE_DETACH_REQUEST) {
		/* Only the network's has a cause, and only the phone's more than three octets without one. */
		bool is_of_network = direction == NAS_DOWNLINK || (direction == NAS_DIRECTION_UNKNOWN && cursor_left(&c) <= 3);

		layout = is_of_network ? &detach_of_network : &detach_of_phone;
		nas->is_switch_off = !is_of_network && cursor_peek_u8(&c, 0, &kind) && (kind & SWITCH_OFF) != 0;
	}
	if (layout != NULL)
		body_read(c, layout, nas, content);
}

bool nas_esm_read(struct cursor c, struct nas *ret)
{
	struct nas nas = { .protocol = NAS_ESM };
	struct nas_content none = { .inner_count = 0 };
	const struct layout *layout;
	uint8_t transaction = 0;

	/* Bearer identity and protocol discriminator, procedure transaction identity, type (9.2). */
	if (!cursor_skip(&c, 1) || !cursor_u8(&c, &transaction) || !cursor_u8(&c, &nas.type))
		return false;
	nas.transaction = transaction;
	nas.is_readable = true;
	nas.has_type = message_name(MESSAGE_NAS, NAS_ESM, nas.type) != NULL;
	layout = layout_of(esm_layouts, COUNT(esm_layouts), nas.type);
	if (layout != NULL)
		body_read(c, layout, &nas, &none);
	*ret = nas;
	return true;
}

/* Steps out of the envelopes. False: the message ends inside one. */
static bool envelope_open(struct cursor *c, struct nas *nas, uint8_t *ret_octet)
{
	uint8_t octet = 0;
	bool is_ciphered = false;

	if (!cursor_peek_u8(c, 0, &octet))
		return false;
	nas->security = octet >> 4;
	for (int i = 0; i < ENVELOPES_MAX && !is_ciphered && bits(octet, 0, 4) == NAS_EMM && octet >> 4 != SECURITY_PLAIN; i++) {
		is_ciphered = octet >> 4 == SECURITY_CIPHERED || octet >> 4 == SECURITY_CIPHERED_NEW;
		if (!cursor_skip(c, ENVELOPE_LENGTH) || !cursor_peek_u8(c, 0, &octet))
			return false;
	}
	*ret_octet = octet;
	return true;
}

/* What the envelope held, if any: EMM, ESM, or nothing that makes sense, as what is ciphered. */
static void contents_read(struct cursor c, uint8_t octet, enum nas_direction direction, struct nas *nas, struct nas_content *content)
{
	uint8_t security = nas->security;

	if (octet == NAS_EMM) {
		cursor_skip(&c, 1);
		emm_read(c, direction, nas, content);
	} else if (bits(octet, 0, 4) == NAS_ESM) {
		nas->protocol = NAS_ESM;
		nas_esm_read(c, nas);
		nas->security = security;
	}
}

bool nas_eps_read(struct cursor c, enum nas_direction direction, struct nas *ret, struct nas_content *ret_content)
{
	struct nas_content content = { .inner_count = 0 };
	struct nas nas = { .protocol = NAS_EMM };
	uint8_t octet = 0;

	if (!cursor_peek_u8(&c, 0, &octet))
		return false;
	if (bits(octet, 0, 4) == NAS_ESM) {
		nas.protocol = NAS_ESM; /* unprotected: not taken for what it says */
	} else if (bits(octet, 0, 4) != NAS_EMM) {
		return false;
	} else if (octet >> 4 >= SECURITY_SERVICE) {
		nas.security = octet >> 4;
		nas.is_readable = true;
	} else if (envelope_open(&c, &nas, &octet)) {
		contents_read(c, octet, direction, &nas, &content);
	}
	*ret = nas;
	*ret_content = content;
	return true;
}
