/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Redacted copies, see copy.h. Redaction keeps every length, so blocks (draft-ietf-opsawg-pcapng 3.1) stay as they are but for the bytes of
 * packets. Where a piece ends within a block, the next one begins by reading that block again. What is no block of pcapng_write.h ends the
 * copy: bytes that nobody has looked into are not given away. Called by the listener's thread.
 */
#include "control/evidence/copy.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/evidence/pcapng_write.h"
#include "control/evidence/redact.h"

#define BLOCK_MOST  ((size_t)1 << 20)
#define BLOCK_LEAST 12
#define BLOCK_HEAD  8
#define PACKET_AT   28 /* header, interface, time, two lengths */
#define OPTION_HEAD 4
/* A subscriber's number in a comment of a probe that showed them: as in the text of packets, so many digits stay. */
#define WORD_LEAST 8
#define WORD_KEPT  5

struct copier {
	struct redactor *redactor;
	uint8_t block[BLOCK_MOST];
};

struct copy {
	struct copier *copier;
	int file;
	off_t at;      /* where the next block begins */
	off_t end;     /* of what was there when the copy was opened */
	size_t within; /* octets of that block that were given already */
	bool is_wrong;
	uint8_t link_types[PCAPNG_INTERFACES_MAX];
	size_t interface_count;
};

struct copier *copier_new(void)
{
	struct copier *c = malloc(sizeof(*c));

	if (c == NULL)
		return NULL;
	c->redactor = redactor_new();
	if (c->redactor != NULL)
		return c;
	free(c);
	return NULL;
}

void copier_free(struct copier *c)
{
	if (c != NULL)
		redactor_free(c->redactor);
	free(c);
}

struct copy *copy_open(struct copier *copier, int file)
{
	struct copy *c = calloc(1, sizeof(*c));
	struct stat found;

	if (c == NULL || fstat(file, &found) != 0) {
		free(c);
		return NULL;
	}
	c->copier = copier;
	c->file = file;
	c->end = found.st_size;
	return c;
}

void copy_close(struct copy *c)
{
	if (c == NULL)
		return;
	close(c->file);
	free(c);
}

static uint32_t u32_at(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint16_t u16_at(const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* Words of a comment that are nothing but digits. */
static void comment_redact(uint8_t *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t decimal = 0, word = 0;

		while (at + word < length && text[at + word] != ' ' && text[at + word] != ',') {
			decimal += text[at + word] >= '0' && text[at + word] <= '9';
			word++;
		}
		if (word == decimal && word >= WORD_LEAST)
			memset(text + at + WORD_KEPT, '0', word - WORD_KEPT);
		at += word + 1;
	}
}

/* Options behind a packet: comments, and the end. */
static bool options_redact(uint8_t *at, size_t left)
{
	while (left >= OPTION_HEAD) {
		uint16_t code = u16_at(at);
		size_t length = u16_at(at + 2);
		size_t padded = OPTION_HEAD + (length + 3) / 4 * 4;

		if (code == 0)
			return true;
		if (padded > left || code != PCAPNG_OPTION_COMMENT)
			return false;
		comment_redact(at + OPTION_HEAD, length);
		at += padded;
		left -= padded;
	}
	return left == 0;
}

/* False when the block is not what its writer makes. */
static bool packet_redact(struct copy *c, uint8_t *block, uint32_t length)
{
	struct frame frame = { .bytes = block + PACKET_AT };
	uint32_t interface;
	size_t room, padded;

	if (length < PACKET_AT + sizeof(uint32_t))
		return false;
	room = length - PACKET_AT - sizeof(uint32_t);
	interface = u32_at(block + BLOCK_HEAD);
	frame.captured = u32_at(block + 20);
	frame.wire_length = u32_at(block + 24);
	padded = ((size_t)frame.captured + 3) / 4 * 4;
	if (padded > room || interface >= c->interface_count)
		return false;
	frame.is_cut = frame.captured < frame.wire_length;
	frame.link_type = c->link_types[interface];
	redact_frame(c->copier->redactor, &frame, block + PACKET_AT, NULL, 0);
	return options_redact(block + PACKET_AT + padded, room - padded);
}

static bool interface_add(struct copy *c, const uint8_t *block, uint32_t length)
{
	if (length < BLOCK_LEAST + sizeof(uint32_t) || c->interface_count == PCAPNG_INTERFACES_MAX)
		return false;
	c->link_types[c->interface_count++] = pcapng_link_type(u16_at(block + BLOCK_HEAD));
	return true;
}

static bool block_redact(struct copy *c, uint8_t *block, uint32_t length)
{
	switch (u32_at(block)) {
	case PCAPNG_BLOCK_SECTION:
		return c->at == 0;
	case PCAPNG_BLOCK_INTERFACE:
		return c->within > 0 || interface_add(c, block, length);
	case PCAPNG_BLOCK_PACKET:
		return packet_redact(c, block, length);
	default:
		return false;
	}
}

static bool read_whole(const struct copy *c, off_t at, uint8_t *ret, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t got = pread(c->file, ret + done, length - done, at + (off_t)done);

		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

/* The next block, overwritten; 0 at the end, or where the rest was not there yet. */
static uint32_t block_read(struct copy *c)
{
	uint8_t *block = c->copier->block;
	uint32_t length;

	if (c->end - c->at < BLOCK_LEAST)
		return 0;
	c->is_wrong = true;
	if (!read_whole(c, c->at, block, BLOCK_HEAD))
		return 0;
	length = u32_at(block + 4);
	if (length < BLOCK_LEAST || length % 4 != 0 || length > BLOCK_MOST)
		return 0;
	if (c->end - c->at < (off_t)length) {
		c->is_wrong = false;
		return 0;
	}
	if (!read_whole(c, c->at + BLOCK_HEAD, block + BLOCK_HEAD, length - BLOCK_HEAD) || u32_at(block + length - 4) != length)
		return 0;
	/* Somebody who writes into the file meanwhile may have made the block shorter than what was given of it. */
	c->is_wrong = length <= c->within || !block_redact(c, block, length);
	return c->is_wrong ? 0 : length;
}

ssize_t copy_read(struct copy *c, uint8_t *ret, size_t size)
{
	size_t done = 0;
	uint32_t length;

	while (done < size && !c->is_wrong && (length = block_read(c)) > 0) {
		size_t left = length - c->within;
		size_t part = left < size - done ? left : size - done;

		memcpy(ret + done, c->copier->block + c->within, part);
		done += part;
		c->within = part < left ? c->within + part : 0;
		c->at += c->within > 0 ? 0 : (off_t)length;
	}
	return done > 0 || !c->is_wrong ? (ssize_t)done : -1;
}
