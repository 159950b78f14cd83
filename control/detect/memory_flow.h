/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The seasons of volumes that are kept over a restart, and while a stream has gone quiet. In memory.c's file each is a section of its own.
 */
#ifndef SIGCANARY_DETECT_MEMORY_FLOW_H
#define SIGCANARY_DETECT_MEMORY_FLOW_H

#include "control/detect/memory.h"
#include "control/detect/pack.h"

struct flow_record {
	char *key; /* as streams are called in memory_key.h; owned. NULL: free */
	uint64_t fingerprint;
	struct season_flow season;
};

/* Those that no stream has at present. Zero-initialised is none. */
struct flow_records {
	struct flow_record *records;
	size_t count, room;
};

void flow_records_free(struct flow_records *f);

/* Moves the season of that stream into `ret`; false when there is none. */
bool flow_records_claim(struct flow_records *f, const struct memory_scene *scene, const struct stream_key *key, struct season_flow *ret);

/* Keeps it; nothing happens when the stream has no lasting name. False without memory. */
bool flow_records_keep(struct flow_records *f, const struct memory_scene *scene, const struct stream_key *key,
		       const struct season_flow *season);

/* The content of one section, for both ways. False when it is damaged, or without memory. */
void flow_pack(struct pack *p, const char *key, uint64_t fingerprint, const struct season_flow *season);
bool flow_unpack(struct flow_records *f, struct cursor *c, bool *has_no_memory);

#endif
