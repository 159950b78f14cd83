/* SPDX-License-Identifier: BSD-3-Clause */
/* See ask.h. One connection is kept from question to question, so that `top` and `tail` do not connect anew each second. */
#include "control/ask/ask.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/api/server.h"

#define CONNECT_MS 3000L
#define WHOLE_MS   30000L
/* Captures of incidents are the largest answers; whatever is beyond this is no answer of a probe. */
#define ANSWER_MAX ((size_t)4 << 30)

struct ask {
	CURL *curl;
	struct curl_slist *headers;
	char socket_path[108];
};

struct ask *ask_new(const char *socket_path)
{
	struct ask *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	a->curl = curl_easy_init();
	a->headers = curl_slist_append(NULL, "Content-Type: application/json");
	snprintf(a->socket_path, sizeof(a->socket_path), "%s", socket_path);
	if (a->curl != NULL && a->headers != NULL)
		return a;
	ask_free(a);
	return NULL;
}

void ask_free(struct ask *a)
{
	if (a == NULL)
		return;
	curl_slist_free_all(a->headers);
	curl_easy_cleanup(a->curl);
	free(a);
}

static size_t on_piece(char *bytes, size_t size, size_t count, void *self)
{
	struct ask_answer *answer = self;
	size_t length = size * count;
	char *body = answer->length + length < ANSWER_MAX ? realloc(answer->body, answer->length + length + 1) : NULL;

	if (body == NULL)
		return 0;
	memcpy(body + answer->length, bytes, length);
	answer->body = body;
	answer->length += length;
	body[answer->length] = '\0';
	return length;
}

static bool curl_prepare(struct ask *a, const char *method, const char *path, const char *json, struct ask_answer *answer)
{
	char url[2048];

	if ((size_t)snprintf(url, sizeof(url), "http://probe%s", path) >= sizeof(url))
		return false;
	curl_easy_reset(a->curl);
	curl_easy_setopt(a->curl, CURLOPT_UNIX_SOCKET_PATH, a->socket_path);
	curl_easy_setopt(a->curl, CURLOPT_URL, url);
	curl_easy_setopt(a->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(a->curl, CURLOPT_USERAGENT, "sigcanary/" SIGCANARY_VERSION);
	curl_easy_setopt(a->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(a->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(a->curl, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, on_piece);
	curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(a->curl, CURLOPT_CUSTOMREQUEST, method);
	if (json != NULL || strcmp(method, "POST") == 0) {
		curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, a->headers);
		curl_easy_setopt(a->curl, CURLOPT_POSTFIELDS, json != NULL ? json : "");
	}
	return true;
}

/* The probe's own sentence when it gave one, else what its status means. */
static void refusal_tell(const struct ask_answer *answer, long status, const char *path, char error[ASK_ERROR_MAX])
{
	json_t *json = answer->body != NULL ? json_loads(answer->body, 0, NULL) : NULL;
	const char *words = json_string_value(json_object_get(json, "error"));

	if (words != NULL)
		snprintf(error, ASK_ERROR_MAX, "%s", words);
	else if (status == 404)
		snprintf(error, ASK_ERROR_MAX, "the probe knows nothing of %s; is it of an older version than this program?", path);
	else
		snprintf(error, ASK_ERROR_MAX, "the probe answers %s with HTTP %ld", path, status);
	json_decref(json);
}

static enum ask_outcome failure_tell(const struct ask *a, CURLcode code, char error[ASK_ERROR_MAX])
{
	if (code != CURLE_COULDNT_CONNECT) {
		snprintf(error, ASK_ERROR_MAX, "the probe at %s broke off: %s", a->socket_path, curl_easy_strerror(code));
		return code == CURLE_OPERATION_TIMEDOUT || code == CURLE_GOT_NOTHING ? ASK_NOBODY : ASK_FAILED;
	}
	if (server_socket_is_closed(a->socket_path))
		snprintf(error, ASK_ERROR_MAX,
			 "no probe answers at %s, and that of a service may be asked by root and the members of its group only "
			 "(usermod -aG sigcanary NAME, then log in anew)",
			 a->socket_path);
	else
		snprintf(error, ASK_ERROR_MAX,
			 "no probe answers at %s; is it running (systemctl status sigcanary), and is it this one (--socket, or -c with "
			 "api.socket)?",
			 a->socket_path);
	return ASK_NOBODY;
}

enum ask_outcome ask(struct ask *a, const char *method, const char *path, const char *json, struct ask_answer *ret,
		     char error[ASK_ERROR_MAX])
{
	struct ask_answer answer = { .body = NULL };
	const char *type = NULL;
	enum ask_outcome outcome = ASK_ANSWERED;
	long status = 0;
	CURLcode code;

	snprintf(error, ASK_ERROR_MAX, "the question is too long");
	if (!curl_prepare(a, method, path, json, &answer))
		return ASK_FAILED;
	code = curl_easy_perform(a->curl);
	if (code != CURLE_OK) {
		free(answer.body);
		return failure_tell(a, code, error);
	}
	curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(a->curl, CURLINFO_CONTENT_TYPE, &type);
	if (status < 200 || status > 299) {
		refusal_tell(&answer, status, path, error);
		outcome = ASK_REFUSED;
	} else if (answer.body == NULL && (answer.body = calloc(1, 1)) == NULL) {
		snprintf(error, ASK_ERROR_MAX, "no memory");
		outcome = ASK_FAILED;
	}
	if (outcome != ASK_ANSWERED) {
		free(answer.body);
		return outcome;
	}
	snprintf(answer.type, sizeof(answer.type), "%s", type != NULL ? type : "");
	*ret = answer;
	return ASK_ANSWERED;
}

char *ask_encode(const char *word)
{
	char *escaped = curl_easy_escape(NULL, word, 0);
	char *copy = escaped != NULL ? strdup(escaped) : NULL;

	curl_free(escaped);
	return copy;
}
