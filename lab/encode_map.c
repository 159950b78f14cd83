/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MAP parameters, versions 2 and 3 (TS 29.002 17.7.1 mobility, 17.7.3 calls, 17.7.6 short messages): what a VLR, SGSN, HLR, GMSC and
 * short message centre of 2012 put on the wire, no rare extensions.
 *
 * Short messages hold a TPDU of TS 23.040 9.2.2 with the text "hello". One row per procedure says who writes what.
 */
#include "lab/encode_map.h"

#include <string.h>

#define TAG_OCTETS   0x04
#define TAG_INTEGER  0x02
#define TAG_ENUM     0x0a
#define TAG_SEQUENCE 0x30

static void imsi_write(struct pen *p, uint8_t tag, const char *imsi)
{
	size_t mark = pen_ber_open(p, tag);

	pen_tbcd(p, imsi);
	pen_ber_close(p, mark);
}

/* 17.7.8 ISDN-AddressString: no extension, international, plan E.164. */
static void title_write(struct pen *p, uint8_t tag, const char *title)
{
	size_t mark = pen_ber_open(p, tag);

	pen_8(p, 0x91);
	pen_tbcd(p, title);
	pen_ber_close(p, mark);
}

/* `count` octets that look random but follow from the nonce. */
static void nonce_write(struct pen *p, uint8_t tag, uint64_t nonce, size_t count)
{
	size_t mark = pen_ber_open(p, tag);

	for (size_t i = 0; i < count; i++)
		pen_8(p, (uint8_t)(hash_mix(nonce + i / 8) >> 8 * (i % 8)));
	pen_ber_close(p, mark);
}

static void sai_argument(struct pen *p, const struct map_subject *s, uint8_t node)
{
	size_t mark;

	if (s->version < 3) {
		imsi_write(p, TAG_OCTETS, s->imsi);
		return;
	}
	mark = pen_ber_open(p, TAG_SEQUENCE);
	imsi_write(p, 0x80, s->imsi);
	pen_ber_8(p, TAG_INTEGER, s->vectors);
	pen_ber_8(p, 0x83, node);
	pen_ber_close(p, mark);
}

static void sai_cs_argument(struct pen *p, const struct map_subject *s)
{
	sai_argument(p, s, 0);
}

static void sai_ps_argument(struct pen *p, const struct map_subject *s)
{
	sai_argument(p, s, 1);
}

static void vector_write(struct pen *p, const struct map_subject *s, uint64_t nonce)
{
	static const uint8_t quintuplet[] = { 16, 8, 16, 16, 16 }, triplet[] = { 16, 4, 8 };
	bool is_triplet = s->version < 3;
	const uint8_t *sizes = is_triplet ? triplet : quintuplet;
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);

	for (unsigned int i = 0; i < (is_triplet ? 3 : 5); i++)
		nonce_write(p, TAG_OCTETS, nonce + 16 * i, sizes[i]);
	pen_ber_close(p, mark);
}

static void sai_result(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, s->version < 3 ? TAG_SEQUENCE : 0xa3);
	size_t list = 0;

	if (s->version >= 3)
		list = pen_ber_open(p, 0xa1);
	for (uint64_t i = 0; i < s->vectors; i++)
		vector_write(p, s, s->nonce + 256 * i);
	if (s->version >= 3)
		pen_ber_close(p, list);
	pen_ber_close(p, mark);
}

static void ul_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);

	imsi_write(p, TAG_OCTETS, s->imsi);
	title_write(p, 0x81, s->client);
	title_write(p, TAG_OCTETS, s->client);
	if (s->version >= 3) {
		/* vlr-Capability with supportedCamelPhases: phases 1 and 2 */
		size_t capability = pen_ber_open(p, 0xa6);

		pen_ber(p, 0x80, (const uint8_t[]){ 0x06, 0xc0 }, 2);
		pen_ber_close(p, capability);
	}
	pen_ber_close(p, mark);
}

static void ulgprs_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);
	size_t inner;

	imsi_write(p, TAG_OCTETS, s->imsi);
	title_write(p, TAG_OCTETS, s->client);
	/* 23.003 5.1: address type IPv4, four octets */
	inner = pen_ber_open(p, TAG_OCTETS);
	pen_8(p, 0x04);
	pen_octets(p, s->address, 4);
	pen_ber_close(p, inner);
	pen_ber_close(p, mark);
}

static void hlr_result(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);

	title_write(p, TAG_OCTETS, s->server);
	pen_ber_close(p, mark);
}

/* Subscriber data (17.7.1): number, category, status granted. */
static size_t isd_open(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);

	title_write(p, 0x81, s->msisdn);
	pen_ber_8(p, 0x82, 0x0a);
	pen_ber_8(p, 0x83, 0);
	return mark;
}

static void isd_cs_argument(struct pen *p, const struct map_subject *s)
{
	static const uint8_t teleservices[] = { 0x11, 0x21, 0x22 }, supplementary[] = { 0x11, 0x41, 0x42 };
	size_t mark = isd_open(p, s);
	size_t list = pen_ber_open(p, 0xa6);

	for (size_t i = 0; i < sizeof(teleservices); i++)
		pen_ber_8(p, TAG_OCTETS, teleservices[i]);
	pen_ber_close(p, list);
	list = pen_ber_open(p, 0xa7);
	for (size_t i = 0; i < sizeof(supplementary); i++) {
		size_t one = pen_ber_open(p, 0xa3);

		pen_ber_8(p, TAG_OCTETS, supplementary[i]);
		pen_ber_8(p, 0x84, 0x07);
		pen_ber_close(p, one);
	}
	pen_ber_close(p, list);
	pen_ber_close(p, mark);
}

/* gprsSubscriptionData [16] with one PDP context; the tags 16 and above still fit one octet. */
static void isd_ps_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = isd_open(p, s);
	size_t gprs = pen_ber_open(p, 0xb0);
	size_t list = pen_ber_open(p, 0xa1);
	size_t context = pen_ber_open(p, TAG_SEQUENCE);

	pen_ber_8(p, TAG_INTEGER, 1);
	pen_ber(p, 0x90, (const uint8_t[]){ 0xf1, 0x21 }, 2);
	pen_ber(p, 0x92, (const uint8_t[]){ 0x23, 0x92, 0x1f }, 3);
	pen_ber(p, 0x94, "\006mobile\002o2\002co\002uk", 16);
	pen_ber_close(p, context);
	pen_ber_close(p, list);
	pen_ber_close(p, gprs);
	pen_ber_close(p, mark);
}

static void cl_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = s->version < 3 ? 0 : pen_ber_open(p, 0xa3);

	imsi_write(p, TAG_OCTETS, s->imsi);
	if (s->version < 3)
		return;
	pen_ber_8(p, TAG_ENUM, 0);
	pen_ber_close(p, mark);
}

static void purge_argument(struct pen *p, const struct map_subject *s, uint8_t node_tag)
{
	size_t mark = pen_ber_open(p, s->version < 3 ? TAG_SEQUENCE : 0xa3);

	imsi_write(p, TAG_OCTETS, s->imsi);
	if (s->version >= 3)
		title_write(p, node_tag, s->client);
	else
		title_write(p, TAG_OCTETS, s->client);
	pen_ber_close(p, mark);
}

static void purge_cs_argument(struct pen *p, const struct map_subject *s)
{
	purge_argument(p, s, 0x80);
}

static void purge_ps_argument(struct pen *p, const struct map_subject *s)
{
	purge_argument(p, s, 0x81);
}

static void sri_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);

	title_write(p, 0x80, s->msisdn);
	pen_ber_8(p, 0x83, 0);
	title_write(p, 0x86, s->client);
	pen_ber_close(p, mark);
}

/* A roaming number follows from the nonce, inside the range of the serving MSC. */
static void roaming_number_write(struct pen *p, const struct map_subject *s)
{
	char number[16] = "4478029";

	for (unsigned int i = 0; i < 5; i++)
		number[7 + i] = (char)('0' + (s->nonce >> 4 * i & 7));
	title_write(p, TAG_OCTETS, number);
}

static void sri_result(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, 0xa3);

	imsi_write(p, 0x89, s->imsi);
	roaming_number_write(p, s);
	pen_ber_close(p, mark);
}

static void prn_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);

	imsi_write(p, 0x80, s->imsi);
	title_write(p, 0x81, s->serving);
	title_write(p, 0x82, s->msisdn);
	pen_ber_close(p, mark);
}

static void prn_result(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);

	roaming_number_write(p, s);
	pen_ber_close(p, mark);
}

static void sri_sm_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);

	title_write(p, 0x80, s->msisdn);
	pen_ber_8(p, 0x81, 0xff);
	title_write(p, 0x82, s->service_centre);
	pen_ber_close(p, mark);
}

static void sri_sm_result(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);
	size_t location;

	imsi_write(p, TAG_OCTETS, s->imsi);
	location = pen_ber_open(p, 0xa0);
	title_write(p, 0x81, s->serving);
	pen_ber_close(p, location);
	pen_ber_close(p, mark);
}

/* TS 23.040 9.1.2.5: count of digits, type of number, digits. */
static void sms_address(struct pen *p, const char *digits)
{
	pen_8(p, (uint8_t)strlen(digits));
	pen_8(p, 0x91);
	pen_tbcd(p, digits);
}

static const uint8_t sms_hello[] = { 0x05, 0xe8, 0x32, 0x9b, 0xfd, 0x06 };

static void mt_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);
	size_t text;

	imsi_write(p, 0x80, s->imsi);
	title_write(p, 0x84, s->service_centre);
	text = pen_ber_open(p, TAG_OCTETS);
	/* SMS-DELIVER, sent on 11 July 2012 at 13:00, in quarters of an hour ahead: 4 */
	pen_8(p, 0x04);
	sms_address(p, "447802123456");
	pen_octets(p, (const uint8_t[]){ 0x00, 0x00, 0x21, 0x70, 0x11, 0x31, 0x00, 0x00, 0x40 }, 9);
	pen_octets(p, sms_hello, sizeof(sms_hello));
	pen_ber_close(p, text);
	pen_ber_close(p, mark);
}

static void mo_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);
	size_t text;

	title_write(p, 0x84, s->service_centre);
	title_write(p, 0x82, s->msisdn);
	text = pen_ber_open(p, TAG_OCTETS);
	/* SMS-SUBMIT without validity period; the reference follows from the nonce */
	pen_8(p, 0x01);
	pen_8(p, (uint8_t)s->nonce);
	sms_address(p, "447802123456");
	pen_octets(p, (const uint8_t[]){ 0x00, 0x00 }, 2);
	pen_octets(p, sms_hello, sizeof(sms_hello));
	pen_ber_close(p, text);
	if (s->version >= 3)
		imsi_write(p, TAG_OCTETS, s->imsi);
	pen_ber_close(p, mark);
}

/* 17.7.1 ResetArg: who has lost its data. */
static void reset_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);

	title_write(p, TAG_OCTETS, s->client);
	pen_ber_close(p, mark);
}

/* 17.7.1 AnyTimeInterrogationArg: where that IMSI is and how it is. */
static void ati_argument(struct pen *p, const struct map_subject *s)
{
	size_t mark = pen_ber_open(p, TAG_SEQUENCE);
	size_t inner = pen_ber_open(p, 0xa0);

	imsi_write(p, 0x80, s->imsi);
	pen_ber_close(p, inner);
	inner = pen_ber_open(p, 0xa1);
	pen_ber(p, 0x80, "", 0);
	pen_ber(p, 0x81, "", 0);
	pen_ber_close(p, inner);
	title_write(p, 0x83, s->client);
	pen_ber_close(p, mark);
}

static const struct {
	void (*argument)(struct pen *p, const struct map_subject *s);
	void (*result)(struct pen *p, const struct map_subject *s);
} writers[LAB_PROCEDURES] = {
	[PROCEDURE_SAI_CS] = { sai_cs_argument, sai_result },
	[PROCEDURE_SAI_PS] = { sai_ps_argument, sai_result },
	[PROCEDURE_UL] = { ul_argument, hlr_result },
	[PROCEDURE_ULGPRS] = { ulgprs_argument, hlr_result },
	[PROCEDURE_ISD_CS] = { isd_cs_argument, NULL },
	[PROCEDURE_ISD_PS] = { isd_ps_argument, NULL },
	[PROCEDURE_CL_CS] = { cl_argument, NULL },
	[PROCEDURE_CL_PS] = { cl_argument, NULL },
	[PROCEDURE_PURGE_CS] = { purge_cs_argument, NULL },
	[PROCEDURE_PURGE_PS] = { purge_ps_argument, NULL },
	[PROCEDURE_SRI] = { sri_argument, sri_result },
	[PROCEDURE_PRN] = { prn_argument, prn_result },
	[PROCEDURE_SRI_SM] = { sri_sm_argument, sri_sm_result },
	[PROCEDURE_MT] = { mt_argument, NULL },
	[PROCEDURE_MO] = { mo_argument, NULL },
	[PROCEDURE_RESET] = { reset_argument, NULL },
	[PROCEDURE_ATI] = { ati_argument, NULL },
};

void encode_map_argument(struct pen *p, enum lab_procedure procedure, const struct map_subject *s)
{
	writers[procedure].argument(p, s);
}

bool encode_map_result(struct pen *p, enum lab_procedure procedure, const struct map_subject *s)
{
	if (writers[procedure].result == NULL)
		return false;
	writers[procedure].result(p, s);
	return true;
}

/*
 * 17.6.6: systemFailure names the HLR (networkResource); roamingNotAllowed says plmnRoamingNotAllowed, unknownSubscriber imsiUnknown and
 * sm-DeliveryFailure memoryCapacityExceeded, all of which are 0.
 */
void encode_map_error(struct pen *p, uint8_t error, uint8_t version)
{
	if (error == 34)
		pen_ber_8(p, TAG_ENUM, 1);
	if ((error == 1 && version >= 3) || error == 8 || error == 32) {
		size_t mark = pen_ber_open(p, TAG_SEQUENCE);

		pen_ber_8(p, TAG_ENUM, 0);
		pen_ber_close(p, mark);
	}
}
