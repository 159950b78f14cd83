/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes a capture file: classic pcap with nanoseconds, Ethernet. */
#ifndef SIGCANARY_LAB_CAPTURE_H
#define SIGCANARY_LAB_CAPTURE_H

#include <stdio.h>

#include "lab/lab.h"

/* "-" is standard output. NULL and errno when it cannot be opened. */
FILE *lab_capture_open(const char *path);

/* Both return 0 or a negative errno; a stream must be closed in either case. */
int lab_capture_write(FILE *f, const struct lab_frame *frame);
int lab_capture_close(FILE *f);

#endif
