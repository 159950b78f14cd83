/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watch list, see watchlist.h. Compiled by control at start; watchlist_scan() is each worker's, with a scratch of its own.
 *
 * An entry makes one literal per way in which it may stand on the wire, all with the entry's number as identity, so that a match needs no
 * look-up. Refused: lines that are no entry, and literals of fewer than three octets, which would be found in nearly every message.
 */
#include "dataplane/segment/watchlist.h"

#include <ctype.h>
#include <errno.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LITERAL_MIN   3
#define LITERAL_MAX   255
#define LINE_MAX_READ 1024
/* An IMSI as TBCD and as text. */
#define LITERALS_PER_ENTRY 2

struct literal {
	char octets[LITERAL_MAX];
	uint16_t length;
	uint32_t entry;
	unsigned int flags;
};

struct watchlist {
	hs_database_t *database;
	struct watched *entries;
	size_t count;
	struct literal *literals; /* while it is compiled */
	size_t literal_count;
	size_t room;
};

static const struct {
	const char *word;
	enum watched_kind kind;
} kind_rows[] = { { "imsi", WATCHED_IMSI }, { "msisdn", WATCHED_MSISDN }, { "text", WATCHED_TEXT }, { "hex", WATCHED_HEX } };

static struct literal *literal_new(struct watchlist *w, unsigned int flags)
{
	struct literal *l = &w->literals[w->literal_count++];

	l->length = 0;
	l->entry = (uint32_t)w->count;
	l->flags = flags | HS_FLAG_SINGLEMATCH;
	return l;
}

/* TS 29.002 17.7.8: low nibble first, 15 fills the last octet. */
static void tbcd_add(struct watchlist *w, digits number)
{
	struct literal *l = literal_new(w, 0);
	unsigned int count = digits_count(number);

	for (unsigned int i = 0; i < count; i += 2) {
		unsigned int high = i + 1 < count ? digits_at(number, i + 1) : 15;

		l->octets[l->length++] = (char)(high << 4 | digits_at(number, i));
	}
}

static void text_add(struct watchlist *w, const char *text, size_t length)
{
	struct literal *l = literal_new(w, HS_FLAG_CASELESS);

	memcpy(l->octets, text, length);
	l->length = (uint16_t)length;
}

/* NULL, or what is wrong with the number. */
static const char *number_add(struct watchlist *w, struct watched *e, const char *text, size_t length)
{
	if (!digits_read_text(text, length, &e->number))
		return "no number of at most 15 digits";
	if (length < 2 * LITERAL_MIN)
		return "a number of fewer than six digits would be found everywhere";
	tbcd_add(w, e->number);
	if (e->kind == WATCHED_IMSI)
		text_add(w, text, length);
	return NULL;
}

static int nibble_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

static const char *hex_add(struct watchlist *w, const char *text)
{
	struct literal *l = literal_new(w, 0);

	while (*text != '\0') {
		int high = nibble_of(text[0]);
		int low = high < 0 ? -1 : nibble_of(text[1]);

		if (low < 0)
			return "octets are pairs of hexadecimal digits";
		if (l->length == LITERAL_MAX)
			return "too long: at most 255 octets";
		l->octets[l->length++] = (char)(high << 4 | low);
		text += 2;
		text += strspn(text, " \t");
	}
	return l->length < LITERAL_MIN ? "fewer than three octets would be found everywhere" : NULL;
}

static const char *words_add(struct watchlist *w, const char *text)
{
	size_t length = strlen(text);

	if (length < LITERAL_MIN)
		return "fewer than three letters would be found everywhere";
	if (length > LITERAL_MAX)
		return "too long: at most 255 octets";
	text_add(w, text, length);
	return NULL;
}

static bool room_make(struct watchlist *w)
{
	size_t room = w->room == 0 ? 64 : 2 * w->room;
	struct watched *entries;
	struct literal *literals;

	if (w->count < w->room)
		return true;
	entries = realloc(w->entries, room * sizeof(*entries));
	if (entries != NULL)
		w->entries = entries;
	literals = realloc(w->literals, LITERALS_PER_ENTRY * room * sizeof(*literals));
	if (literals != NULL)
		w->literals = literals;
	w->room = entries != NULL && literals != NULL ? room : w->room;
	return entries != NULL && literals != NULL;
}

/* One entry of "KIND REST"; NULL, or what is wrong. */
static const char *entry_add(struct watchlist *w, char *text, unsigned int line)
{
	size_t word = strcspn(text, " \t");
	char *rest = text + word + strspn(text + word, " \t");
	struct watched e = { .line = line };
	size_t number = strcspn(rest, " \t");
	const char *label = rest + number + strspn(rest + number, " \t");
	size_t row = 0;
	const char *wrong;

	while (row < sizeof(kind_rows) / sizeof(kind_rows[0]) &&
	       (strlen(kind_rows[row].word) != word || strncmp(kind_rows[row].word, text, word) != 0))
		row++;
	if (row == sizeof(kind_rows) / sizeof(kind_rows[0]))
		return "no entry begins so; write imsi, msisdn, text or hex before what is watched";
	if (w->count == WATCHLIST_ENTRIES_MAX)
		return "too many entries: at most 200000";
	if (!room_make(w))
		return "no memory for the list; make it shorter";
	e.kind = kind_rows[row].kind;
	if (e.kind == WATCHED_TEXT || e.kind == WATCHED_HEX)
		label = rest;
	if (e.kind == WATCHED_TEXT)
		wrong = words_add(w, rest);
	else if (e.kind == WATCHED_HEX)
		wrong = hex_add(w, rest);
	else
		wrong = number_add(w, &e, rest, number);
	if (wrong != NULL)
		return wrong;
	e.label = strdup(label);
	if (e.label == NULL)
		return "no memory for the list; make it shorter";
	w->entries[w->count++] = e;
	return NULL;
}

static bool lines_read(struct watchlist *w, FILE *file, const char *path, char error[WATCHLIST_ERROR_MAX])
{
	char text[LINE_MAX_READ];

	for (unsigned int line = 1; fgets(text, sizeof(text), file) != NULL; line++) {
		char *begin = text + strspn(text, " \t");
		size_t length;
		const char *wrong;

		begin[strcspn(begin, "#\r\n")] = '\0';
		for (length = strlen(begin); length > 0 && strchr(" \t", begin[length - 1]) != NULL; length--)
			begin[length - 1] = '\0';
		if (length == 0)
			continue;
		wrong = entry_add(w, begin, line);
		if (wrong == NULL)
			continue;
		snprintf(error, WATCHLIST_ERROR_MAX, "%s:%u: %s", path, line, wrong);
		return false;
	}
	return true;
}

static bool literals_compile(struct watchlist *w, const char *path, char error[WATCHLIST_ERROR_MAX])
{
	const char **octets = calloc(w->literal_count, sizeof(*octets));
	size_t *lengths = calloc(w->literal_count, sizeof(*lengths));
	unsigned int *flags = calloc(w->literal_count, sizeof(*flags));
	unsigned int *entries = calloc(w->literal_count, sizeof(*entries));
	hs_compile_error_t *mistake = NULL;
	bool is_whole = octets != NULL && lengths != NULL && flags != NULL && entries != NULL;

	for (size_t i = 0; is_whole && i < w->literal_count; i++) {
		octets[i] = w->literals[i].octets;
		lengths[i] = w->literals[i].length;
		flags[i] = w->literals[i].flags;
		entries[i] = w->literals[i].entry;
	}
	is_whole = is_whole && hs_compile_lit_multi(octets, flags, entries, lengths, (unsigned int)w->literal_count, HS_MODE_BLOCK, NULL,
						    &w->database, &mistake) == HS_SUCCESS;
	if (!is_whole)
		snprintf(error, WATCHLIST_ERROR_MAX, "%s: the list cannot be compiled: %s; make it shorter", path,
			 mistake != NULL ? mistake->message : "no memory");
	hs_free_compile_error(mistake);
	free(octets);
	free(lengths);
	free(flags);
	free(entries);
	free(w->literals);
	w->literals = NULL;
	return is_whole;
}

static bool entries_are_some(const struct watchlist *w, const char *path, char error[WATCHLIST_ERROR_MAX])
{
	if (w->count == 0)
		snprintf(error, WATCHLIST_ERROR_MAX, "%s: no entry in the list; write one, or leave the list out", path);
	return w->count > 0;
}

struct watchlist *watchlist_open(const char *path, char error[WATCHLIST_ERROR_MAX])
{
	struct watchlist *w = calloc(1, sizeof(*w));
	FILE *file = fopen(path, "re");
	bool is_whole = false;

	if (file == NULL)
		snprintf(error, WATCHLIST_ERROR_MAX, "%s: %s; name a watch list that can be read", path, strerror(errno));
	else if (w == NULL)
		snprintf(error, WATCHLIST_ERROR_MAX, "%s: no memory for the list", path);
	else if (lines_read(w, file, path, error) && entries_are_some(w, path, error))
		is_whole = literals_compile(w, path, error);
	if (file != NULL)
		fclose(file);
	if (is_whole)
		return w;
	watchlist_close(w);
	return NULL;
}

void watchlist_close(struct watchlist *w)
{
	if (w == NULL)
		return;
	hs_free_database(w->database);
	for (size_t i = 0; i < w->count; i++)
		free((char *)(uintptr_t)w->entries[i].label);
	free(w->entries);
	free(w->literals);
	free(w);
}

size_t watchlist_count(const struct watchlist *w)
{
	return w->count;
}

const struct watched *watchlist_entry(const struct watchlist *w, uint32_t number)
{
	return number < w->count ? &w->entries[number] : NULL;
}

bool watchlist_scratch(const struct watchlist *w, struct hs_scratch **scratch)
{
	return hs_alloc_scratch(w->database, scratch) == HS_SUCCESS;
}

void watchlist_scratch_free(struct hs_scratch *scratch)
{
	hs_free_scratch(scratch);
}

struct sightings {
	uint32_t *numbers;
	size_t count;
};

/* Keeps the lowest numbers, in order; an entry's second literal adds nothing. */
static int sighting_keep(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *context)
{
	struct sightings *s = context;
	size_t at = s->count;

	(void)from;
	(void)to;
	(void)flags;
	while (at > 0 && s->numbers[at - 1] > id)
		at--;
	if ((at > 0 && s->numbers[at - 1] == id) || at == WATCHLIST_SIGHTINGS_MAX)
		return 0;
	if (s->count < WATCHLIST_SIGHTINGS_MAX)
		s->count++;
	memmove(&s->numbers[at + 1], &s->numbers[at], (s->count - 1 - at) * sizeof(*s->numbers));
	s->numbers[at] = id;
	return 0;
}

size_t watchlist_scan(const struct watchlist *w, struct hs_scratch *scratch, const struct cursor *bytes,
		      uint32_t ret_numbers[WATCHLIST_SIGHTINGS_MAX])
{
	struct sightings s = { .numbers = ret_numbers };

	if (cursor_left(bytes) > 0)
		hs_scan(w->database, (const char *)bytes->at, (unsigned int)cursor_left(bytes), 0, scratch, sighting_keep, &s);
	return s.count;
}
