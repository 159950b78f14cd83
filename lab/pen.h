/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pen: writes bytes of a message into a buffer of its owner, big-endian, and BER of definite, shortest lengths (X.690 8.1.3).
 * Running out of room is our own mistake and asserts: every message of the lab has a known bound.
 */
#ifndef SIGCANARY_LAB_PEN_H
#define SIGCANARY_LAB_PEN_H

#include <stddef.h>
#include <stdint.h>

struct pen {
	uint8_t *bytes;
	size_t length;
	size_t capacity;
};

void pen_octets(struct pen *p, const void *bytes, size_t length);
void pen_zeros(struct pen *p, size_t count);
void pen_8(struct pen *p, uint8_t value);
void pen_16(struct pen *p, uint16_t value);
void pen_24(struct pen *p, uint32_t value);
void pen_32(struct pen *p, uint32_t value);

/* Zeros until the length is a multiple of four. */
void pen_pad_4(struct pen *p);

/* Overwrites what has been written. */
void pen_16_at(struct pen *p, size_t at, uint16_t value);
void pen_24_at(struct pen *p, size_t at, uint32_t value);

/* Opens a BER element of a one-octet tag; the mark closes it. */
size_t pen_ber_open(struct pen *p, uint8_t tag);
void pen_ber_close(struct pen *p, size_t mark);

/* A whole element. */
void pen_ber(struct pen *p, uint8_t tag, const void *bytes, size_t length);
void pen_ber_8(struct pen *p, uint8_t tag, uint8_t value);

/* Digits as TBCD (29.002 17.7.8): low nibble first, odd counts closed with 15. Returns the octets written. */
size_t pen_tbcd(struct pen *p, const char *digits);

#endif
