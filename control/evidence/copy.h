/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A capture for those who may not see subscribers: overwritten (redact.h) while it is read, piece by piece, so that nobody waits for the
 * whole. A copy holds no packets between two pieces; all of them share one redactor. Owned by one thread, as everything of its copies.
 */
#ifndef SIGCANARY_EVIDENCE_COPY_H
#define SIGCANARY_EVIDENCE_COPY_H

#include <stdint.h>
#include <sys/types.h>

struct copier;
struct copy;

/* NULL when there is no memory. Outlives its copies. */
struct copier *copier_new(void);
void copier_free(struct copier *c);

/*
 * Of a capture that pcapng_write.h has written, as far as it is written now. `file` is the copy's from then on, and closed by copy_close().
 * NULL when there is no memory or the file cannot be asked for its length; it stays the caller's then.
 */
struct copy *copy_open(struct copier *c, int file);
void copy_close(struct copy *c);

/* The next octets, at most `size`; 0 at the end, -1 when the file is none of ours or cannot be read. Takes as long as a packet or two. */
ssize_t copy_read(struct copy *c, uint8_t *ret, size_t size);

#endif
