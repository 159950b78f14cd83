/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The packet's way: frame -> link -> IP -> (fragments) -> SCTP chunks -> user messages, see walk.h; frames that are not the usual one are
 * in walk_frame.c, TCP in walk_diameter.c, what a user message holds in walk_user.c. Called by one worker's thread for every frame.
 *
 * A packet is accounted once, by the worst thing that happened in it.
 */
#include "dataplane/worker/walk_frame.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/link/link.h"
#include "dataplane/segment/watchlist.h"

/* How far ahead of the frame that is read the next ones are fetched, and how much of them. */
#define FRAMES_AHEAD 8
#define FETCH_BYTES  384
#define LINE_BYTES   64
/* M3UA's common header, its parameter with the MTP3 message, and the routing label before that message (RFC 4666 3.1, 3.3.1). */
#define M3UA_HEADER        8
#define M3UA_PROTOCOL_DATA 0x0210
#define M3UA_ROUTING_LABEL 12

/* Without memory for a scratch nothing is looked for, as in names_renew(). */
static void watchlist_take(struct walk *w)
{
	w->watchlist = segments_watchlist(w->segments);
	if (w->watchlist != NULL && !watchlist_scratch(w->watchlist, &w->watch_scratch))
		w->watchlist = NULL;
}

bool walk_open(struct walk *w, const struct plan *plan, const struct segments *segments)
{
	const struct plan_limits *l = &plan->limits;
	struct defragment_limits datagrams = { .datagrams = l->reassembly, .age = 30 * NANOS_PER_S, .key = plan->hash_key };
	struct association_limits associations = { .directions = l->associations,
						   .messages = l->reassembly,
						   .message_bytes = l->message_bytes,
						   .idle = 600 * NANOS_PER_S,
						   .age = 30 * NANOS_PER_S,
						   .key = plan->hash_key };
	struct stream_limits streams = { .streams = l->streams,
					 .held_bytes = l->held_bytes,
					 .stream_bytes = 2 * (size_t)l->message_bytes,
					 .hold = 1 * NANOS_PER_S,
					 .idle = 600 * NANOS_PER_S,
					 .key = plan->hash_key };
	struct sccp_segment_limits segments_limits = { .messages = l->reassembly, .age = 20 * NANOS_PER_S, .key = plan->hash_key };
	struct connection_data_limits data_limits = { .connections = l->reassembly, .age = 20 * NANOS_PER_S, .key = plan->hash_key };

	memset(w, 0, sizeof(*w));
	w->plan = plan;
	w->segments = segments;
	w->defragmenter = defragmenter_new(&datagrams);
	w->associations = associations_new(&associations);
	w->streams = streams_new(&streams);
	w->sccp_segments = sccp_segments_new(&segments_limits);
	w->connection_data = connection_data_new(&data_limits);
	w->names = names_new(segments, &plan->hash_key, l->names);
	watchlist_take(w);
	w->connections = calloc(WALK_CONNECTIONS, sizeof(*w->connections));
	w->indications = calloc(WALK_INDICATIONS + 1, sizeof(*w->indications));
	return traffic_open(&w->traffic, l->associations) && parties_open(&w->parties, &plan->hash_key) && peers_open(&w->peers) &&
	       w->defragmenter != NULL && w->associations != NULL && w->streams != NULL && w->sccp_segments != NULL &&
	       w->connection_data != NULL && w->names != NULL && w->connections != NULL && w->indications != NULL;
}

void walk_close(struct walk *w)
{
	defragmenter_free(w->defragmenter);
	associations_free(w->associations);
	streams_free(w->streams);
	sccp_segments_free(w->sccp_segments);
	connection_data_free(w->connection_data);
	names_free(w->names);
	watchlist_scratch_free(w->watch_scratch);
	parties_close(&w->parties);
	peers_close(&w->peers);
	traffic_close(&w->traffic);
	free(w->connections);
	free(w->indications);
	memset(w, 0, sizeof(*w));
}

void walk_renew(struct walk *w, const struct plan *plan, const struct segments *segments)
{
	w->plan = plan;
	w->segments = segments;
	memset(w->classes, 0, sizeof(w->classes));
	names_renew(w->names, segments);
	watchlist_take(w);
	parties_renew(&w->parties);
}

/* The operator's outcomes come before the tables. */
static enum outcome_class class_search(const struct plan *plan, enum cause_layer layer, uint32_t cause)
{
	for (size_t i = 0; i < plan->outcome_count; i++) {
		const struct plan_outcome *o = &plan->outcomes[i];

		if (o->cause_layer == layer && o->cause == cause)
			return (enum outcome_class)o->class;
	}
	return cause_class(layer, cause);
}

enum outcome_class walk_class(struct walk *w, enum cause_layer layer, uint32_t cause)
{
	uint64_t wanted = (uint64_t)layer << 32 | cause;
	struct walk_cause *known;

	if (w->plan->outcome_count == 0 || layer == CAUSE_NONE)
		return cause_class(layer, cause);
	known = &w->classes[hash_fold(wanted ^ w->plan->hash_key.k[0], w->plan->hash_key.k[1]) % WALK_CLASSES];
	if (known->cause != wanted)
		*known = (struct walk_cause){ .cause = wanted, .class = class_search(w->plan, layer, cause) };
	return known->class;
}

/* What of the watch list stands in the message's bytes, whether they could be decoded or not. */
static void message_watch(struct walk *w)
{
	uint32_t numbers[WATCHLIST_SIGHTINGS_MAX];
	size_t count = watchlist_scan(w->watchlist, w->watch_scratch, &w->message.bytes, numbers);

	w->account.sightings += count;
	for (size_t i = 0; i < count; i++) {
		struct indication *sighting = walk_indicate(w, INDICATION_SIGHTED);

		sighting->key[0] = hash_mix(sighting->sequence);
		sighting->cause = numbers[i];
	}
}

void walk_message_done(struct walk *w)
{
	if (w->watchlist != NULL)
		message_watch(w);
	if (verdict_row(w->message.verdict)->kind == VERDICT_KIND_MALFORMED)
		w->account.refused_messages++;
	if (w->observer != NULL)
		w->observer(w->observer_of, &w->message);
}

/* A whole packet of SCTP or TCP in an Ethernet frame is read in line. */
enum verdict walk_frame(struct walk *w, const struct frame *frame, struct packet *ret)
{
	struct cursor c = cursor_of(frame->bytes, frame->captured);
	const struct ip_ends ends = { .source = &ret->source, .destination = &ret->destination };
	uint8_t protocol;

	if (frame->link_type != LINK_TYPE_ETHERNET || !link_usual_read(&c) || !ip_usual_read(&c, &ends, &protocol))
		return any_frame_walk(w, frame, ret);
	packet_fill(frame, c, protocol, ret);
	ret->is_cut = false;
	ret->is_reassembled = false;
	return VERDICT_DECODED;
}

/* All of a usual message: what is above IP is read only when the whole burst has passed. */
static void frame_fetch(const struct frame *frame)
{
	size_t bytes = frame->captured < FETCH_BYTES ? frame->captured : FETCH_BYTES;

	for (size_t at = 0; at < bytes; at += LINE_BYTES)
		__builtin_prefetch(frame->bytes + at);
}

size_t walk_frames(struct walk *w, const struct frame *frames, size_t count, struct packet *ret_packets, enum verdict *ret_verdicts)
{
	for (size_t i = 0; i < count && i < FRAMES_AHEAD; i++)
		frame_fetch(&frames[i]);
	for (size_t i = 0; i < count; i++) {
		if (i + FRAMES_AHEAD < count)
			frame_fetch(&frames[i + FRAMES_AHEAD]);
		ret_verdicts[i] = walk_frame(w, &frames[i], &ret_packets[i]);
		if (ret_verdicts[i] == VERDICT_DECODED && ret_packets[i].is_reassembled)
			return i + 1;
	}
	return count;
}

uint64_t walk_packet_owner(const struct plan *plan, const struct packet *packet)
{
	struct cursor c = packet->bytes;
	struct stream_path path = { .source = packet->source, .destination = packet->destination };
	uint32_t tag = 0;

	/* What has no transport may be parts of one message: all of it has one owner. */
	if (packet->protocol != IP_PROTOCOL_SCTP && packet->protocol != IP_PROTOCOL_TCP)
		return 0;
	if (!cursor_be16(&c, &path.source_port) || !cursor_be16(&c, &path.destination_port))
		return 0;
	if (packet->protocol == IP_PROTOCOL_TCP)
		return stream_owner(&plan->hash_key, &path);
	if (!cursor_be32(&c, &tag))
		return 0;
	return association_owner(&plan->hash_key, tag, path.source_port, path.destination_port);
}

/*
 * Whether a message can be read by any worker: one Diameter message, or M3UA DATA with SCCP that is not segmented (segments meet where
 * their association is owned). Looks at fixed places; what it does not know stays here.
 */
static bool is_read_anywhere(const struct user_message *user)
{
	struct cursor c = user->bytes;
	uint16_t tag = 0;
	uint16_t length = 0;
	uint8_t sccp_type = 0;

	if (user->ppid == DIAMETER_PPID)
		return true;
	if (user->ppid != M3UA_PPID || !cursor_skip(&c, M3UA_HEADER))
		return false;
	while (cursor_be16(&c, &tag) && cursor_be16(&c, &length) && length >= 4) {
		if (tag == M3UA_PROTOCOL_DATA)
			return cursor_skip(&c, M3UA_ROUTING_LABEL) && cursor_u8(&c, &sccp_type) &&
			       (sccp_type == SCCP_UDT || sccp_type == SCCP_UDTS);
		if (!cursor_skip(&c, ((size_t)length + 3) / 4 * 4 - 4))
			return false;
	}
	return false;
}

static bool is_taken_away(struct walk *w, const struct user_message *user, const struct association_path *path)
{
	struct errand errand = { .packet = *w->message.packet,
				 .ppid = user->ppid,
				 .verification_tag = path->verification_tag,
				 .source_port = path->source_port,
				 .destination_port = path->destination_port,
				 .wire_bytes = w->wire_bytes };

	errand.packet.bytes = user->bytes;
	w->is_delegated = is_read_anywhere(user) && w->delegate(w->delegate_of, &errand);
	return w->is_delegated;
}

/*
 * The user message that a chunk completes. The tag 0 belongs to an INIT and to no association (RFC 9260 3.3.2, 8.5): whoever writes packets
 * without having one numbers nothing, so that whole messages under it are read as they come.
 */
static enum verdict data_take(struct walk *w, const struct association_path *path, const struct sctp_data *data, struct user_message *ret)
{
	if (path->verification_tag != 0 || !data->begins || !data->ends)
		return association_data(w->associations, path, data, w->message.packet->clock, ret);
	*ret = (struct user_message){ .bytes = data->user, .ppid = data->ppid, .stream = data->stream, .is_cut = data->is_cut };
	return VERDICT_DECODED;
}

static enum verdict data_chunk_walk(struct walk *w, const struct association_path *path, const struct sctp_chunk *chunk, bool is_alone)
{
	struct user_message user;
	struct sctp_data data;
	uint64_t began;
	enum verdict v = sctp_data_read(chunk, &data);

	if (v != VERDICT_DECODED)
		return v;
	v = data_take(w, path, &data, &user);
	w->has_news = association_is_due(w->associations, w->message.packet->clock) || w->has_news;
	if (v != VERDICT_DECODED)
		return v;
	if (user.is_cut)
		return VERDICT_FRAME_CUT;
	if (w->delegate != NULL && is_alone && is_taken_away(w, &user, path))
		return VERDICT_DECODED;
	began = stages_begin(w->stages);
	v = walk_user_message(w, &user, path);
	if (w->stages != NULL)
		stages_end(began, &w->stages->decode, &w->stages->decodes);
	return v;
}

/* Association events are messages of their own, and move the association's state. */
static enum verdict event_chunk_walk(struct walk *w, const struct association_path *path, const struct sctp_chunk *chunk)
{
	struct message *m = &w->message;
	enum verdict v = sctp_event_read(chunk, &m->event);

	if (v == VERDICT_DECODED && chunk->type == SCTP_INIT_ACK)
		association_init_ack(w->associations, path, &m->event.init, m->packet->clock);
	if (v == VERDICT_DECODED && chunk->type == SCTP_INIT_ACK)
		walk_notice_association(w, NOTICE_ASSOCIATION_OPENED);
	/* What nobody ever used is no loss: scans end so. */
	if ((chunk->type == SCTP_ABORT || chunk->type == SCTP_SHUTDOWN_COMPLETE) && association_end(w->associations, path))
		walk_notice_association(w, chunk->type == SCTP_ABORT ? NOTICE_ASSOCIATION_ABORTED : NOTICE_ASSOCIATION_CLOSED);
	m->ppid = 0;
	m->component_count = 0;
	m->nas_count = 0;
	m->has_mtp3 = false;
	m->bytes = chunk->value;
	m->layers = LAYER_SCTP_EVENT;
	m->verdict = v;
	m->refused_at = 0;
	walk_message_done(w);
	return v;
}

static enum verdict chunk_walk(struct walk *w, const struct association_path *path, const struct sctp_chunk *chunk, bool is_alone)
{
	uint32_t tsn = 0;
	enum verdict v;

	switch (chunk->type) {
	case SCTP_DATA:
	case SCTP_I_DATA:
		return data_chunk_walk(w, path, chunk, is_alone);
	case SCTP_INIT:
	case SCTP_INIT_ACK:
	case SCTP_ABORT:
	case SCTP_SHUTDOWN:
	case SCTP_SHUTDOWN_ACK:
	case SCTP_SHUTDOWN_COMPLETE:
	case SCTP_ERROR:
		return event_chunk_walk(w, path, chunk);
	case SCTP_COOKIE_ECHO:
		association_cookie_echo(w->associations, path);
		return VERDICT_DECODED;
	case SCTP_SACK:
		w->has_cumulative = cursor_left(&chunk->value) >= sizeof(w->cumulative);
		if (w->has_cumulative)
			w->cumulative = cursor_fixed_be32(&chunk->value, 0);
		return VERDICT_DECODED;
	case SCTP_FORWARD_TSN:
	case SCTP_I_FORWARD_TSN:
		v = sctp_forward_tsn_read(chunk, &tsn);
		if (v == VERDICT_DECODED)
			association_forward(w->associations, path, tsn, w->message.packet->clock);
		return v;
	default:
		return VERDICT_DECODED;
	}
}

static enum verdict sctp_walk(struct walk *w, const struct packet *packet)
{
	struct association_path path = { .source = packet->source, .destination = packet->destination };
	struct cursor c = packet->bytes;
	struct sctp sctp;
	enum verdict worst = VERDICT_DECODED;
	enum verdict v = sctp_read(&c, &sctp);
	bool has_held = false;
	bool has_message = false;

	if (v != VERDICT_DECODED)
		return packet->is_cut ? VERDICT_FRAME_CUT : v;
	w->account.messages[ACCOUNT_SCTP]++;
	if (w->plan->verifies_sctp_checksum && !packet->is_cut && !sctp_checksum_is_right(&packet->bytes))
		return VERDICT_SCTP_CHECKSUM;
	path.verification_tag = sctp.verification_tag;
	path.source_port = sctp.source_port;
	path.destination_port = sctp.destination_port;
	w->message.is_sctp = true;
	w->message.is_bare = false;
	w->message.source_port = sctp.source_port;
	w->message.destination_port = sctp.destination_port;
	w->has_cumulative = false;
	w->has_news = false;
	while (cursor_left(&c) > 0) {
		struct sctp_chunk chunk;

		v = sctp_chunk_read(&c, packet->is_cut, &chunk);
		if (v != VERDICT_DECODED)
			return verdict_worse(worst, v);
		v = chunk_walk(w, &path, &chunk, cursor_left(&c) == 0 && worst == VERDICT_DECODED && !has_held && !has_message);
		/* A packet that brings the last fragments of a message has been used, though the first of them had to wait. */
		if (v == VERDICT_FRAGMENT_HELD)
			has_held = true;
		else
			worst = verdict_worse(worst, v);
		has_message = has_message || ((chunk.type == SCTP_DATA || chunk.type == SCTP_I_DATA) && v == VERDICT_DECODED);
	}
	if (w->has_news)
		walk_traffic_data(w);
	if (w->has_cumulative && walk_is_sampled(packet))
		walk_traffic_sctp(w, &path);
	return worst == VERDICT_DECODED && has_held && !has_message ? VERDICT_FRAGMENT_HELD : worst;
}

enum verdict walk_packet(struct walk *w, const struct packet *packet, uint32_t wire_bytes)
{
	enum verdict v;

	w->message.packet = packet;
	w->order = 0;
	w->wire_bytes = wire_bytes;
	w->is_delegated = false;
	if (packet->protocol == IP_PROTOCOL_SCTP)
		v = sctp_walk(w, packet);
	else if (packet->protocol == IP_PROTOCOL_TCP)
		v = walk_tcp(w, packet);
	else
		v = walk_bare(w, packet);
	if (!w->is_delegated)
		account_packet(&w->account, v, wire_bytes);
	return v;
}

void walk_errand(struct walk *w, const struct errand *errand)
{
	struct association_path path = { .source = errand->packet.source,
					 .destination = errand->packet.destination,
					 .verification_tag = errand->verification_tag,
					 .source_port = errand->source_port,
					 .destination_port = errand->destination_port };
	struct user_message user = { .bytes = errand->packet.bytes, .ppid = errand->ppid };

	w->message.packet = &errand->packet;
	w->message.is_sctp = true;
	w->message.is_bare = false;
	w->message.source_port = errand->source_port;
	w->message.destination_port = errand->destination_port;
	w->order = 0;
	account_packet(&w->account, walk_user_message(w, &user, &path), errand->wire_bytes);
}
