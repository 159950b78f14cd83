/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading a file of counts, see tick_file.h. A file is looked at ahead when it is opened: a tick file says itself how long its ticks are,
 * of others the times tell; others whose times go back are put in order of time as a whole.
 *
 * A row is read field by field with no call but for what is unusual (quotes, blanks, fractions): months have a thousand million fields.
 * Refused, each with its line: rows with fewer fields than the header, fields that are no numbers, times that are none, names that are too
 * many or too long; and a last line without its end in a tick file, because its last number may be cut.
 */
#include "control/tick/tick_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "control/sink/ticks.h"
#include "control/tick/tick_comment.h"
#include "control/tick/tick_lines.h"

#define TIMES_ENOUGH 4096 /* to tell the tick, where rows come tick by tick */
#define TIMES_MOST   ((size_t)4 << 20)
#define FIELD_MAX    (STREAM_NAME_MAX + 64)

struct field {
	const char *bytes;
	size_t length;
};

struct tick_file {
	struct tick_lines *lines;
	struct stream_names *names;
	FILE *errors;
	struct tick_columns columns;
	struct tick_grid grid;
	struct tick_line line; /* at work */
	nanos ages[TALLY_CHECKPOINTS];
	bool has_ages;    /* chosen by another file */
	bool has_columns; /* a header was read */
	bool is_ours, has_tick;
	bool goes_back; /* found when looking ahead */
	bool is_new_part;
	char time_text[40];
	size_t time_length; /* of the time read last; 0: none */
	nanos time;
	uint64_t mistakes;
	/* looking ahead */
	nanos *times;
	size_t time_room, time_count, repeated; /* rows of the time before them */
	struct field first_header;
	char header_text[4096];
};

static void __attribute__((format(printf, 2, 3))) mistake(struct tick_file *f, const char *format, ...)
{
	va_list list;

	if (f->mistakes++ >= TICK_FILE_MISTAKES)
		return;
	fprintf(f->errors, "%s:%" PRIu64 ": ", tick_lines_name(f->lines), f->line.number);
	va_start(list, format);
	vfprintf(f->errors, format, list);
	va_end(list);
	fputc('\n', f->errors);
}

void tick_file_refuse(struct tick_file *f, const char *words)
{
	mistake(f, "%s", words);
}

/* The field at `at`, which ends before the separator or the end; quotes and blanks around it are taken off. Returns what follows it. */
static const char *field_take(const char *at, const char *end, char separator, struct field *ret)
{
	const char *stop;

	while (at < end && *at == ' ' && separator != ' ')
		at++;
	if (at < end && *at == '"') {
		const char *quote = memchr(at + 1, '"', (size_t)(end - at - 1));

		if (quote != NULL) {
			*ret = (struct field){ at + 1, (size_t)(quote - at - 1) };
			stop = memchr(quote, separator, (size_t)(end - quote));
			return stop == NULL ? end + 1 : stop + 1;
		}
	}
	stop = memchr(at, separator, (size_t)(end - at));
	if (stop == NULL)
		stop = end;
	*ret = (struct field){ at, (size_t)(stop - at) };
	while (ret->length > 0 && ret->bytes[ret->length - 1] == ' ')
		ret->length--;
	return stop + 1;
}

/* A count that is not plain digits: empty, "12.0", "nan"; false when it is no number, or below zero. */
static bool count_of(const struct field *f, uint32_t *ret)
{
	char text[40];
	double number;
	char *end;

	if (f->length == 0 || (f->length == 3 && (memcmp(f->bytes, "nan", 3) == 0 || memcmp(f->bytes, "NaN", 3) == 0))) {
		*ret = 0;
		return true;
	}
	if (f->length >= sizeof(text) || f->bytes[0] == '-' || strspn(f->bytes, "0123456789.eE+") < f->length)
		return false;
	memcpy(text, f->bytes, f->length);
	text[f->length] = '\0';
	number = strtod(text, &end);
	if (*end != '\0' || end == text || !(number >= 0 && number < 4294967295.0))
		return false;
	*ret = (uint32_t)(number + 0.5);
	return true;
}

/* Adds a field to a count of the cell; NULL when it is no number. */
static const char *count_take(const char *at, const char *end, char separator, uint32_t *sum)
{
	const char *from = at;
	uint64_t number = 0;
	struct field field;
	uint32_t count;

	while (at < end && (unsigned char)(*at - '0') < 10 && number <= UINT32_MAX)
		number = 10 * number + (uint64_t)(*at++ - '0');
	if (at > from && (at == end || *at == separator) && number <= UINT32_MAX - *sum) {
		*sum += (uint32_t)number;
		return at + 1;
	}
	at = field_take(from, end, separator, &field);
	if (!count_of(&field, &count) || count > UINT32_MAX - *sum)
		return NULL;
	*sum += count;
	return at;
}

/* Times come in rows of one tick: the text of the last one is not read again. */
static bool time_take(struct tick_file *f, const struct field *field)
{
	nanos time;

	if (field->length == f->time_length && memcmp(field->bytes, f->time_text, f->time_length) == 0)
		return f->time_length > 0;
	if (!tick_time_read(field->bytes, field->length, &time))
		return false;
	f->time = time;
	f->time_length = 0;
	if (field->length <= sizeof(f->time_text)) {
		memcpy(f->time_text, field->bytes, field->length);
		f->time_length = field->length;
	}
	return true;
}

static bool name_take(struct tick_file *f, const struct field *field, struct stream_key *key)
{
	if (stream_names_key(f->names, field->bytes, field->length, key))
		return true;
	mistake(f, "%s",
		field->length == 0                 ? "a row without the name of a stream; give every row one"
		: field->length >= STREAM_NAME_MAX ? "the name of the stream is longer than 511 bytes; shorten it"
		: memchr(field->bytes, '\0', field->length) != NULL
			? "the name of the stream holds a zero byte; this is no text"
			: "there is no room for one more stream; raise limits.cells, or name fewer streams");
	return false;
}

/* A field as it may be shown on a terminal. */
#define SHOWN_MAX 41
static const char *shown(const struct field *f, char text[SHOWN_MAX])
{
	size_t length = f->length < SHOWN_MAX - 1 ? f->length : SHOWN_MAX - 1;

	for (size_t i = 0; i < length; i++)
		text[i] = f->bytes[i] >= ' ' && f->bytes[i] <= '~' ? f->bytes[i] : '?';
	text[length] = '\0';
	return text;
}

/* One row; false after a mistake was said. */
static bool row_take(struct tick_file *f, struct tick_item *item)
{
	const struct tick_columns *c = &f->columns;
	const char *at = f->line.bytes, *end = at + f->line.length;
	struct field field;
	char text[SHOWN_MAX];

	memset(&item->cell, 0, sizeof(item->cell));
	if (!c->has_stream)
		stream_names_key(f->names, "all", 3, &item->cell.key);
	for (unsigned int i = 0; i < c->count; i++) {
		if (at > end) {
			mistake(f, "the row has %u fields and the header %u; it is cut off, or another file's", i, c->count);
			return false;
		}
		if (c->kind[i] == COLUMN_COUNT) {
			const char *next = count_take(at, end, c->separator, (uint32_t *)(void *)((char *)&item->cell + c->offset[i]));

			if (next == NULL) {
				at = field_take(at, end, c->separator, &field);
				mistake(f, "field %u is '%s' and must be a count of 0 to 4294967295", i + 1, shown(&field, text));
				return false;
			}
			at = next;
			continue;
		}
		at = field_take(at, end, c->separator, &field);
		if (c->kind[i] == COLUMN_TIME && !time_take(f, &field)) {
			mistake(f, "the time is '%s'; write epoch seconds such as 1342008001.2, or 2012-07-11T12:00:01Z",
				shown(&field, text));
			return false;
		}
		if (c->kind[i] == COLUMN_STREAM && !name_take(f, &field, &item->cell.key))
			return false;
	}
	item->kind = TICK_RECORD_ROW;
	item->time = f->time;
	return true;
}

/* "# sigcanary ticks 2, tick 0.200 s"; false when the line is none. */
static bool format_take(struct tick_file *f, const struct tick_line *line)
{
	char text[80];
	double seconds;
	int version;

	snprintf(text, sizeof(text), "%.*s", (int)(line->length < 79 ? line->length : 79), line->bytes);
	if (sscanf(text, "# sigcanary ticks %d, tick %lf s", &version, &seconds) != 2)
		return false;
	f->is_ours = true;
	if (version > TICKS_FORMAT)
		mistake(f, "format %d is newer than this program, which knows %d; what it does not know is left out", version,
			TICKS_FORMAT);
	if (seconds >= nanos_to_s(TICK_SHORTEST) && seconds <= nanos_to_s(TICK_LONGEST)) {
		f->grid = (struct tick_grid){ .length = llround(seconds * 1e3) * NANOS_PER_MS };
		f->has_tick = true;
	}
	return true;
}

/* A header; false after a mistake was said. */
static bool header_take(struct tick_file *f, const struct tick_line *line)
{
	struct tick_columns columns;
	const char *wrong;

	if (!tick_columns_read(line->bytes, line->length, f->has_ages ? f->ages : NULL, &columns, &wrong)) {
		mistake(f, "the header %s", wrong);
		return false;
	}
	f->columns = columns;
	memcpy(f->ages, columns.ages, sizeof(f->ages));
	f->has_ages = true;
	f->has_columns = true;
	f->is_new_part = true;
	return true;
}

static bool line_is_blank(const struct tick_line *line)
{
	return line->length == 0 || strspn(line->bytes, " \t\r") >= line->length;
}

static bool line_may_be_header(const struct tick_line *line)
{
	return ((line->bytes[0] | 32) >= 'a' && (line->bytes[0] | 32) <= 'z') || line->bytes[0] == '"';
}

/* A byte order mark before the first line. */
static struct tick_line line_bare(const struct tick_line *line)
{
	struct tick_line bare = *line;

	if (line->number == 1 && line->length >= 3 && memcmp(line->bytes, "\xef\xbb\xbf", 3) == 0) {
		bare.bytes += 3;
		bare.length -= 3;
	}
	return bare;
}

static bool row_time(struct tick_file *f, const struct tick_line *line, nanos *ret)
{
	const char *at = line->bytes, *end = at + line->length;
	struct field field = { at, 0 };

	for (unsigned int i = 0; i <= f->columns.time; i++) {
		if (at > end)
			return false;
		at = field_take(at, end, f->columns.separator, &field);
	}
	if (!time_take(f, &field))
		return false;
	*ret = f->time;
	return true;
}

static bool time_add(struct tick_file *f, nanos time)
{
	if (f->time_count == f->time_room) {
		size_t room = f->time_room == 0 ? 256 : 2 * f->time_room;
		nanos *bigger = realloc(f->times, room * sizeof(*bigger));

		if (bigger == NULL)
			return false;
		f->times = bigger;
		f->time_room = room;
	}
	f->times[f->time_count++] = time;
	return true;
}

static bool line_see(void *self, const struct tick_line *line)
{
	struct tick_file *f = self;
	struct tick_line bare = line_bare(line);
	nanos time;

	f->line = bare;
	if (line_is_blank(&bare))
		return true;
	if (bare.bytes[0] == '#') {
		if (!f->has_columns)
			format_take(f, &bare);
		return true;
	}
	if (!f->has_columns) {
		if (bare.length < sizeof(f->header_text)) {
			memcpy(f->header_text, bare.bytes, bare.length);
			f->first_header = (struct field){ f->header_text, bare.length };
		}
		return header_take(f, &bare) && !f->has_tick;
	}
	if (line_may_be_header(&bare) && tick_columns_is_header(bare.bytes, bare.length))
		return bare.length == f->first_header.length && memcmp(bare.bytes, f->header_text, bare.length) == 0;
	if (!row_time(f, &bare, &time))
		return true;
	if (f->time_count > 0 && f->times[f->time_count - 1] == time) {
		f->repeated++;
		return true;
	}
	f->goes_back = f->goes_back || (f->time_count > 0 && time < f->times[f->time_count - 1]);
	if (!time_add(f, time))
		return false;
	/* A file that is sorted by stream repeats no time in the next row. */
	return f->time_count < TIMES_MOST && (f->goes_back || f->time_count < TIMES_ENOUGH || f->repeated < f->time_count);
}

static int nanos_compare(const void *a, const void *b)
{
	const nanos *x = a;
	const nanos *y = b;

	return *x < *y ? -1 : *x > *y;
}

static bool row_rank(void *self, const struct tick_line *line, int64_t *ret_rank)
{
	struct tick_file *f = self;
	struct tick_line bare = line_bare(line);

	if (line_is_blank(&bare) || bare.bytes[0] == '#' || (line_may_be_header(&bare) && tick_columns_is_header(bare.bytes, bare.length)))
		return false;
	if (!row_time(f, &bare, ret_rank))
		*ret_rank = f->time; /* it is refused where its neighbours are */
	return true;
}

/* What the times of the beginning tell. False after a sentence. */
static bool grid_find(struct tick_file *f)
{
	char error[SOURCE_ERROR_MAX];
	size_t kept = 0;

	if (f->has_tick)
		return true;
	if (f->goes_back && f->time_count > 0)
		qsort(f->times, f->time_count, sizeof(*f->times), nanos_compare);
	for (size_t i = 0; i < f->time_count; i++) {
		if (kept == 0 || f->times[kept - 1] != f->times[i])
			f->times[kept++] = f->times[i];
	}
	if (!tick_grid_make(f->times, kept, &f->grid)) {
		fprintf(f->errors, "%s: its rows are more than an hour apart; ticks may last from 50 ms to 1 h\n",
			tick_lines_name(f->lines));
		return false;
	}
	if (!f->goes_back || f->is_ours)
		return true;
	if (tick_lines_sort(f->lines, row_rank, f, error))
		return true;
	fprintf(f->errors, "%s\n", error);
	return false;
}

struct tick_file *tick_file_open(const char *path, struct stream_names *names, const nanos *ages, FILE *errors)
{
	struct tick_file *f = calloc(1, sizeof(*f));
	char error[SOURCE_ERROR_MAX] = "no memory to read files";
	bool is_good = false;

	if (f != NULL) {
		f->names = names;
		f->errors = errors;
		f->lines = tick_lines_open(path, error);
	}
	if (f == NULL || f->lines == NULL) {
		fprintf(errors, "%s\n", error);
		tick_file_close(f);
		return NULL;
	}
	if (ages != NULL) {
		memcpy(f->ages, ages, sizeof(f->ages));
		f->has_ages = true;
	}
	tick_lines_look(f->lines, line_see, f);
	is_good = f->has_columns && grid_find(f);
	if (!f->has_columns && f->mistakes == 0)
		fprintf(errors, "%s: %s\n", tick_lines_name(f->lines),
			tick_lines_error(f->lines) != NULL
				? tick_lines_error(f->lines)
				: "is empty; it should begin with time,stream,requests,success,user,network,congestion,abort,timeout");
	free(f->times);
	f->times = NULL;
	f->time_length = 0;
	f->mistakes = 0;
	if (f->goes_back && !f->is_ours)
		f->is_new_part = true; /* in order, and without its header */
	else
		f->has_columns = false;
	if (is_good)
		return f;
	tick_file_close(f);
	return NULL;
}

void tick_file_close(struct tick_file *f)
{
	if (f == NULL)
		return;
	tick_lines_close(f->lines);
	free(f->times);
	free(f);
}

const struct tick_grid *tick_file_grid(const struct tick_file *f)
{
	return &f->grid;
}

const nanos *tick_file_ages(const struct tick_file *f)
{
	return f->ages;
}

bool tick_file_is_ours(const struct tick_file *f)
{
	return f->is_ours;
}

/* A row of which the last number may be cut; one of others may end without its end of line. */
static bool row_is_cut(struct tick_file *f)
{
	if (!f->line.is_cut || !f->is_ours)
		return false;
	mistake(f, "the file ends in the middle of a row: it was cut off while it was written or copied; what comes before is used");
	return true;
}

bool tick_file_next(struct tick_file *f, struct tick_item *item)
{
	struct tick_line line;

	item->kind = TICK_RECORD_NONE;
	while (tick_lines_next(f->lines, &line)) {
		f->line = line_bare(&line);
		if (line_is_blank(&f->line))
			continue;
		if (f->line.bytes[0] == '#') {
			if (tick_comment_read(f->names, f->line.bytes, f->line.length, item)) {
				item->notice.sequence = f->line.number;
				break;
			}
			continue;
		}
		if (!f->has_columns || (line_may_be_header(&f->line) && tick_columns_is_header(f->line.bytes, f->line.length))) {
			if (!header_take(f, &f->line) && !f->has_columns)
				return false;
			continue;
		}
		if (!row_is_cut(f) && row_take(f, item))
			break;
	}
	if (item->kind == TICK_RECORD_NONE)
		return false;
	item->is_new_part = f->is_new_part;
	f->is_new_part = false;
	return true;
}

bool tick_file_finish(struct tick_file *f)
{
	const char *error = tick_lines_error(f->lines);

	if (f->mistakes > TICK_FILE_MISTAKES)
		fprintf(f->errors, "%s: and %" PRIu64 " more lines could not be used\n", tick_lines_name(f->lines),
			f->mistakes - TICK_FILE_MISTAKES);
	if (error != NULL)
		fprintf(f->errors, "%s\n", error);
	return error == NULL && f->mistakes == 0;
}

double tick_file_progress(const struct tick_file *f)
{
	return tick_lines_progress(f->lines);
}
