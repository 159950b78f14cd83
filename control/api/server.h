/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP for the page, for programs and for the commands that ask a running probe: one table of routes behind two listeners (libmicrohttpd),
 * the configured address and a socket of this machine.
 *
 * Routes are served on the listener's own thread, never on control's; what they show they take from the board (control/board), which
 * locks for moments. Nobody who reads can hold up a worker, and control only for the time of a copy.
 */
#ifndef SIGCANARY_API_SERVER_H
#define SIGCANARY_API_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "config/plan.h"

/* Words of an error: what, where, what to do. */
#define SERVER_ERROR_MAX 512
/* The longest body of a request that is taken. */
#define SERVER_BODY_MAX 65536
#define SERVER_USER_MAX 64

struct feed;

/*
 * A body made while it is sent, on the listener's thread between the answers to others: each piece takes as long as it may keep them
 * waiting. The source is closed when the answer is over, however it ends.
 */
struct exchange_source {
	ssize_t (*read)(void *self, uint8_t *ret, size_t size); /* octets; 0 at the end, -1 when it cannot go on */
	void (*close)(void *self);
	void *self;
};

/* One request as its route sees it, and the answer it makes. */
struct exchange {
	const char *method;
	const char *path; /* the whole */
	const char *rest; /* what follows the route's path, or its part before '*', percent-decoded; "" when nothing does */
	const char *body; /* terminated; "" when there is none */
	size_t body_length;
	const char *user; /* who asks: a name of api.users_file, or that of the local user; "" when nobody in particular */
	bool is_local;    /* came over the socket of this machine */
	/* the answer */
	unsigned int status; /* 200 unless changed */
	const char *type;    /* "application/json" unless changed */
	const char *file;    /* Content-Disposition: attachment under this name; NULL: shown */
	const char *etag; /* what this content is called, with its quotation marks: it may be kept and asked for again; NULL: never kept */
	bool has_own_style;  /* a document with a style sheet inside: a report */
	bool has_descriptor; /* the body is this file, from its beginning to where it ends now, instead of `out`; closed by the server */
	int descriptor;
	struct exchange_source source; /* the body comes from here where `read` is not NULL, instead of `out` */
	char file_name[64];            /* room for `file` */
	FILE *out;                     /* the body of the answer */
	const void *connection;
	/*
	 * A route that needs control for its answer sets `waits` and makes none: the connection rests, others are served, and the route is
	 * asked again, with the same ticket, whenever server_wake() was called.
	 */
	bool waits;
	uint64_t *ticket; /* the route's own, of this request; 0 at first */
};

/* A value of the query, percent-decoded, NULL when it is not there. */
const char *exchange_query(const struct exchange *x, const char *name);
/* The same as a number within limits, `preset` when it is not there or no number. */
double exchange_number(const struct exchange *x, const char *name, double preset, double minimum, double maximum);

/* Answers with a status and {"error": "..."}: one sentence that says what to do. */
void exchange_refuse(struct exchange *x, unsigned int status, const char *words);

enum route_access {
	ROUTE_OPEN,   /* anybody who can connect: /healthz, /readyz */
	ROUTE_READER, /* a known user where there are users; anybody else where there are none */
	ROUTE_WRITER, /* a known user, or the socket of this machine */
	ROUTE_LOCAL,  /* the socket of this machine only */
};

struct route {
	const char *method; /* "GET" also takes HEAD */
	const char *path;   /* one that ends with '/' takes everything below it, a '*' takes one name; the longest that fits counts */
	enum route_access access;
	void (*serve)(void *self, struct exchange *x);
	void *self;
	struct feed *feed; /* a stream of events instead of an answer; `serve` is NULL then */
};

struct server;
struct seats;

/* What is served, and who holds the connections over the network; both outlive the server. */
struct server_routes {
	const struct route *list;
	size_t count;
	struct seats *seats;
};

/* Open files that the probe may need: each connection is one, and one more while it gets a capture. */
unsigned long server_files(const struct plan *plan);

/* Starts both listeners; allows this process server_files() where the shell or the unit lets it. NULL and a sentence when an address, a
 * file or the socket cannot be used. */
struct server *server_open(const struct plan *plan, const struct server_routes *routes, char error[SERVER_ERROR_MAX]);
void server_close(struct server *s);

/* Control has dealt with something that a route waits for. */
void server_wake(struct server *s);

/* Reads api.users_file again; false and a sentence when it cannot be used, and the old users stay. Control's thread. */
bool server_plan(struct server *s, const struct plan *plan, char error[SERVER_ERROR_MAX]);

/* The path of the socket that a command tries when none is said: api.socket, else the usual places. */
const char *server_socket_path(const char *configured, char path[108]);

/* Whether that socket, or the folder where a service has its own, is there for others than who runs this. */
bool server_socket_is_closed(const char *path);

#endif
