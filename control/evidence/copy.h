/* SPDX-License-Identifier: BSD-3-Clause */
/* A capture for those who may not see subscribers. Functions without a state; any thread. */
#ifndef SIGCANARY_EVIDENCE_COPY_H
#define SIGCANARY_EVIDENCE_COPY_H

/*
 * Copies a capture that pcapng_write.h has written, as far as its blocks are whole, with subscribers' digits overwritten (redact.h), into a
 * file without a name. Returns a descriptor that stands at the beginning, or a negative errno. `file` stays open.
 */
int copy_redacted(int file);

#endif
