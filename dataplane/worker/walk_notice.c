/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for what the network says of itself: management messages, ends of associations, peers and registers that come and go
 * (notice.h); and for what the directions of a connection show (traffic.h). Called by the other files of the walk.
 *
 * A message gives at most NOTICES_PER_MESSAGE notices and a worker NOTICES_PER_TICK; what is beyond is counted: a flood of such messages
 * says no more than its beginning. Base stations are thousands and come and go by day and night, so that the ends of their associations
 * are no news.
 */
#include "dataplane/worker/walk.h"

#define NOTICES_PER_MESSAGE 16
#define NOTICES_PER_TICK    4096
#define PORT_S1AP           36412
#define PORT_NGAP           38412
/* TCP acknowledges bytes, within a window; SCTP chunks. */
#define STEP_MOST_TCP  (UINT32_C(1) << 24)
#define STEP_MOST_SCTP 65536

void walk_notice(struct walk *w, enum notice_kind kind, node said_by, node about, uint32_t amount)
{
	const struct packet *p = w->message.packet;
	nanos tick = p->clock / TALLY_TICK_DEFAULT;
	struct indication *i;

	if (tick != w->notice_tick) {
		w->notice_tick = tick;
		w->notice_count = 0;
	}
	if (w->notice_count == NOTICES_PER_TICK) {
		w->account.refused_notices++;
		return;
	}
	w->notice_count++;
	i = walk_indicate(w, INDICATION_NOTICE);
	/* Who owns what is about a node sees all of it. */
	i->key[0] = hash_pair(&w->plan->hash_key, about, 1);
	i->client = said_by;
	i->server = about;
	i->cause = kind;
	i->amount = amount;
}

static node end_node(struct walk *w, bool is_source)
{
	const struct packet *p = w->message.packet;

	return names_of_address(w->names, is_source ? &p->source : &p->destination);
}

/* A message of an adaptation layer that is one. */
enum about { ABOUT_AFFECTED, ABOUT_SENDER, ABOUT_RECEIVER };

static const struct xua_rule {
	uint8_t message_class;
	uint8_t message_type;
	uint8_t about;
	uint8_t kind;         /* enum notice_kind */
	uint8_t of_subsystem; /* where SUA names one */
} xua_rules[] = {
	/* RFC 4666 3.4, RFC 3868 3.4 */
	{ XUA_CLASS_SSNM, 1, ABOUT_AFFECTED, NOTICE_ROUTE_UNAVAILABLE, NOTICE_SUBSYSTEM_PROHIBITED },
	{ XUA_CLASS_SSNM, 2, ABOUT_AFFECTED, NOTICE_ROUTE_AVAILABLE, NOTICE_SUBSYSTEM_ALLOWED },
	{ XUA_CLASS_SSNM, 4, ABOUT_AFFECTED, NOTICE_ROUTE_CONGESTED, NOTICE_SUBSYSTEM_CONGESTED },
	{ XUA_CLASS_SSNM, 5, ABOUT_AFFECTED, NOTICE_USER_UNAVAILABLE, NOTICE_NONE },
	{ XUA_CLASS_SSNM, 6, ABOUT_AFFECTED, NOTICE_ROUTE_RESTRICTED, NOTICE_NONE },
	/* RFC 4666 3.5.3, 3.5.4, 3.7: a process says it of itself; the acknowledgement may also come unasked */
	{ XUA_CLASS_ASPSM, 2, ABOUT_SENDER, NOTICE_ASP_DOWN, NOTICE_NONE },
	{ XUA_CLASS_ASPSM, 5, ABOUT_RECEIVER, NOTICE_ASP_DOWN, NOTICE_NONE },
	{ XUA_CLASS_ASPTM, 1, ABOUT_SENDER, NOTICE_ASP_UP, NOTICE_NONE },
	{ XUA_CLASS_ASPTM, 2, ABOUT_SENDER, NOTICE_ASP_DOWN, NOTICE_NONE },
	{ XUA_CLASS_ASPTM, 3, ABOUT_RECEIVER, NOTICE_ASP_UP, NOTICE_NONE },
	{ XUA_CLASS_ASPTM, 4, ABOUT_RECEIVER, NOTICE_ASP_DOWN, NOTICE_NONE },
};

static void affected_indicate(struct walk *w, const struct xua_rule *rule, const struct xua *x)
{
	bool has_subsystem = (x->facts & XUA_SUBSYSTEM) != 0 && rule->of_subsystem != NOTICE_NONE;
	/* Where the level is not told it is congested all the same. */
	uint32_t level = (x->facts & XUA_CONGESTION) != 0 ? x->congestion_level & UINT8_MAX : 1;
	struct cursor left = x->affected;
	node sender = end_node(w, true);
	struct xua_affected affected;

	for (int i = 0; i < NOTICES_PER_MESSAGE && xua_affected_next(&left, &affected); i++) {
		if (has_subsystem)
			walk_notice(w, (enum notice_kind)rule->of_subsystem, sender, node_of_point_code(affected.point_code),
				    (x->subsystem & UINT8_MAX) | level << 8);
		else
			walk_notice(w, (enum notice_kind)rule->kind, sender, node_of_point_code(affected.point_code), level);
	}
}

/* RFC 4666 3.8.2: type 1 is the state of an application server. */
static void status_indicate(struct walk *w, uint32_t status)
{
	static const uint8_t kinds[] = { [2] = NOTICE_AS_INACTIVE, [3] = NOTICE_AS_ACTIVE, [4] = NOTICE_AS_PENDING };
	uint32_t information = status & UINT16_MAX;

	if (status >> 16 != 1 || information >= sizeof(kinds) || kinds[information] == NOTICE_NONE)
		return;
	walk_notice(w, (enum notice_kind)kinds[information], end_node(w, true), end_node(w, false), 0);
}

void walk_notice_xua(struct walk *w, const struct xua *x)
{
	if (x->message_class == XUA_CLASS_MGMT && x->message_type == 1 && (x->facts & XUA_STATUS) != 0)
		status_indicate(w, x->status);
	for (size_t i = 0; i < sizeof(xua_rules) / sizeof(xua_rules[0]); i++) {
		const struct xua_rule *rule = &xua_rules[i];
		node about;

		if (rule->message_class != x->message_class || rule->message_type != x->message_type)
			continue;
		if (rule->about == ABOUT_AFFECTED) {
			affected_indicate(w, rule, x);
			return;
		}
		about = end_node(w, rule->about == ABOUT_SENDER);
		walk_notice(w, (enum notice_kind)rule->kind, end_node(w, true), about, 0);
		return;
	}
}

/* Q.704 15.4 to 15.17: H0 and H1. */
static const struct {
	uint8_t group;
	uint8_t message;
	uint8_t kind;
} mtp3_rules[] = {
	{ 3, 2, NOTICE_ROUTE_CONGESTED },   /* TFC */
	{ 4, 1, NOTICE_ROUTE_UNAVAILABLE }, /* TFP */
	{ 4, 3, NOTICE_ROUTE_RESTRICTED },  /* TFR */
	{ 4, 5, NOTICE_ROUTE_AVAILABLE },   /* TFA */
	{ 10, 1, NOTICE_USER_UNAVAILABLE }, /* UPU */
};

void walk_notice_mtp3(struct walk *w)
{
	const struct mtp3_management *g = &w->message.mtp3mg;

	for (size_t i = 0; g->has_point_code && !g->is_test && i < sizeof(mtp3_rules) / sizeof(mtp3_rules[0]); i++) {
		if (mtp3_rules[i].group == g->group && mtp3_rules[i].message == g->message)
			walk_notice(w, (enum notice_kind)mtp3_rules[i].kind, node_of_point_code(w->message.mtp3.opc),
				    node_of_point_code(g->point_code), g->has_status ? g->status : 1);
	}
}

void walk_notice_scmg(struct walk *w)
{
	static const uint8_t kinds[] = {
		[1] = NOTICE_SUBSYSTEM_ALLOWED, [2] = NOTICE_SUBSYSTEM_PROHIBITED, [6] = NOTICE_SUBSYSTEM_CONGESTED
	};
	const struct message *m = &w->message;
	uint32_t level = m->scmg.has_congestion_level ? m->scmg.congestion_level : 1;

	if (m->scmg.format >= sizeof(kinds) || kinds[m->scmg.format] == NOTICE_NONE)
		return;
	walk_notice(w, (enum notice_kind)kinds[m->scmg.format], m->has_mtp3 ? node_of_point_code(m->mtp3.opc) : end_node(w, true),
		    node_of_point_code(m->scmg.affected_point_code), m->scmg.affected_subsystem | level << 8);
}

/* The end that others connect to has the lower port; where both have the same one it is who answers, or was spoken to. */
void walk_notice_association(struct walk *w, enum notice_kind kind)
{
	const struct message *m = &w->message;
	bool is_by_server = m->source_port != m->destination_port ? m->source_port < m->destination_port
								  : kind == NOTICE_ASSOCIATION_OPENED;
	uint16_t port = m->source_port < m->destination_port ? m->source_port : m->destination_port;

	if (port == PORT_S1AP || port == PORT_NGAP)
		return;
	walk_notice(w, kind, end_node(w, !is_by_server), end_node(w, is_by_server), 0);
}

/* The same number for both directions, and which of the two this is. */
static uint64_t pair_hash(const struct walk *w, bool *ret_is_second)
{
	const struct packet *p = w->message.packet;
	uint64_t ends[2] = { hash_text(&w->plan->hash_key, p->source.bytes, sizeof(p->source.bytes)) + w->message.source_port,
			     hash_text(&w->plan->hash_key, p->destination.bytes, sizeof(p->destination.bytes)) +
				     w->message.destination_port };

	*ret_is_second = ends[0] > ends[1];
	return hash_mix(ends[0]) ^ hash_mix(ends[1]);
}

static void traffic_indicate(struct walk *w, bool has_data, uint32_t acknowledged, nanos since)
{
	bool is_second = false;
	struct indication *i = walk_indicate(w, INDICATION_TRAFFIC);

	i->key[0] = pair_hash(w, &is_second);
	i->key[1] = (uint64_t)since;
	i->invoke = is_second;
	i->client = end_node(w, true);
	i->server = end_node(w, false);
	i->cause = has_data;
	i->amount = acknowledged;
}

void walk_traffic_data(struct walk *w)
{
	traffic_indicate(w, true, 0, 0);
}

static void acknowledgement_take(struct walk *w, const struct traffic_note *n)
{
	struct traffic_place *place = traffic_take(&w->traffic, n);

	if (place == NULL)
		return;
	traffic_indicate(w, false, place->acknowledged, place->since);
	traffic_told(place, n->clock);
}

void walk_traffic_sctp(struct walk *w, const struct association_path *path)
{
	const struct traffic_note note = { .key = hash_pair(&w->plan->hash_key, path->verification_tag,
							    (uint64_t)path->source_port << 16 | path->destination_port),
					   .clock = w->message.packet->clock,
					   .cumulative = w->cumulative,
					   .step_most = STEP_MOST_SCTP };

	acknowledgement_take(w, &note);
}

void walk_traffic_tcp(struct walk *w, const struct stream_path *path, const struct tcp *tcp)
{
	const struct hash_key *key = &w->plan->hash_key;
	uint64_t source = hash_text(key, path->source.bytes, sizeof(path->source.bytes)) + path->source_port;
	uint64_t destination = hash_text(key, path->destination.bytes, sizeof(path->destination.bytes)) + path->destination_port;
	const struct traffic_note note = { .key = hash_pair(key, source, destination),
					   .clock = w->message.packet->clock,
					   .cumulative = tcp->acknowledgement,
					   .step_most = STEP_MOST_TCP,
					   .counts_steps = true };

	if ((tcp->flags & TCP_ACK) != 0)
		acknowledgement_take(w, &note);
}
