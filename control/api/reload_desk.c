/* SPDX-License-Identifier: BSD-3-Clause */
/* See reload_desk.h. */
#include "control/api/reload_desk.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE_S 30

struct reload_desk {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool is_asked, has_answer, is_reloaded, is_closed;
	char *words;
};

struct reload_desk *reload_desk_new(void)
{
	struct reload_desk *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->answered, NULL);
	return d;
}

void reload_desk_free(struct reload_desk *d)
{
	if (d == NULL)
		return;
	free(d->words);
	pthread_cond_destroy(&d->answered);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

bool reload_desk_asks(struct reload_desk *d)
{
	bool is_asked;

	pthread_mutex_lock(&d->lock);
	is_asked = d->is_asked;
	d->is_asked = false;
	pthread_mutex_unlock(&d->lock);
	return is_asked;
}

void reload_desk_answer(struct reload_desk *d, bool is_reloaded, const char *words)
{
	pthread_mutex_lock(&d->lock);
	free(d->words);
	d->words = strdup(words);
	d->is_reloaded = is_reloaded;
	d->has_answer = true;
	pthread_cond_signal(&d->answered);
	pthread_mutex_unlock(&d->lock);
}

void reload_desk_close(struct reload_desk *d)
{
	if (d == NULL)
		return;
	reload_desk_answer(d, false, "nothing reloaded: the probe ends");
	pthread_mutex_lock(&d->lock);
	d->is_closed = true;
	pthread_mutex_unlock(&d->lock);
}

/* Under the lock. */
static json_t *answer_take(struct reload_desk *d)
{
	struct timespec until;
	int code = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	d->is_asked = true;
	d->has_answer = d->is_closed;
	while (!d->has_answer && code == 0)
		code = pthread_cond_timedwait(&d->answered, &d->lock, &until);
	d->is_asked = false;
	if (!d->has_answer)
		return NULL;
	return json_pack("{s:s,s:s}", "outcome", d->is_reloaded ? "reloaded" : "kept", "words", d->words != NULL ? d->words : "");
}

void api_reload(void *desk, struct exchange *x)
{
	struct reload_desk *d = desk;
	json_t *answer;
	char *text;

	if (d == NULL) {
		exchange_refuse(x, 404, "only a live probe reloads its configuration");
		return;
	}
	pthread_mutex_lock(&d->lock);
	answer = answer_take(d);
	pthread_mutex_unlock(&d->lock);
	text = answer != NULL ? json_dumps(answer, JSON_COMPACT) : NULL;
	if (text != NULL)
		fprintf(x->out, "%s\n", text);
	else
		exchange_refuse(x, 503, "the probe did not answer within 30 s; /api/v1/health says how it is");
	free(text);
	json_decref(answer);
}
