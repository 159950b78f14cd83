/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plain bytes of a file that may be compressed: .gz (RFC 1952, several members) and .zst (RFC 8878, several frames), told by their
 * first bytes, anything else as it is; "-" is standard input. Owned by one thread; memory does not grow with the file.
 */
#ifndef SIGCANARY_SOURCE_INFLATE_H
#define SIGCANARY_SOURCE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* As many bytes as inflate_peek() can look ahead. */
#define INFLATE_PEEK_MAX 16

struct inflate;

/* Opens `path`. NULL and a sentence in `error` (SOURCE_ERROR_MAX bytes) when it is missing, a directory or not readable. */
struct inflate *inflate_open(const char *path, char *error);

/* The first `length` plain bytes without taking them, before anything was read: how many there are. Fewer: the end, or inflate_error(). */
size_t inflate_peek(struct inflate *i, uint8_t *to, size_t length);

/*
 * The next plain bytes: how many (at least one, perhaps fewer than `length`), 0 at the end, -1 when the file is broken here: then
 * inflate_error() says why. What comes before the broken place is delivered first.
 */
ssize_t inflate_read(struct inflate *i, void *to, size_t length);

/* The same as a stream for libraries that read from one, NULL without memory. Closing the stream leaves `i` open. */
FILE *inflate_stream(struct inflate *i);

/* A sentence with the name of the file, or NULL while nothing is broken. */
const char *inflate_error(const struct inflate *i);

/* Name of the file for sentences: the path, or "standard input". */
const char *inflate_name(const struct inflate *i);

/* Whether positions in the plain bytes are not positions in the file. */
bool inflate_is_compressed(const struct inflate *i);

/* Bytes of the file read so far and in all, as it lies on the disk; the latter 0 when it is no regular file. */
uint64_t inflate_position(const struct inflate *i);
uint64_t inflate_size(const struct inflate *i);

void inflate_close(struct inflate *i);

#endif
