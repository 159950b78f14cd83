/* SPDX-License-Identifier: BSD-3-Clause */
/* Mails announcements through one server. Which incidents are grave enough is decided when they are announced, see outlets.c. */
#include "control/outlet/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/outlet/transfer.h"

#define PEOPLE_MAX 64

static const char *const schemes[2] = { "smtp://", "smtps://" };

struct receiver {
	struct transfer_target target;
	char from[256];
	char *to[PEOPLE_MAX + 1];
};

static size_t count(const struct plan *plan)
{
	return plan->mail.server != NULL;
}

static void receiver_close(void *receiver)
{
	struct receiver *r = receiver;

	if (r == NULL)
		return;
	for (size_t i = 0; i < PEOPLE_MAX; i++)
		free(r->to[i]);
	explicit_bzero(r->target.secret, sizeof(r->target.secret));
	free(r);
}

/* An address goes into a header: nothing in it may begin another one. */
static bool is_address(const char *text)
{
	return strchr(text, '@') != NULL && text[strcspn(text, "\r\n\t <>")] == '\0';
}

static bool people_read(struct receiver *r, const struct plan_mail *mail, char error[OUTLET_ERROR_MAX])
{
	size_t people = 0;

	if (mail->to == NULL || mail->to[0] == NULL) {
		snprintf(error, OUTLET_ERROR_MAX, "mail.server is given, but nobody in mail.to");
		return false;
	}
	snprintf(r->from, sizeof(r->from), "%s", mail->from);
	for (; mail->to[people] != NULL; people++) {
		if (people == PEOPLE_MAX || !is_address(mail->to[people])) {
			snprintf(error, OUTLET_ERROR_MAX, "mail.to: '%.100s' is no address, or there are more than %d", mail->to[people],
				 PEOPLE_MAX);
			return false;
		}
		r->to[people] = strdup(mail->to[people]);
		if (r->to[people] == NULL)
			return false;
	}
	if (is_address(r->from))
		return true;
	snprintf(error, OUTLET_ERROR_MAX, "mail.from: '%.100s' is no address", r->from);
	return false;
}

static void *receiver_open(const struct plan *plan, size_t index, char name[OUTLET_NAME_MAX], char error[OUTLET_ERROR_MAX])
{
	const struct plan_mail *mail = &plan->mail;
	struct receiver *r = calloc(1, sizeof(*r));

	(void)index;
	name[0] = '\0';
	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (r == NULL)
		return NULL;
	snprintf(r->target.ca_file, sizeof(r->target.ca_file), "%s", plan->http.ca_file != NULL ? plan->http.ca_file : "");
	snprintf(r->target.user, sizeof(r->target.user), "%s", mail->user != NULL ? mail->user : "");
	if (transfer_target_read(&r->target, "mail.server", mail->server, schemes, error) && people_read(r, mail, error) &&
	    (mail->password_file == NULL || secret_read(mail->password_file, 0, r->target.secret, sizeof(r->target.secret), error)))
		return r;
	receiver_close(r);
	return NULL;
}

static enum delivery receiver_send(void *receiver, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	struct receiver *r = receiver;
	struct transfer_mail mail = { .from = r->from, .to = r->to };
	char *text = mail_text(l, r->from, r->to, &mail.length);
	enum delivery outcome = DELIVERY_LATER;

	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	mail.text = text;
	if (text != NULL)
		outcome = transfer_mail(&r->target, &mail, l, error);
	free(text);
	return outcome;
}

const struct outlet_driver mail_driver = {
	.kind = "mail", .count = count, .open = receiver_open, .close = receiver_close, .send = receiver_send
};
