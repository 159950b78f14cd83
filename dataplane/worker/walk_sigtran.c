/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for the adaptation layers of SIGTRAN and for MTP3: whatever brings a routing label and a message of a user part.
 *
 * M2PA, M2UA and MTP2 bring the label as it stands on a link, in the form that the plan names; M3UA brings it in words of its own; SUA has
 * none and is SCCP itself. Class and type of a message are shown even where the rest of it cannot be read.
 */
#include "dataplane/worker/walk.h"

#include <string.h>

#include "dataplane/base/bits.h"
#include "dataplane/sigtran/iua.h"

#define MTP2_HEADER     3 /* Q.703 2.2: backward and forward sequence number, length indicator */
#define MTP2_LENGTH_MSU 3 /* shorter ones are of fill-in and link status units */
#define MTP2_LENGTH_MAX 63

_Static_assert((int)PLAN_MTP3_ITU == MTP3_ITU && (int)PLAN_MTP3_ANSI == MTP3_ANSI && (int)PLAN_MTP3_CHINA == MTP3_CHINA &&
		       (int)PLAN_MTP3_JAPAN == MTP3_JAPAN,
	       "order of enum plan_mtp3_variant");

uint64_t walk_hop(const struct walk *w, const struct association_path *path)
{
	return hash_words(&w->plan->hash_key, path->verification_tag, (uint64_t)path->source_port << 16 | path->destination_port);
}

static size_t offset_of(const struct message *m, const struct cursor *part)
{
	return (size_t)(part->at - m->bytes.at);
}

/* The user parts besides SCCP. */
__attribute__((noinline)) static enum verdict other_part_walk(struct walk *w, struct cursor user)
{
	struct message *m = &w->message;

	m->refused_at = offset_of(m, &user);
	switch (m->mtp3.service_indicator) {
	case MTP3_SI_MANAGEMENT:
	case MTP3_SI_TEST:
	case MTP3_SI_TEST_SPECIAL:
		m->layers |= LAYER_MTP3_MANAGEMENT;
		m->verdict = mtp3_management_read(&user, &m->mtp3, &m->mtp3mg);
		if (m->verdict == VERDICT_DECODED)
			walk_notice_mtp3(w);
		break;
	case MTP3_SI_ISUP:
		m->layers |= LAYER_ISUP;
		m->verdict = isup_read(&user, (enum mtp3_variant)m->mtp3.variant, &m->isup);
		w->account.messages[ACCOUNT_ISUP] += m->verdict == VERDICT_DECODED;
		break;
	case MTP3_SI_BICC:
		m->layers |= LAYER_BICC;
		m->verdict = bicc_read(&user, &m->isup);
		break;
	case MTP3_SI_TUP:
		m->layers |= LAYER_TUP;
		m->verdict = VERDICT_FOREIGN_MTP;
		break;
	default:
		m->verdict = VERDICT_FOREIGN_MTP;
		break;
	}
	return m->verdict;
}

/* The message of a user part, under the label of message->mtp3. */
static enum verdict user_part_walk(struct walk *w, uint64_t hop, struct cursor user)
{
	struct message *m = &w->message;

	m->has_mtp3 = true;
	if (m->mtp3.service_indicator == MTP3_SI_SCCP)
		return walk_sccp(w, hop, user);
	return other_part_walk(w, user);
}

/* A message that begins with a label as it stands on a link. */
static enum verdict link_message_walk(struct walk *w, uint64_t hop, struct cursor bytes)
{
	struct message *m = &w->message;

	m->refused_at = offset_of(m, &bytes);
	m->layers |= LAYER_MTP3;
	m->verdict = mtp3_read(&bytes, (enum mtp3_variant)w->plan->mtp3_variant, &m->mtp3);
	if (m->verdict != VERDICT_DECODED)
		return m->verdict;
	w->account.messages[ACCOUNT_MTP3]++;
	return user_part_walk(w, hop, bytes);
}

/* Segments and copies that wait or were seen before are no messages. */
static enum verdict message_end(struct walk *w)
{
	enum verdict v = w->message.verdict;

	if (v != VERDICT_FRAGMENT_HELD && v != VERDICT_DUPLICATE)
		walk_message_done(w);
	return v;
}

/* What is left of a message that was refused: its kind, if it has got that far. */
static void kind_keep(const struct message *m, uint8_t *ret_class, uint8_t *ret_type)
{
	*ret_class = XUA_CLASS_TRANSFER;
	*ret_type = 1;
	xua_kind_read(&m->bytes, ret_class, ret_type);
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
		if (w->plan->mtp3_variant != PLAN_MTP3_ITU)
			m->mtp3.variant = (uint8_t)w->plan->mtp3_variant;
		user_part_walk(w, walk_hop(w, path), m->m3ua.user);
	} else if (m->verdict == VERDICT_DECODED) {
		walk_notice_xua(w, &m->m3ua.xua);
	}
	if (m->verdict == VERDICT_M3UA_HEADER || m->verdict == VERDICT_M3UA_PARAMETER) {
		m->m3ua.is_data = false;
		kind_keep(m, &m->m3ua.message_class, &m->m3ua.message_type);
	}
	return message_end(w);
}

enum verdict walk_m2pa(struct walk *w, const struct association_path *path)
{
	struct message *m = &w->message;
	struct cursor c = m->bytes;

	m->layers = LAYER_M2PA;
	m->verdict = m2pa_read(&c, &m->m2pa);
	if (m->verdict != VERDICT_DECODED) {
		kind_keep(m, &m->m2pa.message_class, &m->m2pa.message_type);
		return message_end(w);
	}
	w->account.messages[ACCOUNT_M2PA]++;
	if (m->m2pa.has_data)
		link_message_walk(w, walk_hop(w, path), m->m2pa.user);
	return message_end(w);
}

enum verdict walk_m2ua(struct walk *w, const struct association_path *path)
{
	struct message *m = &w->message;
	struct cursor c = m->bytes;

	m->layers = LAYER_M2UA;
	m->verdict = m2ua_read(&c, &m->m2ua);
	if (m->verdict != VERDICT_DECODED) {
		kind_keep(m, &m->m2ua.xua.message_class, &m->m2ua.xua.message_type);
		return message_end(w);
	}
	w->account.messages[ACCOUNT_M2UA]++;
	walk_notice_xua(w, &m->m2ua.xua);
	if (m->m2ua.has_data)
		link_message_walk(w, walk_hop(w, path), m->m2ua.user);
	return message_end(w);
}

enum verdict walk_sua(struct walk *w, const struct association_path *path)
{
	struct message *m = &w->message;
	struct cursor c = m->bytes;

	m->layers = LAYER_SUA;
	m->verdict = sua_read(&c, &m->sua, &m->sccp);
	if (m->verdict != VERDICT_DECODED) {
		m->sua.has_form = false;
		kind_keep(m, &m->sua.xua.message_class, &m->sua.xua.message_type);
		return message_end(w);
	}
	w->account.messages[ACCOUNT_SUA]++;
	memset(&m->mtp3, 0, sizeof(m->mtp3));
	walk_notice_xua(w, &m->sua.xua);
	/* A return need not bring back what it returns. */
	if (m->sua.has_form && (m->sua.has_data || !m->sccp.is_connectionless))
		walk_sccp_form(w, walk_hop(w, path));
	return message_end(w);
}

enum verdict walk_iua(struct walk *w, const struct association_path *path)
{
	struct message *m = &w->message;
	struct cursor c = m->bytes;

	(void)path;
	m->layers = LAYER_IUA;
	m->verdict = iua_read(&c, &m->iua);
	if (m->verdict == VERDICT_DECODED)
		w->account.messages[ACCOUNT_IUA]++;
	else
		kind_keep(m, &m->iua.message_class, &m->iua.message_type);
	return message_end(w);
}

static bool is_on_port(const struct association_path *path, uint16_t port)
{
	return path->source_port == port || path->destination_port == port;
}

static bool is_on_m3ua_port(const struct walk *w, const struct association_path *path)
{
	for (size_t i = 0; i < w->plan->m3ua_port_count; i++) {
		if (is_on_port(path, w->plan->m3ua_ports[i]))
			return true;
	}
	return false;
}

/* Senders that forget the network's order of octets in the identifier. */
static bool is_swapped(uint32_t ppid)
{
	return bits(ppid, 0, 24) == 0 && bits(ppid, 24, 8) >= IUA_PPID && bits(ppid, 24, 8) <= M2PA_PPID;
}

/*
 * The registered ports first, since the layers share classes of messages; then whoever has a class of his own. An identifier of another
 * protocol is believed on other ports.
 */
enum verdict walk_sigtran(struct walk *w, uint32_t ppid, const struct association_path *path)
{
	const struct cursor *c = &w->message.bytes;
	bool is_open = ppid == 0 || is_swapped(ppid);

	if (is_on_m3ua_port(w, path) && m3ua_is_plausible(c))
		return walk_m3ua(w, path);
	if (is_on_port(path, SUA_PORT) && sua_is_plausible(c))
		return walk_sua(w, path);
	if (is_on_port(path, M2UA_PORT) && m2ua_is_plausible(c))
		return walk_m2ua(w, path);
	if (is_on_port(path, IUA_PORT) && iua_is_plausible(c))
		return walk_iua(w, path);
	if ((is_open || is_on_port(path, M2PA_PORT)) && m2pa_is_plausible(c))
		return walk_m2pa(w, path);
	if (!is_open)
		return VERDICT_OTHER_PAYLOAD;
	if (m3ua_is_plausible(c))
		return walk_m3ua(w, path);
	if (sua_is_plausible(c))
		return walk_sua(w, path);
	if (m2ua_is_plausible(c))
		return walk_m2ua(w, path);
	return iua_is_plausible(c) ? walk_iua(w, path) : VERDICT_OTHER_PAYLOAD;
}

enum verdict walk_bicc(struct walk *w)
{
	struct message *m = &w->message;
	struct cursor c = m->bytes;

	m->layers = LAYER_BICC;
	m->verdict = bicc_read(&c, &m->isup);
	return message_end(w);
}

/* Q.703 2.2: what follows the header is a message when the length indicator says three or more; 63 stands for all longer ones. */
enum verdict walk_mtp2(struct walk *w, uint64_t hop)
{
	struct message *m = &w->message;
	struct cursor c = m->bytes;
	unsigned int length;

	m->layers = LAYER_MTP2;
	if (cursor_left(&c) < MTP2_HEADER) {
		m->verdict = VERDICT_MTP2_TRUNCATED;
		return message_end(w);
	}
	length = bits(cursor_fixed_u8(&c, 2), 0, 6);
	cursor_skip(&c, MTP2_HEADER);
	if (length < MTP2_LENGTH_MSU)
		return VERDICT_MTP2_FILL;
	if (cursor_left(&c) < length) {
		m->verdict = VERDICT_MTP2_TRUNCATED;
		return message_end(w);
	}
	if (length < MTP2_LENGTH_MAX)
		cursor_trim(&c, length);
	link_message_walk(w, hop, c);
	return message_end(w);
}

enum verdict walk_mtp3(struct walk *w, uint64_t hop)
{
	link_message_walk(w, hop, w->message.bytes);
	return message_end(w);
}
