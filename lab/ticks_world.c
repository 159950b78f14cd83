/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The network of the simulator of ticks: that of the packet lab (world.c), larger where it is asked for: more registers, serving nodes,
 * ranges of eight digits, and partners. Sizes of ranges are lognormal; partners refuse by very different shares.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/hash.h"
#include "lab/ticks_model.h"

#define HOME_PLMN  "23410"
#define HOME_REALM "epc.mnc010.mcc234.3gppnetwork.org"
#define IMS_REALM  "ims.mnc010.mcc234.3gppnetwork.org"
#define HUBS_MAX   8
#define BLOCKS_O2  60

struct size_row {
	uint8_t nodes[FAMILY_COUNT]; /* HLR, VLR, SGSN, GMSC, SMSC, HSS, MME, CSCF, EIR */
	uint8_t ranges;              /* of eight digits in each of seven */
	uint8_t partners, inbound;
};

static const struct size_row sizes[] = {
	[LAB_TICKS_USUAL] = { { 3, 8, 4, 1, 1, 3, 3, 18, 2 }, 2, 3, 2 },
	[LAB_TICKS_SMALL] = { { 16, 20, 20, 2, 2, 16, 20, 6, 2 }, 7, 150, 20 },
	[LAB_TICKS_MEDIUM] = { { 8, 8, 8, 1, 1, 8, 8, 6, 2 }, 2, 40, 8 },
	[LAB_TICKS_LARGE] = { { 16, 20, 20, 2, 2, 16, 20, 6, 2 }, 7, 150, 20 },
};

/* Where a family's names come from: the last digits of its first title, or a host. Foreign ones as well. */
static const struct family_row {
	uint16_t title;
	const char *host, *realm;
	uint16_t foreign_title;
	const char *foreign_host;
} families[FAMILY_COUNT] = {
	[FAMILY_HLR] = { 1, NULL, NULL, 1, NULL },
	[FAMILY_VLR] = { 101, NULL, NULL, 101, NULL },
	[FAMILY_SGSN] = { 201, NULL, NULL, 201, NULL },
	[FAMILY_GMSC] = { 401, NULL, NULL, 401, NULL },
	[FAMILY_SMSC] = { 501, NULL, NULL, 501, NULL },
	[FAMILY_HSS] = { 0, "hss%u", HOME_REALM, 0, "hss1" },
	[FAMILY_MME] = { 0, "mmec%02u.mmegi8001.mme", HOME_REALM, 0, "mmec01.mmegi0001.mme" },
	[FAMILY_CSCF] = { 0, "scscf%u", IMS_REALM, 0, NULL },
	[FAMILY_EIR] = { 0, "eir%u", HOME_REALM, 0, NULL },
};

static const struct hub_row {
	uint32_t plmn;
	const char *realm, *title;
} hubs[HUBS_MAX] = {
	{ 26201, "epc.mnc001.mcc262.3gppnetwork.org", "49171000" }, { 20801, "epc.mnc001.mcc208.3gppnetwork.org", "33689000" },
	{ 21407, "epc.mnc007.mcc214.3gppnetwork.org", "34609000" }, { 22201, "epc.mnc001.mcc222.3gppnetwork.org", "39335000" },
	{ 23203, "epc.mnc003.mcc232.3gppnetwork.org", "43676000" }, { 22801, "epc.mnc001.mcc228.3gppnetwork.org", "41793000" },
	{ 20404, "epc.mnc004.mcc204.3gppnetwork.org", "31653000" }, { 20601, "epc.mnc001.mcc206.3gppnetwork.org", "32475000" },
};

static node host_name(struct lab_ticks *l, const char *text)
{
	struct ticks_host *h = &l->host[l->host_count++];

	snprintf(h->text, sizeof(h->text), "%s", text);
	h->name = node_of_host(hash_bytes(&(struct hash_key){ { 0, 0 } }, text, strlen(text)));
	return h->name;
}

static node title_name(const char *text)
{
	digits d = 0;

	(void)digits_read_text(text, strlen(text), &d);
	return node_of_digits(d);
}

static void family_build(struct lab_ticks *l, enum ticks_family f, uint8_t own, uint8_t foreign)
{
	const struct family_row *row = &families[f];
	struct ticks_family_nodes *n = &l->family[f];
	char left[48], text[96];

	n->own = own;
	n->foreign = row->foreign_title != 0 || row->foreign_host != NULL ? foreign : 0;
	for (unsigned int i = 0; i < own; i++) {
		n->weight[i] = chance_lognormal(&l->chance, 1, 0.2 * l->options.noise);
		if (row->host == NULL) {
			snprintf(text, sizeof(text), "447802%06u", row->title + i);
			n->name[i] = title_name(text);
			continue;
		}
		/* The formats are those of the table above. */
		snprintf(left, sizeof(left),
			 f == FAMILY_MME    ? "mmec%02u.mmegi8001.mme"
			 : f == FAMILY_HSS  ? "hss%u"
			 : f == FAMILY_CSCF ? "scscf%u"
					    : "eir%u",
			 i + 1);
		snprintf(text, sizeof(text), "%s.%s", left, row->realm);
		n->name[i] = host_name(l, text);
	}
	for (unsigned int i = 0; i < n->foreign; i++) {
		n->weight[own + i] = 1;
		if (row->foreign_title != 0) {
			snprintf(text, sizeof(text), "%s%04u", hubs[i].title, row->foreign_title);
			n->name[own + i] = title_name(text);
			continue;
		}
		snprintf(text, sizeof(text), "%s.%s", row->foreign_host, hubs[i].realm);
		n->name[own + i] = host_name(l, text);
	}
}

static void nodes_build(struct lab_ticks *l, const struct size_row *size)
{
	uint8_t foreign = size->partners < HUBS_MAX ? size->partners : HUBS_MAX;

	for (enum ticks_family f = 0; f < FAMILY_COUNT; f++)
		family_build(l, f, size->nodes[f], foreign);
	for (unsigned int i = 0; i < TICKS_ROUTES; i++) {
		char text[96];

		l->route[0][i] = node_of_point_code(3001 + i);
		l->route[1][i] = node_of_ipv4(UINT32_C(0x0a14160b) + i); /* 10.20.22.11, 10.20.22.12 */
		snprintf(text, sizeof(text), "dra%u." HOME_REALM, i + 1);
		l->agent[i] = host_name(l, text);
	}
}

/* Refusals of partners: most few, some many, some nearly all. */
static void partners_build(struct lab_ticks *l, const struct size_row *size)
{
	l->partner_count = size->partners;
	l->inbound_partners = size->inbound;
	for (unsigned int i = 0; i < size->partners; i++) {
		double u = chance_unit(&l->chance);
		double kind = l->options.noise == 0 || size->partners < HUBS_MAX || u < 0.7 ? 0.05 : u < 0.9 ? 0.3 : 0.85;

		l->plmn[i] = i < HUBS_MAX ? hubs[i].plmn : 30000 + 37 * i;
		l->partner_weight[i] = chance_lognormal(&l->chance, 1, 1.2);
		l->partner_rejects[i] = kind * (0.8 + 0.3 * chance_unit(&l->chance));
	}
}

struct block {
	uint32_t prefix;
	uint8_t segment;
	bool is_new;
	double share; /* of home subscribers */
};

enum { SEGMENT_O2, SEGMENT_TESCO, SEGMENT_GIFFGAFF, SEGMENT_INBOUND, SEGMENT_IOT };

/* The blocks of world.c, in its order: 60 of the host, five of each brand, five of machines, and one that comes in the course of a month.
 */
static size_t blocks_build(const struct lab_ticks *l, struct block *ret)
{
	bool has_iot = l->is_month || (l->options.scenario != NULL && l->story != NULL && (l->story->world & LAB_WITH_IOT) != 0);
	size_t count = 0;

	for (uint32_t i = 0; i < BLOCKS_O2; i++)
		ret[count++] = (struct block){ 2341000 + i, SEGMENT_O2, false, 0.76 / BLOCKS_O2 };
	for (uint32_t i = 0; i < 5; i++)
		ret[count++] = (struct block){ 2341060 + i, SEGMENT_TESCO, false, 0.13 / 5 };
	for (uint32_t i = 0; i < 5; i++)
		ret[count++] = (struct block){ 2341070 + i, SEGMENT_GIFFGAFF, false, 0.07 / 5 };
	for (uint32_t i = 0; i < 5 && has_iot; i++)
		ret[count++] = (struct block){ 2341080 + i, SEGMENT_IOT, false, 0.05 / 5 };
	if (l->is_month)
		ret[count++] = (struct block){ 2341090, SEGMENT_O2, true, 0.03 };
	return count;
}

static digits prefix_of(uint32_t block, unsigned int last)
{
	char text[16];
	digits d = 0;

	snprintf(text, sizeof(text), "%07u%u", block, last);
	(void)digits_read_text(text, strlen(text), &d);
	return d;
}

static void leaf_add(struct lab_ticks *l, digits prefix, uint8_t segment, double share)
{
	double sigma = l->options.noise * (l->options.size == LAB_TICKS_USUAL ? 0.3 : 0.9);

	l->leaf[l->leaf_count++] = (struct ticks_leaf){ .prefix = prefix,
							.segment = segment,
							.weight = chance_lognormal(&l->chance, share, sigma),
							.rejects = chance_lognormal(&l->chance, 1, 0.3 * l->options.noise) };
}

static void leaves_build(struct lab_ticks *l, const struct size_row *size, const struct block *blocks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (unsigned int j = 0; j < size->ranges; j++) {
			leaf_add(l, prefix_of(blocks[i].prefix, j), blocks[i].segment, blocks[i].share / size->ranges);
			if (!blocks[i].is_new)
				continue;
			l->leaf[l->leaf_count - 1].is_new = true;
			l->leaf[l->leaf_count - 1].rejects = 0.3 / (l->options.user_rejects > 0.01 ? l->options.user_rejects : 0.01);
		}
	}
	l->home_leaves = l->leaf_count;
	for (unsigned int i = 0; i < l->inbound_partners; i++) {
		leaf_add(l, prefix_of(l->plmn[i] * 100 + 11, 0), SEGMENT_INBOUND, l->partner_weight[i]);
		l->leaf[l->leaf_count - 1].is_inbound = true;
		l->leaf[l->leaf_count - 1].partner = (uint16_t)i;
	}
}

static void pattern_add(struct lab_ticks *l, size_t *used, struct plan_segment *s, digits prefix)
{
	l->patterns[*used] = (struct plan_pattern){ .field = PLAN_FIELD_IMSI, .prefix = prefix };
	if (s->pattern_count++ == 0)
		s->patterns = &l->patterns[*used];
	++*used;
}

static void segments_build(struct lab_ticks *l, const struct block *blocks, size_t count)
{
	static const struct plan_segment brands[] = { { .name = "o2", .label = "O2" },
						      { .name = "tesco-mobile", .label = "Tesco Mobile" },
						      { .name = "giffgaff", .label = "giffgaff" },
						      { .name = "inbound", .label = "visitors" },
						      { .name = "iot", .label = "machines" } };
	bool has_iot = l->is_month || (l->story != NULL && (l->story->world & LAB_WITH_IOT) != 0);
	size_t used = 0;

	l->segment_count = has_iot ? 5 : 4;
	for (unsigned int s = 0; s < l->segment_count; s++) {
		l->segments[s] = brands[s];
		l->segments[s].kind = PLAN_SEGMENT_BRAND;
		for (size_t i = 0; i < count && s != SEGMENT_INBOUND; i++)
			if (blocks[i].segment == s)
				pattern_add(l, &used, &l->segments[s], digits_prefix(prefix_of(blocks[i].prefix, 0), 7));
		for (size_t i = l->home_leaves; i < l->leaf_count && s == SEGMENT_INBOUND; i++)
			pattern_add(l, &used, &l->segments[s], digits_prefix(l->leaf[i].prefix, 5));
	}
}

void ticks_world_build(struct lab_ticks *l)
{
	const struct size_row *size = &sizes[l->options.size];
	struct block blocks[TICKS_BLOCKS_MAX];
	size_t count = blocks_build(l, blocks);

	nodes_build(l, size);
	partners_build(l, size);
	leaves_build(l, size, blocks, count);
	segments_build(l, blocks, count);
}

const char *lab_ticks_name(void *l, node host)
{
	const struct lab_ticks *ticks = l;

	for (size_t i = 0; i < ticks->host_count; i++)
		if (ticks->host[i].name == host)
			return ticks->host[i].text;
	return NULL;
}
