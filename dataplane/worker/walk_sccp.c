/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for SCCP: messages without a connection, whose segments are put together, and to which user they go.
 */
#include "dataplane/worker/walk.h"

#define SSN_RANAP 142
#define SSN_BSSAP 254

static bool is_ssn(const struct sccp *s, uint8_t ssn)
{
	return s->called.subsystem == ssn || s->calling.subsystem == ssn;
}

/* What a whole SCCP user message holds. */
static enum verdict user_walk(struct walk *w, struct cursor user)
{
	struct message *m = &w->message;
	enum verdict v;

	m->refused_at = (size_t)(user.at >= m->bytes.at && user.at <= m->bytes.end ? user.at - m->bytes.at : 0);
	if (m->sccp.called.subsystem == SCCP_SSN_MANAGEMENT && !m->sccp.is_return) {
		v = sccp_management_read(&user, &m->scmg);
		m->layers |= v == VERDICT_DECODED ? LAYER_SCMG : 0;
		return v;
	}
	if (is_ssn(&m->sccp, SSN_BSSAP))
		return walk_bssap(w, user);
	if (is_ssn(&m->sccp, SSN_RANAP))
		return walk_ranap(w, user);
	return walk_tcap(w, user);
}

/* The message and both of its parties. */
static enum verdict parties_read(struct walk *w, struct cursor *c)
{
	struct message *m = &w->message;
	struct sccp_addresses addresses;
	enum verdict v;

	if (sccp_read_usual(c, &m->sccp, &addresses)) {
		parties_find(&w->parties, &addresses, &m->mtp3);
		m->sccp.called = w->parties.party[PARTY_CALLED]->address;
		m->sccp.calling = w->parties.party[PARTY_CALLING]->address;
		return VERDICT_DECODED;
	}
	v = sccp_read(c, &m->sccp);
	if (v == VERDICT_DECODED)
		parties_pass(&w->parties, &m->sccp, &m->mtp3);
	return v;
}

/* Behind the addresses. */
static enum verdict form_walk(struct walk *w, uint64_t hop)
{
	struct message *m = &w->message;
	struct cursor user = m->sccp.user;
	enum verdict v;

	if (m->sccp.is_segmented) {
		v = sccp_segments_take(w->sccp_segments, hop, &m->mtp3, &m->sccp, m->packet->clock, &user);
		if (v != VERDICT_DECODED)
			return v;
	}
	return user_walk(w, user);
}

enum verdict walk_sccp_form(struct walk *w, uint64_t hop)
{
	parties_pass(&w->parties, &w->message.sccp, &w->message.mtp3);
	w->message.verdict = form_walk(w, hop);
	return w->message.verdict;
}

enum verdict walk_sccp(struct walk *w, uint64_t hop, struct cursor bytes)
{
	struct message *m = &w->message;

	m->refused_at = (size_t)(bytes.at - m->bytes.at);
	m->layers |= LAYER_SCCP;
	m->verdict = parties_read(w, &bytes);
	if (m->verdict == VERDICT_DECODED || m->verdict == VERDICT_SCCP_OTHER)
		w->account.messages[ACCOUNT_SCCP]++;
	if (m->verdict == VERDICT_DECODED)
		m->verdict = form_walk(w, hop);
	return m->verdict;
}
