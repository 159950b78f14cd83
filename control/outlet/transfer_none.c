/* SPDX-License-Identifier: BSD-3-Clause */
/* In a program without libcurl: outlets over HTTP and mail cannot be opened, and who asks for them is told. */
#include "control/outlet/transfer.h"

#include <stdio.h>

bool transfer_target_read(struct transfer_target *t, const char *key, const char *url, const char *const schemes[2],
			  char error[OUTLET_ERROR_MAX])
{
	(void)t;
	(void)url;
	(void)schemes;
	snprintf(error, OUTLET_ERROR_MAX, "%s: this program was built without libcurl; build it with libcurl4-openssl-dev", key);
	return false;
}

enum delivery transfer_post(const struct transfer_target *t, const char *json, size_t length, const struct letter *l,
			    char error[OUTLET_ERROR_MAX])
{
	(void)t;
	(void)json;
	(void)length;
	(void)l;
	snprintf(error, OUTLET_ERROR_MAX, "no libcurl");
	return DELIVERY_LATER;
}

enum delivery transfer_mail(const struct transfer_target *t, const struct transfer_mail *mail, const struct letter *l,
			    char error[OUTLET_ERROR_MAX])
{
	(void)t;
	(void)mail;
	(void)l;
	snprintf(error, OUTLET_ERROR_MAX, "no libcurl");
	return DELIVERY_LATER;
}
