/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plain bytes out of plain, gzip (RFC 1952 over zlib) and Zstandard (RFC 8878 over libzstd) files or standard input.
 *
 * The first bytes decide: 1F 8B is gzip, FD2FB528 (little endian) or a skippable frame is Zstandard, anything else is handed on as it
 * is. Several gzip members or Zstandard frames one after the other are one file, as `cat a.gz b.gz` makes it; zero bytes behind the
 * last member are padding (gzip does the same). Called by the capture readers from the thread that owns the source.
 *
 * Refused: a stream that ends in the middle, wrong checksums, anything else behind the compressed data, Zstandard windows over 128 MiB
 * (libzstd's own limit, files written with --long=28 and more). What was readable before the broken place is delivered first.
 * Nothing is compressed twice here: whoever reads finds compressed bytes and says so.
 */
#include "dataplane/source/inflate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "dataplane/source/source.h"

#define RAW_BYTES   (128 * 1024)
#define MAGIC_BYTES 4
/* zlib: a window of 32 KiB (15), and the gzip wrapper expected (+ 16). */
#define GZIP_WINDOW_BITS (15 + 16)
#define GZIP_FIRST_BYTE  0x1F

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

struct inflate {
	char *name;
	int descriptor;
	enum packing packing;
	bool is_at_end;       /* the descriptor has nothing more */
	bool is_inside;       /* in the middle of a gzip member or a Zstandard frame */
	bool may_hold_output; /* the last call filled the reader's buffer: the library may have more without new input */
	z_stream gzip;
	ZSTD_DCtx *zstd;
	uint64_t position;
	uint64_t size;
	uint64_t delivered;     /* plain bytes */
	uint8_t raw[RAW_BYTES]; /* read from the file and not yet used: [raw_start, raw_end) */
	size_t raw_start;
	size_t raw_end;
	uint8_t head[INFLATE_PEEK_MAX]; /* plain bytes looked at ahead: [head_start, head_end) */
	size_t head_start;
	size_t head_end;
	char error[SOURCE_ERROR_MAX];
};

static ssize_t descriptor_read(struct inflate *i, void *to, size_t length)
{
	/* A signal that interrupts the wait for standard input ends the reading: it was sent for that (ahead.c). */
	ssize_t got = read(i->descriptor, to, length);

	if (got < 0)
		snprintf(i->error, sizeof(i->error), "%.256s: cannot be read any further: %s", i->name, strerror(errno));
	else if (got == 0)
		i->is_at_end = true;
	else
		i->position += (uint64_t)got;
	return got;
}

/* Reads more raw bytes behind those that are left; false at the end or when reading failed. */
static bool raw_fill(struct inflate *i)
{
	ssize_t got;

	if (i->is_at_end)
		return false;
	if (i->raw_start > 0) {
		memmove(i->raw, i->raw + i->raw_start, i->raw_end - i->raw_start);
		i->raw_end -= i->raw_start;
		i->raw_start = 0;
	}
	got = descriptor_read(i, i->raw + i->raw_end, RAW_BYTES - i->raw_end);
	if (got <= 0)
		return false;
	i->raw_end += (size_t)got;
	return true;
}

/* Raw bytes to work on; false at the end, with a sentence when the compressed data wants more. */
static bool raw_demand(struct inflate *i)
{
	if (i->raw_start < i->raw_end || raw_fill(i))
		return true;
	if (i->error[0] == '\0' && i->is_inside)
		snprintf(i->error, sizeof(i->error),
			 "%.256s: the compressed file ends in the middle, after %llu bytes: cut off while it was written or copied",
			 i->name, (unsigned long long)i->position);
	return false;
}

static void broken(struct inflate *i, const char *why)
{
	uint64_t at = i->position - (i->raw_end - i->raw_start);

	snprintf(i->error, sizeof(i->error), "%.256s: the compressed data is broken at byte %llu: %s", i->name, (unsigned long long)at,
		 why);
}

static ssize_t plain_decode(struct inflate *i, uint8_t *to, size_t length)
{
	size_t left = i->raw_end - i->raw_start;

	if (left == 0)
		return i->is_at_end ? 0 : descriptor_read(i, to, length);
	if (left > length)
		left = length;
	memcpy(to, i->raw + i->raw_start, left);
	i->raw_start += left;
	return (ssize_t)left;
}

/* Between two members (RFC 1952 2.2): steps over zero padding, begins the next member; false when there is none. */
static bool gzip_member_begin(struct inflate *i)
{
	while (raw_demand(i)) {
		if (i->raw[i->raw_start] == GZIP_FIRST_BYTE) {
			inflateReset(&i->gzip);
			i->is_inside = true;
			return true;
		}
		if (i->raw[i->raw_start] != 0) {
			broken(i, "something else follows the compressed data");
			return false;
		}
		i->raw_start++;
	}
	return false;
}

static ssize_t gzip_decode(struct inflate *i, uint8_t *to, size_t length)
{
	uInt room = length > UINT_MAX ? UINT_MAX : (uInt)length;

	i->gzip.next_out = to;
	i->gzip.avail_out = room;
	while (i->gzip.avail_out == room) {
		int result;

		if (!i->is_inside && !gzip_member_begin(i))
			break;
		if (!i->may_hold_output && !raw_demand(i))
			break;
		i->gzip.next_in = i->raw + i->raw_start;
		i->gzip.avail_in = (uInt)(i->raw_end - i->raw_start);
		result = inflate(&i->gzip, Z_NO_FLUSH);
		i->raw_start = i->raw_end - i->gzip.avail_in;
		i->may_hold_output = i->gzip.avail_out == 0;
		if (result == Z_STREAM_END) {
			i->is_inside = false;
			i->may_hold_output = false;
		} else if (result != Z_OK && result != Z_BUF_ERROR) {
			broken(i, i->gzip.msg != NULL ? i->gzip.msg : "not gzip");
			break;
		}
	}
	if (i->gzip.avail_out == room)
		return i->error[0] != '\0' ? -1 : 0;
	return (ssize_t)(room - i->gzip.avail_out);
}

static ssize_t zstd_decode(struct inflate *i, uint8_t *to, size_t length)
{
	ZSTD_outBuffer out = { .dst = to, .size = length };

	while (out.pos == 0) {
		ZSTD_inBuffer in = { .src = i->raw };
		size_t result;

		if (!i->may_hold_output && !raw_demand(i))
			break;
		in.size = i->raw_end;
		in.pos = i->raw_start;
		result = ZSTD_decompressStream(i->zstd, &out, &in);
		i->raw_start = in.pos;
		if (ZSTD_isError(result)) {
			broken(i, ZSTD_getErrorName(result));
			break;
		}
		i->is_inside = result != 0;
		i->may_hold_output = i->is_inside && out.pos == out.size;
	}
	if (out.pos == 0)
		return i->error[0] != '\0' ? -1 : 0;
	return (ssize_t)out.pos;
}

static ssize_t packing_decode(struct inflate *i, uint8_t *to, size_t length)
{
	if (i->error[0] != '\0')
		return -1;
	switch (i->packing) {
	case PACKING_GZIP:
		return gzip_decode(i, to, length);
	case PACKING_ZSTD:
		return zstd_decode(i, to, length);
	case PACKING_NONE:
		break;
	}
	return plain_decode(i, to, length);
}

static enum packing packing_of(const uint8_t *magic, size_t length)
{
	uint32_t first;

	if (length >= 2 && magic[0] == GZIP_FIRST_BYTE && magic[1] == 0x8B)
		return PACKING_GZIP;
	if (length < MAGIC_BYTES)
		return PACKING_NONE;
	first = (uint32_t)magic[3] << 24 | (uint32_t)magic[2] << 16 | (uint32_t)magic[1] << 8 | magic[0];
	if (first == ZSTD_MAGICNUMBER || (first & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START)
		return PACKING_ZSTD;
	return PACKING_NONE;
}

/* Looks at the first bytes and makes the right library ready. False and the sentence in i->error when that fails. */
static bool packing_begin(struct inflate *i)
{
	while (i->raw_end < MAGIC_BYTES && raw_fill(i))
		;
	if (i->error[0] != '\0')
		return false;
	i->packing = packing_of(i->raw, i->raw_end);
	if (i->packing == PACKING_GZIP && inflateInit2(&i->gzip, GZIP_WINDOW_BITS) != Z_OK) {
		i->packing = PACKING_NONE;
		snprintf(i->error, sizeof(i->error), "%.256s: no memory to decompress", i->name);
		return false;
	}
	if (i->packing == PACKING_ZSTD && (i->zstd = ZSTD_createDCtx()) == NULL) {
		snprintf(i->error, sizeof(i->error), "%.256s: no memory to decompress", i->name);
		return false;
	}
	i->is_inside = i->packing != PACKING_NONE;
	return true;
}

/* Opens the file itself; the sentence in i->error when it cannot be read. */
static bool descriptor_open(struct inflate *i, const char *path)
{
	struct stat facts;

	i->descriptor = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (i->descriptor < 0 || fstat(i->descriptor, &facts) != 0) {
		snprintf(i->error, sizeof(i->error), "%.256s: cannot be opened: %s", i->name, strerror(errno));
		return false;
	}
	if (S_ISDIR(facts.st_mode)) {
		snprintf(i->error, sizeof(i->error), "%.256s: is a directory; name the capture files in it", i->name);
		return false;
	}
	i->size = S_ISREG(facts.st_mode) ? (uint64_t)facts.st_size : 0;
	return true;
}

struct inflate *inflate_open(const char *path, char *error)
{
	struct inflate *i = malloc(sizeof(*i));

	if (i == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: no memory to open it", path);
		return NULL;
	}
	*i = (struct inflate){ .descriptor = -1 };
	i->name = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
	if (i->name == NULL)
		snprintf(i->error, sizeof(i->error), "%.256s: no memory to open it", path);
	if (i->name == NULL || !descriptor_open(i, path) || !packing_begin(i)) {
		snprintf(error, SOURCE_ERROR_MAX, "%s", i->error);
		inflate_close(i);
		return NULL;
	}
	return i;
}

size_t inflate_peek(struct inflate *i, uint8_t *to, size_t length)
{
	if (length > INFLATE_PEEK_MAX)
		length = INFLATE_PEEK_MAX;
	while (i->head_end < length) {
		ssize_t got = packing_decode(i, i->head + i->head_end, length - i->head_end);

		if (got <= 0)
			break;
		i->head_end += (size_t)got;
	}
	if (length > i->head_end)
		length = i->head_end;
	memcpy(to, i->head, length);
	return length;
}

ssize_t inflate_read(struct inflate *i, void *to, size_t length)
{
	size_t left = i->head_end - i->head_start;
	ssize_t got;

	if (length == 0)
		return 0;
	if (left == 0) {
		got = packing_decode(i, to, length);
	} else {
		got = (ssize_t)(left < length ? left : length);
		memcpy(to, i->head + i->head_start, (size_t)got);
		i->head_start += (size_t)got;
	}
	if (got > 0)
		i->delivered += (uint64_t)got;
	return got;
}

static ssize_t stream_read(void *cookie, char *to, size_t length)
{
	ssize_t got = inflate_read(cookie, to, length);

	if (got < 0)
		errno = EIO;
	return got;
}

/* Only answers where the stream is, so that ftello() works; nothing is ever read twice. */
static int stream_seek(void *cookie, off64_t *offset, int whence)
{
	const struct inflate *i = cookie;

	if (whence != SEEK_CUR || *offset != 0) {
		errno = ESPIPE;
		return -1;
	}
	*offset = (off64_t)i->delivered;
	return 0;
}

FILE *inflate_stream(struct inflate *i)
{
	return fopencookie(i, "rb", (cookie_io_functions_t){ .read = stream_read, .seek = stream_seek });
}

const char *inflate_error(const struct inflate *i)
{
	return i->error[0] != '\0' ? i->error : NULL;
}

const char *inflate_name(const struct inflate *i)
{
	return i->name;
}

bool inflate_is_compressed(const struct inflate *i)
{
	return i->packing != PACKING_NONE;
}

uint64_t inflate_position(const struct inflate *i)
{
	return i->position;
}

uint64_t inflate_size(const struct inflate *i)
{
	return i->size;
}

void inflate_close(struct inflate *i)
{
	if (i == NULL)
		return;
	if (i->packing == PACKING_GZIP)
		inflateEnd(&i->gzip);
	ZSTD_freeDCtx(i->zstd);
	if (i->descriptor > STDIN_FILENO)
		close(i->descriptor);
	free(i->name);
	free(i);
}
