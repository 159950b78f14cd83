/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded frames and their rounds, see bench_set.h. Called by `bench` alone: reading and dealing by its main thread, turning a share by
 * the worker that polls it. The places are found by bench_find.c.
 *
 * Checksums are not mended: SCTP's are only counted (and only when the configuration asks), TCP's and IP's are not looked at.
 * Refused: captures larger than what was allowed; nothing is left out silently.
 */
#include "control/command/bench_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dataplane/base/hash.h"
#include "dataplane/source/source.h"

#define MIB ((size_t)1 << 20)

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
	s->memory = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	has_room = s->memory != MAP_FAILED;
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
	if (arrays_open(s))
		return true;
	snprintf(error, SOURCE_ERROR_MAX, "no memory for %zu packets; name fewer captures", s->count);
	return false;
}

static void shares_free(struct bench_set *s)
{
	for (unsigned int i = 0; i < s->share_count; i++) {
		free(s->shares[i].frames);
		free(s->shares[i].patches);
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

/* Counts, then fills: `is_filling` false leaves the shares' arrays alone. */
static void shares_deal(struct bench_set *s, uint64_t round, bool is_filling)
{
	for (unsigned int i = 0; i < s->share_count; i++)
		s->shares[i].count = s->shares[i].patch_count = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct bench_share *share = &s->shares[s->owners[i] % s->share_count];

		if (round > 0 && s->opens[i])
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
}

bool bench_set_deal(struct bench_set *s, unsigned int count)
{
	uint64_t round = 0;

	for (unsigned int i = 0; i < s->share_count; i++)
		round = s->shares[i].round > round ? s->shares[i].round : round;
	for (unsigned int i = 0; i < s->share_count; i++)
		bench_share_turn(s, &s->shares[i], round);
	shares_free(s);
	s->shares = calloc(count, sizeof(*s->shares));
	if (s->shares == NULL)
		return false;
	s->share_count = count;
	shares_deal(s, round, false);
	for (unsigned int i = 0; i < count; i++) {
		struct bench_share *share = &s->shares[i];

		share->round = round;
		share->frames = calloc(share->count + 1, sizeof(*share->frames));
		share->patches = calloc(share->patch_count + 1, sizeof(*share->patches));
		if (share->frames == NULL || share->patches == NULL)
			return false;
	}
	shares_deal(s, round, true);
	return true;
}

/* The first round leaves the frames as they were captured. */
static void mask_of(uint64_t round, uint8_t mask[MASK_OCTETS])
{
	for (unsigned int i = 0; i < MASK_OCTETS; i++)
		mask[i] = round == 0 ? 0 : (uint8_t)(hash_mix(2 * round + i / 8) >> 8 * (i % 8));
}

static void number_advance(uint8_t *at, uint32_t by)
{
	uint32_t number = ((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) + by;

	at[0] = (uint8_t)(number >> 24);
	at[1] = (uint8_t)(number >> 16);
	at[2] = (uint8_t)(number >> 8);
	at[3] = (uint8_t)number;
}

/* Leaves the handshakes out, once. */
static void openings_drop(const struct bench_set *s, struct bench_share *share)
{
	size_t kept = 0;

	for (size_t i = 0; i < share->count; i++) {
		if (!s->opens[share->frames[i].sequence - 1])
			share->frames[kept++] = share->frames[i];
	}
	share->count = kept;
}

void bench_share_turn(const struct bench_set *s, struct bench_share *share, uint64_t round)
{
	uint8_t before[MASK_OCTETS];
	uint8_t after[MASK_OCTETS];

	if (round == share->round)
		return;
	if (share->round == 0)
		openings_drop(s, share);
	mask_of(share->round, before);
	mask_of(round, after);
	for (size_t i = 0; i < share->patch_count; i++) {
		const struct bench_patch *p = &share->patches[i];

		if (p->stream != PATCH_NO_STREAM)
			number_advance(p->at, s->advances[p->stream] * (uint32_t)(round - share->round));
		else
			*p->at ^= before[p->mask] ^ after[p->mask];
	}
	share->round = round;
}
