/* SPDX-License-Identifier: BSD-3-Clause */
/* An IP address of either family in 16 bytes; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
#ifndef SIGCANARY_IP_ADDRESS_H
#define SIGCANARY_IP_ADDRESS_H

#include <stdint.h>

struct ip_address {
	uint8_t bytes[16];
};

#endif
