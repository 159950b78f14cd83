/* SPDX-License-Identifier: BSD-3-Clause */
/* Comment lines that hold what is no stream, see tick_comment.h: a word, a time, then name=value in any order. */
#include "control/tick/tick_comment.h"

#include <string.h>

#include "dataplane/notice.h"

#define WORDS_MAX 12

struct field {
	const char *bytes;
	size_t length;
};

/* The words of a comment line behind its '#'; how many. */
static size_t words_take(const char *line, size_t length, struct field words[WORDS_MAX])
{
	const char *at = line + 1, *end = line + length;
	size_t count = 0;

	while (count < WORDS_MAX && at < end) {
		const char *from;

		while (at < end && *at == ' ')
			at++;
		from = at;
		while (at < end && *at != ' ')
			at++;
		if (at > from)
			words[count++] = (struct field){ from, (size_t)(at - from) };
	}
	return count;
}

static bool field_is(const struct field *f, const char *word)
{
	return f->length == strlen(word) && memcmp(f->bytes, word, f->length) == 0;
}

/* The text behind "name=", NULL when the word is another. */
static const char *behind(const struct field *f, const char *name, size_t *ret_length)
{
	size_t length = strlen(name);

	if (f->length <= length || memcmp(f->bytes, name, length) != 0 || f->bytes[length] != '=')
		return NULL;
	*ret_length = f->length - length - 1;
	return f->bytes + length + 1;
}

/* The number behind "name=" among the words; 0 when there is none. */
static uint64_t number_among(const struct field *words, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		size_t length;
		const char *text = behind(&words[i], name, &length);
		uint64_t number = 0;

		for (size_t k = 0; text != NULL && k < length && k < 19 && text[k] >= '0' && text[k] <= '9'; k++)
			number = 10 * number + (uint64_t)(text[k] - '0');
		if (text != NULL)
			return number;
	}
	return 0;
}

static node node_among(struct stream_names *names, const struct field *words, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		size_t length;
		const char *text = behind(&words[i], name, &length);

		if (text != NULL)
			return stream_names_node(names, text, length);
	}
	return 0;
}

static uint32_t notice_kind_of(const struct field *f)
{
	for (uint32_t k = NOTICE_NONE + 1; k < NOTICE_KIND_COUNT; k++) {
		if (field_is(f, notice_kind_name((enum notice_kind)k)))
			return k;
	}
	return NOTICE_NONE;
}

bool tick_comment_read(struct stream_names *names, const char *line, size_t length, struct tick_item *item)
{
	struct field words[WORDS_MAX];
	size_t count = words_take(line, length, words);
	nanos time;

	if (count < 3 || !tick_time_read(words[1].bytes, words[1].length, &time))
		return false;
	item->time = time;
	if (field_is(&words[0], "tick")) {
		item->kind = TICK_RECORD_ACCOUNT;
		item->account = (struct tally){
			.packets = number_among(words, count, "packets"),
			.dropped = number_among(words, count, "dropped"),
			.sctp_missing = number_among(words, count, "missing"),
			.unseen = number_among(words, count, "unseen"),
			.refused_cells = number_among(words, count, "refused"),
		};
		return true;
	}
	if (!field_is(&words[0], "notice") || notice_kind_of(&words[2]) == NOTICE_NONE)
		return false;
	item->kind = TICK_RECORD_NOTICE;
	item->notice = (struct outcome){
		.event = OUTCOME_EVENT_NOTICE,
		.time = time,
		.clock = time,
		.latency = -1,
		.procedure = PROCEDURE_NONE,
		.cause = notice_kind_of(&words[2]),
		.client = node_among(names, words, count, "client"),
		.server = node_among(names, words, count, "server"),
		.tries = (uint16_t)number_among(words, count, "degree"),
		.frames = { (uint32_t)number_among(words, count, "frame") },
	};
	return true;
}
