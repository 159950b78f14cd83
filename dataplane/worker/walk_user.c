/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a whole SCTP user message holds, and what a frame without a transport does: to whom the walk goes on. Called by the walk.
 *
 * PPIDs and ports lie, so content decides: a PPID is believed when the bytes do not contradict, PPID 0 and unknown ones are taken for what
 * the bytes plausibly are.
 */
#include "dataplane/worker/walk.h"

#include <string.h>

/* The place that remembers that this direction of an association carries TLS (RFC 3436), whose records user messages need not begin with.
 */
static uint64_t *encrypted_place(struct walk *w, const struct association_path *path, uint64_t *ret_hash)
{
	*ret_hash = ~walk_hop(w, path);
	return &w->connections[*ret_hash % WALK_CONNECTIONS];
}

/* Whether what cannot be read is so because it is encrypted. */
static bool is_encrypted(struct walk *w, const struct cursor *bytes, const struct association_path *path)
{
	uint64_t hash;
	uint64_t *place = encrypted_place(w, path, &hash);

	if (walk_is_tls(bytes))
		*place = hash;
	return *place == hash;
}

/* The messages of a user message that is Diameter's: one, or several behind each other. */
static enum verdict diameters_walk(struct walk *w, struct cursor left, const struct association_path *path)
{
	struct message *m = &w->message;
	enum verdict worst = VERDICT_DECODED;

	while (cursor_left(&left) > 0) {
		int64_t length = diameter_frame(&left, w->plan->limits.message_bytes);
		struct cursor one = left;

		if (length > 0 && cursor_take(&left, (size_t)length, &one)) {
			walk_diameter(w, one);
			worst = verdict_worse(worst, m->verdict);
			continue;
		}
		if (is_encrypted(w, &left, path))
			return verdict_worse(worst, VERDICT_ENCRYPTED);
		walk_diameter_cut(w, left);
		return VERDICT_DIAMETER_LENGTH;
	}
	return worst;
}

static bool is_diameter_port(const struct plan *plan, const struct association_path *path)
{
	for (size_t i = 0; i < plan->diameter_port_count; i++) {
		if (plan->diameter_ports[i] == path->source_port || plan->diameter_ports[i] == path->destination_port)
			return true;
	}
	return false;
}

/* RFC 4165 6.1 and others; registry of IANA. */
#define PPID_IUA  1
#define PPID_M2UA 2
#define PPID_SUA  4
#define PPID_M2PA 5
#define PPID_BICC 8
#define PPID_S1AP 18
#define PPID_NGAP 60
/* Above those that IANA has given away, among them values in the wrong byte order. */
#define PPID_FREE 256

static bool is_port(const struct association_path *path, uint16_t port)
{
	return path->source_port == port || path->destination_port == port;
}

/* Without an identifier that says more, the port does. */
static bool radio_port_walk(struct walk *w, const struct association_path *path, enum verdict *ret)
{
	if (is_port(path, SGSAP_PORT))
		*ret = walk_sgsap(w, path);
	else if (is_port(path, S1AP_PORT))
		*ret = walk_s1ap(w, path);
	else if (is_port(path, NGAP_PORT))
		*ret = walk_ngap(w, path);
	else
		return false;
	return true;
}

/* What does not say that it is Diameter or M3UA, which are nearly everything. */
static enum verdict other_walk(struct walk *w, const struct user_message *user, const struct association_path *path)
{
	enum verdict v = VERDICT_OTHER_PAYLOAD;

	switch (user->ppid) {
	case PPID_IUA:
		return walk_iua(w, path);
	case PPID_M2UA:
		return walk_m2ua(w, path);
	case PPID_SUA:
		return walk_sua(w, path);
	case PPID_M2PA:
		return walk_m2pa(w, path);
	case PPID_BICC:
		return walk_bicc(w);
	case PPID_S1AP:
		return walk_s1ap(w, path);
	case PPID_NGAP:
		return walk_ngap(w, path);
	default:
		break;
	}
	if ((user->ppid == 0 || user->ppid >= PPID_FREE) && radio_port_walk(w, path, &v))
		return v;
	/* freeDiameter speaks TLS over SCTP under the identifier 0 (RFC 3436). */
	if (is_encrypted(w, &user->bytes, path))
		return VERDICT_ENCRYPTED;
	if (is_diameter_port(w->plan, path) && diameter_is_coherent(&user->bytes))
		return diameters_walk(w, user->bytes, path);
	return walk_sigtran(w, user->ppid, path);
}

enum verdict walk_user_message(struct walk *w, const struct user_message *user, const struct association_path *path)
{
	struct message *m = &w->message;
	bool is_diameter = diameter_is_plausible(&user->bytes);

	m->ppid = user->ppid;
	m->bytes = user->bytes;
	m->component_count = 0;
	m->nas_count = 0;
	m->has_mtp3 = false;
	m->layers = 0;
	m->refused_at = 0;
	m->verdict = VERDICT_DECODED;
	if (is_diameter || user->ppid == DIAMETER_PPID)
		return diameters_walk(w, user->bytes, path);
	if (user->ppid == DIAMETER_PPID_DTLS)
		return VERDICT_ENCRYPTED;
	if (user->ppid == M3UA_PPID)
		return walk_m3ua(w, path);
	return other_walk(w, user, path);
}

/* A user message that was exported without its transport. */
static enum verdict bare_user_walk(struct walk *w, const struct packet *packet)
{
	struct user_message user = { .bytes = packet->bytes, .ppid = packet->payload_protocol };
	struct association_path path = { .source = packet->source,
					 .destination = packet->destination,
					 .source_port = packet->source_port,
					 .destination_port = packet->destination_port };

	return walk_user_message(w, &user, &path);
}

enum verdict walk_bare(struct walk *w, const struct packet *packet)
{
	struct message *m = &w->message;

	m->is_sctp = false;
	m->is_bare = true;
	m->ppid = 0;
	m->source_port = packet->source_port;
	m->destination_port = packet->destination_port;
	m->bytes = packet->bytes;
	m->component_count = 0;
	m->nas_count = 0;
	m->has_mtp3 = false;
	m->layers = 0;
	m->refused_at = 0;
	m->verdict = VERDICT_DECODED;
	/* What the capture cut is not the sender's fault. */
	if (packet->is_cut)
		return VERDICT_FRAME_CUT;
	switch (packet->protocol) {
	case PACKET_USER:
		return bare_user_walk(w, packet);
	case PACKET_MTP2:
		return walk_mtp2(w, HOP_BARE);
	case PACKET_MTP3:
		return walk_mtp3(w, HOP_BARE);
	case PACKET_SCCP:
		memset(&m->mtp3, 0, sizeof(m->mtp3));
		walk_sccp(w, HOP_BARE, m->bytes);
		walk_message_done(w);
		return m->verdict;
	default:
		return VERDICT_OTHER_TRANSPORT;
	}
}
