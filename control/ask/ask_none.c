/* SPDX-License-Identifier: BSD-3-Clause */
/* In a program without libcurl: no probe can be asked, and who wants to is told. */
#include "control/ask/ask.h"

#include <stdio.h>

struct ask *ask_new(const char *socket_path)
{
	(void)socket_path;
	fprintf(stderr, "sigcanary: this program was built without libcurl and cannot ask a probe; build it with libcurl4-openssl-dev\n");
	return NULL;
}

void ask_free(struct ask *a)
{
	(void)a;
}

enum ask_outcome ask(struct ask *a, const char *method, const char *path, const char *json, struct ask_answer *ret,
		     char error[ASK_ERROR_MAX])
{
	(void)a;
	(void)method;
	(void)path;
	(void)json;
	(void)ret;
	snprintf(error, ASK_ERROR_MAX, "no libcurl");
	return ASK_FAILED;
}

char *ask_encode(const char *word)
{
	(void)word;
	return NULL;
}
