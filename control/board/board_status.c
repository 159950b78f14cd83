/* SPDX-License-Identifier: BSD-3-Clause */
/* The state in one sentence, for /api/v1/status and the event of each second; and the pen that the board's files share. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/board/board_parts.h"

static void key_write(struct json *j, const char *key)
{
	if (j->needs_comma)
		fputc(',', j->out);
	if (key != NULL)
		fprintf(j->out, "\"%s\":", key);
	j->needs_comma = true;
}

/* Octets of the UTF-8 character (RFC 3629) that begins here, 0 when it is none. */
static size_t character_length(const unsigned char *at)
{
	size_t length = at[0] < 0x80                    ? 1
			: at[0] >= 0xc2 && at[0] < 0xe0 ? 2
			: at[0] >= 0xe0 && at[0] < 0xf0 ? 3
			: at[0] >= 0xf0 && at[0] < 0xf5 ? 4
							: 0;

	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Longer than need be, surrogates, beyond the last plane. */
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
	    (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return length;
}

void board_text(struct json *j, const char *key, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at != '\0' && character_length(at) > 0)
		at += character_length(at);
	if (*at != '\0') {
		json_text(j, key, text);
		return;
	}
	key_write(j, key);
	fputc('"', j->out);
	for (at = (const unsigned char *)text; *at != '\0'; at++) {
		if (*at < 0x20 || *at == 0x7f)
			fprintf(j->out, "\\u%04x", *at);
		else
			fprintf(j->out, "%s%c", *at == '"' || *at == '\\' ? "\\" : "", *at);
	}
	fputc('"', j->out);
}

void board_number(struct json *j, const char *key, double number)
{
	key_write(j, key);
	if (fabs(number) >= 1e5)
		fprintf(j->out, "%.0f", number);
	else
		fprintf(j->out, "%.4g", number);
}

void board_known(struct json *j, const char *key, double number)
{
	if (number >= 0)
		board_number(j, key, number);
}

void board_listed(struct json *j, double number)
{
	if (number >= 0) {
		board_number(j, NULL, number);
		return;
	}
	key_write(j, NULL);
	fputs("null", j->out);
}

void board_time(struct json *j, const char *key, nanos t)
{
	char text[48];

	snprintf(text, sizeof(text), "%" PRId64 ".%09" PRId64, t / NANOS_PER_S, t % NANOS_PER_S);
	json_text(j, key, text);
}

const char *board_state(const struct board *b)
{
	const struct shown *worst = board_gravest(b);

	return worst != NULL ? incident_severity_name(worst->severity) : "ok";
}

const char *board_words(const struct board *b)
{
	const struct shown *worst = board_gravest(b);

	return worst != NULL ? worst->summary : b->time == 0 ? "No traffic has been judged yet." : "Nothing is wrong.";
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Since when it is as it is: the onset of the gravest, or the end of the last incident. */
static void since_write(struct json *j, const struct board *b)
{
	const struct shown *worst = board_gravest(b);
	const char *onset = worst != NULL ? text_of(worst->newest, "onset") : NULL;

	if (onset != NULL)
		json_text(j, "since", onset);
	else if (worst == NULL && b->since > 0)
		board_time(j, "since", b->since);
}

static void blind_node_write(struct json *j, const char *id, const char *words)
{
	json_open(j, NULL, '{');
	if (id != NULL)
		board_text(j, "node", id);
	if (words != NULL)
		board_text(j, "words", words);
	json_close(j, '}');
}

/* What the probe does not see: incidents of its own sight, and what others found unseen beside them. */
static void blind_write(struct json *j, const struct board *b)
{
	json_open(j, "blind", '[');
	for (size_t i = b->shown_count; i-- > 0;) {
		const json_t *line = b->shown[i]->newest;
		const char *kind = text_of(line, "kind");
		size_t index;
		json_t *entry;

		if (kind != NULL && strcmp(kind, incident_kind_name(INCIDENT_PROBE_BLIND)) == 0) {
			blind_node_write(j, text_of(json_array_get(json_object_get(line, "nodes"), 0), "id"), b->shown[i]->summary);
			continue;
		}
		json_array_foreach(json_object_get(json_object_get(line, "visibility"), "blind"), index, entry)
		{
			if (json_is_string(entry))
				blind_node_write(j, json_string_value(entry), NULL);
		}
	}
	json_close(j, ']');
}

static double subscribers_hit(const struct board *b)
{
	double most = 0;

	for (size_t i = 0; i < b->shown_count; i++) {
		const json_t *affected = json_object_get(b->shown[i]->newest, "affected_subscribers");

		most = fmax(most, json_number_value(json_object_get(affected, "estimate")));
	}
	return most;
}

void board_write_status(struct board *b, FILE *out)
{
	struct json j = { .out = out };

	pthread_mutex_lock(&b->lock);
	json_open(&j, NULL, '{');
	board_time(&j, "time", b->time);
	board_text(&j, "network", b->alarms.plan->network_name);
	board_text(&j, "probe", b->probe);
	json_text(&j, "version", SIGCANARY_VERSION);
	json_text(&j, "state", board_state(b));
	board_text(&j, "words", board_words(b));
	since_write(&j, b);
	json_open(&j, "open", '[');
	for (size_t i = b->shown_count; i-- > 0;) {
		if (b->shown[i]->is_open)
			json_text(&j, NULL, b->shown[i]->id);
	}
	json_close(&j, ']');
	blind_write(&j, b);
	board_number(&j, "requests_per_s", course_now(chronicle_course(b->chronicle, 0)).requests_per_s);
	if (subscribers_hit(b) > 0)
		board_number(&j, "subscribers_hit", subscribers_hit(b));
	json_close(&j, '}');
	fputc('\n', out);
	pthread_mutex_unlock(&b->lock);
}

static void newest_write(struct json *j, const char *key, const struct course_point *point)
{
	if (key == NULL)
		return;
	key_write(j, NULL);
	j->needs_comma = false;
	board_text(j, NULL, key);
	fputc(':', j->out);
	j->needs_comma = false;
	json_open(j, NULL, '[');
	board_number(j, NULL, point->requests);
	board_listed(j, course_share(point->reject));
	board_listed(j, course_share(point->no_answer));
	json_close(j, ']');
}

void board_tell_second(struct board *b)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	struct json j = { .out = out };
	struct course_point point;

	if (out == NULL)
		return;
	pthread_mutex_lock(&b->lock);
	json_open(&j, NULL, '{');
	board_time(&j, "time", chronicle_end(b->chronicle) * NANOS_PER_S);
	json_text(&j, "state", board_state(b));
	board_text(&j, "words", board_words(b));
	point = chronicle_newest(b->chronicle, chronicle_course(b->chronicle, 0));
	newest_write(&j, "all", &point);
	json_open(&j, "segments", '{');
	for (size_t i = 0; i < chronicle_count(b->chronicle); i++) {
		const struct course *s = chronicle_course(b->chronicle, i);

		if (s == NULL || s->topic != COURSE_SEGMENT)
			continue;
		point = chronicle_newest(b->chronicle, s);
		newest_write(&j, s->id, &point);
	}
	json_close(&j, '}');
	json_close(&j, '}');
	pthread_mutex_unlock(&b->lock);
	if (fclose(out) == 0 && b->publish != NULL)
		b->publish(b->publish_self, "tick", text, length);
	free(text);
}
