/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for the adaptation layers of SIGTRAN and for MTP3: whatever brings a routing label and a message of a user part.
 */
#include "dataplane/worker/walk.h"

uint64_t walk_hop(const struct walk *w, const struct association_path *path)
{
	return hash_words(&w->plan->hash_key, path->verification_tag, (uint64_t)path->source_port << 16 | path->destination_port);
}

/* The message of a user part, under the label of message->mtp3. */
static enum verdict user_part_walk(struct walk *w, uint64_t hop, struct cursor user)
{
	struct message *m = &w->message;

	m->has_mtp3 = true;
	if (m->mtp3.service_indicator == MTP3_SI_SCCP)
		return walk_sccp(w, hop, user);
	if (m->mtp3.service_indicator == MTP3_SI_ISUP)
		m->layers |= LAYER_ISUP;
	m->verdict = VERDICT_FOREIGN_MTP;
	return m->verdict;
}

/* Segments and copies that wait or were seen before are no messages. */
static enum verdict message_end(struct walk *w)
{
	enum verdict v = w->message.verdict;

	if (v != VERDICT_FRAGMENT_HELD && v != VERDICT_DUPLICATE)
		walk_message_done(w);
	return v;
}

enum verdict walk_m3ua(struct walk *w, const struct association_path *path)
{
	struct message *m = &w->message;
	struct cursor c = m->bytes;

	m->layers = LAYER_M3UA;
	m->verdict = m3ua_read(&c, &m->m3ua);
	if (m->verdict == VERDICT_DECODED || m->verdict == VERDICT_M3UA_PARAMETER)
		w->account.messages[ACCOUNT_M3UA]++;
	if (m->verdict == VERDICT_DECODED && m->m3ua.is_data) {
		m->mtp3 = m->m3ua.mtp3;
		user_part_walk(w, walk_hop(w, path), m->m3ua.user);
	}
	return message_end(w);
}

enum verdict walk_m2pa(struct walk *w, const struct association_path *path)
{
	(void)w;
	(void)path;
	return VERDICT_OTHER_PAYLOAD;
}

enum verdict walk_m2ua(struct walk *w, const struct association_path *path)
{
	(void)w;
	(void)path;
	return VERDICT_OTHER_PAYLOAD;
}

enum verdict walk_sua(struct walk *w, const struct association_path *path)
{
	(void)w;
	(void)path;
	return VERDICT_OTHER_PAYLOAD;
}

enum verdict walk_iua(struct walk *w, const struct association_path *path)
{
	(void)w;
	(void)path;
	return VERDICT_OTHER_PAYLOAD;
}

enum verdict walk_mtp2(struct walk *w, uint64_t hop)
{
	(void)w;
	(void)hop;
	return VERDICT_OTHER_PAYLOAD;
}

enum verdict walk_mtp3(struct walk *w, uint64_t hop)
{
	(void)w;
	(void)hop;
	return VERDICT_OTHER_PAYLOAD;
}
