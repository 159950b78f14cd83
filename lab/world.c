/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * O2 UK as of 2012, scaled: network 234 10 with its brands by IMSI range, three HLR front ends, three HSS hosts, eight MSC/VLRs, four
 * SGSNs, three MMEs, two STPs, two Diameter agents, and three roaming partners behind an international gateway.
 *
 * Titles are E.164 (447802...), hosts follow TS 23.003 19.4. The tap is at the core side of the STPs (HLRs, SMSC, gateway), so that
 * each message is seen once; --both-hops adds the other side. Diameter is tapped between MMEs and agents.
 */
#include "lab/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/load.h"
#include "lab/scenario.h"

const char *const lab_brand_names[BRAND_COUNT] = { "o2", "tesco-mobile", "giffgaff", "inbound", "iot" };

const struct lab_procedure_row lab_procedure_rows[LAB_PROCEDURES] = {
#define PROCEDURE(name, words, domain, operation, context, give_up) { words, domain, operation, context, give_up },
#include "lab/procedure.def"
#undef PROCEDURE
};

struct role_row {
	enum node_role role;
	uint16_t count;
	uint32_t point_code; /* of the first */
	uint16_t title;      /* last digits of the first title, 0: none */
	uint8_t ssn;         /* Q.713 3.4.2.2 and TS 23.003 8 */
	uint8_t network;     /* third octet of the addresses */
	const char *host;    /* with a place for the number */
};

static const struct role_row home_roles[] = {
	{ NODE_HLR, 3, 2001, 1, 6, 1, NULL },       { NODE_SMSC, 1, 2101, 501, 8, 2, NULL },
	{ NODE_GATEWAY, 1, 2201, 901, 8, 3, NULL }, { NODE_VLR, 8, 1001, 101, 7, 10, NULL },
	{ NODE_SGSN, 4, 1101, 201, 149, 11, NULL }, { NODE_GMSC, 1, 1201, 401, 8, 12, NULL },
	{ NODE_STP, 2, 3001, 0, 1, 0, NULL },       { NODE_MME, 3, 0, 0, 0, 20, "mmec%02u.mmegi8001.mme" },
	{ NODE_DEA, 1, 0, 0, 0, 21, "dea%u" },      { NODE_DRA, 2, 0, 0, 0, 22, "dra%u" },
	{ NODE_HSS, 3, 0, 0, 0, 23, "hss%u" },
};

static const struct role_row ims_roles[] = {
	{ NODE_ICSCF, 3, 0, 0, 0, 24, "icscf%u" },
	{ NODE_SCSCF, 18, 0, 0, 0, 25, "scscf%u" },
};

static const struct role_row equipment_roles[] = {
	{ NODE_EIR, 2, 0, 0, 0, 26, "eir%u" },
};

struct partner_row {
	const char *plmn, *realm, *title; /* the title without its last four digits */
	const char *msisdn;
	uint8_t map_version;
};

static const struct partner_row partners[WORLD_PARTNERS] = {
	{ "26201", "epc.mnc001.mcc262.3gppnetwork.org", "49171000", "4917", 3 },
	{ "20801", "epc.mnc001.mcc208.3gppnetwork.org", "33689000", "336", 2 },
	{ "21407", "epc.mnc007.mcc214.3gppnetwork.org", "34609000", "346", 3 },
};

#define IOT_SHARE  0.05
#define HOME_REALM "epc.mnc010.mcc234.3gppnetwork.org"
#define IMS_REALM  "ims.mnc010.mcc234.3gppnetwork.org"

static void port_address(struct wire_port *port, uint8_t network, uint16_t number, struct chance *chance)
{
	const uint8_t site[4] = { 10, 20, network, (uint8_t)(10 + number) };
	const uint8_t prefix[4] = { 0xfd, 0x00, 0x02, 0x34 };

	memcpy(port->ipv4, site, 4);
	memcpy(port->ipv6, prefix, 4);
	port->ipv6[13] = network;
	port->ipv6[15] = (uint8_t)(16 + number);
	port->mac[0] = 0x02;
	port->mac[4] = network;
	port->mac[5] = (uint8_t)number;
	port->identification = (uint32_t)chance_word(chance);
}

static struct node *node_add(struct lab *l, enum node_role role, uint16_t number)
{
	struct node *n = &l->node[l->node_count];

	*n = (struct node){ .role = role, .number = number, .via = l->node_count++, .map_version = 3, .lane = { NODE_NONE, NODE_NONE } };
	n->transaction = (uint32_t)n->via << 24 | chance_below(&l->chance, 1 << 20);
	n->session = chance_below(&l->chance, 1 << 30);
	n->state_id = 1341900000;
	return n;
}

static void home_node(struct lab *l, const struct role_row *row, uint16_t number)
{
	struct node *n = node_add(l, row->role, number);
	const char *realm = row->role == NODE_ICSCF || row->role == NODE_SCSCF ? IMS_REALM : HOME_REALM;

	n->point_code = row->point_code + number - 1u;
	n->ssn = row->ssn;
	strcpy(n->realm, realm);
	strcpy(n->plmn, "23410");
	if (row->title != 0)
		snprintf(n->title, sizeof(n->title), "447802%06u", row->title + number - 1u);
	if (row->role == NODE_MME)
		snprintf(n->host, sizeof(n->host), "mmec%02u.mmegi8001.mme." HOME_REALM, number);
	else if (row->host != NULL)
		snprintf(n->host, sizeof(n->host), "%.*s%u.%s", (int)strcspn(row->host, "%"), row->host, number, realm);
	if (row->role == NODE_VLR && number > 6)
		n->map_version = 2;
	port_address(&n->port, row->network, number, &l->chance);
}

static void home_nodes(struct lab *l, const struct role_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		l->first[rows[i].role] = l->node_count;
		l->count[rows[i].role] = rows[i].count;
		for (uint16_t number = 1; number <= rows[i].count; number++)
			home_node(l, &rows[i], number);
	}
}

static void foreign_nodes(struct lab *l)
{
	static const enum node_role roles[] = { NODE_HLR, NODE_VLR, NODE_SGSN, NODE_MME, NODE_HSS };

	for (uint16_t p = 0; p < WORLD_PARTNERS; p++) {
		for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
			struct node *n = node_add(l, roles[i], (uint16_t)(p + 1));
			bool is_diameter = roles[i] == NODE_MME || roles[i] == NODE_HSS;

			n->is_foreign = true;
			n->map_version = partners[p].map_version;
			n->ssn = l->node[l->first[roles[i]]].ssn;
			n->via = l->first[is_diameter ? NODE_DEA : NODE_GATEWAY];
			n->point_code = l->node[n->via].point_code;
			snprintf(n->title, sizeof(n->title), "%s%04zu", partners[p].title, 100 * i + 1);
			strcpy(n->realm, partners[p].realm);
			strcpy(n->plmn, partners[p].plmn);
			if (roles[i] == NODE_MME)
				snprintf(n->host, sizeof(n->host), "mmec01.mmegi0001.mme.%s", partners[p].realm);
			else
				snprintf(n->host, sizeof(n->host), "hss1.%s", partners[p].realm);
			l->foreign[p][roles[i]] = (uint16_t)(l->node_count - 1);
		}
	}
}

/* A VLR of nobody we know, behind the gateway. */
static void stranger_node(struct lab *l)
{
	struct node *n = node_add(l, NODE_VLR, WORLD_PARTNERS + 1);

	n->is_foreign = true;
	n->ssn = 7;
	n->via = l->first[NODE_GATEWAY];
	n->point_code = l->node[n->via].point_code;
	strcpy(n->title, "23278990017");
	strcpy(n->plmn, "61907");
	l->stranger = (uint16_t)(l->node_count - 1);
}

/* What only some runs have comes last, so that nothing else changes. */
static void further_nodes(struct lab *l)
{
	if ((l->options.world & LAB_WITH_IMS) != 0)
		home_nodes(l, ims_roles, sizeof(ims_roles) / sizeof(ims_roles[0]));
	if ((l->options.world & LAB_WITH_EIR) != 0)
		home_nodes(l, equipment_roles, 1);
	for (size_t i = 0; i < l->scenario->event_count; i++)
		if (l->scenario->events[i].happening == LAB_POISON)
			stranger_node(l);
}

/* A lane from `from` to the relay `to`; its state is that of one that is open, and openings are sent unless the tap starts later. */
static void lane_add(struct lab *l, uint16_t from, uint16_t to, unsigned int which)
{
	struct lane *lane = &l->lane[l->lane_count];
	bool is_diameter = l->node[to].role == NODE_DRA;
	bool is_tcp = is_diameter && !l->options.framing.sctp_diameter;
	uint16_t port = is_diameter ? 3868 : 2905;

	*lane = (struct lane){ .kind = is_tcp ? LANE_TCP : LANE_SCTP, .number = l->lane_count, .protocol = is_diameter ? 46 : 3 };
	lane->wire = &l->wire;
	lane->agenda = &l->agenda;
	for (unsigned int side = 0; side < 2; side++) {
		l->lane_node[l->lane_count][side] = side == 0 ? from : to;
		lane->side[side].port = &l->node[side == 0 ? from : to].port;
		lane->side[side].port_number = port;
		lane->side[side].tag = (uint32_t)chance_word(&l->chance) | 1;
		lane->side[side].next = (uint32_t)chance_word(&l->chance);
		l->hop[l->lane_count][side] = (uint32_t)chance_word(&l->chance);
	}
	if (is_diameter)
		lane->side[0].port_number = (uint16_t)(32768 + chance_below(&l->chance, 28000));
	for (unsigned int side = 0; side < 2; side++)
		lane->side[side].received = lane->side[1 - side].next - (is_tcp ? 0 : 1);
	l->node[from].lane[which] = (uint16_t)l->lane_count++;
}

static void lanes_add(struct lab *l, enum node_role from, enum node_role to)
{
	for (uint16_t i = 0; i < l->count[from]; i++)
		for (uint16_t which = 0; which < 2; which++)
			lane_add(l, (uint16_t)(l->first[from] + i), (uint16_t)(l->first[to] + which), which);
}

/*
 * As many associations as asked for, between the same nodes. With fewer than the nodes need some share one, as if it led to a signalling
 * gateway; with more each pair of nodes has several, on other ports.
 */
static void associations_add(struct lab *l)
{
	uint16_t nodes = (uint16_t)(l->first[NODE_GATEWAY] + l->count[NODE_GATEWAY] - l->first[NODE_HLR]);
	unsigned int wanted = l->options.framing.associations;

	for (unsigned int i = 0; i < wanted; i++) {
		uint16_t from = (uint16_t)(l->first[NODE_HLR] + i / 2 % nodes);

		lane_add(l, from, (uint16_t)(l->first[NODE_STP] + i % 2), i % 2);
		l->lane[i].side[0].port_number = (uint16_t)(l->lane[i].side[0].port_number + i / 2 / nodes);
	}
	for (unsigned int i = 0; i < 2u * nodes; i++)
		l->node[l->first[NODE_HLR] + i / 2].lane[i % 2] = (uint16_t)(i % wanted);
}

uint16_t world_map_lane(const struct lab *l, uint16_t tapped, unsigned int which, uint8_t sls)
{
	uint16_t lane = l->node[tapped].lane[which];

	/* The lowest two bits have chosen the relays. */
	return l->options.framing.associations == 0 ? lane : (uint16_t)((lane + 10u * (sls >> 2)) % l->map_lane_count);
}

void world_build(struct lab *l)
{
	home_nodes(l, home_roles, sizeof(home_roles) / sizeof(home_roles[0]));
	foreign_nodes(l);
	further_nodes(l);
	if (l->options.framing.associations != 0)
		associations_add(l);
	for (enum node_role role = NODE_HLR; role <= NODE_GATEWAY && l->options.framing.associations == 0; role++)
		lanes_add(l, role, NODE_STP);
	if (l->options.framing.both_hops)
		for (enum node_role role = NODE_VLR; role <= NODE_GMSC; role++)
			lanes_add(l, role, NODE_STP);
	l->map_lane_count = l->lane_count;
	lanes_add(l, NODE_MME, NODE_DRA);
	lanes_add(l, NODE_DEA, NODE_DRA);
	if ((l->options.world & LAB_WITH_IMS) != 0) {
		lanes_add(l, NODE_ICSCF, NODE_DRA);
		lanes_add(l, NODE_SCSCF, NODE_DRA);
	}
	if ((l->options.world & LAB_WITH_CORE) != 0)
		lanes_add(l, NODE_HSS, NODE_DRA);
}

bool world_is_meant(const struct node *n, enum lab_scope scope, unsigned int number, unsigned int last)
{
	static const enum node_role roles[] = {
		[LAB_SCOPE_HLR] = NODE_HLR,   [LAB_SCOPE_HSS] = NODE_HSS, [LAB_SCOPE_MME] = NODE_MME,    [LAB_SCOPE_VLR] = NODE_VLR,
		[LAB_SCOPE_SGSN] = NODE_SGSN, [LAB_SCOPE_DRA] = NODE_DRA, [LAB_SCOPE_CSCF] = NODE_SCSCF,
	};

	if (n->role != roles[scope] || n->is_foreign)
		return false;
	return number == 0 || (n->number >= number && n->number <= (last == 0 ? number : last));
}

uint16_t world_relay(const struct lab *l, uint16_t node, unsigned int which)
{
	const uint16_t *lanes = l->node[node].lane;

	if (lanes[which] == NODE_NONE || l->lane[lanes[which]].state == LANE_UP)
		return (uint16_t)which;
	return l->lane[lanes[1 - which]].state != LANE_UP ? NODE_NONE : (uint16_t)(1 - which);
}

uint16_t world_any(struct lab *l, enum node_role role)
{
	return (uint16_t)(l->first[role] + chance_below(&l->chance, l->count[role]));
}

uint16_t world_serving(struct lab *l, const struct subscriber *s, enum domain d)
{
	static const enum node_role roles[DOMAIN_COUNT] = { NODE_VLR, NODE_SGSN, NODE_MME, NODE_SCSCF };

	if (s->is_outbound)
		return l->foreign[s->partner][roles[d]];
	return world_any(l, roles[d]);
}

/* The next node of its kind that is not drained. */
static uint16_t drained_avoid(const struct lab *l, uint16_t node)
{
	enum node_role role = l->node[node].role;

	for (uint16_t i = 0; i < l->count[role] && load_is_drained(l, &l->node[node]); i++)
		node = (uint16_t)(l->first[role] + (node - l->first[role] + 1u) % l->count[role]);
	return node;
}

uint16_t world_home(struct lab *l, const struct subscriber *s, enum domain d)
{
	if (s->brand == BRAND_INBOUND)
		return l->foreign[s->partner][d >= DOMAIN_EPS ? NODE_HSS : NODE_HLR];
	/* The agents spread requests over the HSS hosts; the STPs translate an IMSI always to the same HLR front end. */
	if (d == DOMAIN_EPS || d == DOMAIN_IMS)
		return drained_avoid(l, world_any(l, NODE_HSS));
	return (uint16_t)(l->first[NODE_HLR] + s->hlr);
}

uint16_t world_assigned(const struct lab *l, const struct subscriber *s)
{
	return (uint16_t)(l->first[NODE_SCSCF] + hash_words(&l->key, s->imsi, 2) % l->count[NODE_SCSCF]);
}

static void blocks_build(struct lab *l)
{
	for (uint32_t i = 0; i < WORLD_BLOCKS_MAX; i++) {
		uint32_t last = i < 65 ? i : i < 70 ? 70 + (i - 65) : 80 + (i - 70);

		l->prefix[i] = 2341000 + last;
		l->block_brand[i] = i < 60 ? BRAND_O2 : i < 65 ? BRAND_TESCO : i < 70 ? BRAND_GIFFGAFF : BRAND_IOT;
	}
}

static void subscriber_numbers(struct lab *l, struct subscriber *s)
{
	static const uint64_t msisdn[BRAND_COUNT] = { 447710, 447745, 447739, 0, 447860 };
	uint32_t tail = chance_below(&l->chance, 100000000);

	if (s->brand == BRAND_INBOUND) {
		const struct partner_row *p = &partners[s->partner];
		uint64_t plmn = (uint64_t)(p->plmn[0] - '0') * 10000 + (uint64_t)(p->plmn[1] - '0') * 1000 +
				(uint64_t)(p->plmn[2] - '0') * 100 + (uint64_t)(p->plmn[3] - '0') * 10 + (uint64_t)(p->plmn[4] - '0');

		s->imsi = plmn * UINT64_C(10000000000) + UINT64_C(1100000000) + tail;
		s->msisdn = UINT64_C(491711000000) + tail % 1000000;
		return;
	}
	s->imsi = l->prefix[s->block] * UINT64_C(100000000) + tail;
	s->msisdn = msisdn[s->brand] * 1000000 + chance_below(&l->chance, 1000000);
}

/* Brands: 76 % host, 13 % Tesco Mobile, 7 % giffgaff, 4 % visitors from abroad; where there are machines, one of twenty is one. */
static void subscriber_build(struct lab *l, struct subscriber *s)
{
	static const struct {
		double up_to;
		uint8_t brand, first, count;
	} mix[] = { { 0.76, BRAND_O2, 0, 60 }, { 0.89, BRAND_TESCO, 60, 5 }, { 0.96, BRAND_GIFFGAFF, 65, 5 }, { 1, BRAND_INBOUND, 0, 1 } };
	double u = chance_unit(&l->chance);
	unsigned int i = 0;

	while (u >= mix[i].up_to)
		i++;
	s->brand = mix[i].brand;
	s->block = s->brand == BRAND_INBOUND ? UINT8_MAX : (uint8_t)(mix[i].first + chance_below(&l->chance, mix[i].count));
	if ((l->options.world & LAB_WITH_IOT) != 0 && chance_hit(&l->chance, IOT_SHARE)) {
		s->brand = BRAND_IOT;
		s->block = (uint8_t)(WORLD_BLOCKS + chance_below(&l->chance, WORLD_BLOCKS_MAX - WORLD_BLOCKS));
	}
	s->partner = (uint8_t)chance_below(&l->chance, s->brand == BRAND_INBOUND ? 2 : WORLD_PARTNERS);
	s->is_outbound = s->brand != BRAND_INBOUND && chance_hit(&l->chance, 0.03);
	subscriber_numbers(l, s);
	s->shard = hash_words(&l->key, s->imsi, 0);
	s->hlr = (uint8_t)(hash_words(&l->key, s->imsi, 1) % l->count[NODE_HLR]);
	for (enum domain d = DOMAIN_CS; d < DOMAIN_IMS; d++) {
		s->state[d] = s->trait != TRAIT_NONE ? PHONE_IDLE : PHONE_REGISTERED;
		s->serving[d] = s->trait != TRAIT_NONE ? NODE_NONE : world_serving(l, s, d);
	}
	s->serving[DOMAIN_IMS] = NODE_NONE;
	s->state[DOMAIN_IMS] = PHONE_IDLE;
	if ((l->options.world & LAB_WITH_IMS) == 0 || s->trait != TRAIT_NONE || s->brand == BRAND_INBOUND)
		return;
	s->serving[DOMAIN_IMS] = world_assigned(l, s);
	s->state[DOMAIN_IMS] = PHONE_REGISTERED;
}

bool world_people(struct lab *l)
{
	uint32_t total = l->options.subscribers;

	blocks_build(l);
	/* Of those refused for their own reasons 30 % are unknown and 70 % may not roam here. */
	l->dead_count = (uint32_t)(total * l->options.user_rejects * 0.3) + 1;
	l->barred_count = (uint32_t)(total * l->options.user_rejects * 0.7) + 1;
	l->subscriber_count = total + l->dead_count + l->barred_count;
	l->subscriber = calloc(l->subscriber_count, sizeof(*l->subscriber));
	if (l->subscriber == NULL)
		return false;
	for (uint32_t i = 0; i < l->subscriber_count; i++) {
		struct subscriber *s = &l->subscriber[i];

		s->trait = i < l->dead_count ? TRAIT_DEAD : i < l->dead_count + l->barred_count ? TRAIT_BARRED : TRAIT_NONE;
		subscriber_build(l, s);
	}
	return true;
}
