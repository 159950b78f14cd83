/* SPDX-License-Identifier: BSD-3-Clause */
/* What streams are called from one run to the next. Private to memory.c. */
#ifndef SIGCANARY_DETECT_MEMORY_KEY_H
#define SIGCANARY_DETECT_MEMORY_KEY_H

#include "control/detect/memory.h"

#define MEMORY_KEY_MAX 400

/* "map.updateLocation", "registration"; NULL for what is none. */
const char *memory_procedure_text(procedure p);
procedure memory_procedure_of_text(const char *text);

/* The stream as people call it: dimension, procedure, value. False when it has no name that means the same the next time. */
bool memory_key_text(const struct memory_scene *scene, const struct stream_key *key, char text[MEMORY_KEY_MAX]);

/* What has to be the same besides: a segment's patterns, the key that buckets are hashed with. */
uint64_t memory_fingerprint(const struct memory_scene *scene, const struct stream_key *key);

#endif
