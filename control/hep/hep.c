/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HEP3, see hep.h: a header ("HEP3" and the length of all) and chunks, each with vendor, type, length of itself and value, all in network
 * byte order. Called by the thread that sends.
 */
#include "control/hep/hep.h"

#include <stdbool.h>
#include <string.h>

#define HEADER       6
#define CHUNK_HEADER 6
#define FAMILY_IPV4  2
#define FAMILY_IPV6  10
#define PPID_M2UA    2
#define PPID_M3UA    3
#define PPID_M2PA    5

/* Generic chunk types, vendor 0. */
enum {
	CHUNK_FAMILY = 1,
	CHUNK_PROTOCOL = 2,
	CHUNK_SOURCE_IPV4 = 3,
	CHUNK_DESTINATION_IPV4 = 4,
	CHUNK_SOURCE_IPV6 = 5,
	CHUNK_DESTINATION_IPV6 = 6,
	CHUNK_SOURCE_PORT = 7,
	CHUNK_DESTINATION_PORT = 8,
	CHUNK_SECONDS = 9,
	CHUNK_MICROSECONDS = 10,
	CHUNK_TYPE = 11,
	CHUNK_CAPTURE_ID = 12,
	CHUNK_PASSWORD = 14,
	CHUNK_PAYLOAD = 15,
	CHUNK_CORRELATION = 17,
};

struct pen {
	uint8_t *at;
	size_t used;
	bool is_full;
};

enum hep_type hep_type_of(uint32_t ppid)
{
	return ppid == PPID_M2UA ? HEP_M2UA : ppid == PPID_M3UA ? HEP_M3UA : ppid == PPID_M2PA ? HEP_M2PA : HEP_NONE;
}

static void chunk(struct pen *p, uint16_t type, const void *value, size_t length)
{
	size_t whole = CHUNK_HEADER + length;
	const uint8_t header[CHUNK_HEADER] = { 0, 0, (uint8_t)(type >> 8), (uint8_t)type, (uint8_t)(whole >> 8), (uint8_t)whole };

	if (p->used + whole > HEP_PACKET_MAX) {
		p->is_full = true;
		return;
	}
	memcpy(p->at + p->used, header, sizeof(header));
	memcpy(p->at + p->used + sizeof(header), value, length);
	p->used += whole;
}

static void chunk_number(struct pen *p, uint16_t type, uint32_t number, size_t length)
{
	const uint8_t bytes[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };

	chunk(p, type, bytes + sizeof(bytes) - length, length);
}

static bool is_ipv4(const struct ip_address *a)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

static void addresses(struct pen *p, const struct hep_message *m)
{
	if (is_ipv4(m->source) && is_ipv4(m->destination)) {
		chunk_number(p, CHUNK_FAMILY, FAMILY_IPV4, 1);
		chunk(p, CHUNK_SOURCE_IPV4, m->source->bytes + 12, 4);
		chunk(p, CHUNK_DESTINATION_IPV4, m->destination->bytes + 12, 4);
		return;
	}
	chunk_number(p, CHUNK_FAMILY, FAMILY_IPV6, 1);
	chunk(p, CHUNK_SOURCE_IPV6, m->source->bytes, 16);
	chunk(p, CHUNK_DESTINATION_IPV6, m->destination->bytes, 16);
}

size_t hep_write(const struct hep_message *m, uint8_t packet[HEP_PACKET_MAX])
{
	struct pen p = { .at = packet, .used = HEADER };

	addresses(&p, m);
	chunk_number(&p, CHUNK_PROTOCOL, m->protocol, 1);
	chunk_number(&p, CHUNK_SOURCE_PORT, m->source_port, 2);
	chunk_number(&p, CHUNK_DESTINATION_PORT, m->destination_port, 2);
	chunk_number(&p, CHUNK_SECONDS, (uint32_t)(m->time / NANOS_PER_S), 4);
	chunk_number(&p, CHUNK_MICROSECONDS, (uint32_t)(m->time % NANOS_PER_S / NANOS_PER_US), 4);
	chunk_number(&p, CHUNK_TYPE, (uint32_t)m->type, 1);
	chunk_number(&p, CHUNK_CAPTURE_ID, m->capture_id, 4);
	if (m->password != NULL)
		chunk(&p, CHUNK_PASSWORD, m->password, strlen(m->password));
	chunk(&p, CHUNK_CORRELATION, m->correlation, strlen(m->correlation));
	chunk(&p, CHUNK_PAYLOAD, m->payload, m->payload_length);
	memcpy(packet, "HEP3", 4);
	packet[4] = (uint8_t)(p.used >> 8);
	packet[5] = (uint8_t)p.used;
	return p.is_full ? 0 : p.used;
}
