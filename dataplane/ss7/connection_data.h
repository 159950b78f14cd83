/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reassembly of data that a connection brings in several DT1 or DT2 (Q.713 3.7, 3.8: more data; Q.714 3.6): told apart by the destination
 * reference and the direction. Owned by one worker.
 */
#ifndef SIGCANARY_SS7_CONNECTION_DATA_H
#define SIGCANARY_SS7_CONNECTION_DATA_H

#include <stddef.h>

#include "dataplane/base/hash.h"
#include "dataplane/base/nanos.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/ss7/sccp.h"

/* The longest whole that is put together: more than a BSSAP or RANAP message has. */
#define CONNECTION_DATA_MAX 4096

struct connection_data;

struct connection_data_limits {
	size_t connections; /* with unfinished data at once; rounded up to a power of two of at least four */
	nanos age;          /* given up after this */
	struct hash_key key;
};

struct connection_data *connection_data_new(const struct connection_data_limits *limits);
void connection_data_free(struct connection_data *d);

/*
 * Takes the data of one DT1 or DT2. VERDICT_DECODED: `ret` is the whole, valid until the next call; it is the message's own user data when
 * nothing was waiting. VERDICT_FRAGMENT_HELD: the next one goes on. VERDICT_SCCP_SEGMENT: longer than CONNECTION_DATA_MAX, and given up
 * with what was held. VERDICT_REASSEMBLY_FULL: no room; what follows stands alone. `path` tells hops and directions apart.
 */
enum verdict connection_data_take(struct connection_data *d, uint64_t path, const struct mtp3 *mtp3, const struct sccp *message,
				  nanos clock, struct cursor *ret);

#endif
