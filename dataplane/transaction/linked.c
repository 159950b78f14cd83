/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests and answers in connections of SCCP (Q.714 3): the same table and the same life as of all others, under the name of the side that
 * asked for the connection. Called by transaction.c on the worker's thread.
 *
 * Here is what only connections have: names of both sides (connections.h), a subscriber who becomes known when requests are open already,
 * and a release that ends them. An entry in a connection is known by its key and `invoke` alone.
 */
#include "dataplane/transaction/linked.h"

#include "dataplane/transaction/ageing.h"

/* An answer comes after its request on the same way, so that one without it is not waited for. */
static void take_result(struct transactions *t, const struct indication *i)
{
	uint32_t at = transaction_find(t, i);

	if (at == 0) {
		t->counters.unmatched++;
		return;
	}
	while (at != 0 && !is_remnant(at)) {
		uint32_t next = t->entries.list[at].chain;

		if (t->entries.list[at].state == ENTRY_OPEN || t->entries.list[at].state == ENTRY_TIMED_OUT)
			transaction_answer(t, at, i);
		at = transaction_find_next(t, next, i);
	}
}

/* What ends requests of a connection and is no answer to any: it is not waited for, and makes nothing late. */
static void take_release(struct transactions *t, const struct indication *i)
{
	struct indication wanted = *i;

	if (i->invoke < 0)
		wanted.invoke = INVOKE_ANY;
	for (uint32_t at = transaction_find(t, &wanted); at != 0 && !is_remnant(at);) {
		uint32_t next = t->entries.list[at].chain;

		if (t->entries.list[at].state == ENTRY_OPEN)
			transaction_answer(t, at, i);
		at = transaction_find_next(t, next, &wanted);
	}
}

/* Whose connection it is, for the requests in it that did not say it. */
static void take_identity(struct transactions *t, const struct indication *i, struct connection *c)
{
	struct indication wanted = *i;

	wanted.invoke = INVOKE_ANY;
	for (uint32_t at = transaction_find(t, &wanted); at != 0 && !is_remnant(at);) {
		struct entry *e = &t->entries.list[at];
		uint32_t next = e->chain;

		if (e->state == ENTRY_OPEN && e->imsi == 0) {
			transaction_know(t, e, i->imsi);
			e->segments |= i->segments;
		}
		at = transaction_find_next(t, next, &wanted);
	}
	if (c == NULL)
		return;
	c->imsi = i->imsi;
	c->segments = i->segments;
}

/* The connection is confirmed, and has a name on either side; or it is gone. */
static void take_alias(struct transactions *t, const struct indication *i)
{
	struct indication wanted = { .key = { i->key[1], CONNECTION_PARTY }, .clock = i->clock, .invoke = INVOKE_ANY };
	struct connection *c;
	uint32_t at;

	if (i->key[1] == 0) {
		connections_part(&t->connections, i->key[0]);
		return;
	}
	c = connections_join(&t->connections, i->key[1], i->key[0], i->clock);
	if (c == NULL || c->imsi != 0)
		return;
	at = transaction_find(t, &wanted);
	if (at != 0 && !is_remnant(at)) {
		c->imsi = t->entries.list[at].imsi;
		c->segments = t->entries.list[at].segments;
	}
}

/*
 * An indication of a connection, under the name that the side has which asked for it. In a connection whose confirmation was not seen
 * requests are not followed: their answers would not be known.
 */
void linked_take(struct transactions *t, const struct indication *i)
{
	struct connection *c = connections_find(&t->connections, i->key[0], i->clock);
	struct indication own = *i;

	if (c != NULL && c->is_alias) {
		own.key[0] = c->other;
		c = connections_find(&t->connections, own.key[0], i->clock);
	}
	own.key[1] = CONNECTION_PARTY;
	switch ((enum indication_kind)i->kind) {
	case INDICATION_ALIAS:
		take_alias(t, i);
		return;
	case INDICATION_IDENTITY:
		take_identity(t, &own, c);
		return;
	case INDICATION_REQUEST:
		if (i->link == LINK_WITHIN && c == NULL)
			return;
		if (i->link == LINK_WITHIN && own.imsi == 0) {
			own.imsi = c->imsi;
			own.segments |= c->segments;
		}
		transaction_request(t, &own);
		return;
	case INDICATION_RESULT:
		take_result(t, &own);
		return;
	case INDICATION_ABORT:
	case INDICATION_END:
		take_release(t, &own);
		return;
	case INDICATION_RETURNED:
	case INDICATION_SIGHTED:
	case INDICATION_NOTICE:
	case INDICATION_TRAFFIC:
		return;
	}
}
