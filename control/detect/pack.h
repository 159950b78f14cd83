/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes that grow, and are read again: numbers big-endian, doubles as their 64 bits, texts as a length of 16 bits and their bytes. */
#ifndef SIGCANARY_DETECT_PACK_H
#define SIGCANARY_DETECT_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"

/* Zero-initialised is empty. Without memory it stays as it is, and says so at the end. Its owner frees the bytes. */
struct pack {
	uint8_t *bytes;
	size_t length, room;
	bool has_failed;
};

void pack_bytes(struct pack *p, const void *bytes, size_t length);
/* `width` bytes of the number, at most 8. */
void pack_number(struct pack *p, uint64_t number, unsigned int width);
void pack_double(struct pack *p, double value);
void pack_text(struct pack *p, const char *text);

/* False, and nothing read, when there is too little, or no finite number from zero on, or a text that does not fit `room`. */
bool unpack_double(struct cursor *c, double *ret);
bool unpack_text(struct cursor *c, char *text, size_t room);

/* CRC-32 of IEEE 802.3. */
uint32_t pack_crc32(const uint8_t *bytes, size_t length);

#endif
