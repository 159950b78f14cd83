/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading the truth with libjansson. Several faults that begin within a minute of each other and overlap are one to an operator, so they
 * are one here. Unknown keys are passed over.
 */
#include "control/command/backtest_truth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define SAME_ONSET (60 * NANOS_PER_S)

/* A time is a string of epoch seconds, or a number. */
static bool time_of(const json_t *object, const char *key, nanos *ret)
{
	const json_t *value = json_object_get(object, key);
	double seconds;
	char *end;

	if (json_is_number(value)) {
		*ret = (nanos)(json_number_value(value) * 1e9);
		return true;
	}
	if (!json_is_string(value))
		return false;
	seconds = strtod(json_string_value(value), &end);
	if (end == json_string_value(value) || seconds < -9e9 || seconds > 9e9)
		return false;
	*ret = (nanos)(seconds * 1e9);
	return true;
}

static bool flag_of(const json_t *object, const char *key, bool preset)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : preset;
}

static bool fault_add(struct truth *t, const struct truth_fault *fault)
{
	struct truth_fault *bigger;

	for (size_t i = 0; i < t->count; i++) {
		struct truth_fault *known = &t->faults[i];

		if (llabs(known->onset - fault->onset) > SAME_ONSET || known->must_page != fault->must_page)
			continue;
		known->until = fault->until > known->until ? fault->until : known->until;
		known->onset = fault->onset < known->onset ? fault->onset : known->onset;
		return true;
	}
	bigger = realloc(t->faults, (t->count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return false;
	t->faults = bigger;
	t->faults[t->count++] = *fault;
	return true;
}

static int fault_compare(const void *a, const void *b)
{
	const struct truth_fault *x = a;
	const struct truth_fault *y = b;

	return x->onset < y->onset ? -1 : x->onset > y->onset;
}

static bool faults_take(struct truth *t, const json_t *root)
{
	const json_t *list = json_object_get(root, "faults");
	nanos end = INT64_MAX / 2;
	bool is_good = json_is_array(list);

	(void)time_of(root, "end", &end);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *object = json_array_get(list, i);
		const json_t *name = json_object_get(object, "fault");
		struct truth_fault fault = { .must_page = flag_of(object, "page", true) };

		if (!json_is_string(name))
			name = json_object_get(object, "kind");
		if (!time_of(object, "onset", &fault.onset))
			return false;
		if (!time_of(object, "until", &fault.until))
			fault.until = end;
		snprintf(fault.name, sizeof(fault.name), "%s", json_is_string(name) ? json_string_value(name) : "fault");
		is_good = fault_add(t, &fault) && is_good;
	}
	return is_good;
}

bool truth_read(struct truth *t, const char *path, FILE *errors)
{
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error);
	bool is_good;

	if (root == NULL) {
		fprintf(errors, "%s:%d:%d: %s; give a truth file as sigcanary lab writes it\n", path, error.line > 0 ? error.line : 0,
			error.column > 0 ? error.column : 0, error.text);
		return false;
	}
	is_good = faults_take(t, root);
	json_decref(root);
	if (!is_good)
		fprintf(errors,
			"%s: it has no list 'faults' of objects with 'onset' and 'until'; give a truth file as sigcanary lab "
			"writes it\n",
			path);
	if (t->count > 0)
		qsort(t->faults, t->count, sizeof(*t->faults), fault_compare);
	t->is_known = t->is_known || is_good;
	return is_good;
}

void truth_free(struct truth *t)
{
	free(t->faults);
	memset(t, 0, sizeof(*t));
}

bool truth_covers(const struct truth *t, nanos from, nanos until)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->faults[i].must_page && until >= t->faults[i].onset && from <= t->faults[i].until + TRUTH_AFTER)
			return true;
	}
	return false;
}
