/* SPDX-License-Identifier: BSD-3-Clause */
/* Posts fault events to a VES event listener. */
#include "control/outlet/ves.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/outlet/transfer.h"

static const char *const schemes[2] = { "https://", "http://" };

static size_t count(const struct plan *plan)
{
	return plan->ves.url != NULL;
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
	snprintf(t->user, sizeof(t->user), "%s", plan->ves.user != NULL ? plan->ves.user : "");
	if (transfer_target_read(t, "ves.url", plan->ves.url, schemes, error) &&
	    (plan->ves.password_file == NULL || secret_read(plan->ves.password_file, 0, t->secret, sizeof(t->secret), error)))
		return t;
	free(t);
	return NULL;
}

static enum delivery receiver_send(void *receiver, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	json_t *event = ves_event(l);
	char *body = json_dumps(event, JSON_COMPACT);
	enum delivery outcome = DELIVERY_LATER;

	snprintf(error, OUTLET_ERROR_MAX, "no memory");
	if (body != NULL)
		outcome = transfer_post(receiver, body, strlen(body), l, error);
	free(body);
	json_decref(event);
	return outcome;
}

const struct outlet_driver ves_driver = { .kind = "ves", .count = count, .open = receiver_open, .close = free, .send = receiver_send };
