/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An open incident as JSON that outlives the program, and back: so that a probe that was killed goes on with it. Nodes, segments and
 * procedures are written by what people call them, since the keys of a run and the order of the configuration may be others the next time.
 * No subscriber is in it: how many were hit is kept, who they were is not. Private to control/incident.
 */
#ifndef SIGCANARY_INCIDENT_MEMO_H
#define SIGCANARY_INCIDENT_MEMO_H

#include <jansson.h>

#include "control/incident/case.h"
#include "control/incident/finding.h"

/* Another layout has another number: a program reads only its own. */
#define MEMO_VERSION   1
#define MEMO_HOST_MAX  256
#define MEMO_NAMES_MAX 1024

/* Texts of hosts that are known from before the restart only, until they are heard of again. */
struct memo_names {
	struct {
		node node;
		char *text;
	} list[MEMO_NAMES_MAX];
	size_t count;
};

/* Who knows the names when a memo is written; where they are put when it is read. */
struct memo_scene {
	const struct plan *plan;
	incident_name_of name_of;
	void *names;
	struct memo_names *recalled;
};

void memo_names_free(struct memo_names *names);
const char *memo_names_text(const struct memo_names *names, node n);

/*
 * Values of a dimension. NULL, or false, for what has no name that outlives the run: a bucket of a keyed hash, a host whose name is not
 * known, a segment that is not configured any more.
 */
json_t *memo_value(const struct memo_scene *s, enum dimension dimension, uint64_t value);
bool memo_value_read(const struct memo_scene *s, enum dimension dimension, const json_t *json, uint64_t *ret);
const char *memo_dimension(enum dimension dimension);
enum dimension memo_dimension_read(const json_t *json); /* DIMENSION_COUNT: none of that name */

json_t *memo_procedure(procedure p); /* PROCEDURE_REGISTRATION included */
bool memo_procedure_read(const json_t *json, procedure *ret);
json_t *memo_segments(const struct memo_scene *s, uint64_t segments);
uint64_t memo_segments_read(const struct memo_scene *s, const json_t *json);
json_t *memo_stream(const struct memo_scene *s, const struct stream_key *key); /* NULL: has no name */
bool memo_stream_read(const struct memo_scene *s, const json_t *json, struct stream_key *ret);

/* Of an object: 0, "" or the preset when it is not there. */
double memo_number(const json_t *object, const char *key);
double memo_number_or(const json_t *object, const char *key, double preset);
nanos memo_nanos(const json_t *object, const char *key);
void memo_text(const json_t *object, const char *key, char *ret, size_t room);

json_t *memo_place(const struct memo_scene *s, const struct place *place);
/* False when a part could not be read, because what binds it has no name here. */
bool memo_place_read(const struct memo_scene *s, const json_t *json, struct place *ret);

/* What the next announcements build on; the rest of an alarm is made anew. */
json_t *memo_alarm(const struct alarm *a);
void memo_alarm_read(const json_t *json, struct alarm *ret);

json_t *memo_condition(const struct memo_scene *s, const struct condition *c);
bool memo_condition_read(const struct memo_scene *s, const json_t *json, struct condition *ret);

json_t *memo_case(const struct memo_scene *s, const struct incident *c);
/* Fills a case that is empty but for the memory it owns. False when it is not whole. */
bool memo_case_read(const struct memo_scene *s, const json_t *json, struct incident *ret);
json_t *memo_finding(const struct memo_scene *s, const struct finding *f);
bool memo_finding_read(const struct memo_scene *s, const json_t *json, struct finding *ret);

#endif
