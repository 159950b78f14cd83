/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The transaction ids in what the frames of a bench carry, see bench_piece.h. Called by bench_find.c once per sequence.
 *
 * Octets to be mixed per round are: the values of the originating and destination transaction id (tags 48 and 49, Q.773 4.2.1) in the
 * first segment of an SCCP message, and the hop-by-hop and end-to-end identifiers (RFC 6733 3). Octets are found one by one, because a
 * message may be cut anywhere, and in every copy of them that was captured. A message whose fragments interleave with others (I-DATA)
 * is left as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "control/command/bench_piece.h"
#include "dataplane/diameter/diameter.h"
#include "dataplane/sigtran/m3ua.h"
#include "dataplane/ss7/sccp.h"

#define MESSAGE_BYTES_MAX ((size_t)1 << 20)
#define DIAMETER_IDS_AT   12 /* hop-by-hop, then end-to-end identifier */
#define DIAMETER_IDS      8
#define DIAMETER_FLAGS_AT 4
#define TCAP_TAG_OTID     0x48
#define TCAP_TAG_DTID     0x49
#define TCAP_TAG_BEGIN    0x62
#define TCAP_TAG_ABORT    0x67
#define TCAP_ID_MAX       4

/* One user message and the pieces it came in, copies among them. */
struct message_run {
	struct pieces *pieces;
	const struct piece *first;
	size_t count;
	struct cursor bytes;
	bool is_answer;
};

/* Octets that follow each other, in their frames as in their masks, are one patch. */
static bool patch_extend(const struct bench_set *s, const struct bench_patch *octet)
{
	struct bench_patch *last = s->patch_count > 0 ? &s->patches[s->patch_count - 1] : NULL;

	if (last == NULL || last->stream != PATCH_NO_STREAM || last->is_answer != octet->is_answer ||
	    last->at + last->octets != octet->at || last->mask + last->octets != octet->mask)
		return false;
	last->octets++;
	return true;
}

static void octet_patch(struct pieces *p, const struct piece *piece, size_t offset, unsigned int mask, bool is_answer)
{
	struct bench_patch patch = {
		.at = piece_place(piece, offset), .stream = PATCH_NO_STREAM, .mask = (uint8_t)mask, .octets = 1, .is_answer = is_answer
	};

	if (patch.at == NULL)
		p->set->unpatched++;
	else if (!patch_extend(p->set, &patch) && !bench_set_patch(p->set, &patch))
		p->is_short_of_memory = true;
}

/* `count` octets at `at` of the message, in every piece that holds some of them. */
static void run_patch(const struct message_run *run, const uint8_t *at, size_t count, unsigned int mask)
{
	size_t offset = (size_t)(at - run->bytes.at);
	size_t begin = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct piece *piece = &run->first[i];

		if (i > 0 && piece->offset != piece[-1].offset)
			begin += piece[-1].length;
		for (size_t k = 0; k < count; k++) {
			if (offset + k >= begin && offset + k - begin < piece->length)
				octet_patch(run->pieces, piece, offset + k - begin, mask + (unsigned int)k, run->is_answer);
		}
	}
}

static void id_patch(const struct message_run *run, const struct cursor *id)
{
	size_t length = cursor_left(id);

	if (length <= TCAP_ID_MAX)
		run_patch(run, id->at, length, MASK_TCAP + (unsigned int)(TCAP_ID_MAX - length));
}

/* Steps over a length of Q.773 3.2.1 (X.690 8.1.3); false when it does not fit. */
static bool length_skip(struct cursor *c)
{
	uint8_t length = 0;

	return cursor_u8(c, &length) && (length <= 0x80 || cursor_skip(c, length & 0x7f));
}

/* All of a dialogue that follows its Begin is taken for the answer: then one request stays open for a lag, and those inside end at once. */
static void tcap_find(struct message_run *run, struct cursor user, bool is_return)
{
	uint8_t tag = 0;
	uint8_t length = 0;
	struct cursor id;

	if (!cursor_u8(&user, &tag) || tag < TCAP_TAG_BEGIN || tag > TCAP_TAG_ABORT || !length_skip(&user))
		return;
	run->is_answer = tag != TCAP_TAG_BEGIN || is_return;
	run->pieces->set->request_count += !run->is_answer;
	while (cursor_u8(&user, &tag) && (tag == TCAP_TAG_OTID || tag == TCAP_TAG_DTID)) {
		if (!cursor_u8(&user, &length) || !cursor_take(&user, length, &id))
			return;
		id_patch(run, &id);
	}
}

static void m3ua_find(struct message_run *run)
{
	struct cursor c = run->bytes;
	struct cursor user;
	struct m3ua m3ua;
	struct sccp sccp;

	if (m3ua_read(&c, &m3ua) != VERDICT_DECODED || !m3ua.is_data || m3ua.mtp3.service_indicator != MTP3_SI_SCCP)
		return;
	user = m3ua.user;
	if (sccp_read(&user, &sccp) == VERDICT_DECODED && (!sccp.is_segmented || sccp.is_first_segment))
		tcap_find(run, sccp.user, sccp.is_return);
}

static bool diameter_is_answer(const uint8_t *message)
{
	return (message[DIAMETER_FLAGS_AT] & DIAMETER_FLAG_REQUEST) == 0;
}

static void diameter_messages_find(struct message_run *run)
{
	struct cursor left = run->bytes;

	for (;;) {
		int64_t length = diameter_frame(&left, MESSAGE_BYTES_MAX);
		struct cursor one;

		if (length <= 0 || !cursor_take(&left, (size_t)length, &one))
			return;
		run->is_answer = diameter_is_answer(one.at);
		run->pieces->set->request_count += !run->is_answer;
		run_patch(run, one.at + DIAMETER_IDS_AT, DIAMETER_IDS, MASK_HOP);
	}
}

static void message_find(struct message_run *run)
{
	if (diameter_is_plausible(&run->bytes))
		diameter_messages_find(run);
	else if (run->first->ppid == M3UA_PPID || m3ua_is_plausible(&run->bytes))
		m3ua_find(run);
}

/* How many pieces from `first` on make one message; 0 when it is not whole. */
static size_t run_length(const struct piece *first, size_t left)
{
	size_t count = 0;

	if (!first->begins)
		return 0;
	while (count < left) {
		const struct piece *piece = &first[count];

		if (count > 0 && piece->offset > piece[-1].offset) {
			if (piece[-1].ends)
				return count;
			if (piece->offset != piece[-1].offset + 1 || piece->begins)
				return 0;
		}
		count++;
	}
	return first[count - 1].ends ? count : 0;
}

/* Looks into a message of several chunks, copied together. */
static void run_find(struct message_run *run)
{
	uint8_t *copy = malloc(MESSAGE_BYTES_MAX);
	size_t length = 0;

	if (copy == NULL) {
		run->pieces->is_short_of_memory = true;
		return;
	}
	for (size_t i = 0; i < run->count; i++) {
		const struct piece *piece = &run->first[i];

		if (i > 0 && piece->offset == piece[-1].offset)
			continue;
		if (piece->length > MESSAGE_BYTES_MAX - length)
			break;
		memcpy(copy + length, piece->bytes, piece->length);
		length += piece->length;
	}
	run->bytes = cursor_of(copy, length);
	message_find(run);
	free(copy);
}

void messages_find_sctp(struct pieces *p, struct sequence *sequence)
{
	const struct piece *all = p->all + sequence->first;
	size_t at = 0;

	if (sequence->count == 0)
		return;
	sequence->is_whole = all[0].begins && all[sequence->count - 1].ends;
	while (at < sequence->count) {
		struct message_run run = { .pieces = p, .first = all + at, .count = run_length(all + at, sequence->count - at) };

		if (run.count == 0) {
			at++;
			continue;
		}
		if (run.first->ends) {
			run.bytes = cursor_of(run.first->bytes, run.first->length);
			message_find(&run);
		} else {
			run_find(&run);
		}
		at += run.count;
	}
}

struct stream_message {
	size_t at; /* in the bytes of its direction */
	bool is_answer;
};

/* The bytes of a TCP direction side by side; what is missing is zero and begins no message. */
static uint8_t *stream_copy(const struct pieces *p, const struct sequence *sequence, size_t length)
{
	uint8_t *bytes = calloc(1, length);

	for (size_t i = 0; bytes != NULL && i < sequence->count; i++) {
		const struct piece *piece = &p->all[sequence->first + i];

		if (piece->offset <= length && piece->length <= length - piece->offset)
			memcpy(bytes + piece->offset, piece->bytes, piece->length);
	}
	return bytes;
}

/*
 * The ids of the message at `message` of the stream's `bytes`, in every piece that holds some of them. Pieces before `*from` end before any
 * of it.
 */
static void stream_patch(struct pieces *p, const struct sequence *sequence, const struct stream_message *message, size_t *from)
{
	size_t ids = message->at + DIAMETER_IDS_AT;

	/* A segment is at most 64 KiB long, so none of those further back reaches this far. */
	while (*from < sequence->count && p->all[sequence->first + *from].offset + (size_t)65536 < ids)
		(*from)++;
	for (size_t i = *from; i < sequence->count; i++) {
		const struct piece *piece = &p->all[sequence->first + i];

		if (piece->offset >= ids + DIAMETER_IDS)
			return;
		for (size_t k = 0; k < DIAMETER_IDS; k++) {
			if (ids + k >= piece->offset && ids + k - piece->offset < piece->length)
				octet_patch(p, piece, ids + k - piece->offset, MASK_HOP + (unsigned int)k, message->is_answer);
		}
	}
}

void messages_find_tcp(struct pieces *p, struct sequence *sequence)
{
	size_t length = sequence->high - sequence->low;
	uint8_t *bytes;
	struct stream_message message;
	struct cursor left;
	size_t at = 0;
	size_t from = 0;
	bool is_whole = true;

	if (sequence->count == 0)
		return;
	bytes = stream_copy(p, sequence, length);
	if (bytes == NULL) {
		p->is_short_of_memory = true;
		return;
	}
	left = cursor_of(bytes, length);
	while (cursor_left(&left) > 0) {
		int64_t one = diameter_is_plausible(&left) ? diameter_frame(&left, MESSAGE_BYTES_MAX) : 0;

		if (one <= 0) {
			is_whole = false;
			cursor_skip(&left, 1);
			at++;
			continue;
		}
		sequence->has_message = true;
		message = (struct stream_message){ .at = at, .is_answer = diameter_is_answer(bytes + at) };
		p->set->request_count += !message.is_answer;
		stream_patch(p, sequence, &message, &from);
		if (!cursor_skip(&left, (size_t)one)) {
			is_whole = false;
			break;
		}
		at += (size_t)one;
	}
	sequence->is_whole = is_whole;
	free(bytes);
}
