/* SPDX-License-Identifier: BSD-3-Clause */
/* See facts.h. Called by the drivers, each on its thread. */
#include "control/outlet/facts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/incident/text.h"

static const json_t *value_at(const json_t *alarm, const char *path)
{
	const char *dot = strchr(path, '.');
	char first[64];

	if (dot == NULL)
		return json_object_get(alarm, path);
	snprintf(first, sizeof(first), "%.*s", (int)(dot - path), path);
	return value_at(json_object_get(alarm, first), dot + 1);
}

void text_tidy(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
		if (*c < 0x20 || *c == 0x7f)
			*c = ' ';
	}
}

void text_cut(char *text, size_t most)
{
	size_t length = strlen(text);

	if (length <= most)
		return;
	/* Not in the middle of a character of UTF-8 (RFC 3629). */
	while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	text[most] = '\0';
}

static void text_copy(const char *from, char text[FACT_TEXT_MAX])
{
	char whole[FACT_TEXT_MAX + 1];

	snprintf(whole, sizeof(whole), "%s", from);
	text_cut(whole, FACT_TEXT_MAX - 1);
	text_tidy(whole);
	memcpy(text, whole, strlen(whole) + 1);
}

void fact_text(const json_t *alarm, const char *path, char text[FACT_TEXT_MAX])
{
	const char *value = json_string_value(value_at(alarm, path));

	text_copy(value != NULL ? value : "", text);
}

void fact_list(const json_t *alarm, const char *path, const char *separator, char text[FACT_TEXT_MAX])
{
	const json_t *list = value_at(alarm, path);
	char whole[FACT_TEXT_MAX * 2] = "";
	size_t length = 0;
	size_t index;
	json_t *entry;

	json_array_foreach((json_t *)list, index, entry)
	{
		const char *word = json_string_value(entry);

		if (word == NULL)
			word = json_string_value(json_object_get(entry, "name"));
		if (word == NULL)
			word = json_string_value(json_object_get(entry, "id"));
		if (word == NULL || length >= FACT_TEXT_MAX)
			continue;
		length += (size_t)snprintf(whole + length, sizeof(whole) - length, "%s%.900s", length > 0 ? separator : "", word);
	}
	text_copy(whole, text);
}

double fact_number(const json_t *alarm, const char *path)
{
	return json_number_value(value_at(alarm, path));
}

nanos fact_time(const json_t *alarm, const char *path)
{
	const char *text = json_string_value(value_at(alarm, path));
	char *end = NULL;
	nanos whole;
	nanos rest = 0;
	nanos unit = NANOS_PER_S / 10;

	if (text == NULL)
		return 0;
	whole = strtoll(text, &end, 10);
	if (*end == '.') {
		for (end++; *end >= '0' && *end <= '9' && unit > 0; end++, unit /= 10)
			rest += (*end - '0') * unit;
	}
	return whole * NANOS_PER_S + rest;
}

enum incident_severity fact_severity(const json_t *alarm)
{
	const char *word = json_string_value(value_at(alarm, "severity"));

	for (int s = SEVERITY_CLEARED; word != NULL && s <= SEVERITY_CRITICAL; s++) {
		if (strcmp(word, incident_severity_name((enum incident_severity)s)) == 0)
			return (enum incident_severity)s;
	}
	return SEVERITY_WARNING;
}

bool fact_is_cleared(const json_t *alarm)
{
	const char *word = json_string_value(value_at(alarm, "state"));

	return word != NULL && strcmp(word, incident_state_name(INCIDENT_CLEARED)) == 0;
}

enum incident_kind fact_kind(const json_t *alarm)
{
	const char *word = json_string_value(value_at(alarm, "kind"));
	int k = 0;

	while (k < INCIDENT_KIND_COUNT && (word == NULL || strcmp(word, incident_kind_name((enum incident_kind)k)) != 0))
		k++;
	return (enum incident_kind)k;
}

void fact_link(const struct letter *letter, char text[FACT_TEXT_MAX])
{
	char id[FACT_TEXT_MAX];

	fact_text(letter->alarm, "id", id);
	text[0] = '\0';
	if (letter->context->url[0] != '\0')
		snprintf(text, FACT_TEXT_MAX, "%s/#/incidents/%.64s", letter->context->url, id);
}

void time_text(nanos time, char text[FACT_TIME_MAX])
{
	time_t seconds = (time_t)(time / NANOS_PER_S);
	struct tm parts;
	size_t length;

	gmtime_r(&seconds, &parts);
	length = strftime(text, FACT_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + length, FACT_TIME_MAX - length, ".%06" PRId64 "Z", time % NANOS_PER_S / 1000);
}

bool secret_read(const char *path, unsigned int line, char *ret, size_t size, char error[OUTLET_ERROR_MAX])
{
	FILE *file = fopen(path, "re");
	char words[512];
	bool is_there = false;

	if (file == NULL) {
		snprintf(error, OUTLET_ERROR_MAX, "cannot read %.150s: %s", path, strerror(errno));
		return false;
	}
	for (unsigned int i = 0; i <= line; i++)
		is_there = fgets(words, sizeof(words), file) != NULL;
	fclose(file);
	words[strcspn(words, "\r\n")] = '\0';
	if (!is_there || words[0] == '\0' || strlen(words) >= size) {
		snprintf(error, OUTLET_ERROR_MAX, "%.150s has no line %u of 1 to %zu characters", path, line + 1, size - 1);
		is_there = false;
	} else {
		snprintf(ret, size, "%s", words);
	}
	explicit_bzero(words, sizeof(words));
	return is_there;
}

void receiver_name(const char *target, char name[OUTLET_NAME_MAX])
{
	const char *host = strstr(target, "://");
	const char *end;
	const char *at;

	if (host == NULL) {
		snprintf(name, OUTLET_NAME_MAX, "%s", target);
		return;
	}
	host += 3;
	end = host + strcspn(host, "/?#");
	at = memrchr(host, '@', (size_t)(end - host));
	if (at != NULL)
		host = at + 1;
	snprintf(name, OUTLET_NAME_MAX, "%.*s", (int)(end - host), host);
}
