/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcapng (draft-ietf-opsawg-pcapng) with comments: a section, an interface for each tap and link type, enhanced packet blocks in
 * nanoseconds. Whole blocks reach the file at a time, so that whoever reads it while it grows finds no half of one. Owned by one thread.
 */
#ifndef SIGCANARY_EVIDENCE_PCAPNG_WRITE_H
#define SIGCANARY_EVIDENCE_PCAPNG_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/frame.h"

/* Types of blocks (4.1 to 4.3), and an option of all of them (3.5). */
#define PCAPNG_BLOCK_SECTION   0x0a0d0d0a
#define PCAPNG_BLOCK_INTERFACE 1
#define PCAPNG_BLOCK_PACKET    6
#define PCAPNG_OPTION_COMMENT  1

#define PCAPNG_COMMENT_MAX    512
#define PCAPNG_COMMENTS_MAX   17
#define PCAPNG_INTERFACES_MAX 256

struct pcapng_interface {
	uint16_t tap;
	uint8_t link_type;
};

struct pcapng_writer {
	int file;         /* the caller's */
	uint64_t written; /* bytes of all blocks so far, those not yet in the file among them */
	int error;        /* errno of the first write that failed; 0: none */
	size_t waiting;   /* bytes in `buffer` */
	uint8_t *buffer;
	struct pcapng_interface interfaces[PCAPNG_INTERFACES_MAX];
	size_t interface_count;
};

/* Begins a section with `comment`. False when there is no memory. The writer is closed by pcapng_end() also after a failure. */
bool pcapng_begin(struct pcapng_writer *w, int file, const char *comment);
/* One packet, each of `comments` an option of its own (cut at PCAPNG_COMMENT_MAX; at most PCAPNG_COMMENTS_MAX). */
void pcapng_packet(struct pcapng_writer *w, const struct frame *frame, const char *const *comments, size_t count);
/* Brings what waits into the file. False when something did not get there; w->error says why. */
bool pcapng_flush(struct pcapng_writer *w);
bool pcapng_end(struct pcapng_writer *w);

/* The link type that an interface's number stands for here. */
uint8_t pcapng_link_type(uint16_t number);

#endif
