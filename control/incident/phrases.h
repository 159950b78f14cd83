/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of sentences: a text that grows, and the names, numbers and lists in it. Private to words.c. */
#ifndef SIGCANARY_INCIDENT_PHRASES_H
#define SIGCANARY_INCIDENT_PHRASES_H

#include "control/incident/words.h"

/* Text that grows inside a buffer. */
struct text {
	char *start;
	size_t size;
	size_t length;
};

struct text text_in(char *start, size_t size);
__attribute__((format(printf, 2, 3))) void text_add(struct text *t, const char *format, ...);

/* "4.1 %", "92 %". */
void percent_add(struct text *t, double share);

/* "1,234,567", and a number cut to the two figures that an estimate has. */
void number_add(struct text *t, uint64_t n);
uint64_t number_round(uint64_t n);

/* "45 s", "12 min", "3.5 h". */
void duration_add(struct text *t, double seconds);

/* What stands before item `i` of `count` in a list. */
const char *list_glue(size_t i, size_t count);

void segments_add(struct text *t, const struct words_names *names, uint64_t segments);
void prefixes_add(struct text *t, const struct alarm *a);
void nodes_add(struct text *t, const struct words_names *names, const struct alarm *a, bool is_server);
/* Servers and clients alike. */
void nodes_any_add(struct text *t, const struct words_names *names, const struct alarm *a);
/* The values of the further dimension: "IMSIs that end in 3", "Subscribers in network 20801". */
void set_add(struct text *t, const struct words_names *names, const struct alarm *a);
/* Procedures by name, and those of the alarm. */
void procedures_list(struct text *t, const procedure *list, size_t count);
void procedures_add(struct text *t, const struct alarm *a);

#endif
