/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of routes, see api.h. Each line's function stands in the file of its topic. */
#include "control/api/api.h"

#include <stdlib.h>
#include <string.h>

#define ROUTES_MAX 64

struct api {
	struct metrics *metrics;
	struct server *server;
	struct route routes[ROUTES_MAX];
	size_t route_count;
};

static void healthz_serve(void *self, struct exchange *x)
{
	(void)self;
	x->type = "text/plain; charset=utf-8";
	fputs("ok\n", x->out);
}

static void readyz_serve(void *self, struct exchange *x)
{
	struct api *a = self;
	bool is_ready = metrics_are_ready(a->metrics);

	x->type = "text/plain; charset=utf-8";
	x->status = is_ready ? 200 : 503;
	fputs(is_ready ? "ready\n" : "no tick has been judged yet\n", x->out);
}

static void routes_add(struct api *a, const struct route *routes, size_t count)
{
	for (size_t i = 0; i < count && a->route_count < ROUTES_MAX; i++)
		a->routes[a->route_count++] = routes[i];
}

struct api *api_open(const struct plan *plan, struct metrics *metrics, char error[SERVER_ERROR_MAX])
{
	struct api *a = calloc(1, sizeof(*a));
	const struct route routes[] = {
		{ "GET", "/healthz", ROUTE_OPEN, healthz_serve, a, NULL },
		{ "GET", "/readyz", ROUTE_OPEN, readyz_serve, a, NULL },
		{ "GET", "/metrics", ROUTE_READER, metrics_serve, metrics, NULL },
	};

	if (a == NULL) {
		snprintf(error, SERVER_ERROR_MAX, "no memory for the HTTP server");
		return NULL;
	}
	a->metrics = metrics;
	routes_add(a, routes, sizeof(routes) / sizeof(routes[0]));
	a->server = server_open(plan, a->routes, a->route_count, error);
	if (a->server != NULL)
		return a;
	api_close(a);
	return NULL;
}

void api_close(struct api *a)
{
	if (a == NULL)
		return;
	server_close(a->server);
	free(a);
}

bool api_plan(struct api *a, const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	return server_plan(a->server, plan, error);
}
