/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /api/v1/transactions, see api_routes.h: the words of a query become a search. Whoever asks over the network names subscribers by their
 * pseudonyms, unless identities are shown in clear; over the socket of this machine digits are taken too. They come back as pseudonyms.
 */
#include <stdlib.h>
#include <string.h>

#include "control/api/api_routes.h"
#include "control/board/transactions.h"

#define PRESET_LIMIT 100

#define FAILURES (1U << OUTCOME_NETWORK | 1U << OUTCOME_CONGESTION | 1U << OUTCOME_ABORT | 1U << OUTCOME_TIMEOUT | 1U << OUTCOME_LATE)

/* A time in epoch seconds; false when it is none. */
static bool time_read(const struct exchange *x, const char *name, nanos *ret)
{
	const char *text = exchange_query(x, name);
	char *end = NULL;
	double seconds;

	if (text == NULL || *text == '\0')
		return true;
	seconds = strtod(text, &end);
	if (*end != '\0' || !(seconds >= 0 && seconds < 9e9))
		return false;
	*ret = (nanos)(seconds * 1e9);
	return true;
}

/* "timeout", "timeout,network", or "failed" for all that failed; false when a word is none of these. */
static bool outcomes_read(const char *text, unsigned int *ret)
{
	while (*text != '\0') {
		size_t length = strcspn(text, ",");
		unsigned int bits = length == 6 && strncmp(text, "failed", 6) == 0 ? FAILURES : 0;

		for (int c = 0; c < OUTCOME_CLASS_COUNT; c++) {
			const char *name = outcome_class_name((enum outcome_class)c);

			if (strlen(name) == length && strncmp(text, name, length) == 0)
				bits = 1U << c;
		}
		if (bits == 0)
			return false;
		*ret |= bits;
		text += length + (text[length] == ',');
	}
	return true;
}

static const char *text_of(const struct exchange *x, const char *name)
{
	const char *text = exchange_query(x, name);

	return text != NULL && *text != '\0' ? text : NULL;
}

/* The sentence of what is wrong with the query; NULL when nothing is. */
static const char *wanted_read(struct kept_transactions *k, const struct exchange *x, struct transactions_wanted *ret)
{
	const char *name = text_of(x, "procedure");
	const char *outcomes = text_of(x, "outcome");

	*ret = (struct transactions_wanted){ .procedure = PROCEDURE_NONE,
					     .segment = text_of(x, "segment"),
					     .node = text_of(x, "node"),
					     .subscriber = text_of(x, "imsi"),
					     .is_clear = x->is_local,
					     .after = text_of(x, "after"),
					     .limit = (size_t)exchange_number(x, "limit", PRESET_LIMIT, 1, KEPT_FOUND_MAX) };
	if (!time_read(x, "since", &ret->since) || !time_read(x, "until", &ret->until))
		return "since and until are seconds since 1970, such as 1342008060.5";
	if (name != NULL && (ret->procedure = procedure_of_name(name)) == PROCEDURE_NONE)
		return "there is no procedure of that name; /api/v1/procedures lists those that are seen";
	if (outcomes != NULL && !outcomes_read(outcomes, &ret->outcomes))
		return "outcome is one or several, with commas, of success, user, network, congestion, abort, timeout, late, or failed";
	if (ret->after != NULL && !kept_key_is_good(ret->after))
		return "after is the key of a transaction";
	if (!kept_transactions_know(k, ret))
		return "subscribers are asked for by their pseudonyms here, such as imsi~234100123456789; numbers are taken only over the "
		       "socket of the probe's machine";
	return NULL;
}

/* A search, and what it has found that is not sent yet. */
struct answer {
	struct kept_search *search;
	char *text;
	size_t length, sent;
	bool is_over;
};

/* The text of the next slice; nothing found is said with a blank, since nothing sent would be the end. False when there is no memory. */
static bool slice_make(struct answer *a)
{
	FILE *out;

	free(a->text);
	a->text = NULL;
	a->sent = 0;
	out = open_memstream(&a->text, &a->length);
	if (out == NULL)
		return false;
	a->is_over = !kept_search_go(a->search, out);
	if (ftello(out) == 0)
		fputc('\n', out);
	return fclose(out) == 0;
}

static ssize_t answer_read(void *self, uint8_t *ret, size_t size)
{
	struct answer *a = self;
	size_t length;

	if (a->sent == a->length && a->is_over)
		return 0;
	if (a->sent == a->length && !slice_make(a))
		return -1;
	length = a->length - a->sent < size ? a->length - a->sent : size;
	memcpy(ret, a->text + a->sent, length);
	a->sent += length;
	return (ssize_t)length;
}

static void answer_close(void *self)
{
	struct answer *a = self;

	kept_search_free(a->search);
	free(a->text);
	free(a);
}

/* The beginning of the text; NULL when there is no memory. */
static struct answer *answer_begin(struct kept_transactions *k, const struct transactions_wanted *wanted)
{
	struct answer *a = calloc(1, sizeof(*a));
	FILE *out = a != NULL ? open_memstream(&a->text, &a->length) : NULL;

	if (out != NULL) {
		a->search = kept_search_new(k, wanted, out);
		if (fclose(out) == 0 && a->search != NULL)
			return a;
		if (a->search != NULL)
			kept_search_free(a->search);
		free(a->text);
	}
	free(a);
	return NULL;
}

void api_transactions(void *kept, struct exchange *x)
{
	struct transactions_wanted wanted;
	const char *wrong = wanted_read(kept, x, &wanted);
	struct answer *answer = wrong == NULL ? answer_begin(kept, &wanted) : NULL;

	if (wrong != NULL)
		exchange_refuse(x, 400, wrong);
	else if (answer == NULL)
		exchange_refuse(x, 503, "no memory for a search");
	else
		x->source = (struct exchange_source){ answer_read, answer_close, answer };
}

void api_transaction(void *kept, struct exchange *x)
{
	if (!kept_transactions_write_one(kept, x->rest, x->out))
		exchange_refuse(x, 404, "no transaction of that key is kept (any more); /api/v1/transactions lists those that are");
}
