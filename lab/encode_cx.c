/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cx (TS 29.229 6.1): UAR asks whether and where a subscriber may register, MAR fetches what to challenge the phone with, SAR takes the
 * subscriber over and fetches its profile, LIR finds the S-CSCF of somebody who is called. Public identities are those that follow from
 * an IMSI (23.003 13.4B), which phones without an ISIM use.
 */
#include "lab/encode_cx.h"

#include <stdio.h>
#include <string.h>

#include "lab/encode_avp.h"

/* 29.229 6.3 */
#define AVP_VISITED_NETWORK     600
#define AVP_PUBLIC_IDENTITY     601
#define AVP_SERVER_NAME         602
#define AVP_USER_DATA           606
#define AVP_NUMBER_AUTH_ITEMS   607
#define AVP_AUTHENTICATION      608
#define AVP_AUTHENTICATE        609
#define AVP_AUTHORIZATION       610
#define AVP_AUTH_DATA_ITEM      612
#define AVP_ASSIGNMENT_TYPE     614
#define AVP_CHARGING            618
#define AVP_PRIMARY_COLLECTION  621
#define AVP_AUTHORIZATION_TYPE  623
#define AVP_DATA_IS_THERE       624
#define AVP_CONFIDENTIALITY_KEY 625
#define AVP_INTEGRITY_KEY       626

#define ASSIGNMENT_REGISTRATION 1

static void text_write(struct pen *p, uint32_t code, const char *text)
{
	avp_octets(p, code, VENDOR_3GPP, text, strlen(text));
}

static void identity_write(struct pen *p, const struct s6a_subject *s)
{
	char identity[80];

	snprintf(identity, sizeof(identity), "sip:%s@%s", s->imsi, CX_REALM);
	text_write(p, AVP_PUBLIC_IDENTITY, identity);
}

static void server_write(struct pen *p, const struct node *cscf)
{
	char name[96];

	snprintf(name, sizeof(name), "sip:%s:5060", cscf->host);
	text_write(p, AVP_SERVER_NAME, name);
}

void cx_uar(struct pen *p, const struct s6a_subject *s)
{
	identity_write(p, s);
	text_write(p, AVP_VISITED_NETWORK, CX_REALM);
	avp_32(p, AVP_AUTHORIZATION_TYPE, VENDOR_3GPP, 0);
}

void cx_mar(struct pen *p, const struct s6a_subject *s)
{
	size_t mark;

	identity_write(p, s);
	avp_32(p, AVP_NUMBER_AUTH_ITEMS, VENDOR_3GPP, 1);
	mark = avp_open(p, AVP_AUTH_DATA_ITEM, VENDOR_3GPP);
	text_write(p, AVP_AUTHENTICATION, "Digest-AKAv1-MD5");
	avp_close(p, mark);
	server_write(p, s->origin);
}

void cx_sar(struct pen *p, const struct s6a_subject *s)
{
	identity_write(p, s);
	server_write(p, s->origin);
	avp_32(p, AVP_ASSIGNMENT_TYPE, VENDOR_3GPP, ASSIGNMENT_REGISTRATION);
	avp_32(p, AVP_DATA_IS_THERE, VENDOR_3GPP, 0);
}

void cx_lir(struct pen *p, const struct s6a_subject *s)
{
	identity_write(p, s);
}

void cx_maa(struct pen *p, const struct s6a_subject *s)
{
	size_t mark;

	identity_write(p, s);
	avp_32(p, AVP_NUMBER_AUTH_ITEMS, VENDOR_3GPP, 1);
	mark = avp_open(p, AVP_AUTH_DATA_ITEM, VENDOR_3GPP);
	text_write(p, AVP_AUTHENTICATION, "Digest-AKAv1-MD5");
	avp_random(p, AVP_AUTHENTICATE, s->nonce, 32);
	avp_random(p, AVP_AUTHORIZATION, s->nonce, 8);
	avp_random(p, AVP_CONFIDENTIALITY_KEY, s->nonce, 16);
	avp_random(p, AVP_INTEGRITY_KEY, s->nonce, 16);
	avp_close(p, mark);
}

void cx_saa(struct pen *p, const struct s6a_subject *s)
{
	char profile[320];
	size_t mark;

	snprintf(profile, sizeof(profile),
		 "<?xml version=\"1.0\"?><IMSSubscription><PrivateID>%s@" CX_REALM "</PrivateID><ServiceProfile><PublicIdentity>"
		 "<Identity>sip:%s@" CX_REALM "</Identity></PublicIdentity></ServiceProfile></IMSSubscription>",
		 s->imsi, s->imsi);
	text_write(p, AVP_USER_DATA, profile);
	mark = avp_open(p, AVP_CHARGING, VENDOR_3GPP);
	text_write(p, AVP_PRIMARY_COLLECTION, "aaa://ccf1." CX_REALM);
	avp_close(p, mark);
}

void cx_lia(struct pen *p, const struct s6a_subject *s)
{
	server_write(p, s->assigned);
}
