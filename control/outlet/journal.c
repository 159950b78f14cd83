/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends announcements to the journal of systemd, with libsystemd. */
#define SD_JOURNAL_SUPPRESS_LOCATION /* where in this file means nothing to an operator */
#include "control/outlet/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

static size_t count(const struct plan *plan)
{
	return plan->journal.enabled;
}

static char nothing_to_keep;

static void *receiver_open(const struct plan *plan, size_t index, char name[OUTLET_NAME_MAX], char error[OUTLET_ERROR_MAX])
{
	(void)plan;
	(void)index;
	(void)error;
	name[0] = '\0';
	return &nothing_to_keep;
}

static void receiver_close(void *receiver)
{
	(void)receiver;
}

static enum delivery receiver_send(void *receiver, const struct letter *l, char error[OUTLET_ERROR_MAX])
{
	struct journal_fields fields;
	struct iovec pieces[JOURNAL_FIELDS_MAX];
	int code;

	(void)receiver;
	/* Without a journal libsystemd says that all is well. */
	if (access(JOURNAL_SOCKET, W_OK) != 0) {
		snprintf(error, OUTLET_ERROR_MAX, JOURNAL_SOCKET ": %s", strerror(errno));
		return DELIVERY_LATER;
	}
	journal_fields_make(l, &fields);
	for (size_t i = 0; i < fields.count; i++)
		pieces[i] = (struct iovec){ .iov_base = fields.texts[i], .iov_len = strlen(fields.texts[i]) };
	code = sd_journal_sendv(pieces, (int)fields.count);
	journal_fields_free(&fields);
	if (code >= 0)
		return DELIVERY_DONE;
	snprintf(error, OUTLET_ERROR_MAX, "the journal: %s", strerror(-code));
	return DELIVERY_LATER;
}

const struct outlet_driver journal_driver = {
	.kind = "journal", .count = count, .open = receiver_open, .close = receiver_close, .send = receiver_send
};
