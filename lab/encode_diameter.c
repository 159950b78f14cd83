/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CER, DWR, DPR and their answers (RFC 6733 5.3 to 5.5), and the messages of TS 29.272 7.2: AIR, ULR, CLR, PUR, NOR, RSR, ECR with the AVPs
 * that MMEs and HSSs send as a rule, authentication vectors and a whole Subscription-Data included.
 *
 * Answers: success, a base Result-Code (protocol errors 3xxx with the E bit, RFC 6733 7.2) or an Experimental-Result of 3GPP.
 */
#include "lab/encode_diameter.h"

#include <stdio.h>
#include <string.h>

#include "lab/encode_avp.h"
#include "lab/encode_cx.h"

#define FLAG_REQUEST   0x80
#define FLAG_PROXIABLE 0x40
#define FLAG_ERROR     0x20
#define COMMAND_CER    257
#define COMMAND_DPR    282

/* Base AVPs, RFC 6733 4.5 */
#define AVP_USER_NAME                      1
#define AVP_HOST_IP_ADDRESS                257
#define AVP_AUTH_APPLICATION_ID            258
#define AVP_VENDOR_SPECIFIC_APPLICATION_ID 260
#define AVP_SESSION_ID                     263
#define AVP_ORIGIN_HOST                    264
#define AVP_SUPPORTED_VENDOR_ID            265
#define AVP_VENDOR_ID                      266
#define AVP_RESULT_CODE                    268
#define AVP_PRODUCT_NAME                   269
#define AVP_AUTH_SESSION_STATE             277
#define AVP_DISCONNECT_CAUSE               273
#define AVP_ORIGIN_STATE_ID                278
#define AVP_DESTINATION_REALM              283
#define AVP_DESTINATION_HOST               293
#define AVP_ORIGIN_REALM                   296
#define AVP_EXPERIMENTAL_RESULT            297
#define AVP_EXPERIMENTAL_RESULT_CODE       298
/* 3GPP AVPs, TS 29.272 7.3, TS 29.329, TS 29.212, TS 29.229 */
#define AVP_SERVICE_SELECTION        493
#define AVP_MAX_BANDWIDTH_DOWN       515
#define AVP_MAX_BANDWIDTH_UP         516
#define AVP_SUPPORTED_FEATURES       628
#define AVP_FEATURE_LIST_ID          629
#define AVP_FEATURE_LIST             630
#define AVP_MSISDN                   701
#define AVP_QOS_CLASS                1028
#define AVP_RAT_TYPE                 1032
#define AVP_ALLOCATION_RETENTION     1034
#define AVP_PRIORITY_LEVEL           1046
#define AVP_PREEMPTION_CAPABILITY    1047
#define AVP_PREEMPTION_VULNERABILITY 1048
#define AVP_SUBSCRIPTION_DATA        1400
#define AVP_TERMINAL_INFORMATION     1401
#define AVP_IMEI                     1402
#define AVP_SOFTWARE_VERSION         1403
#define AVP_ULR_FLAGS                1405
#define AVP_ULA_FLAGS                1406
#define AVP_VISITED_PLMN             1407
#define AVP_REQUESTED_VECTORS        1408
#define AVP_NUMBER_OF_VECTORS        1410
#define AVP_IMMEDIATE_RESPONSE       1412
#define AVP_AUTHENTICATION_INFO      1413
#define AVP_EUTRAN_VECTOR            1414
#define AVP_NETWORK_ACCESS_MODE      1417
#define AVP_CANCELLATION_TYPE        1420
#define AVP_CONTEXT_IDENTIFIER       1423
#define AVP_SUBSCRIBER_STATUS        1424
#define AVP_ACCESS_RESTRICTION       1426
#define AVP_ALL_APN_INCLUDED         1428
#define AVP_APN_PROFILE              1429
#define AVP_APN_CONFIGURATION        1430
#define AVP_EPS_QOS                  1431
#define AVP_VPLMN_ALLOWED            1432
#define AVP_AMBR                     1435
#define AVP_PUA_FLAGS                1442
#define AVP_NOR_FLAGS                1443
#define AVP_EQUIPMENT_STATUS         1445
#define AVP_RAND                     1447
#define AVP_XRES                     1448
#define AVP_AUTN                     1449
#define AVP_KASME                    1450
#define AVP_PDN_TYPE                 1456
#define AVP_PERIODIC_TIMER           1619

#define RAT_EUTRAN 1004

static void application_write(struct pen *p, uint32_t application)
{
	size_t mark = avp_open(p, AVP_VENDOR_SPECIFIC_APPLICATION_ID, 0);

	avp_32(p, AVP_VENDOR_ID, 0, VENDOR_3GPP);
	avp_32(p, AVP_AUTH_APPLICATION_ID, 0, application);
	avp_close(p, mark);
}

/* Which interface a procedure is of. */
static uint32_t procedure_application(enum lab_procedure procedure)
{
	if (procedure == PROCEDURE_ECR)
		return APPLICATION_S13;
	return lab_procedure_rows[procedure].domain == DOMAIN_IMS ? APPLICATION_CX : APPLICATION_S6A;
}

static void origin_write(struct pen *p, const struct node *origin)
{
	avp_text(p, AVP_ORIGIN_HOST, origin->host);
	avp_text(p, AVP_ORIGIN_REALM, origin->realm);
}

static void capabilities_write(struct pen *p, const struct node *origin)
{
	const uint8_t *address = origin->port.ipv4;
	uint8_t host[6] = { 0, 1, address[0], address[1], address[2], address[3] };
	size_t name;

	avp_octets(p, AVP_HOST_IP_ADDRESS, 0, host, sizeof(host));
	avp_32(p, AVP_VENDOR_ID, 0, VENDOR_3GPP);
	name = avp_open_free(p, AVP_PRODUCT_NAME, 0);
	pen_octets(p, "lab peer", 8);
	avp_close(p, name);
}

void encode_diameter_peer(struct pen *p, const struct diameter_peer *peer)
{
	struct diameter_head head = { .command = peer->command, .hop = peer->id, .end = peer->id ^ UINT32_C(0x5a000000) };
	bool is_capabilities = peer->command == COMMAND_CER;
	size_t mark;

	head.flags = peer->is_request ? FLAG_REQUEST : 0;
	mark = message_open(p, &head);
	if (!peer->is_request)
		avp_32(p, AVP_RESULT_CODE, 0, 2001);
	origin_write(p, peer->origin);
	if (is_capabilities)
		capabilities_write(p, peer->origin);
	if (peer->command == COMMAND_DPR) {
		/* 5.4.3: REBOOTING */
		if (peer->is_request)
			avp_32(p, AVP_DISCONNECT_CAUSE, 0, 0);
	} else {
		avp_32(p, AVP_ORIGIN_STATE_ID, 0, peer->origin->state_id);
	}
	if (is_capabilities) {
		avp_32(p, AVP_SUPPORTED_VENDOR_ID, 0, VENDOR_3GPP);
		application_write(p, peer->is_ims ? APPLICATION_CX : APPLICATION_S6A);
	}
	message_close(p, mark);
}

/* TS 29.272 7.3.9: three octets, as in 24.008. */
static void visited_write(struct pen *p, const char *plmn)
{
	const uint8_t octets[3] = {
		(uint8_t)((plmn[1] - '0') << 4 | (plmn[0] - '0')),
		(uint8_t)(0xf0 | (plmn[2] - '0')),
		(uint8_t)((plmn[4] - '0') << 4 | (plmn[3] - '0')),
	};

	avp_octets(p, AVP_VISITED_PLMN, VENDOR_3GPP, octets, 3);
}

static void features_write(struct pen *p)
{
	size_t mark = avp_open_free(p, AVP_SUPPORTED_FEATURES, VENDOR_3GPP);
	size_t inner;

	avp_32(p, AVP_VENDOR_ID, 0, VENDOR_3GPP);
	inner = avp_open_free(p, AVP_FEATURE_LIST_ID, VENDOR_3GPP);
	pen_32(p, 1);
	avp_close(p, inner);
	inner = avp_open_free(p, AVP_FEATURE_LIST, VENDOR_3GPP);
	pen_32(p, 0x0a000007);
	avp_close(p, inner);
	avp_close(p, mark);
}

static void bandwidth_write(struct pen *p, uint32_t up, uint32_t down)
{
	size_t mark = avp_open(p, AVP_AMBR, VENDOR_3GPP);

	avp_32(p, AVP_MAX_BANDWIDTH_UP, VENDOR_3GPP, up);
	avp_32(p, AVP_MAX_BANDWIDTH_DOWN, VENDOR_3GPP, down);
	avp_close(p, mark);
}

static void air_request(struct pen *p, const struct s6a_subject *s)
{
	size_t mark = avp_open(p, AVP_REQUESTED_VECTORS, VENDOR_3GPP);

	avp_32(p, AVP_NUMBER_OF_VECTORS, VENDOR_3GPP, 1);
	avp_32(p, AVP_IMMEDIATE_RESPONSE, VENDOR_3GPP, 1);
	avp_close(p, mark);
	visited_write(p, s->visited_plmn);
}

static void ulr_request(struct pen *p, const struct s6a_subject *s)
{
	size_t mark = avp_open(p, AVP_TERMINAL_INFORMATION, VENDOR_3GPP);
	char imei[16];

	snprintf(imei, sizeof(imei), "01332700%06u", (unsigned int)(s->nonce % 1000000));
	avp_octets(p, AVP_IMEI, VENDOR_3GPP, imei, 14);
	avp_octets(p, AVP_SOFTWARE_VERSION, VENDOR_3GPP, "01", 2);
	avp_close(p, mark);
	features_write(p);
	avp_32(p, AVP_RAT_TYPE, VENDOR_3GPP, RAT_EUTRAN);
	avp_32(p, AVP_ULR_FLAGS, VENDOR_3GPP, 0x22);
	visited_write(p, s->visited_plmn);
}

static void clr_request(struct pen *p, const struct s6a_subject *s)
{
	(void)s;
	avp_32(p, AVP_CANCELLATION_TYPE, VENDOR_3GPP, 0);
}

static void pur_request(struct pen *p, const struct s6a_subject *s)
{
	(void)s;
	features_write(p);
}

static void nor_request(struct pen *p, const struct s6a_subject *s)
{
	(void)s;
	avp_32(p, AVP_CONTEXT_IDENTIFIER, VENDOR_3GPP, 1);
	avp_text(p, AVP_SERVICE_SELECTION, "mobile.o2.co.uk");
	avp_32(p, AVP_NOR_FLAGS, VENDOR_3GPP, 0);
}

static void aia_answer(struct pen *p, const struct s6a_subject *s)
{
	size_t mark = avp_open(p, AVP_AUTHENTICATION_INFO, VENDOR_3GPP);
	size_t vector = avp_open(p, AVP_EUTRAN_VECTOR, VENDOR_3GPP);

	avp_random(p, AVP_RAND, s->nonce, 16);
	avp_random(p, AVP_XRES, s->nonce, 8);
	avp_random(p, AVP_AUTN, s->nonce, 16);
	avp_random(p, AVP_KASME, s->nonce, 32);
	avp_close(p, vector);
	avp_close(p, mark);
}

static void apn_write(struct pen *p, uint32_t identifier, const char *name)
{
	size_t mark = avp_open(p, AVP_APN_CONFIGURATION, VENDOR_3GPP);
	size_t qos, priority;

	avp_32(p, AVP_CONTEXT_IDENTIFIER, VENDOR_3GPP, identifier);
	avp_32(p, AVP_PDN_TYPE, VENDOR_3GPP, 0);
	avp_text(p, AVP_SERVICE_SELECTION, name);
	qos = avp_open(p, AVP_EPS_QOS, VENDOR_3GPP);
	avp_32(p, AVP_QOS_CLASS, VENDOR_3GPP, 9);
	priority = avp_open_free(p, AVP_ALLOCATION_RETENTION, VENDOR_3GPP);
	avp_32(p, AVP_PRIORITY_LEVEL, VENDOR_3GPP, 8);
	avp_32(p, AVP_PREEMPTION_CAPABILITY, VENDOR_3GPP, 1);
	avp_32(p, AVP_PREEMPTION_VULNERABILITY, VENDOR_3GPP, 0);
	avp_close(p, priority);
	avp_close(p, qos);
	avp_32(p, AVP_VPLMN_ALLOWED, VENDOR_3GPP, 0);
	bandwidth_write(p, 50000000, 100000000);
	avp_close(p, mark);
}

/* TS 29.272 7.3.2; the number as TBCD (TS 29.329 6.3.2). */
static void ula_answer(struct pen *p, const struct s6a_subject *s)
{
	char number[24];
	size_t mark, inner;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)s->msisdn);
	avp_32(p, AVP_ULA_FLAGS, VENDOR_3GPP, 1);
	mark = avp_open(p, AVP_SUBSCRIPTION_DATA, VENDOR_3GPP);
	avp_32(p, AVP_SUBSCRIBER_STATUS, VENDOR_3GPP, 0);
	inner = avp_open(p, AVP_MSISDN, VENDOR_3GPP);
	pen_tbcd(p, number);
	avp_close(p, inner);
	avp_32(p, AVP_NETWORK_ACCESS_MODE, VENDOR_3GPP, 0);
	avp_32(p, AVP_ACCESS_RESTRICTION, VENDOR_3GPP, 32);
	bandwidth_write(p, 50000000, 100000000);
	inner = avp_open(p, AVP_APN_PROFILE, VENDOR_3GPP);
	avp_32(p, AVP_CONTEXT_IDENTIFIER, VENDOR_3GPP, 1);
	avp_32(p, AVP_ALL_APN_INCLUDED, VENDOR_3GPP, 0);
	apn_write(p, 1, "mobile.o2.co.uk");
	if (s->nonce % 2 == 0)
		apn_write(p, 2, "mms.o2.co.uk");
	avp_close(p, inner);
	avp_32(p, AVP_PERIODIC_TIMER, VENDOR_3GPP, 3240);
	avp_close(p, mark);
}

static void pua_answer(struct pen *p, const struct s6a_subject *s)
{
	(void)s;
	avp_32(p, AVP_PUA_FLAGS, VENDOR_3GPP, 0);
}

/* TS 29.272 7.2.19: the equipment is on the white list. */
static void ecr_request(struct pen *p, const struct s6a_subject *s)
{
	size_t mark = avp_open(p, AVP_TERMINAL_INFORMATION, VENDOR_3GPP);
	char imei[16];

	snprintf(imei, sizeof(imei), "01332700%06u", (unsigned int)(s->nonce % 1000000));
	avp_octets(p, AVP_IMEI, VENDOR_3GPP, imei, 14);
	avp_close(p, mark);
}

static void eca_answer(struct pen *p, const struct s6a_subject *s)
{
	(void)s;
	avp_32(p, AVP_EQUIPMENT_STATUS, VENDOR_3GPP, 0);
}

static const struct {
	void (*request)(struct pen *p, const struct s6a_subject *s);
	void (*answer)(struct pen *p, const struct s6a_subject *s);
} writers[LAB_PROCEDURES] = {
	[PROCEDURE_AIR] = { air_request, aia_answer },
	[PROCEDURE_ULR] = { ulr_request, ula_answer },
	[PROCEDURE_CLR] = { clr_request, NULL },
	[PROCEDURE_PUR] = { pur_request, pua_answer },
	[PROCEDURE_NOR] = { nor_request, NULL },
	[PROCEDURE_ECR] = { ecr_request, eca_answer },
	[PROCEDURE_UAR] = { cx_uar, NULL },
	[PROCEDURE_MAR] = { cx_mar, cx_maa },
	[PROCEDURE_SAR] = { cx_sar, cx_saa },
	[PROCEDURE_LIR] = { cx_lir, cx_lia },
};

/* 29.272 7.2.3: the IMSI; 29.229: the private identity that stands for it (23.003 13.3), or none; a restart and S13 as they please. */
static void user_write(struct pen *p, enum lab_procedure procedure, const struct s6a_subject *s)
{
	char identity[80];

	if (procedure == PROCEDURE_RSR || procedure == PROCEDURE_LIR)
		return;
	if (lab_procedure_rows[procedure].domain != DOMAIN_IMS) {
		avp_text(p, AVP_USER_NAME, s->imsi);
		return;
	}
	snprintf(identity, sizeof(identity), "%s@%s", s->imsi, CX_REALM);
	avp_text(p, AVP_USER_NAME, identity);
}

void encode_s6a_request(struct pen *p, enum lab_procedure procedure, const struct s6a_subject *s)
{
	struct diameter_head head = { .command = lab_procedure_rows[procedure].operation, .hop = s->hop };
	size_t mark;

	head.application = procedure_application(procedure);
	head.end = s->end;
	head.flags = FLAG_REQUEST | FLAG_PROXIABLE;
	mark = message_open(p, &head);
	avp_text(p, AVP_SESSION_ID, s->session);
	application_write(p, head.application);
	avp_32(p, AVP_AUTH_SESSION_STATE, 0, 1);
	origin_write(p, s->origin);
	if (s->destination_host != NULL)
		avp_text(p, AVP_DESTINATION_HOST, s->destination_host);
	avp_text(p, AVP_DESTINATION_REALM, s->destination->realm);
	user_write(p, procedure, s);
	if (writers[procedure].request != NULL)
		writers[procedure].request(p, s);
	message_close(p, mark);
}

static void result_write(struct pen *p, enum lab_procedure procedure, const struct answer *answer)
{
	/* 29.229 6.2.1.1: the answer to a first registration is a result of 3GPP, DIAMETER_FIRST_REGISTRATION. */
	bool is_first = procedure == PROCEDURE_UAR && answer->kind == ANSWER_SUCCESS;
	size_t mark;

	if (answer->kind != ANSWER_ERROR && !is_first) {
		avp_32(p, AVP_RESULT_CODE, 0, answer->kind == ANSWER_SUCCESS ? 2001 : answer->code);
		return;
	}
	mark = avp_open(p, AVP_EXPERIMENTAL_RESULT, 0);
	avp_32(p, AVP_VENDOR_ID, 0, VENDOR_3GPP);
	avp_32(p, AVP_EXPERIMENTAL_RESULT_CODE, 0, is_first ? 2001 : answer->code);
	avp_close(p, mark);
}

void encode_s6a_answer(struct pen *p, enum lab_procedure procedure, const struct s6a_subject *s, const struct answer *answer)
{
	struct diameter_head head = { .command = lab_procedure_rows[procedure].operation, .hop = s->hop };
	bool is_protocol_error = answer->kind == ANSWER_BASE && answer->code / 1000 == 3;
	size_t mark;

	head.application = procedure_application(procedure);
	head.end = s->end;
	head.flags = (uint8_t)(FLAG_PROXIABLE | (is_protocol_error ? FLAG_ERROR : 0));
	mark = message_open(p, &head);
	avp_text(p, AVP_SESSION_ID, s->session);
	if (!is_protocol_error)
		application_write(p, head.application);
	result_write(p, procedure, answer);
	if (!is_protocol_error)
		avp_32(p, AVP_AUTH_SESSION_STATE, 0, 1);
	origin_write(p, s->origin);
	if (answer->kind == ANSWER_SUCCESS && writers[procedure].answer != NULL)
		writers[procedure].answer(p, s);
	message_close(p, mark);
}
