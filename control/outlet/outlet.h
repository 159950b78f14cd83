/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a kind of outlet is: how the plan names its receivers, and how one announcement gets to one of them. Each driver has two halves: a
 * pure function from the line of JSON to a message, which unit tests look at, and the sending of it, which tests try on real receivers.
 *
 * A receiver's state is made by control and then owned by its thread alone. It copies what it needs of the plan, which may go at a reload.
 */
#ifndef SIGCANARY_OUTLET_H
#define SIGCANARY_OUTLET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/plan.h"

#define OUTLET_ERROR_MAX 256
#define OUTLET_NAME_MAX  96

/* What every message says beside the announcement. */
struct outlet_context {
	char network[128];
	char probe[256]; /* this machine's name */
	char url[256];   /* of the page, without a slash at its end; "" when nobody said */
};

/* One announcement on its way. */
struct letter {
	const struct outlet_context *context;
	const char *json; /* the line of CONTRACT.md, "Alarms", without its end */
	size_t length;
	const json_t *alarm;   /* the same, read */
	bool is_again;         /* an open alarm that was sent before, told again */
	const json_t *earlier; /* earlier lines of the incident, oldest first; only for a driver that wants them */
	int64_t number;        /* never the same twice for one outlet and store */
	int64_t now_s;         /* epoch */
	/* Whether the thread is asked to end: whoever waits for a receiver asks this at least every 200 ms. */
	bool (*ends)(const void *self);
	const void *ends_self;
};

enum delivery {
	DELIVERY_DONE,
	DELIVERY_PARTLY,  /* some of those behind the receiver have it, others will never take this one */
	DELIVERY_LATER,   /* the receiver is not there or not well: try again, in order */
	DELIVERY_REFUSED, /* it will never take this one */
};

struct outlet_driver {
	const char *kind; /* of the name, "alertmanager" */
	bool wants_earlier;
	void (*prepare)(void); /* NULL: nothing; before any thread of an outlet runs */
	/* How many receivers the plan names. */
	size_t (*count)(const struct plan *plan);
	/* The state of one, and what tells it from others of its kind ("" when there is one only); NULL and a sentence. */
	void *(*open)(const struct plan *plan, size_t index, char name[OUTLET_NAME_MAX], char error[OUTLET_ERROR_MAX]);
	void (*close)(void *receiver);
	/* Outputs `error` unless it is done. */
	enum delivery (*send)(void *receiver, const struct letter *letter, char error[OUTLET_ERROR_MAX]);
};

extern const struct outlet_driver syslog_driver, journal_driver, webhook_driver, alertmanager_driver, snmp_driver, ves_driver, mail_driver;

/* The first line of a file of secrets, or its `line`-th (from 0); false and a sentence that names the file and never its content. */
bool secret_read(const char *path, unsigned int line, char *ret, size_t size, char error[OUTLET_ERROR_MAX]);

/* What tells receivers apart: the address of a URL without user, password and path, or the whole of what is no URL. */
void receiver_name(const char *target, char name[OUTLET_NAME_MAX]);

#endif
