/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tunnel headers and frames without a network layer. The first byte chooses: an IP protocol, or (254) a link type that the second names.
 * What comes out must lie inside what went in.
 */
#include <stdlib.h>

#include "dataplane/ip/tunnel.h"
#include "dataplane/link/bare.h"
#include "dataplane/link/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void bare_try(struct cursor c, uint8_t type)
{
	struct cursor before = c;
	struct bare bare;

	if (bare_read(&c, (enum link_type)(type % (LINK_TYPE_EXPORTED + 1)), &bare) != VERDICT_DECODED)
		require(c.at == before.at);
	require(c.at >= before.at && c.at <= before.end && c.end == before.end);
}

static void tunnel_try(struct cursor c, uint8_t protocol)
{
	struct tunnel tunnel;
	struct link link;

	(void)tunnel_begins_in_udp(c);
	if (tunnel_read(protocol, c, &tunnel) != VERDICT_DECODED)
		return;
	require(tunnel_is_protocol(protocol));
	require(tunnel.payload.at >= c.at && tunnel.payload.at <= tunnel.payload.end && tunnel.payload.end <= c.end);
	if (tunnel.ether_type != TUNNEL_NO_ETHER && link_ether_read(&tunnel.payload, tunnel.ether_type, &link) == VERDICT_DECODED)
		require(tunnel.payload.at >= c.at && tunnel.payload.end <= c.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	uint8_t chosen = 0;
	uint8_t type = 0;

	if (!cursor_u8(&c, &chosen))
		return 0;
	if (chosen != 254)
		tunnel_try(c, chosen);
	else if (cursor_u8(&c, &type))
		bare_try(c, type);
	return 0;
}
