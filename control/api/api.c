/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of routes, see api.h. Each line's function stands in the file of its topic. */
#include "control/api/api.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/api/api_routes.h"
#include "control/api/feed.h"
#include "control/api/reload_desk.h"
#include "control/api/seats.h"
#include "control/evidence/copy.h"

#define ROUTES_MAX   64
#define FEED_BYTES   ((size_t)4 << 20)
#define BEAT_PAUSE_S 15

struct api {
	struct api_shown shown;
	struct metrics *metrics;
	struct board *board;
	struct kept_transactions *transactions;
	struct api_evidence evidence;
	struct feed *feed;
	struct seats *seats;
	time_t beaten;
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

static void routes_make(struct api *a)
{
	const struct route routes[] = {
		{ "GET", "/", ROUTE_READER, api_page, NULL, NULL },
		{ "GET", "/assets/", ROUTE_READER, api_page, NULL, NULL },
		{ "GET", "/healthz", ROUTE_OPEN, healthz_serve, a, NULL },
		{ "GET", "/readyz", ROUTE_OPEN, readyz_serve, a, NULL },
		{ "GET", "/metrics", ROUTE_READER, metrics_serve, a->metrics, NULL },
		{ "GET", "/api/v1/events", ROUTE_READER, NULL, NULL, a->feed },
		{ "GET", "/api/v1/status", ROUTE_READER, api_status, a->board, NULL },
		{ "GET", "/api/v1/incidents", ROUTE_READER, api_incidents, a->board, NULL },
		{ "GET", "/api/v1/incidents/", ROUTE_READER, api_incident, &a->shown, NULL },
		{ "GET", "/api/v1/alarms", ROUTE_READER, api_alarms, a->shown.alarms, NULL },
		{ "GET", "/api/v1/alarms/", ROUTE_READER, api_alarm, a->shown.alarms, NULL },
		{ "PATCH", "/api/v1/alarms/", ROUTE_WRITER, api_alarm_change, a->shown.alarms, NULL },
		{ "POST", "/api/v1/alarms/", ROUTE_WRITER, api_alarm_comment, a->shown.alarms, NULL },
		{ "GET", "/api/v1/incidents/*/pcap", ROUTE_READER, api_pcap, &a->evidence, NULL },
		{ "GET", "/api/v1/transactions", ROUTE_READER, api_transactions, a->transactions, NULL },
		{ "GET", "/api/v1/transactions/", ROUTE_READER, api_transaction, a->transactions, NULL },
		{ "GET", "/api/v1/segments", ROUTE_READER, api_segments, a->board, NULL },
		{ "GET", "/api/v1/nodes", ROUTE_READER, api_nodes, a->board, NULL },
		{ "GET", "/api/v1/procedures", ROUTE_READER, api_procedures, a->board, NULL },
		{ "GET", "/api/v1/series", ROUTE_READER, api_series, a->board, NULL },
		{ "POST", "/api/v1/reload", ROUTE_LOCAL, api_reload, a->shown.reload, NULL },
		{ "GET", "/api/v1/health", ROUTE_READER, api_health, a->board, NULL },
	};

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		a->routes[a->route_count++] = routes[i];
}

static void event_publish(void *self, const char *name, const char *json, size_t length)
{
	struct api *a = self;

	feed_publish(a->feed, name, json, length);
}

struct api *api_open(const struct plan *plan, const struct api_shown *shown, char error[SERVER_ERROR_MAX])
{
	struct api *a = calloc(1, sizeof(*a));

	snprintf(error, SERVER_ERROR_MAX, "no memory for the HTTP server");
	if (a == NULL)
		return NULL;
	a->shown = *shown;
	a->metrics = shown->metrics;
	a->board = shown->board;
	a->transactions = shown->transactions;
	a->evidence = (struct api_evidence){ .evidence = shown->evidence, .shows_identities = shown->shows_identities };
	a->evidence.copier = shown->evidence != NULL ? copier_new() : NULL;
	a->feed = feed_new(FEED_BYTES);
	a->seats = seats_new(plan->api.readers);
	if (a->feed != NULL && a->seats != NULL && (shown->evidence == NULL || a->evidence.copier != NULL)) {
		routes_make(a);
		board_publish_by(a->board, event_publish, a);
		metrics_extend(a->metrics, seats_write_metrics, a->seats);
		a->server = server_open(plan, &(struct server_routes){ a->routes, a->route_count, a->seats }, error);
	}
	if (a->server != NULL)
		return a;
	api_close(a);
	return NULL;
}

void api_publish(struct api *a, const char *name, const char *json)
{
	feed_publish(a->feed, name, json, strlen(json));
}

void api_wake(struct api *a)
{
	server_wake(a->server);
}

void api_beat(struct api *a)
{
	time_t now = time(NULL);

	if (now - a->beaten < BEAT_PAUSE_S)
		return;
	a->beaten = now;
	feed_beat(a->feed);
}

void api_close(struct api *a)
{
	if (a == NULL)
		return;
	board_publish_by(a->board, NULL, NULL);
	server_close(a->server);
	feed_free(a->feed);
	copier_free(a->evidence.copier);
	seats_free(a->seats);
	free(a);
}

bool api_plan(struct api *a, const struct plan *plan, char error[SERVER_ERROR_MAX])
{
	return server_plan(a->server, plan, error);
}
