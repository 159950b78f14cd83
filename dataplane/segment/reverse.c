/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Host expressions from the other end.
 *
 * Names of nodes differ at their beginning and agree at their end, and operators write what they agree in. An expression that is free at
 * the left and ends in $ makes Hyperscan look at every byte; reversed it is anchored at the first byte and fails or succeeds there
 * (8 to 15 times faster over 61-byte names in FEASIBILITY; not measured here). Reversing is only done where the result is exactly the same
 * set of texts: a literal of ASCII characters and escaped punctuation, an optional ".*" before it, "$" behind it. As in PCRE, $ also
 * matches before a final line feed, which the reversed form says as "\n?". Everything else is refused and compiled as it is.
 */
#include <ctype.h>
#include <string.h>

#include "dataplane/segment/match.h"

static bool is_plain(char c)
{
	return c > ' ' && c < 0x7f && strchr("\\^$.|?*+()[]{}", c) == NULL;
}

static bool is_punctuation(char c)
{
	return c > ' ' && c < 0x7f && ispunct((unsigned char)c);
}

/* The literal that `expression` (up to `end`) says; its length, 0 when it is more than a literal. */
static size_t literal_read(const char *expression, const char *end, char literal[REVERSED_MAX])
{
	size_t length = 0;

	while (expression < end) {
		if (*expression == '\\' && expression + 1 < end && is_punctuation(expression[1]))
			expression++;
		else if (!is_plain(*expression))
			return 0;
		if (length == REVERSED_MAX / 2 - 4)
			return 0;
		literal[length++] = *expression++;
	}
	return length;
}

bool expression_reverse(const char *expression, char reversed[REVERSED_MAX])
{
	char literal[REVERSED_MAX];
	size_t all = strlen(expression);
	size_t length = 0;
	size_t written = 4;

	if (all == 0 || expression[all - 1] != '$')
		return false;
	if (all > 2 && strncmp(expression, ".*", 2) == 0)
		length = literal_read(expression + 2, expression + all - 1, literal);
	else
		length = literal_read(expression, expression + all - 1, literal);
	if (length == 0)
		return false;
	memcpy(reversed, "^\\n?", 4);
	while (length > 0) {
		char c = literal[--length];

		if (!isalnum((unsigned char)c))
			reversed[written++] = '\\';
		reversed[written++] = c;
	}
	reversed[written] = '\0';
	return true;
}
