/* SPDX-License-Identifier: BSD-3-Clause */
/* HTTP and SMTP for drivers, by libcurl. A program without it has transfer_none.c, and says so when such an outlet is configured. */
#ifndef SIGCANARY_OUTLET_TRANSFER_H
#define SIGCANARY_OUTLET_TRANSFER_H

#include "control/outlet/outlet.h"

#define SECRET_MAX 256

/* Whom to reach, copied from the plan; texts that are "" are not used. */
struct transfer_target {
	char url[1024];
	char user[128];
	char secret[SECRET_MAX]; /* password of the user; without one a bearer token */
	char ca_file[512];
};

/* `key` is named in the sentence when the URL does not begin with one of the two schemes, or there is no libcurl. */
bool transfer_target_read(struct transfer_target *t, const char *key, const char *url, const char *const schemes[2],
			  char error[OUTLET_ERROR_MAX]);
/* Posts one JSON document. A client error that says the document is wrong (400, 413, 415, 422) is a refusal. */
enum delivery transfer_post(const struct transfer_target *t, const char *json, size_t length, const struct letter *l,
			    char error[OUTLET_ERROR_MAX]);

/* `to` ends with NULL. */
struct transfer_mail {
	const char *from;
	char *const *to;
	const char *text; /* headers and all (RFC 5322) */
	size_t length;
};
/* PARTLY when the server takes it for some of its people only. */
enum delivery transfer_mail(const struct transfer_target *t, const struct transfer_mail *mail, const struct letter *l,
			    char error[OUTLET_ERROR_MAX]);

#endif
