/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding the places that change from round to round, see bench_set.h. Once, at loading, with the project's own decoders as far as the
 * transport; what the messages carry is found by bench_message.c.
 *
 * Numbered are: the TSN of DATA, I-DATA and FORWARD-TSN (RFC 9260 3.3.1), sequence and acknowledgement number of TCP (RFC 9293 3.1). A
 * sequence goes on by all it carries, so that the first number of a round follows the last of the round before. Where a TCP direction
 * begins or ends inside a message it jumps instead, beyond what a gap may be, and is picked up there as after an outage of the tap.
 *
 * A datagram that came in fragments is put together by the walk's defragmenter; where each of its bytes lies is kept beside. INIT,
 * INIT ACK and SYN would set back what goes on: their frames are marked as openings.
 */
#include "control/command/bench_find.h"

#include <stdlib.h>
#include <string.h>

#include "control/command/bench_piece.h"
#include "dataplane/ip/ip.h"
#include "dataplane/link/link.h"
#include "dataplane/transport/tcp.h"
#include "dataplane/transport/tsn.h"
#include "dataplane/worker/walk.h"

/* Tags below are not random (association.h): addresses tell directions apart. */
#define TAG_RANDOM_MIN 65536
/* Beyond what stream.h takes for a gap. */
#define TCP_GAP_MAX    (INT32_C(1) << 24)
#define TCP_BEHIND_MAX (INT32_C(1) << 20)

/* How many fragments back those of a datagram are looked for. */
#define FRAGMENTS_BACK_MAX 4096

/* A fragment seen, for the datagram it belongs to. */
struct fragment {
	struct ip ip;
	uint8_t *at;
	size_t frame;
};

struct find {
	struct pieces pieces;
	struct walk walk;
	struct fragment *fragments;
	size_t fragment_count;
	size_t fragment_room;
	void **kept; /* datagrams put together and the places of their bytes */
	size_t kept_count;
	size_t kept_room;
	size_t frame; /* index of the running one */
	struct packet packet;
	uint8_t *const *where; /* of the packet's bytes, NULL when they lie in the frame */
};

static void *array_grow(struct pieces *p, void *array, size_t count, size_t *room, size_t size)
{
	void *grown;

	if (count < *room)
		return array;
	grown = realloc(array, (*room > 0 ? 2 * *room : 1024) * size);
	if (grown == NULL) {
		p->is_short_of_memory = true;
		return NULL;
	}
	*room = *room > 0 ? 2 * *room : 1024;
	return grown;
}

static struct sequence *sequence_bucket(const struct pieces *p, const struct sequence_key *key, uint32_t *ret_bucket)
{
	static const struct hash_key hash_key = { { 1, 2 } };
	uint32_t bucket = (uint32_t)hash_bytes(&hash_key, key, sizeof(*key)) % SEQUENCE_BUCKETS;

	*ret_bucket = bucket;
	return p->buckets[bucket] != 0 ? &p->sequences[p->buckets[bucket] - 1] : NULL;
}

static struct sequence *sequence_older(const struct pieces *p, const struct sequence *s)
{
	return s->older != 0 ? &p->sequences[s->older - 1] : NULL;
}

static struct sequence *sequence_add(struct pieces *p, const struct sequence_key *key)
{
	struct sequence *grown = array_grow(p, p->sequences, p->sequence_count, &p->sequence_room, sizeof(*p->sequences));
	struct sequence *s;
	uint32_t bucket;

	if (grown == NULL)
		return NULL;
	p->sequences = grown;
	sequence_bucket(p, key, &bucket);
	s = &p->sequences[p->sequence_count++];
	*s = (struct sequence){ .key = *key, .older = p->buckets[bucket] };
	p->buckets[bucket] = (uint32_t)p->sequence_count;
	return s;
}

/* The newest sequence of the key; its older ones follow by `older`. */
static struct sequence *sequence_newest(const struct pieces *p, const struct sequence_key *key)
{
	uint32_t bucket;
	struct sequence *s = sequence_bucket(p, key, &bucket);

	while (s != NULL && memcmp(&s->key, key, sizeof(*key)) != 0)
		s = sequence_older(p, s);
	return s;
}

static uint32_t sequence_index(const struct pieces *p, const struct sequence *s)
{
	return (uint32_t)(s - p->sequences);
}

static void piece_add(struct pieces *p, const struct piece *piece)
{
	struct piece *grown = array_grow(p, p->all, p->count, &p->room, sizeof(*p->all));

	if (grown == NULL)
		return;
	p->all = grown;
	p->all[p->count++] = *piece;
}

/* The index of a window's begin in the packet. */
static size_t offset_in_packet(const struct find *f, const uint8_t *at)
{
	return (size_t)(at - f->packet.bytes.at);
}

/* A number of four octets at `at` goes on with its sequence. */
static void number_patch(struct find *f, const uint8_t *at, const struct sequence *s)
{
	size_t offset = offset_in_packet(f, at);
	struct bench_patch patch = { .at = (uint8_t *)(uintptr_t)at, .stream = sequence_index(&f->pieces, s) };

	if (f->where != NULL) {
		patch.at = f->where[offset];
		/* Fragments are cut at multiples of eight octets and these numbers lie at multiples of four. */
		if (patch.at == NULL || f->where[offset + 3] != patch.at + 3) {
			f->pieces.set->unpatched++;
			return;
		}
	}
	if (!bench_set_patch(f->pieces.set, &patch))
		f->pieces.is_short_of_memory = true;
}

static struct piece piece_of(const struct find *f, const struct sequence *s, struct cursor bytes, uint32_t number)
{
	return (struct piece){ .bytes = bytes.at,
			       .where = f->where != NULL ? f->where + offset_in_packet(f, bytes.at) : NULL,
			       .length = (uint32_t)cursor_left(&bytes),
			       .sequence = sequence_index(&f->pieces, s),
			       .number = number };
}

static struct sequence_key key_of(const struct packet *packet, uint16_t source_port, uint16_t destination_port, bool is_reverse)
{
	struct sequence_key key;

	memset(&key, 0, sizeof(key));
	key.source = is_reverse ? packet->destination : packet->source;
	key.destination = is_reverse ? packet->source : packet->destination;
	key.source_port = is_reverse ? destination_port : source_port;
	key.destination_port = is_reverse ? source_port : destination_port;
	return key;
}

/* The sequence of a direction that this TSN fits into; a new one when there is none. */
static struct sequence *tsn_sequence(struct pieces *p, const struct sequence_key *key, uint32_t tsn)
{
	struct sequence *s = sequence_newest(p, key);

	for (; s != NULL; s = sequence_older(p, s)) {
		if (memcmp(&s->key, key, sizeof(*key)) == 0 &&
		    (tsn - s->low <= s->high - s->low || tsn - s->high <= TSN_JUMP_MAX || s->low - tsn <= TSN_JUMP_MAX))
			break;
	}
	if (s == NULL)
		s = sequence_add(p, key);
	if (s == NULL)
		return NULL;
	if (!s->has_payload)
		s->low = s->high = tsn;
	s->has_payload = true;
	if (s->low - tsn - 1 < TSN_JUMP_MAX)
		s->low = tsn;
	if (tsn - s->high - 1 < TSN_JUMP_MAX)
		s->high = tsn;
	return s;
}

static void chunk_find(struct find *f, const struct sequence_key *key, const struct sctp_chunk *chunk)
{
	struct sequence *s;
	struct sctp_data data;
	struct piece piece;
	uint32_t tsn = 0;

	if (chunk->type == SCTP_INIT || chunk->type == SCTP_INIT_ACK)
		f->pieces.set->opens[f->frame] = true;
	if (chunk->type == SCTP_FORWARD_TSN || chunk->type == SCTP_I_FORWARD_TSN) {
		if (sctp_forward_tsn_read(chunk, &tsn) == VERDICT_DECODED && (s = tsn_sequence(&f->pieces, key, tsn)) != NULL)
			number_patch(f, chunk->value.at, s);
		return;
	}
	if ((chunk->type != SCTP_DATA && chunk->type != SCTP_I_DATA) || sctp_data_read(chunk, &data) != VERDICT_DECODED)
		return;
	s = tsn_sequence(&f->pieces, key, data.tsn);
	if (s == NULL)
		return;
	number_patch(f, chunk->value.at, s);
	piece = piece_of(f, s, data.user, data.tsn);
	piece.ppid = data.ppid;
	piece.begins = data.begins;
	piece.ends = data.ends;
	piece_add(&f->pieces, &piece);
}

/* A packet whose sum is right stays one; what came in fragments or was cut short is left with a wrong one. */
static void sum_note(struct find *f)
{
	struct cursor packet = f->packet.bytes;
	struct bench_sum sum = { .at = (uint8_t *)(uintptr_t)packet.at, .length = (uint32_t)cursor_left(&packet) };

	if (f->packet.is_cut || !sctp_checksum_is_right(&packet))
		return;
	if (f->where != NULL)
		f->pieces.set->unpatched++;
	else if (!bench_set_sum(f->pieces.set, &sum))
		f->pieces.is_short_of_memory = true;
}

static void sctp_find(struct find *f)
{
	struct cursor c = f->packet.bytes;
	struct sctp_chunk chunk;
	struct sequence_key key;
	struct sctp sctp;

	if (sctp_read(&c, &sctp) != VERDICT_DECODED)
		return;
	if (f->walk.plan->verifies_sctp_checksum)
		sum_note(f);
	key = key_of(&f->packet, sctp.source_port, sctp.destination_port, false);
	key.tag = sctp.verification_tag;
	if (key.tag >= TAG_RANDOM_MIN) {
		memset(&key.source, 0, sizeof(key.source));
		memset(&key.destination, 0, sizeof(key.destination));
	}
	while (cursor_left(&c) > 0 && sctp_chunk_read(&c, f->packet.is_cut, &chunk) == VERDICT_DECODED)
		chunk_find(f, &key, &chunk);
}

static struct sequence *tcp_sequence(struct pieces *p, const struct sequence_key *key)
{
	struct sequence *s = sequence_newest(p, key);

	return s != NULL ? s : sequence_add(p, key);
}

/* Payload in its sequence: one far off begins another, as in stream.c. */
static struct sequence *payload_sequence(struct pieces *p, const struct sequence_key *key, const struct tcp *tcp)
{
	struct sequence *s = tcp_sequence(p, key);
	uint32_t end = tcp->sequence + (uint32_t)cursor_left(&tcp->payload);
	int32_t ahead;

	if (s != NULL && s->has_payload) {
		ahead = (int32_t)(tcp->sequence - s->high);
		if (ahead > TCP_GAP_MAX || ahead < -TCP_BEHIND_MAX - (int32_t)cursor_left(&tcp->payload))
			s = sequence_add(p, key);
	}
	if (s == NULL)
		return NULL;
	if (!s->has_payload) {
		s->low = tcp->sequence;
		s->high = end;
	}
	s->has_payload = true;
	if ((int32_t)(tcp->sequence - s->low) < 0)
		s->low = tcp->sequence;
	if ((int32_t)(end - s->high) > 0)
		s->high = end;
	return s;
}

static void tcp_find(struct find *f)
{
	struct cursor c = f->packet.bytes;
	struct sequence_key forward;
	struct sequence_key backward;
	struct sequence *s;
	struct piece piece;
	struct tcp tcp;

	if (tcp_read(&c, &tcp) != VERDICT_DECODED)
		return;
	forward = key_of(&f->packet, tcp.source_port, tcp.destination_port, false);
	backward = key_of(&f->packet, tcp.source_port, tcp.destination_port, true);
	if ((tcp.flags & TCP_SYN) != 0) {
		f->pieces.set->opens[f->frame] = true;
		s = sequence_newest(&f->pieces, &forward);
		if (s == NULL || (s->has_payload && tcp.sequence + 1 != s->low))
			s = sequence_add(&f->pieces, &forward);
		if (s != NULL)
			s->is_tcp = true;
		return;
	}
	s = cursor_left(&tcp.payload) > 0 ? payload_sequence(&f->pieces, &forward, &tcp) : tcp_sequence(&f->pieces, &forward);
	if (s == NULL)
		return;
	s->is_tcp = true;
	number_patch(f, f->packet.bytes.at + 4, s);
	piece = piece_of(f, s, tcp.payload, tcp.sequence);
	if (piece.length > 0)
		piece_add(&f->pieces, &piece);
	if ((tcp.flags & TCP_ACK) == 0)
		return;
	s = tcp_sequence(&f->pieces, &backward);
	if (s == NULL)
		return;
	s->is_tcp = true;
	number_patch(f, f->packet.bytes.at + 8, s);
}

static bool is_same_datagram(const struct ip *a, const struct ip *b)
{
	return a->version == b->version && a->fragment_id == b->fragment_id && memcmp(&a->source, &b->source, sizeof(a->source)) == 0 &&
	       memcmp(&a->destination, &b->destination, sizeof(a->destination)) == 0;
}

/* Notes a fragment; false when the frame is none. */
static bool fragment_note(struct find *f, const struct frame *frame)
{
	struct cursor c = cursor_of(frame->bytes, frame->captured);
	struct fragment *grown;
	struct link link;
	struct ip ip;

	if (link_read(&c, (enum link_type)frame->link_type, &link) != VERDICT_DECODED ||
	    ip_read(&c, frame->is_cut, &ip) != VERDICT_DECODED || !ip.is_fragment)
		return false;
	/* Fragments have to meet on one worker, also those of a datagram that never becomes whole. */
	f->pieces.set->owners[f->frame] = hash_bytes(&f->walk.plan->hash_key, &ip.source, sizeof(ip.source)) ^
					  hash_bytes(&f->walk.plan->hash_key, &ip.destination, sizeof(ip.destination));
	grown = array_grow(&f->pieces, f->fragments, f->fragment_count, &f->fragment_room, sizeof(*f->fragments));
	if (grown == NULL)
		return true;
	f->fragments = grown;
	f->fragments[f->fragment_count++] = (struct fragment){ .ip = ip, .at = (uint8_t *)(uintptr_t)ip.payload.at, .frame = f->frame };
	return true;
}

/* Memory that is kept until all is found. */
static void *memory_keep(struct find *f, size_t size)
{
	void **grown = array_grow(&f->pieces, f->kept, f->kept_count, &f->kept_room, sizeof(*f->kept));

	if (grown == NULL)
		return NULL;
	f->kept = grown;
	f->kept[f->kept_count] = calloc(1, size);
	if (f->kept[f->kept_count] == NULL) {
		f->pieces.is_short_of_memory = true;
		return NULL;
	}
	return f->kept[f->kept_count++];
}

/* The length of the datagram that the last fragment completed, from the one that ends it. */
static size_t datagram_length(const struct find *f, size_t oldest)
{
	const struct fragment *last = &f->fragments[f->fragment_count - 1];

	for (size_t i = f->fragment_count; i-- > oldest;) {
		const struct fragment *part = &f->fragments[i];

		if (is_same_datagram(&part->ip, &last->ip) && !part->ip.more_fragments)
			return part->ip.fragment_offset + cursor_left(&part->ip.payload);
	}
	return 0;
}

/* The running packet was put together: copies it and notes where each of its bytes lies. */
static bool datagram_keep(struct find *f)
{
	const struct fragment *last = &f->fragments[f->fragment_count - 1];
	size_t oldest = f->fragment_count > FRAGMENTS_BACK_MAX ? f->fragment_count - FRAGMENTS_BACK_MAX : 0;
	size_t left = cursor_left(&f->packet.bytes);
	size_t whole = datagram_length(f, oldest);
	uint64_t owner = walk_packet_owner(f->walk.plan, &f->packet);
	uint8_t **where = memory_keep(f, (whole + 1) * sizeof(*where));
	uint8_t *copy = memory_keep(f, left + 1);

	if (where == NULL || copy == NULL || whole < left)
		return false;
	memcpy(copy, f->packet.bytes.at, left);
	for (size_t i = f->fragment_count; i-- > oldest;) {
		const struct fragment *part = &f->fragments[i];
		size_t offset = part->ip.fragment_offset;

		if (!is_same_datagram(&part->ip, &last->ip) || (offset < whole && where[offset] != NULL))
			continue;
		f->pieces.set->owners[part->frame] = owner;
		for (size_t k = 0; k < cursor_left(&part->ip.payload) && offset + k < whole && where[offset + k] == NULL; k++)
			where[offset + k] = part->at + k;
	}
	f->where = where + (whole - left);
	f->packet.bytes = cursor_of(copy, left);
	return true;
}

static void frame_find(struct find *f, const struct frame *frame)
{
	enum verdict v = walk_frame(&f->walk, frame, &f->packet);
	bool is_inside;

	f->where = NULL;
	f->pieces.set->owners[f->frame] = frame->sequence;
	if (v != VERDICT_DECODED) {
		if (v == VERDICT_FRAGMENT_HELD)
			fragment_note(f, frame);
		return;
	}
	is_inside = f->packet.bytes.at >= frame->bytes && f->packet.bytes.end <= frame->bytes + frame->captured;
	if (!is_inside && !(fragment_note(f, frame) && datagram_keep(f)))
		return;
	if (is_inside)
		f->pieces.set->owners[f->frame] = walk_packet_owner(f->walk.plan, &f->packet);
	if (f->packet.protocol == IP_PROTOCOL_SCTP)
		sctp_find(f);
	else
		tcp_find(f);
}

static int piece_compare(const void *a, const void *b)
{
	const struct piece *x = a;
	const struct piece *y = b;

	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return 0;
}

/* Puts the pieces of each sequence together and in order. */
static void pieces_sort(struct pieces *p)
{
	for (size_t i = 0; i < p->count; i++)
		p->all[i].offset = p->all[i].number - p->sequences[p->all[i].sequence].low;
	qsort(p->all, p->count, sizeof(*p->all), piece_compare);
	for (size_t i = 0; i < p->count; i++) {
		struct sequence *s = &p->sequences[p->all[i].sequence];

		if (s->count++ == 0)
			s->first = i;
	}
}

/* How far a sequence goes on per round. */
static uint32_t advance_of(const struct sequence *s)
{
	if (!s->has_payload)
		return 0;
	if (!s->is_tcp)
		return s->high - s->low + (s->is_whole ? 1 : 2);
	return s->high - s->low + (s->is_whole || !s->has_message ? 0 : 2 * (uint32_t)TCP_GAP_MAX);
}

bool bench_find(struct bench_set *set, const struct plan *plan, const struct segments *segments)
{
	struct find *f = calloc(1, sizeof(*f));
	struct pieces *p = f != NULL ? &f->pieces : NULL;
	bool is_done = false;

	if (f == NULL)
		return false;
	p->set = set;
	if (walk_open(&f->walk, plan, segments)) {
		for (f->frame = 0; f->frame < set->count; f->frame++)
			frame_find(f, &set->frames[f->frame]);
		pieces_sort(p);
		set->advances = calloc(p->sequence_count + 1, sizeof(*set->advances));
		for (size_t i = 0; i < p->sequence_count && set->advances != NULL; i++) {
			struct sequence *s = &p->sequences[i];

			if (s->is_tcp)
				messages_find_tcp(p, s);
			else
				messages_find_sctp(p, s);
			set->advances[i] = advance_of(s);
		}
		set->stream_count = p->sequence_count;
		for (size_t i = 0; i < set->count; i++)
			set->opening_count += set->opens[i];
		is_done = set->advances != NULL && !p->is_short_of_memory;
	}
	walk_close(&f->walk);
	for (size_t i = 0; i < f->kept_count; i++)
		free(f->kept[i]);
	free(f->kept);
	free(f->fragments);
	free(p->all);
	free(p->sequences);
	free(f);
	return is_done;
}
