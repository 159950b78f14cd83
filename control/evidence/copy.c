/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Redacted copies, see copy.h. Redaction keeps every length, so blocks stay as they are but for the bytes of packets. Called by the threads
 * that serve; only for files of this machine's own making.
 */
#include "control/evidence/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/evidence/pcapng_write.h"
#include "control/evidence/redact.h"

#define BLOCK_MOST  ((size_t)1 << 20)
#define BLOCK_LEAST 12
#define PACKET_AT   28 /* header, interface, time, two lengths */

struct copy {
	FILE *in;
	FILE *out;
	struct redactor *redactor;
	uint8_t *block;
	uint8_t link_types[PCAPNG_INTERFACES_MAX];
	size_t interface_count;
};

static uint32_t u32_at(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static void packet_redact(struct copy *c, uint32_t length)
{
	uint32_t interface = u32_at(c->block + 8);
	uint32_t captured = u32_at(c->block + 20);
	struct frame frame = { .bytes = c->block + PACKET_AT, .captured = captured, .wire_length = u32_at(c->block + 24) };

	if (length < PACKET_AT + 4 || captured > length - PACKET_AT - 4)
		return;
	frame.is_cut = frame.captured < frame.wire_length;
	frame.link_type = interface < c->interface_count ? c->link_types[interface] : (uint8_t)LINK_TYPE_UNSUPPORTED;
	redact_frame(c->redactor, &frame, c->block + PACKET_AT, NULL, 0);
}

/* The next block; 0 at the end, or where the rest is not there yet. */
static uint32_t block_read(struct copy *c)
{
	uint32_t length;

	if (fread(c->block, 8, 1, c->in) != 1)
		return 0;
	length = u32_at(c->block + 4);
	if (length < BLOCK_LEAST || length % 4 != 0 || length > BLOCK_MOST || fread(c->block + 8, length - 8, 1, c->in) != 1)
		return 0;
	return length;
}

static bool blocks_copy(struct copy *c)
{
	uint32_t length;

	while ((length = block_read(c)) > 0) {
		uint32_t type = u32_at(c->block);
		uint16_t number;

		if (type == PCAPNG_BLOCK_INTERFACE && c->interface_count < PCAPNG_INTERFACES_MAX) {
			memcpy(&number, c->block + 8, sizeof(number));
			c->link_types[c->interface_count++] = pcapng_link_type(number);
		} else if (type == PCAPNG_BLOCK_PACKET) {
			packet_redact(c, length);
		}
		if (fwrite(c->block, length, 1, c->out) != 1)
			return false;
	}
	return fflush(c->out) == 0;
}

int copy_redacted(int file)
{
	struct copy c = { .redactor = redactor_new(), .block = malloc(BLOCK_MOST) };
	int source = fcntl(file, F_DUPFD_CLOEXEC, 0);
	int result = -ENOMEM;

	c.in = source >= 0 ? fdopen(source, "r") : NULL;
	c.out = tmpfile();
	if (c.in != NULL && c.out != NULL && c.redactor != NULL && c.block != NULL) {
		result = blocks_copy(&c) ? fcntl(fileno(c.out), F_DUPFD_CLOEXEC, 0) : -EIO;
		if (result >= 0 && lseek(result, 0, SEEK_SET) != 0)
			result = -EIO;
	}
	if (c.in != NULL)
		fclose(c.in);
	else if (source >= 0)
		close(source);
	if (c.out != NULL)
		fclose(c.out);
	redactor_free(c.redactor);
	free(c.block);
	return result;
}
