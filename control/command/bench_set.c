/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded frames and their rounds, see bench_set.h. Called by `bench` alone: reading and dealing by its main thread, turning a share by
 * the worker that polls it. The places are found by bench_find.c.
 *
 * SCTP's checksums are mended where they were noted, which is when the configuration asks for their verification; TCP's and IP's are not
 * looked at by anybody.
 * Refused: captures larger than what was allowed; nothing is left out silently.
 */
#include "control/command/bench_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dataplane/base/hash.h"
#include "dataplane/source/source.h"
#include "dataplane/transport/crc32c.h"

#define MIB ((size_t)1 << 20)
/* Copies begin where a huge page may. */
#define COPY_ALIGNMENT ((size_t)2 << 20)
/* Octets that Ethernet spends beside those that are captured: check sequence, preamble, gap (IEEE 802.3 3.1, 4.4.2). */
#define ETHERNET_OVERHEAD 24
#define SCTP_SUM_AT       8

static bool frames_grow(struct bench_set *s)
{
	size_t room = s->room > 0 ? 2 * s->room : 4096;
	struct frame *frames = realloc(s->frames, room * sizeof(*frames));

	if (frames == NULL)
		return false;
	s->frames = frames;
	s->room = room;
	return true;
}

/* Keeps a frame; `shift` takes out what the capture's clock jumped so far. False when there is no room. */
static bool frame_keep(struct bench_set *s, const struct frame *frame, nanos shift)
{
	struct frame *kept;

	if (s->size < s->used + frame->captured + (s->count + 1) * sizeof(*frame) || (s->count == s->room && !frames_grow(s)))
		return false;
	kept = &s->frames[s->count++];
	*kept = *frame;
	kept->bytes = memcpy(s->memory + s->used, frame->bytes, frame->captured);
	kept->time += shift;
	kept->clock += shift;
	kept->sequence = s->count;
	s->used += frame->captured;
	s->wire_bytes += frame->wire_length;
	return true;
}

/* What a jump of the clock between two frames adds to the shift: rounds go on without it. */
static nanos jump_of(const struct bench_set *s, const struct frame *frame, nanos shift, nanos tick)
{
	nanos step;

	if (s->count == 0)
		return 0;
	step = frame->clock + shift - s->frames[s->count - 1].clock;
	return step < 0 || step > FRAME_CLOCK_JUMP ? tick - step : 0;
}

static bool arrays_open(struct bench_set *s)
{
	s->owners = calloc(s->count, sizeof(*s->owners));
	s->opens = calloc(s->count, sizeof(*s->opens));
	return s->owners != NULL && s->opens != NULL;
}

bool bench_set_take(struct bench_set *s)
{
	s->memory = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s->memory == MAP_FAILED)
		return false;
	madvise(s->memory, s->size, MADV_HUGEPAGE);
	return true;
}

bool bench_set_read(struct bench_set *s, const char *const *inputs, size_t input_count, size_t max_mib, nanos tick, char *error,
		    bool *ret_is_damaged)
{
	struct source *source = source_open_files(inputs, input_count, error);
	enum source_state state = SOURCE_MORE;
	bool has_room = true;
	nanos shift = 0;

	if (source == NULL)
		return false;
	s->size = max_mib * MIB;
	has_room = bench_set_take(s);
	while (state == SOURCE_MORE && has_room) {
		struct frame frames[SOURCE_BURST];
		size_t count = 0;

		state = source_burst(source, frames, SOURCE_BURST, &count);
		for (size_t i = 0; i < count && has_room; i++) {
			shift += jump_of(s, &frames[i], shift, tick);
			has_room = frame_keep(s, &frames[i], shift);
		}
	}
	*ret_is_damaged = state == SOURCE_DAMAGED;
	if (*ret_is_damaged)
		snprintf(error, SOURCE_ERROR_MAX, "%s", source_error(source));
	source_close(source);
	if (!has_room) {
		snprintf(error, SOURCE_ERROR_MAX, "the captures do not fit into %zu MiB; raise --max-mib or name fewer of them", max_mib);
		return false;
	}
	if (s->count == 0) {
		snprintf(error, SOURCE_ERROR_MAX, "there is no packet in the captures; name others");
		return false;
	}
	s->period = (s->frames[s->count - 1].clock - s->frames[0].clock + tick) / tick * tick;
	s->stride = s->used;
	s->copies = 1;
	if (arrays_open(s))
		return true;
	snprintf(error, SOURCE_ERROR_MAX, "no memory for %zu packets; name fewer captures", s->count);
	return false;
}

static void shares_free(struct bench_set *s)
{
	for (unsigned int i = 0; i < s->share_count; i++) {
		free(s->shares[i].opening);
		free(s->shares[i].frames);
		free(s->shares[i].patches);
		free(s->shares[i].sums);
		free(s->shares[i].copies);
	}
	free(s->shares);
	s->shares = NULL;
	s->share_count = 0;
}

void bench_set_free(struct bench_set *s)
{
	shares_free(s);
	if (s->memory != NULL && s->memory != MAP_FAILED)
		munmap(s->memory, s->size);
	free(s->frames);
	free(s->owners);
	free(s->opens);
	free(s->patches);
	free(s->sums);
	free(s->advances);
}

bool bench_set_patch(struct bench_set *s, const struct bench_patch *patch)
{
	if (s->patch_count == s->patch_room) {
		size_t room = s->patch_room > 0 ? 2 * s->patch_room : 4096;
		struct bench_patch *patches = realloc(s->patches, room * sizeof(*patches));

		if (patches == NULL)
			return false;
		s->patches = patches;
		s->patch_room = room;
	}
	s->patches[s->patch_count++] = *patch;
	return true;
}

bool bench_set_sum(struct bench_set *s, const struct bench_sum *sum)
{
	if (s->sum_count == s->sum_room) {
		size_t room = s->sum_room > 0 ? 2 * s->sum_room : 4096;
		struct bench_sum *sums = realloc(s->sums, room * sizeof(*sums));

		if (sums == NULL)
			return false;
		s->sums = sums;
		s->sum_room = room;
	}
	s->sums[s->sum_count++] = *sum;
	return true;
}

/* The frame that holds a place; frames lie in memory in their order. */
static size_t frame_of(const struct bench_set *s, const uint8_t *at)
{
	size_t low = 0;
	size_t high = s->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->frames[middle].bytes <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

bool bench_set_copy(struct bench_set *s, size_t bytes)
{
	size_t stride = (s->used + COPY_ALIGNMENT - 1) / COPY_ALIGNMENT * COPY_ALIGNMENT;
	size_t copies = (bytes + stride - 1) / stride;
	uint8_t *memory;

	if (copies <= 1)
		return true;
	memory = mmap(NULL, copies * stride, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	madvise(memory, copies * stride, MADV_HUGEPAGE);
	for (size_t i = 0; i < copies; i++)
		memcpy(memory + i * stride, s->memory, s->used);
	for (size_t i = 0; i < s->count; i++)
		s->frames[i].bytes = memory + (s->frames[i].bytes - s->memory);
	for (size_t i = 0; i < s->patch_count; i++)
		s->patches[i].at = memory + (s->patches[i].at - s->memory);
	for (size_t i = 0; i < s->sum_count; i++)
		s->sums[i].at = memory + (s->sums[i].at - s->memory);
	munmap(s->memory, s->size);
	s->memory = memory;
	s->size = copies * stride;
	s->stride = stride;
	s->copies = copies;
	return true;
}

void bench_set_pace(struct bench_set *s, double bits_per_s)
{
	nanos began = s->frames[0].clock;
	double octets = 0;

	for (size_t i = 0; i < s->count; i++) {
		s->frames[i].time = s->frames[i].clock = began + (nanos)(octets * 8e9 / bits_per_s);
		octets += s->frames[i].wire_length + ETHERNET_OVERHEAD;
	}
	s->period = (nanos)(octets * 8e9 / bits_per_s) + 1;
}

/* Counts, then fills: `is_filling` false leaves the shares' arrays alone. */
static void shares_deal(struct bench_set *s, bool is_filling)
{
	for (unsigned int i = 0; i < s->share_count; i++)
		s->shares[i].opening_count = s->shares[i].count = s->shares[i].patch_count = s->shares[i].sum_count = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct bench_share *share = &s->shares[s->owners[i] % s->share_count];

		if (is_filling)
			share->opening[share->opening_count] = s->frames[i];
		share->opening_count++;
		if (s->opens[i])
			continue;
		if (is_filling)
			share->frames[share->count] = s->frames[i];
		share->count++;
	}
	for (size_t i = 0; i < s->patch_count; i++) {
		struct bench_share *share = &s->shares[s->owners[frame_of(s, s->patches[i].at)] % s->share_count];

		if (is_filling)
			share->patches[share->patch_count] = s->patches[i];
		share->patch_count++;
	}
	for (size_t i = 0; i < s->sum_count; i++) {
		struct bench_share *share = &s->shares[s->owners[frame_of(s, s->sums[i].at)] % s->share_count];

		if (is_filling)
			share->sums[share->sum_count] = s->sums[i];
		share->sum_count++;
	}
}

/* The frames of the other copies, after those of the first. */
static void share_copy(const struct bench_set *s, struct bench_share *share)
{
	for (size_t copy = 1; copy < s->copies; copy++) {
		struct frame *frames = share->frames + copy * share->count;

		for (size_t i = 0; i < share->count; i++) {
			frames[i] = share->frames[i];
			frames[i].bytes += copy * s->stride;
		}
	}
}

static void number_advance(uint8_t *at, uint32_t by)
{
	uint32_t number = ((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) + by;

	at[0] = (uint8_t)(number >> 24);
	at[1] = (uint8_t)(number >> 16);
	at[2] = (uint8_t)(number >> 8);
	at[3] = (uint8_t)number;
}

/* `change`: rounds to go on by, and masks to mix with. */
static void patch_apply(const struct bench_set *s, const struct bench_patch *p, size_t offset, const struct bench_copy *change)
{
	if (p->stream != PATCH_NO_STREAM) {
		number_advance(p->at + offset, s->advances[p->stream] * (uint32_t)change->round);
		return;
	}
	for (unsigned int i = 0; i < p->octets; i++)
		p->at[offset + i] ^= change->masks[p->is_answer][p->mask + i];
}

/* RFC 9260 6.8 and appendix A: over the packet with a sum of zero, least significant octet first. */
static void sum_mend(uint8_t *packet, uint32_t length)
{
	uint32_t sum;

	memset(packet + SCTP_SUM_AT, 0, 4);
	sum = crc32c_end(crc32c_add(CRC32C_START, packet, length));
	for (unsigned int i = 0; i < 4; i++)
		packet[SCTP_SUM_AT + i] = (uint8_t)(sum >> 8 * i);
}

/* Brings a copy of a share to a round with its masks. */
static void copy_turn(const struct bench_set *s, struct bench_share *share, size_t copy, const struct bench_copy *to)
{
	struct bench_copy *state = &share->copies[copy];
	struct bench_copy change = { .round = to->round - state->round };

	for (unsigned int i = 0; i < 2 * MASK_OCTETS; i++)
		change.masks[i / MASK_OCTETS][i % MASK_OCTETS] = state->masks[i / MASK_OCTETS][i % MASK_OCTETS] ^
								 to->masks[i / MASK_OCTETS][i % MASK_OCTETS];
	for (size_t i = 0; i < share->patch_count; i++)
		patch_apply(s, &share->patches[i], copy * s->stride, &change);
	for (size_t i = 0; i < share->sum_count; i++)
		sum_mend(share->sums[i].at + copy * s->stride, share->sums[i].length);
	*state = *to;
}

bool bench_set_deal(struct bench_set *s, unsigned int count)
{
	static const struct bench_copy as_captured;

	for (unsigned int i = 0; i < s->share_count; i++) {
		for (size_t copy = 0; copy < s->copies; copy++)
			copy_turn(s, &s->shares[i], copy, &as_captured);
	}
	shares_free(s);
	s->shares = calloc(count, sizeof(*s->shares));
	if (s->shares == NULL)
		return false;
	s->share_count = count;
	shares_deal(s, false);
	for (unsigned int i = 0; i < count; i++) {
		struct bench_share *share = &s->shares[i];

		share->opening = calloc(share->opening_count + 1, sizeof(*share->opening));
		share->frames = calloc(s->copies * share->count + 1, sizeof(*share->frames));
		share->patches = calloc(share->patch_count + 1, sizeof(*share->patches));
		share->sums = calloc(share->sum_count + 1, sizeof(*share->sums));
		share->copies = calloc(s->copies, sizeof(*share->copies));
		if (share->opening == NULL || share->frames == NULL || share->patches == NULL || share->sums == NULL ||
		    share->copies == NULL)
			return false;
	}
	shares_deal(s, true);
	for (unsigned int i = 0; i < count; i++)
		share_copy(s, &s->shares[i]);
	return true;
}

/* The first round leaves what it sends as it was captured. */
static void mask_of(uint64_t round, uint8_t mask[MASK_OCTETS])
{
	for (unsigned int i = 0; i < MASK_OCTETS; i++)
		mask[i] = round == 0 ? 0 : (uint8_t)(hash_mix(2 * round + i / 8) >> 8 * (i % 8));
}

void bench_share_turn(const struct bench_set *s, struct bench_share *share, uint64_t round)
{
	share->round = round;
	for (size_t copy = 0; copy < s->copies && round % s->copies == 0; copy++) {
		struct bench_copy to = { .round = round + copy };

		mask_of(to.round, to.masks[0]);
		/* Before the first request lie rounds that nobody has sent. */
		mask_of(to.round - s->lag, to.masks[1]);
		copy_turn(s, share, copy, &to);
	}
}
