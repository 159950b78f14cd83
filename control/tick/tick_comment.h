/* SPDX-License-Identifier: BSD-3-Clause */
/* What a tick file says in comment lines: the account of a tick's packets, and notices of the network. */
#ifndef SIGCANARY_TICK_COMMENT_H
#define SIGCANARY_TICK_COMMENT_H

#include "control/tick/tick_file.h"

/*
 * Reads "# tick TIME packets=N dropped=N missing=N unseen=N refused=N" or "# notice TIME KIND client=... server=... degree=N frame=N"; a
 * number that is not given is 0. False, with the item untouched but for its time, for any other comment.
 */
bool tick_comment_read(struct stream_names *names, const char *line, size_t length, struct tick_item *item);

#endif
