/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends alerts to one Alertmanager. Each of a cluster gets every alert, as its documentation asks for. */
#include "control/outlet/alertmanager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/outlet/transfer.h"

#define PATH "/api/v2/alerts"

static const char *const schemes[2] = { "https://", "http://" };

struct receiver {
	struct transfer_target target;
	nanos resend;
};

static size_t count(const struct plan *plan)
{
	size_t urls = 0;

	while (plan->alertmanager.urls != NULL && plan->alertmanager.urls[urls] != NULL)
		urls++;
	return urls;
}

static void *receiver_open(const struct plan *plan, size_t index, char name[OUTLET_NAME_MAX], char error[OUTLET_ERROR_MAX])
{
	const char *url = plan->alertmanager.urls[index];
	size_t length = strlen(url);
	struct receiver *r = calloc(1, sizeof(*r));
	char whole[sizeof(r->target.url)];

	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (r == NULL)
		return NULL;
	while (length > 0 && url[length - 1] == '/')
		length--;
	snprintf(whole, sizeof(whole), "%.*s" PATH, (int)length, url);
	receiver_name(url, name);
	r->resend = plan->alertmanager.resend;
	snprintf(r->target.ca_file, sizeof(r->target.ca_file), "%s", plan->http.ca_file != NULL ? plan->http.ca_file : "");
	if (transfer_target_read(&r->target, "alertmanager.urls", whole, schemes, error))
		return r;
	free(r);
	return NULL;
}

static enum delivery receiver_send(void *receiver, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	struct receiver *r = receiver;
	json_t *alerts = alertmanager_alerts(l, r->resend);
	char *body = json_dumps(alerts, JSON_COMPACT);
	enum delivery outcome = DELIVERY_LATER;

	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (body != NULL && json_array_size(alerts) > 0)
		outcome = transfer_post(&r->target, body, strlen(body), l, error);
	else if (body != NULL)
		outcome = DELIVERY_DONE;
	free(body);
	json_decref(alerts);
	return outcome;
}

const struct outlet_driver alertmanager_driver = {
	.kind = "alertmanager",
	.wants_earlier = true,
	.count = count,
	.open = receiver_open,
	.close = free,
	.send = receiver_send,
};
