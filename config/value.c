/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scalars of the configuration. Each kind is one row of the table below: its words for people, how it is read and how it is written, so
 * that what is written reads back as the same value.
 *
 * Called by control. Text is refused when it is not wholly of its kind ("10x", "1,000"); numbers carry no sign; durations and sizes
 * carry their unit, because "30" has been taken for minutes before.
 */
#include "config/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/codes/codes.h"

#define NAME_LENGTH_MAX 63
#define TEXT_LENGTH_MAX 4096

struct unit {
	const char *name;
	double size;
};

/* Ascending; the first of a size is the one written. */
static const struct unit duration_units[] = {
	{ "us", 1e-6 }, { "ms", 1e-3 },    { "s", 1 },       { "min", 60 }, { "h", 3600 },
	{ "d", 86400 }, { "days", 86400 }, { "day", 86400 }, { NULL, 0 },
};
static const struct unit byte_units[] = { { "B", 1 }, { "KiB", 1024 }, { "MiB", 1048576 }, { "GiB", 1073741824 }, { NULL, 0 } };
static const struct unit share_units[] = { { "", 1 }, { "%", 0.01 }, { NULL, 0 } };
static const struct unit no_units[] = { { "", 1 }, { NULL, 0 } };

/* An unsigned decimal number, a fraction if allowed, then one of the units. */
static bool number_read(const char *text, const struct unit *units, double *ret)
{
	size_t length = strspn(text, "0123456789");
	double number = 0;
	char *end = NULL;

	if (length == 0 || length > 20)
		return false;
	if (text[length] == '.' && units != no_units)
		length += 1 + strspn(text + length + 1, "0123456789");
	number = strtod(text, &end);
	if (end != text + length)
		return false;
	end += strspn(end, " ");
	for (; units->name; units++) {
		if (strcmp(units->name, end) == 0) {
			*ret = number * units->size;
			return true;
		}
	}
	return false;
}

static void number_write(double number, const struct unit *units, FILE *out)
{
	const struct unit *best = units;

	for (; units->name && number != 0; units++) {
		double in_units = number / units->size;

		if (in_units >= 1 && units->size > best->size && fabs(in_units - round(in_units)) < 1e-9 * in_units)
			best = units;
	}
	fprintf(out, "%.12g%s%s", number / best->size, best->name[0] ? " " : "", best->name);
}

void duration_write(double seconds, FILE *out)
{
	number_write(seconds, duration_units, out);
}

static enum value_verdict ranged_read(const struct schema_key *k, const char *text, const struct unit *units, double *ret)
{
	double number = 0;

	if (!number_read(text, units, &number))
		return VALUE_WRONG_TYPE;
	if (number < k->minimum || number > k->maximum)
		return VALUE_OUT_OF_RANGE;
	*ret = number;
	return VALUE_GOOD;
}

static void text_write_plain(const char *text, FILE *out)
{
	fputs(text, out);
}

void text_write_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			fprintf(out, "\\u%04x", (unsigned int)c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static enum value_verdict bool_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	(void)k;
	(void)arena;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return VALUE_WRONG_TYPE;
	*(bool *)member = text[0] == 't';
	return VALUE_GOOD;
}

static void bool_write(const struct schema_key *k, const void *member, FILE *out)
{
	(void)k;
	text_write_plain(*(const bool *)member ? "true" : "false", out);
}

/* Integers of all widths and both units; which, says the type. */
static enum value_verdict integer_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	const struct unit *units = k->type == VALUE_BYTES || k->type == VALUE_BYTES32 ? byte_units : no_units;
	double number = 0;
	enum value_verdict verdict = ranged_read(k, text, units, &number);

	(void)arena;
	if (verdict != VALUE_GOOD)
		return verdict;
	if (k->type == VALUE_COUNT || k->type == VALUE_BYTES)
		*(size_t *)member = (size_t)number;
	else if (k->type == VALUE_COUNT64)
		*(uint64_t *)member = (uint64_t)number;
	else if (k->type == VALUE_PORT)
		*(uint16_t *)member = (uint16_t)number;
	else if (k->type == VALUE_WORKERS)
		*(unsigned int *)member = (unsigned int)number;
	else
		*(uint32_t *)member = (uint32_t)number;
	return VALUE_GOOD;
}

static uint64_t integer_of(const struct schema_key *k, const void *member)
{
	if (k->type == VALUE_COUNT || k->type == VALUE_BYTES)
		return *(const size_t *)member;
	if (k->type == VALUE_COUNT64)
		return *(const uint64_t *)member;
	if (k->type == VALUE_PORT)
		return *(const uint16_t *)member;
	if (k->type == VALUE_WORKERS)
		return *(const unsigned int *)member;
	return *(const uint32_t *)member;
}

static void integer_write(const struct schema_key *k, const void *member, FILE *out)
{
	if (k->type == VALUE_BYTES || k->type == VALUE_BYTES32)
		number_write((double)integer_of(k, member), byte_units, out);
	else
		fprintf(out, "%" PRIu64, integer_of(k, member));
}

static enum value_verdict duration_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	double seconds = 0;
	enum value_verdict verdict = ranged_read(k, text, duration_units, &seconds);

	(void)arena;
	if (verdict != VALUE_GOOD)
		return verdict;
	if (k->type == VALUE_DURATION)
		*(nanos *)member = (nanos)llround(seconds * (double)NANOS_PER_S);
	else
		*(double *)member = seconds;
	return VALUE_GOOD;
}

static void duration_member_write(const struct schema_key *k, const void *member, FILE *out)
{
	duration_write(k->type == VALUE_DURATION ? nanos_to_s(*(const nanos *)member) : *(const double *)member, out);
}

static enum value_verdict share_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	(void)arena;
	return ranged_read(k, text, share_units, member);
}

static void share_write(const struct schema_key *k, const void *member, FILE *out)
{
	(void)k;
	fprintf(out, "%.12g %%", 100 * *(const double *)member);
}

static enum value_verdict text_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	size_t length = strlen(text);

	(void)k;
	if (length > TEXT_LENGTH_MAX || (length == 0 && k->minimum > 0))
		return VALUE_OUT_OF_RANGE;
	*(const char **)member = arena_text(arena, text, length);
	return VALUE_GOOD;
}

static void text_write(const struct schema_key *k, const void *member, FILE *out)
{
	(void)k;
	text_write_quoted(*(const char *const *)member, out);
}

static enum value_verdict name_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (length == 0 || text[length] != '\0' || text[0] == '-')
		return VALUE_WRONG_TYPE;
	if (length > NAME_LENGTH_MAX)
		return VALUE_OUT_OF_RANGE;
	return text_read(k, arena, text, member);
}

/* One of the key's words: kept as the word itself or as its position. */
static enum value_verdict word_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	unsigned int position = 0;

	(void)arena;
	while (k->words[position] && strcmp(k->words[position], text) != 0)
		position++;
	if (!k->words[position])
		return VALUE_WRONG_TYPE;
	if (k->type == VALUE_WORD)
		*(const char **)member = k->words[position];
	else if (k->type == VALUE_CLASS)
		*(uint8_t *)member = (uint8_t)position;
	else
		*(unsigned int *)member = position;
	return VALUE_GOOD;
}

static void word_write(const struct schema_key *k, const void *member, FILE *out)
{
	if (k->type == VALUE_WORD)
		text_write_plain(*(const char *const *)member, out);
	else
		text_write_plain(k->words[k->type == VALUE_CLASS ? *(const uint8_t *)member : *(const unsigned int *)member], out);
}

static enum value_verdict cause_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	const char *colon = strchr(text, ':');
	struct plan_outcome *outcome = member;
	enum cause_layer layer = CAUSE_LAYER_COUNT;
	char name[32];
	double number = 0;

	(void)k;
	(void)arena;
	if (!colon || (size_t)(colon - text) >= sizeof(name))
		return VALUE_WRONG_TYPE;
	memcpy(name, text, (size_t)(colon - text));
	name[colon - text] = '\0';
	layer = cause_layer_of_name(name);
	if (layer == CAUSE_LAYER_COUNT || layer == CAUSE_TIMEOUT || !number_read(colon + 1, no_units, &number))
		return VALUE_WRONG_TYPE;
	if (number > UINT32_MAX)
		return VALUE_OUT_OF_RANGE;
	outcome->cause_layer = (uint8_t)layer;
	outcome->cause = (uint32_t)number;
	return VALUE_GOOD;
}

static void cause_write(const struct schema_key *k, const void *member, FILE *out)
{
	const struct plan_outcome *outcome = member;

	(void)k;
	fprintf(out, "%s:%" PRIu32, cause_layer_name((enum cause_layer)outcome->cause_layer), outcome->cause);
}

static enum value_verdict digits_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	(void)k;
	(void)arena;
	text += text[0] == '+';
	if (text[strspn(text, "0123456789")] != '\0' || text[0] == '\0')
		return VALUE_WRONG_TYPE;
	return digits_read_text(text, strlen(text), member) ? VALUE_GOOD : VALUE_OUT_OF_RANGE;
}

static void digits_member_write(const struct schema_key *k, const void *member, FILE *out)
{
	char text[DIGITS_TEXT_MAX];

	(void)k;
	digits_write(*(const digits *)member, text);
	fprintf(out, "\"%s\"", text);
}

/* Where the port of "host:port/path" stands, NULL when there is none; a bracketed IPv6 address has colons of its own. */
static const char *port_of(const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : host;

	end = end != NULL ? end + strcspn(end, ":/") : NULL;
	return end != NULL && *end == ':' ? end + 1 : NULL;
}

static bool is_port(const char *text)
{
	size_t length = strspn(text, "0123456789");

	return length > 0 && length <= 5 && (text[length] == '\0' || text[length] == '/') && atoi(text) >= 1 && atoi(text) <= UINT16_MAX;
}

static enum value_verdict address_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	const char *const *start = k->words;
	const char *host;
	const char *port;

	while (*start != NULL && strncmp(text, *start, strlen(*start)) != 0)
		start++;
	if (*start == NULL)
		return VALUE_WRONG_TYPE;
	host = text + strlen(*start);
	if (host[0] == '\0' || text[strcspn(text, " \t\r\n\"<>")] != '\0')
		return VALUE_WRONG_TYPE;
	/* A path, as of unix:/run/log, has no port. */
	port = host[0] != '/' ? port_of(host) : NULL;
	if (host[0] == ':' || (port != NULL && !is_port(port)))
		return VALUE_WRONG_TYPE;
	return text_read(k, arena, text, member);
}

static enum value_verdict ip_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, text, bytes) != 1 && inet_pton(AF_INET6, text, bytes) != 1)
		return VALUE_WRONG_TYPE;
	return text_read(k, arena, text, member);
}

static const struct {
	const char *words;
	const char *example;
	enum value_verdict (*read)(const struct schema_key *k, struct arena *arena, const char *text, void *member);
	void (*write)(const struct schema_key *k, const void *member, FILE *out);
	const struct unit *units; /* of the range, NULL when there is none */
} kinds[VALUE_SCALARS] = {
	[VALUE_BOOL] = { "true or false", NULL, bool_read, bool_write, NULL },
	[VALUE_COUNT] = { "a whole number", NULL, integer_read, integer_write, no_units },
	[VALUE_COUNT32] = { "a whole number", NULL, integer_read, integer_write, no_units },
	[VALUE_COUNT64] = { "a whole number", NULL, integer_read, integer_write, no_units },
	[VALUE_WORKERS] = { "a whole number", NULL, integer_read, integer_write, no_units },
	[VALUE_BYTES] = { "a size with its unit", "64 MiB", integer_read, integer_write, byte_units },
	[VALUE_BYTES32] = { "a size with its unit", "64 KiB", integer_read, integer_write, byte_units },
	[VALUE_DURATION] = { "a duration with its unit", "200 ms, 10 s, 5 min or 1 h", duration_read, duration_member_write,
			     duration_units },
	[VALUE_SECONDS] = { "a duration with its unit", "12 h or 30 d", duration_read, duration_member_write, duration_units },
	[VALUE_SHARE] = { "a share", "1 %", share_read, share_write, share_units },
	[VALUE_PORT] = { "a port number", NULL, integer_read, integer_write, no_units },
	[VALUE_TEXT] = { "a text", NULL, text_read, text_write, NULL },
	[VALUE_NAME] = { "a name of lower-case letters, digits and hyphens (at most 63)", "tesco-mobile", name_read, text_write, NULL },
	[VALUE_WORD] = { "one of", NULL, word_read, word_write, NULL },
	[VALUE_ENUM] = { "one of", NULL, word_read, word_write, NULL },
	[VALUE_CLASS] = { "one of", NULL, word_read, word_write, NULL },
	[VALUE_CAUSE] = { "a layer and a number", "map-error:34, diameter:5012 or diameter-exp:5001", cause_read, cause_write, NULL },
	[VALUE_DIGITS] = { "a number of 1 to 15 digits", "447802000001", digits_read, digits_member_write, NULL },
	[VALUE_NUMBER] = { "a whole number", NULL, integer_read, integer_write, no_units },
	[VALUE_ADDRESS] = { "an address with a host, a port from 1 to 65535 if any, and no spaces that begins with", NULL, address_read,
			    text_write, NULL },
	[VALUE_IP] = { "an IP address", "127.0.0.1 or ::1", ip_read, text_write, NULL },
};

enum value_verdict value_read(const struct schema_key *k, struct arena *arena, const char *text, void *member)
{
	return kinds[k->type].read(k, arena, text, member);
}

void value_write(const struct schema_key *k, const void *member, FILE *out)
{
	kinds[k->type].write(k, member, out);
}

bool value_is_absent(const struct schema_key *k, const void *member)
{
	if (k->type == VALUE_TEXT || k->type == VALUE_NAME || k->type == VALUE_WORD || k->type == VALUE_ADDRESS)
		return *(const char *const *)member == NULL;
	if (k->type == VALUE_DIGITS)
		return *(const digits *)member == 0;
	if (k->type == VALUE_NUMBER)
		return *(const uint32_t *)member == 0;
	return k->type == VALUE_COUNT64 && !k->preset && *(const uint64_t *)member == 0;
}

const char *value_wanted(const struct schema_key *k, struct arena *arena)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	const char *copy = "another value";

	if (!out)
		return copy;
	fputs(kinds[k->type].words, out);
	for (const char *const *word = k->words; word && *word; word++)
		fprintf(out, "%s%s", word == k->words ? " " : word[1] ? ", " : " or ", *word);
	if (kinds[k->type].units) {
		fputs(" from ", out);
		number_write(k->minimum, kinds[k->type].units, out);
		fputs(" to ", out);
		number_write(k->maximum, kinds[k->type].units, out);
	}
	if (kinds[k->type].example)
		fprintf(out, ", such as %s", kinds[k->type].example);
	fclose(out);
	copy = arena_text(arena, text, length);
	free(text);
	return copy;
}
