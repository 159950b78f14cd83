/* SPDX-License-Identifier: BSD-3-Clause */
/* Words that the writers of lines use as keys, made by scripts/generate-keys from their sources. Private to the filter. */
#ifndef SIGCANARY_SINK_FILTER_KEYS_H
#define SIGCANARY_SINK_FILTER_KEYS_H

#include <stddef.h>

extern const char *const filter_keys_of_messages[];
extern const size_t filter_keys_of_messages_count;
extern const char *const filter_keys_of_transactions[];
extern const size_t filter_keys_of_transactions_count;

#endif
