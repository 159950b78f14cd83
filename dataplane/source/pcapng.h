/* SPDX-License-Identifier: BSD-3-Clause */
/* The packets of a pcapng file (draft-ietf-opsawg-pcapng), read from a stream. Owned by the thread that owns the source. */
#ifndef SIGCANARY_SOURCE_PCAPNG_H
#define SIGCANARY_SOURCE_PCAPNG_H

#include "dataplane/source/capture.h"
#include "dataplane/source/inflate.h"

struct pcapng;

/* Reads the first section header. `input` stays the caller's and must outlive the reader. NULL and a sentence in `error` when it is none.
 */
struct pcapng *pcapng_open(struct inflate *input, char *error);

/* The next packet; its bytes are valid until the next call. */
enum capture_state pcapng_next(struct pcapng *p, struct capture_record *ret);

const char *pcapng_error(const struct pcapng *p);

void pcapng_close(struct pcapng *p);

#endif
