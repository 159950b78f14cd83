/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One capture file, pcap or pcapng, as a sequence of records. The bytes of a record are valid until the next record of the same file is
 * asked for. Owned by the thread that owns the source.
 */
#ifndef SIGCANARY_SOURCE_CAPTURE_H
#define SIGCANARY_SOURCE_CAPTURE_H

#include <stdint.h>

#include "dataplane/base/nanos.h"

/* Longest record delivered (libpcap's MAXIMUM_SNAPLEN, Wireshark's WTAP_MAX_PACKET_SIZE_STANDARD); the rest of a longer one is cut. */
#define CAPTURE_BYTES_MAX 262144

struct capture_record {
	const uint8_t *bytes;
	uint32_t captured;    /* at most CAPTURE_BYTES_MAX */
	uint32_t wire_length; /* at least `captured` */
	nanos time;           /* within ±CLOCK_TIME_MAX */
	uint8_t link_type;    /* enum link_type */
};

enum capture_state {
	CAPTURE_RECORD,
	CAPTURE_END,
	CAPTURE_DAMAGED, /* nothing more can be read; capture_error() says where and why */
};

struct capture;

/* NULL and a sentence in `error` (SOURCE_ERROR_MAX bytes) when the file cannot be opened or is no capture. */
struct capture *capture_open(const char *path, char *error);

enum capture_state capture_next(struct capture *c, struct capture_record *ret);

/* The sentence that belongs to CAPTURE_DAMAGED. */
const char *capture_error(const struct capture *c);

/* Bytes of the file read so far and in all, as it lies on the disk; the latter 0 when unknown. */
uint64_t capture_position(const struct capture *c);
uint64_t capture_size(const struct capture *c);

void capture_close(struct capture *c);

#endif
