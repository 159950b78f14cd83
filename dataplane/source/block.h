/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The blocks of a pcapng file (draft-ietf-opsawg-pcapng, 3.1): type, length, body, length again. For pcapng.c alone, which knows what
 * they mean.
 *
 * Invariant: the body of a block that was read lies whole in the window until the next block is asked for.
 */
#ifndef SIGCANARY_SOURCE_BLOCK_H
#define SIGCANARY_SOURCE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/source/inflate.h"
#include "dataplane/source/source.h"

#define BLOCK_SECTION_HEADER  0x0A0D0D0A
#define BLOCK_INTERFACE       1
#define BLOCK_PACKET          2
#define BLOCK_SIMPLE_PACKET   3
#define BLOCK_ENHANCED_PACKET 6

/* A block that is read lies whole in the window: the longest packet and plenty of options. */
#define BLOCK_WINDOW_BYTES (1024 * 1024)
/* A block that is only stepped over; as libpcap and Wireshark. */
#define BLOCK_SKIP_MAX (16 * 1024 * 1024)

struct block {
	uint32_t type;   /* one of those above */
	uint32_t length; /* as it says, header and trailer included */
	struct cursor body;
};

enum block_state {
	BLOCK_READ,
	BLOCK_SKIPPED, /* of a type that is not used */
	BLOCK_NONE,    /* the file ends where a block may end */
	BLOCK_BROKEN,  /* `error` says where and why */
};

struct blocks {
	struct inflate *input;
	uint64_t offset;              /* of window[start] in the plain bytes */
	uint64_t packets;             /* counted by pcapng.c, for sentences */
	size_t start, end;            /* what the window holds */
	size_t taken;                 /* bytes of the block that was handed out last: released at the next call */
	bool is_big_endian;           /* of this section */
	char error[SOURCE_ERROR_MAX]; /* empty while all is well */
	uint8_t window[BLOCK_WINDOW_BYTES];
};

void blocks_begin(struct blocks *p, struct inflate *input);

enum block_state blocks_next(struct blocks *p, struct block *ret);

/* Writes the sentence of a damage in the block at hand, unless the input itself is broken: then that one. Always false. */
bool blocks_broken(struct blocks *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fields in the byte order of the section; false when the window is too short. */
static inline bool block_u16(const struct blocks *p, struct cursor *c, uint16_t *ret)
{
	return p->is_big_endian ? cursor_be16(c, ret) : cursor_le16(c, ret);
}

static inline bool block_u32(const struct blocks *p, struct cursor *c, uint32_t *ret)
{
	return p->is_big_endian ? cursor_be32(c, ret) : cursor_le32(c, ret);
}

/* 64-bit times are two words, the upper one first, in either byte order (4.3). */
static inline bool block_time(const struct blocks *p, struct cursor *c, uint64_t *ret)
{
	uint32_t upper;
	uint32_t lower;

	if (cursor_left(c) < sizeof(*ret) || !block_u32(p, c, &upper) || !block_u32(p, c, &lower))
		return false;
	*ret = (uint64_t)upper << 32 | lower;
	return true;
}

/* if_tsoffset is one 64-bit number in the byte order of the section (4.2): seconds. */
static inline bool block_offset(const struct blocks *p, struct cursor *c, int64_t *ret)
{
	uint64_t words;

	if (!block_time(p, c, &words))
		return false;
	*ret = (int64_t)(p->is_big_endian ? words : words << 32 | words >> 32);
	return true;
}

#endif
