/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers to requests, with the headers that all of them have. Functions without a state; the listeners' threads. */
#ifndef SIGCANARY_API_ANSWER_H
#define SIGCANARY_API_ANSWER_H

#include <microhttpd.h>

#include "control/api/server.h"

/* What the route makes of the request; nothing is queued when it waits. */
enum MHD_Result answer_make(const struct route *route, struct exchange *x, struct MHD_Connection *connection);

/* A sentence of the server's own. */
enum MHD_Result answer_plain(struct MHD_Connection *connection, unsigned int status, const char *words);

/* Asks for a user and a password. */
enum MHD_Result answer_unknown(struct MHD_Connection *connection);

/* A response that the caller has made, and that is gone from it then; NULL: there was no memory for it. */
enum MHD_Result answer_queue(struct MHD_Connection *connection, unsigned int status, struct MHD_Response *response);

#endif
