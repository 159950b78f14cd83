/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One capture file of either format. pcap (draft-ietf-opsawg-pcap: micro- and nanoseconds, both byte orders, the variant of A. Kuznetsov)
 * is read by libpcap from the decompressed stream, pcapng by pcapng.c. Told apart by the first four bytes.
 *
 * Called by files.c from the thread that owns the source. Refused at opening, with a sentence: empty files, text, files compressed
 * twice, anything else without a capture's magic, file headers that libpcap refuses. Damage later on is a state, not a crash: the
 * records before it have been delivered. IXIA's and other private variants of pcap are not known.
 */
#include "dataplane/source/capture.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "dataplane/base/cursor.h"
#include "dataplane/source/inflate.h"
#include "dataplane/source/linktype.h"
#include "dataplane/source/pcapng.h"
#include "dataplane/source/source.h"

#define MAGIC_PCAPNG         0x0A0D0D0A
#define MAGIC_PCAP_MICRO     0xA1B2C3D4
#define MAGIC_PCAP_NANO      0xA1B23C4D
#define MAGIC_PCAP_KUZNETSOV 0xA1B2CD34
#define MAGIC_BYTES          4
/* stdio's own 4 KiB would cost a read() every 15 packets. */
#define STREAM_BYTES (256 * 1024)

struct capture {
	struct inflate *input;
	struct pcapng *pcapng; /* one of the two */
	pcap_t *pcap;
	uint64_t packets;
	uint8_t link_type;
	char error[SOURCE_ERROR_MAX];
	char stream[STREAM_BYTES];
};

static bool magic_is_pcap(uint32_t magic)
{
	static const uint32_t known[] = { MAGIC_PCAP_MICRO, MAGIC_PCAP_NANO, MAGIC_PCAP_KUZNETSOV };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (magic == known[i] || __builtin_bswap32(magic) == known[i])
			return true;
	return false;
}

/* Says what a file is that is no capture. */
static void stranger_describe(const struct inflate *input, const uint8_t *first, size_t length, char *error)
{
	const char *name = inflate_name(input);
	size_t readable = 0;

	while (readable < length && (isprint(first[readable]) || isspace(first[readable])))
		readable++;
	if (inflate_error(input) != NULL)
		snprintf(error, SOURCE_ERROR_MAX, "%s", inflate_error(input));
	else if (length == 0)
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: is empty, not even the header of a capture is there", name);
	else if (length < MAGIC_BYTES)
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: is no capture, it has only %zu bytes", name, length);
	else if (readable == length)
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: is no capture but text; pcap and pcapng are read, plain or as .gz or .zst",
			 name);
	else if ((first[0] == 0x1F && first[1] == 0x8B) || (first[0] == 0x28 && first[1] == 0xB5))
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: is compressed twice; unpack it once", name);
	else
		snprintf(error, SOURCE_ERROR_MAX,
			 "%.256s: is no capture, it begins with %02X %02X %02X %02X; pcap and pcapng are read, plain or as .gz or .zst",
			 name, first[0], first[1], first[2], first[3]);
}

static bool pcap_begin(struct capture *c, char *error)
{
	char words[PCAP_ERRBUF_SIZE] = "";
	FILE *stream = inflate_stream(c->input);

	if (stream == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: no memory to read it", inflate_name(c->input));
		return false;
	}
	setvbuf(stream, c->stream, _IOFBF, sizeof(c->stream));
	c->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, words);
	if (c->pcap == NULL) {
		fclose(stream);
		if (inflate_error(c->input) != NULL)
			snprintf(error, SOURCE_ERROR_MAX, "%s", inflate_error(c->input));
		else
			snprintf(error, SOURCE_ERROR_MAX, "%.200s: the header of the capture is damaged: %.250s", inflate_name(c->input),
				 words);
		return false;
	}
	c->link_type = linktype_read((uint32_t)pcap_datalink(c->pcap));
	return true;
}

static bool format_begin(struct capture *c, char *error)
{
	uint8_t first[INFLATE_PEEK_MAX];
	size_t length = inflate_peek(c->input, first, sizeof(first));
	struct cursor head = cursor_of(first, length);
	uint32_t magic = 0;

	cursor_be32(&head, &magic);
	if (magic_is_pcap(magic))
		return pcap_begin(c, error);
	if (magic == MAGIC_PCAPNG) {
		c->pcapng = pcapng_open(c->input, error);
		return c->pcapng != NULL;
	}
	stranger_describe(c->input, first, length, error);
	return false;
}

struct capture *capture_open(const char *path, char *error)
{
	struct capture *c = malloc(sizeof(*c));

	if (c == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: no memory to read it", path);
		return NULL;
	}
	memset(c, 0, offsetof(struct capture, stream));
	c->input = inflate_open(path, error);
	if (c->input == NULL || !format_begin(c, error)) {
		capture_close(c);
		return NULL;
	}
	return c;
}

static enum capture_state pcap_damaged(struct capture *c)
{
	const char *compressed = inflate_is_compressed(c->input) ? " of the decompressed content" : "";

	if (inflate_error(c->input) != NULL)
		snprintf(c->error, sizeof(c->error), "%s (packets before it: %llu)", inflate_error(c->input),
			 (unsigned long long)c->packets);
	else
		snprintf(c->error, sizeof(c->error), "%.200s: damaged before byte %lld%s, after packet %llu: %.200s",
			 inflate_name(c->input), (long long)ftello(pcap_file(c->pcap)), compressed, (unsigned long long)c->packets,
			 pcap_geterr(c->pcap));
	return CAPTURE_DAMAGED;
}

static enum capture_state pcap_record_next(struct capture *c, struct capture_record *ret)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int result;

	if (c->error[0] != '\0')
		return CAPTURE_DAMAGED;
	result = pcap_next_ex(c->pcap, &header, &bytes);
	if (result == PCAP_ERROR_BREAK && inflate_error(c->input) == NULL)
		return CAPTURE_END;
	if (result != 1)
		return pcap_damaged(c);
	c->packets++;
	*ret = (struct capture_record){
		.bytes = bytes,
		.captured = header->caplen < CAPTURE_BYTES_MAX ? header->caplen : CAPTURE_BYTES_MAX,
		.wire_length = header->len > header->caplen ? header->len : header->caplen,
		/* The seconds of the file are unsigned, libpcap takes them as signed. */
		.time = (nanos)(uint32_t)header->ts.tv_sec * NANOS_PER_S + (nanos)header->ts.tv_usec,
		.link_type = c->link_type,
	};
	return CAPTURE_RECORD;
}

enum capture_state capture_next(struct capture *c, struct capture_record *ret)
{
	return c->pcapng != NULL ? pcapng_next(c->pcapng, ret) : pcap_record_next(c, ret);
}

const char *capture_error(const struct capture *c)
{
	return c->pcapng != NULL ? pcapng_error(c->pcapng) : c->error;
}

uint64_t capture_position(const struct capture *c)
{
	return inflate_position(c->input);
}

uint64_t capture_size(const struct capture *c)
{
	return inflate_size(c->input);
}

void capture_close(struct capture *c)
{
	if (c == NULL)
		return;
	if (c->pcap != NULL)
		pcap_close(c->pcap);
	pcapng_close(c->pcapng);
	inflate_close(c->input);
	free(c);
}
