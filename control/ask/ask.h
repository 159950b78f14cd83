/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions to a running probe: HTTP over the socket that it opens on its machine (control/api/server.h), by libcurl. Called by the
 * commands that ask; one thread. A program without libcurl has ask_none.c, and says so.
 */
#ifndef SIGCANARY_ASK_H
#define SIGCANARY_ASK_H

#include <stddef.h>

#define ASK_ERROR_MAX 1024
#define ASK_TYPE_MAX  64

enum ask_outcome {
	ASK_ANSWERED,
	ASK_NOBODY,  /* no probe answers on that socket */
	ASK_REFUSED, /* the probe does not do it; the sentence is its own */
	ASK_FAILED,  /* no memory, or the connection broke */
};

struct ask;

/* The body is terminated by a zero that `length` does not count; the caller frees it. */
struct ask_answer {
	char *body;
	size_t length;
	char type[ASK_TYPE_MAX];
};

/* Keeps the path, which may name nothing yet: each question connects anew when it has to. NULL without memory or without libcurl. */
struct ask *ask_new(const char *socket_path);
void ask_free(struct ask *a);

/*
 * One question, `path` with its query and everything in it percent-encoded. `json` is the body of a PATCH or POST, NULL for none. The
 * answer is the caller's with ASK_ANSWERED only; otherwise `error` is a sentence.
 */
enum ask_outcome ask(struct ask *a, const char *method, const char *path, const char *json, struct ask_answer *ret,
		     char error[ASK_ERROR_MAX]);

/* A word for use in a path or a query; the caller frees it. NULL without memory. */
char *ask_encode(const char *word);

#endif
