/* SPDX-License-Identifier: BSD-3-Clause */
/* Posts each announcement as it stands in the file of alarms. */
#include <stdio.h>
#include <stdlib.h>

#include "control/outlet/transfer.h"

static const char *const schemes[2] = { "https://", "http://" };

static size_t count(const struct plan *plan)
{
	return plan->webhook.url != NULL;
}

static void *receiver_open(const struct plan *plan, size_t index, char name[OUTLET_NAME_MAX], char error[OUTLET_ERROR_MAX])
{
	struct transfer_target *t = calloc(1, sizeof(*t));

	(void)index;
	name[0] = '\0';
	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (t == NULL)
		return NULL;
	snprintf(t->ca_file, sizeof(t->ca_file), "%s", plan->http.ca_file != NULL ? plan->http.ca_file : "");
	if (transfer_target_read(t, "webhook.url", plan->webhook.url, schemes, error) &&
	    (plan->webhook.token_file == NULL || secret_read(plan->webhook.token_file, 0, t->secret, sizeof(t->secret), error)))
		return t;
	free(t);
	return NULL;
}

static enum delivery receiver_send(void *receiver, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	return transfer_post(receiver, l->json, l->length, l, error);
}

const struct outlet_driver webhook_driver = {
	.kind = "webhook", .count = count, .open = receiver_open, .close = free, .send = receiver_send
};
