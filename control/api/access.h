/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may look at the probe and who may acknowledge: names and password hashes of api.users_file (HTTP basic authentication, RFC 7617). */
#ifndef SIGCANARY_API_ACCESS_H
#define SIGCANARY_API_ACCESS_H

#include "control/api/server.h"

struct MHD_Connection;
struct gate;

/* NULL and a sentence when the file cannot be read or names nobody, or when the probe would be open to the network without users. */
struct gate *access_new(const struct plan *plan, char error[SERVER_ERROR_MAX]);
void access_free(struct gate *a);

/* Reads the file anew; false and a sentence when it cannot be used, and the old users stay. */
bool access_plan(struct gate *a, const struct plan *plan, char error[SERVER_ERROR_MAX]);

/* Whether the asker may use a route of that kind; `user` becomes the name. */
bool access_allows(struct gate *a, struct MHD_Connection *connection, enum route_access wanted, bool is_local, char user[SERVER_USER_MAX]);

/*
 * Whether the request is addressed to this machine (Host). A page of elsewhere can have its own name point here, and would then be of the
 * same origin for the browser of whoever opens it ("DNS rebinding"). With users it is always: the browser sends it no password.
 */
bool access_knows_host(struct gate *a, struct MHD_Connection *connection);

#endif
