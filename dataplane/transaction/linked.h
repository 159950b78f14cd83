/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests and answers in connections, for transaction.c alone. */
#ifndef SIGCANARY_TRANSACTION_LINKED_H
#define SIGCANARY_TRANSACTION_LINKED_H

#include "dataplane/indication.h"
#include "dataplane/transaction/transaction.h"

/* Takes one indication whose `link` is not LINK_NONE. */
void linked_take(struct transactions *t, const struct indication *i);

#endif
