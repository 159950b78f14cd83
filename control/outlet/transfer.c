/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See transfer.h. A connection per announcement: they are rare, and a receiver that was restarted is met afresh. Nothing here waits longer
 * than the times below, and all of it ends when the thread has to.
 */
#include "control/outlet/transfer.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "control/outlet/facts.h"

#define CONNECT_MS 5000L
#define WHOLE_MS   20000L
#define ANSWER_MAX 120 /* octets of an answer that are worth telling */

static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool transfer_target_read(struct transfer_target *t, const char *key, const char *url, const char *const schemes[2],
			  char error[OUTLET_ERROR_MAX])
{
	pthread_once(&started, start);
	for (int i = 0; i < 2; i++) {
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0 && strlen(url) < sizeof(t->url)) {
			snprintf(t->url, sizeof(t->url), "%s", url);
			return true;
		}
	}
	snprintf(error, OUTLET_ERROR_MAX, "%s: an address begins with %s or %s", key, schemes[0], schemes[1]);
	return false;
}

static int on_progress(void *self, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct letter *l = self;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return l->ends(l->ends_self);
}

struct answer {
	char text[ANSWER_MAX + 1];
	size_t length;
};

static size_t on_answer(char *bytes, size_t size, size_t count, void *self)
{
	struct answer *a = self;
	size_t room = ANSWER_MAX - a->length;
	size_t taken = size * count < room ? size * count : room;

	memcpy(a->text + a->length, bytes, taken);
	a->length += taken;
	return size * count;
}

static CURL *handle_new(const struct transfer_target *t, const struct letter *l, struct answer *answer)
{
	CURL *c = curl_easy_init();

	if (c == NULL)
		return NULL;
	curl_easy_setopt(c, CURLOPT_URL, t->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, (void *)l);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
	if (t->ca_file[0] != '\0')
		curl_easy_setopt(c, CURLOPT_CAINFO, t->ca_file);
	if (t->user[0] != '\0') {
		curl_easy_setopt(c, CURLOPT_USERNAME, t->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, t->secret);
	} else if (t->secret[0] != '\0') {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, t->secret);
	}
	return c;
}

static bool is_wrong_document(long status)
{
	return status == 400 || status == 413 || status == 415 || status == 422;
}

static enum delivery status_judge(long status, struct answer *answer, char error[OUTLET_ERROR_MAX])
{
	if (status >= 200 && status < 300)
		return DELIVERY_DONE;
	text_tidy(answer->text);
	snprintf(error, OUTLET_ERROR_MAX, "HTTP %ld%s%s", status, answer->length > 0 ? ": " : "", answer->text);
	return is_wrong_document(status) ? DELIVERY_REFUSED : DELIVERY_LATER;
}

enum delivery transfer_post(const struct transfer_target *t, const char *json, size_t length, const struct letter *l,
			    char error[OUTLET_ERROR_MAX])
{
	struct answer answer = { .length = 0 };
	CURL *c = handle_new(t, l, &answer);
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	enum delivery outcome = DELIVERY_LATER;
	long status = 0;
	CURLcode code;

	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (c != NULL && headers != NULL) {
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(c, CURLOPT_USERAGENT, "sigcanary/" SIGCANARY_VERSION);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, json);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
		code = curl_easy_perform(c);
		if (code != CURLE_OK) {
			snprintf(error, OUTLET_ERROR_MAX, "%s", curl_easy_strerror(code));
		} else {
			curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
			outcome = status_judge(status, &answer, error);
		}
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	return outcome;
}

struct text_left {
	const char *at;
	size_t length;
};

/*
 * RFC 5321 4.2.1: 5yz is for good. A mail is refused for its people, or for its content once all of it was read; a greeting or a login that
 * is refused is what people mend.
 */
static enum delivery reply_judge(CURLcode code, long reply, const struct text_left *left, char error[OUTLET_ERROR_MAX])
{
	bool is_of_the_mail = code == CURLE_SEND_ERROR || left->length == 0;

	if (code == CURLE_OK)
		return DELIVERY_DONE;
	snprintf(error, OUTLET_ERROR_MAX, "%s%s%.0ld", curl_easy_strerror(code), reply > 0 ? ", reply " : "", reply);
	return is_of_the_mail && reply >= 550 && reply <= 554 ? DELIVERY_REFUSED : DELIVERY_LATER;
}

static size_t on_text(char *to, size_t size, size_t count, void *self)
{
	struct text_left *t = self;
	size_t taken = size * count < t->length ? size * count : t->length;

	memcpy(to, t->at, taken);
	t->at += taken;
	t->length -= taken;
	return taken;
}

struct attempt {
	const struct transfer_target *target;
	const struct transfer_mail *mail;
	bool is_to_some;       /* to whom of its people the server takes; else to all or nobody */
	struct text_left left; /* what the server has not read */
};

static enum delivery mail_try(struct attempt *a, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	const struct transfer_mail *mail = a->mail;
	struct answer answer = { .length = 0 };
	struct curl_slist *to = NULL;
	CURL *c = handle_new(a->target, l, &answer);
	long reply = 0;
	CURLcode code;

	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (c == NULL)
		return DELIVERY_LATER;
	a->left = (struct text_left){ .at = mail->text, .length = mail->length };
	for (size_t i = 0; mail->to[i] != NULL; i++)
		to = curl_slist_append(to, mail->to[i]);
	curl_easy_setopt(c, CURLOPT_USE_SSL, (long)(a->target->user[0] != '\0' ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, mail->from);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT_ALLLOWFAILS, (long)a->is_to_some);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_text);
	curl_easy_setopt(c, CURLOPT_READDATA, &a->left);
	curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->length);
	code = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &reply);
	curl_slist_free_all(to);
	curl_easy_cleanup(c);
	return reply_judge(code, reply, &a->left, error);
}

enum delivery transfer_mail(const struct transfer_target *t, const struct transfer_mail *mail, const struct letter *l,
			    char error[OUTLET_ERROR_MAX])
{
	struct attempt a = { .target = t, .mail = mail };
	enum delivery outcome = mail_try(&a, l, error);
	char why[OUTLET_ERROR_MAX];

	/* A mailbox that is gone keeps the mail from nobody else. */
	if (outcome != DELIVERY_REFUSED || a.left.length == 0 || mail->to[1] == NULL)
		return outcome;
	a.is_to_some = true;
	outcome = mail_try(&a, l, why);
	if (outcome == DELIVERY_DONE)
		return DELIVERY_PARTLY;
	snprintf(error, OUTLET_ERROR_MAX, "%s", why);
	return outcome;
}
