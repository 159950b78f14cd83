/* SPDX-License-Identifier: BSD-3-Clause */
/* `decode`: one JSON line per signalling message (CONTRACT.md). Control's thread. */
#ifndef SIGCANARY_SINK_MESSAGE_H
#define SIGCANARY_SINK_MESSAGE_H

#include <stdio.h>

#include "control/sink/filter.h"
#include "dataplane/base/pseudonym.h"
#include "dataplane/worker/message.h"

struct message_writer {
	FILE *out;
	const struct pseudonym *pseudonym;
	struct filter *filter; /* for message_write_wanted() */
};

/* A walk's observer. */
void message_write(void *writer, const struct message *message);
/* Another one: writes the lines that the filter wants. */
void message_write_wanted(void *writer, const struct message *message);

#endif
