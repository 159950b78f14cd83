/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Escaping and number forms of the report, see report_html.h. Everything that may come from the wire passes html_text(): host names,
 * realms, sentences that hold them. HTML Living Standard 13.1.2.3 and 13.3: & < > and both quotes are enough in elements and quoted
 * attributes.
 */
#include "control/sink/report_html.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "control/incident/words.h"

/* Reads one character of UTF-8 (RFC 3629); its length, or 0 when it is not one. */
static size_t character_read(const unsigned char *s, uint32_t *ret)
{
	static const uint32_t smallest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	uint32_t c = length == 1 ? s[0] : s[0] & (0x7fu >> length);

	for (size_t i = 1; i < length; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (length == 0 || c < smallest[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret = c;
	return length;
}

/* Unicode's bidirectional controls, controls of C0 and C1, and what XML does not allow. */
static bool is_harmful(uint32_t c)
{
	return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

void html_text(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s != '\0') {
		uint32_t c = 0;
		size_t length = character_read(s, &c);

		if (length == 0 || is_harmful(c))
			fputs("\xef\xbf\xbd", out);
		else if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
			fprintf(out, "&#%" PRIu32 ";", c);
		else
			fwrite(s, 1, length, out);
		s += length == 0 ? 1 : length;
	}
}

void html_number(FILE *out, uint64_t number)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%" PRIu64, number);

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			fputc(',', out);
		fputc(text[i], out);
	}
}

void html_count(FILE *out, uint64_t number, const char *one, const char *many)
{
	html_number(out, number);
	fprintf(out, " %s", number == 1 ? one : many);
}

void html_share(FILE *out, double ratio)
{
	double percent = 100 * ratio;

	if (!(ratio >= 0))
		fputs("–", out);
	else if (percent == 0 || percent >= 9.95)
		fprintf(out, "%.0f\u00a0%%", percent == 0 ? 0 : percent > 99 && percent < 100 ? floor(percent) : percent);
	else if (percent < 0.01)
		fputs("&lt;\u00a00.01\u00a0%", out);
	else
		fprintf(out, percent < 0.095 ? "%.2f\u00a0%%" : "%.1f\u00a0%%", percent);
}

void html_duration(FILE *out, nanos t)
{
	int64_t s = (t + NANOS_PER_S / 2) / NANOS_PER_S;

	if (t < 10 * NANOS_PER_S)
		fprintf(out, "%.1f\u00a0s", nanos_to_s(t));
	else if (s < 120)
		fprintf(out, "%" PRId64 "\u00a0s", s);
	else if (s < 7200)
		fprintf(out, "%" PRId64 "\u00a0min %" PRId64 "\u00a0s", s / 60, s % 60);
	else
		fprintf(out, "%" PRId64 "\u00a0h %02" PRId64 "\u00a0min", s / 3600, s / 60 % 60);
}

void html_latency(FILE *out, double ms)
{
	if (!(ms >= 0))
		fputs("–", out);
	else if (ms < 10)
		fprintf(out, "%.1f\u00a0ms", ms);
	else if (ms < 1000)
		fprintf(out, "%.0f\u00a0ms", ms);
	else
		fprintf(out, "%.1f\u00a0s", ms / 1000);
}

void html_time(FILE *out, nanos t, enum html_time form)
{
	static const char *const months[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(t / NANOS_PER_S - (t % NANOS_PER_S < 0));
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	if (form == HTML_TIME_DATE)
		fprintf(out, "%d %s", tm.tm_mday, months[tm.tm_mon]);
	if (form == HTML_TIME_WHOLE)
		fprintf(out, "%d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	if (form != HTML_TIME_DATE)
		fprintf(out, "%02d:%02d", tm.tm_hour, tm.tm_min);
	if (form == HTML_TIME_SECOND || form == HTML_TIME_WHOLE)
		fprintf(out, ":%02d", tm.tm_sec);
}

void html_node(FILE *out, const struct alarm_writer *w, node n)
{
	const struct words_names names = { .plan = w->plan, .name_of = w->name_of, .names = w->names };
	const struct plan_node *known;
	char id[WORDS_NODE_MAX];

	if (node_kind(n) == NODE_NONE) {
		fputs("unknown", out);
		return;
	}
	words_node_id(&names, n, id);
	known = words_node_known(&names, n, id);
	if (known != NULL && known->name != NULL && known->name[0] != '\0') {
		html_text(out, known->name);
		fputs(", ", out);
	}
	fputs("<code class=\"node\">", out);
	html_text(out, id);
	fputs("</code>", out);
}
