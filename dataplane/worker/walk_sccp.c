/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for SCCP: segments and pieces are put together, and it is found to which user the data go.
 *
 * Without a connection subsystem numbers decide (Q.713 3.4.2.2). The data of a connection go by their content, unless their own message
 * names a subsystem: the two directions of a connection may live on different workers, so that what a CR has said is not known
 * where the data come back, and the output has to be the same for every number of workers. BSSAP, which has a subsystem in every
 * operator's own plan, is known by its content everywhere.
 */
#include "dataplane/worker/walk.h"

#include "dataplane/base/ber.h"
#include "dataplane/base/bits.h"

#define SSN_RANAP           142
#define BSSAP_BSSMAP        0 /* 48.006 9.2: a discriminator and a length */
#define BSSAP_DTAP          1 /* 48.006 9.3: a data link connection between them */
#define RANAP_PROCEDURE_MAX 63

static bool is_ssn(const struct sccp *s, uint8_t ssn)
{
	return s->called.subsystem == ssn || s->calling.subsystem == ssn;
}

/* A BSSAP message whose length fits exactly. */
static bool is_bssap(const struct cursor *c)
{
	size_t left = cursor_left(c);

	if (left < 3)
		return false;
	if (cursor_fixed_u8(c, 0) == BSSAP_BSSMAP)
		return cursor_fixed_u8(c, 1) == left - 2;
	return cursor_fixed_u8(c, 0) == BSSAP_DTAP && cursor_fixed_u8(c, 2) == left - 3;
}

/* A RANAP PDU (25.413 9.3, X.691): choice, procedure, criticality, and an open type whose length fits exactly. */
static bool is_ranap(const struct cursor *c)
{
	size_t left = cursor_left(c);
	uint8_t length;

	if (left < 5 || bits(cursor_fixed_u8(c, 0), 0, 5) != 0 || cursor_fixed_u8(c, 0) > 0x60 ||
	    cursor_fixed_u8(c, 1) > RANAP_PROCEDURE_MAX || bits(cursor_fixed_u8(c, 2), 0, 6) != 0 || cursor_fixed_u8(c, 2) > 0x80)
		return false;
	length = cursor_fixed_u8(c, 3);
	if (length < 0x80)
		return length == left - 4;
	return length < 0xc0 && (bits(length, 0, 6) << 8 | cursor_fixed_u8(c, 4)) == left - 5;
}

/* A TCAP message (Q.773 4.2.1) that fills the data. */
static bool is_tcap(struct cursor c)
{
	uint32_t tag = ber_peek(&c);
	struct ber element;

	return tag >= 0x61 && tag <= 0x67 && ber_read(&c, &element) == BER_OK && cursor_left(&c) == 0;
}

enum verdict walk_access_content(struct walk *w, struct cursor user)
{
	if (is_ranap(&user))
		return walk_ranap(w, user);
	if (is_bssap(&user))
		return walk_bssap(w, user);
	return VERDICT_SUBSYSTEM_OTHER;
}

/*
 * Point codes of 24 bits alone do not make a network ANSI's; the address does, whose bit for national use is set in all of T1.112.3 2.3.4.
 */
static uint8_t management_variant(const struct walk *w)
{
	const struct message *m = &w->message;
	bool is_guess = m->mtp3.variant == MTP3_ANSI && w->plan->mtp3_variant == PLAN_MTP3_ITU;

	return is_guess && !m->sccp.called.has_ansi_form ? MTP3_ITU : m->mtp3.variant;
}

static enum verdict management_walk(struct walk *w, struct cursor user)
{
	struct message *m = &w->message;
	enum verdict v = sccp_management_read(management_variant(w), &user, &m->scmg);

	if (m->scmg.format != 0)
		m->layers |= LAYER_SCMG;
	/* What was brought back undelivered nobody has heard. */
	if (v == VERDICT_DECODED && !m->sccp.is_return)
		walk_notice_scmg(w);
	return v;
}

/* What a whole SCCP user message holds. */
static enum verdict user_walk(struct walk *w, struct cursor user)
{
	struct message *m = &w->message;

	m->refused_at = (size_t)(user.at >= m->bytes.at && user.at <= m->bytes.end ? user.at - m->bytes.at : 0);
	if (m->sccp.called.subsystem == SCCP_SSN_MANAGEMENT && m->sccp.is_connectionless)
		return management_walk(w, user);
	if (is_ssn(&m->sccp, SSN_RANAP))
		return walk_ranap(w, user);
	if (m->sccp.is_connectionless || is_tcap(user))
		return walk_tcap(w, user);
	return walk_access_content(w, user);
}

/* A message of a connection; pieces of data that wait for the rest are messages all the same. */
static enum verdict connection_walk(struct walk *w, uint64_t hop)
{
	struct message *m = &w->message;
	struct cursor user = m->sccp.user;
	enum verdict v = VERDICT_DECODED;

	walk_connection(w);
	if (m->sccp.type == SCCP_DT1 || m->sccp.type == SCCP_DT2)
		v = connection_data_take(w->connection_data, hop, &m->mtp3, &m->sccp, m->packet->clock, &user);
	if (v == VERDICT_FRAGMENT_HELD || (v == VERDICT_DECODED && cursor_left(&user) == 0))
		return VERDICT_DECODED;
	return v == VERDICT_DECODED ? user_walk(w, user) : v;
}

/* The message and both of its parties. */
static enum verdict parties_read(struct walk *w, struct cursor *c)
{
	struct message *m = &w->message;
	struct sccp_addresses addresses;
	enum verdict v;

	if (m->mtp3.variant != MTP3_ANSI && sccp_read_usual(c, &m->sccp, &addresses)) {
		parties_find(&w->parties, &addresses, &m->mtp3);
		m->sccp.called = w->parties.party[PARTY_CALLED]->address;
		m->sccp.calling = w->parties.party[PARTY_CALLING]->address;
		return VERDICT_DECODED;
	}
	v = sccp_read_under(m->mtp3.variant, c, &m->sccp);
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

	if (!m->sccp.is_connectionless)
		return connection_walk(w, hop);
	if (m->sccp.is_segmented) {
		v = sccp_segments_take(w->sccp_segments, hop, &m->mtp3, &m->sccp, m->packet->clock, &user);
		if (v != VERDICT_DECODED)
			return v;
		m->sccp.segment_count = (uint8_t)sccp_segments_count(w->sccp_segments);
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
