/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a whole SCTP user message holds, and what a frame without a transport does: to whom the walk goes on. Called by the walk.
 *
 * PPIDs and ports lie, so content decides: a PPID is believed when the bytes do not contradict, PPID 0 and unknown ones are taken for what
 * the bytes plausibly are.
 */
#include "dataplane/worker/walk.h"

#include <string.h>

/* The messages of a user message that is Diameter's: one, or several behind each other. */
static enum verdict diameters_walk(struct walk *w, struct cursor left)
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
		m->bytes = left;
		m->layers = LAYER_DIAMETER;
		m->verdict = VERDICT_DIAMETER_LENGTH;
		m->refused_at = 0;
		memset(&m->diameter, 0, sizeof(m->diameter));
		walk_message_done(w);
		return VERDICT_DIAMETER_LENGTH;
	}
	return worst;
}

/* RFC 4165 6.1 and others; registry of IANA. */
#define PPID_IUA  1
#define PPID_M2UA 2
#define PPID_SUA  4
#define PPID_M2PA 5
#define PPID_S1AP 18
#define PPID_NGAP 60
/* Above those that IANA has given away, among them values in the wrong byte order. */
#define PPID_FREE 256

static bool is_port(const struct association_path *path, uint16_t port)
{
	return path->source_port == port || path->destination_port == port;
}

/* What is neither Diameter nor M3UA, which are nearly everything. */
static enum verdict other_walk(struct walk *w, const struct user_message *user, const struct association_path *path)
{
	switch (user->ppid) {
	case PPID_IUA:
		return walk_iua(w, path);
	case PPID_M2UA:
		return walk_m2ua(w, path);
	case PPID_SUA:
		return walk_sua(w, path);
	case PPID_M2PA:
		return walk_m2pa(w, path);
	case PPID_S1AP:
		return walk_s1ap(w, path);
	case PPID_NGAP:
		return walk_ngap(w, path);
	default:
		break;
	}
	if (user->ppid != 0 && user->ppid < PPID_FREE)
		return VERDICT_OTHER_PAYLOAD;
	if (is_port(path, SGSAP_PORT))
		return walk_sgsap(w, path);
	if (is_port(path, S1AP_PORT))
		return walk_s1ap(w, path);
	if (is_port(path, NGAP_PORT))
		return walk_ngap(w, path);
	return VERDICT_OTHER_PAYLOAD;
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
		return diameters_walk(w, user->bytes);
	if (user->ppid == DIAMETER_PPID_DTLS)
		return VERDICT_ENCRYPTED;
	if (user->ppid == M3UA_PPID || (user->ppid == 0 && m3ua_is_plausible(&user->bytes)))
		return walk_m3ua(w, path);
	return other_walk(w, user, path);
}

enum verdict walk_bare(struct walk *w, const struct packet *packet)
{
	struct message *m = &w->message;

	m->is_sctp = false;
	m->is_bare = true;
	m->ppid = 0;
	m->source_port = 0;
	m->destination_port = 0;
	m->bytes = packet->bytes;
	m->component_count = 0;
	m->nas_count = 0;
	m->has_mtp3 = false;
	m->layers = 0;
	m->refused_at = 0;
	m->verdict = VERDICT_DECODED;
	switch (packet->protocol) {
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
