/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HEP3 packets (sipcapture.org, "HEP3 Network Protocol Specification" rev. 37), as HOMER takes them: one captured message with its
 * addresses, its time, and the name of its transaction. Pure functions.
 */
#ifndef SIGCANARY_HEP_H
#define SIGCANARY_HEP_H

#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"
#include "dataplane/ip/address.h"

#define HEP_PACKET_MAX 65535

/* Protocol types of chunk 11, those that are sent. */
enum hep_type { HEP_NONE = 0, HEP_M2UA = 0x08, HEP_M3UA = 0x09, HEP_M2PA = 0x0d, HEP_DIAMETER_JSON = 0x38 };

struct hep_message {
	const struct ip_address *source;
	const struct ip_address *destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t protocol; /* of IP */
	enum hep_type type;
	nanos time;
	uint32_t capture_id;
	const char *password;    /* NULL: none */
	const char *correlation; /* the transaction */
	const uint8_t *payload;
	size_t payload_length;
};

/* The type of SCTP's payload protocol; HEP_NONE where HEP3 has none. */
enum hep_type hep_type_of(uint32_t ppid);

/* Writes a packet and returns its length; 0 when it would be longer than HEP_PACKET_MAX. */
size_t hep_write(const struct hep_message *m, uint8_t packet[HEP_PACKET_MAX]);

#endif
