/* SPDX-License-Identifier: BSD-3-Clause */
/* `sigcanary segments`: whose subscribers are how well, as a running probe judges them, the worst first. */
#include <stdlib.h>
#include <string.h>

#include "control/command/asking.h"

/* A row in the order of the table's heads; texts live in `texts` until the row is added. */
static void segment_add(struct table *t, const json_t *segment)
{
	char texts[6][32];
	char incidents[128] = "";
	const json_t *id;
	size_t i;

	json_array_foreach(json_object_get(segment, "incidents"), i, id)
	{
		size_t length = strlen(incidents);

		snprintf(incidents + length, sizeof(incidents) - length, "%s%s", i > 0 ? " " : "",
			 json_string_value(id) != NULL ? json_string_value(id) : "?");
	}
	snprintf(texts[0], sizeof(texts[0]), "%.1f", member_number(segment, "requests_per_s", 0));
	share_words(member_number(segment, "reject", -1), texts[1]);
	share_words(member_number(segment, "reject_expected", -1), texts[2]);
	share_words(member_number(segment, "no_answer", -1), texts[3]);
	share_words(member_number(segment, "no_answer_expected", -1), texts[4]);
	snprintf(texts[5], sizeof(texts[5]), "%.1f", member_number(segment, "evidence", 0));
	table_add(t, (const char *const[]){ member_text(segment, "name"), member_text(segment, "state"), texts[0], texts[1], texts[2],
					    texts[3], texts[4], texts[5], incidents });
}

/* Worst first: by evidence, then by name. */
static int by_evidence(const void *x, const void *y)
{
	const json_t *a = *(json_t *const *)x;
	const json_t *b = *(json_t *const *)y;
	double difference = member_number(b, "evidence", 0) - member_number(a, "evidence", 0);
	const char *left = member_text(a, "name");
	const char *right = member_text(b, "name");

	if (difference > 0 || difference < 0)
		return difference > 0 ? 1 : -1;
	return strcmp(left != NULL ? left : "", right != NULL ? right : "");
}

/* The items of a list in that order; the caller frees the array, not the items. */
static const json_t **sorted(const json_t *list)
{
	size_t count = json_array_size(list);
	const json_t **items = calloc(count + 1, sizeof(*items));

	for (size_t i = 0; items != NULL && i < count; i++)
		items[i] = json_array_get(list, i);
	if (items != NULL)
		qsort(items, count, sizeof(*items), by_evidence);
	return items;
}

static void segments_show(const struct asking *a, const json_t *segments)
{
	struct table t = { .column_count = 9,
			   .heads = { "SEGMENT", "STATE", "REQUESTS/S", "REFUSED", "USUALLY", "NO ANSWER", "USUALLY", "EVIDENCE",
				      "INCIDENTS" },
			   .is_number = { false, false, true, true, true, true, true, true, false },
			   .severity_column = 1 };
	const json_t **items = sorted(segments);

	for (size_t i = 0; items != NULL && items[i] != NULL; i++)
		segment_add(&t, items[i]);
	if (t.row_count > 0)
		table_print(&t, a);
	else
		puts("No segments: the configuration names none (see 'sigcanary config explain segments').");
	table_free(&t);
	free(items);
}

int command_segments(int argc, char **argv)
{
	struct asking a;
	json_t *segments = NULL;
	int code = asking_open(&a, argc, argv, TAKES_JSON);

	if (code == EXIT_DONE && a.argument_count > 0)
		code = asking_usage(&a, "it takes no argument");
	if (code == EXIT_DONE)
		code = asking_json(&a, "/api/v1/segments", &segments);
	if (code == EXIT_DONE && a.options.is_json)
		json_print(segments);
	else if (code == EXIT_DONE)
		segments_show(&a, segments);
	json_decref(segments);
	return asking_end(&a, code);
}
