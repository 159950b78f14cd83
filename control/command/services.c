/* SPDX-License-Identifier: BSD-3-Clause */
/* Opens and closes what a probe offers, see services.h. */
#include "control/command/services.h"

#include <stdio.h>
#include <string.h>

#include "control/command/keeping.h"

#define OUTLETS_SAID 8

static int fail(int code, char error[SERVICES_ERROR_MAX], const char *words)
{
	snprintf(error, SERVICES_ERROR_MAX, "%s", words);
	return code;
}

/* What goes on from before the start is open in /metrics too, before it is announced again. */
static void open_tell(struct services *s, const struct engine *e)
{
	const struct alarm *open;
	size_t count = engine_open_alarms(e, &open);

	for (size_t i = 0; i < count; i++)
		metrics_recall(s->metrics, &open[i]);
}

/* The store first: what it puts into outboxes is what the outlets then send. */
static int store_start(struct services *s, const struct plan *plan, const char *file, const struct audiences *a, struct engine *e,
		       char error[SERVICES_ERROR_MAX])
{
	s->store = store_open(file, &a->alarms, error);
	if (s->store == NULL)
		return EXIT_FAILED;
	store_bound(s->store, plan->store_incidents);
	engine_listen(e, &(struct audience){ .self = s->store, .alarm = store_alarm });
	s->outlets = outlets_open(plan, s->store, error);
	if (s->outlets == NULL)
		return EXIT_CONFIG;
	engine_listen(e, &(struct audience){ .self = s->outlets, .alarm = outlets_alarm });
	metrics_extend(s->metrics, outlets_write_metrics, s->outlets);
	s->resume = (struct resume){ .engine = e, .store = s->store, .board = s->board, .alarms = s->alarms, .outlets = s->outlets };
	resume_start(&s->resume);
	open_tell(s, e);
	engine_listen(e, &(struct audience){ .self = &s->resume, .tick = resume_tick });
	return EXIT_DONE;
}

int services_open(struct services *s, const char *config, const struct plan *plan, const char *store_file, const struct audiences *a,
		  struct engine *e, char error[SERVICES_ERROR_MAX])
{
	char server_error[SERVER_ERROR_MAX];
	int code;

	*s = (struct services){ 0 };
	s->metrics = metrics_open(&a->alarms);
	if (s->metrics == NULL)
		return fail(EXIT_FAILED, error, "no memory for metrics");
	s->board = board_new(&a->alarms, &a->transactions);
	if (s->board == NULL)
		return fail(EXIT_FAILED, error, "no memory for what readers see");
	engine_listen(e, &(struct audience){ .self = s->board, .outcome = board_outcome, .tick = board_tick, .alarm = board_alarm });
	s->transactions = kept_transactions_new(&a->transactions);
	if (s->transactions == NULL)
		return fail(EXIT_FAILED, error, "no memory for recent transactions");
	engine_listen(e, &(struct audience){ .self = s->transactions, .outcome = kept_transactions_outcome });
	s->reload = reload_desk_new();
	if (s->reload == NULL)
		return fail(EXIT_FAILED, error, "no memory for reloads");
	s->alarms = alarm_list_new(&a->alarms);
	if (s->alarms == NULL)
		return fail(EXIT_FAILED, error, "no memory for the list of alarms");
	engine_listen(e, &(struct audience){ .self = s->alarms, .alarm = alarm_list_alarm });
	/* Before the server: whoever is answered finds everything there. */
	code = store_start(s, plan, store_file, a, e, error);
	if (code != EXIT_DONE)
		return code;
	s->health = run_health_new(config, plan);
	if (s->health == NULL)
		return fail(EXIT_FAILED, error, "no memory for the health of the probe");
	run_health_join(s->health, s->board, s->outlets);
	if (a->keeping != NULL)
		keeping_show(a->keeping, s->metrics, s->board);
	s->api = api_open(plan,
			  &(struct api_shown){ .metrics = s->metrics,
					       .board = s->board,
					       .alarms = s->alarms,
					       .transactions = s->transactions,
					       .evidence = a->keeping != NULL ? a->keeping->evidence : NULL,
					       .shows_identities = a->pseudonym.is_clear,
					       .reload = s->reload },
			  server_error);
	if (s->api == NULL)
		return fail(EXIT_FAILED, error, server_error);
	s->remarks = (struct remarks){ .alarms = s->alarms, .store = s->store, .outlets = s->outlets, .api = s->api };
	engine_listen(e, &(struct audience){ .self = s->metrics, .tick = metrics_tick, .alarm = metrics_alarm });
	return EXIT_DONE;
}

bool services_renew(struct services *s, const struct plan *before, const struct plan *plan, char error[SERVICES_ERROR_MAX])
{
	char other[SERVER_ERROR_MAX];

	if (!api_plan(s->api, plan, error))
		return false;
	if (outlets_plan(s->outlets, plan, error))
		return true;
	/* All or nothing. */
	(void)api_plan(s->api, before, other);
	return false;
}

void services_plan(struct services *s, const struct plan *plan)
{
	store_bound(s->store, plan->store_incidents);
	board_plan(s->board, plan);
	alarm_list_plan(s->alarms, plan);
	run_health_plan(s->health, plan);
	kept_transactions_plan(s->transactions, plan);
	metrics_reload(s->metrics, plan);
}

void services_say(const struct services *s, const struct plan *plan, FILE *out)
{
	const char *scheme = plan->api.certificate_file != NULL ? "https" : "http";
	bool is_v6 = strchr(plan->metrics_address, ':') != NULL;
	struct outlet_state outlets[OUTLETS_SAID];
	size_t count = outlets_state(s->outlets, outlets, OUTLETS_SAID);
	char path[108];

	if (plan->metrics_port != 0)
		fprintf(out, "  page and metrics  %s://%s%s%s:%u/\n", scheme, is_v6 ? "[" : "", plan->metrics_address, is_v6 ? "]" : "",
			plan->metrics_port);
	fprintf(out, "  commands          sigcanary status and others, over %s\n", server_socket_path(plan->api.socket, path));
	fprintf(out, "  alarms            standard output");
	if (plan->alarms_file != NULL)
		fprintf(out, ", %s", plan->alarms_file);
	for (size_t i = 0; i < count && i < OUTLETS_SAID; i++)
		fprintf(out, ", %s", outlets[i].name);
	fprintf(out, "%s\n", count > OUTLETS_SAID ? " and others" : "");
}

void services_see(struct services *s, const struct run_sight *sight)
{
	metrics_report(s->metrics, sight->sum, sight->reports, sight->worker_count);
	run_health_see(s->health, sight);
	api_beat(s->api);
	remarks_settle(&s->remarks);
}

void services_over(struct services *s)
{
	api_publish(s->api, "over", "{}");
}

uint64_t services_close(struct services *s, double outlets_s)
{
	uint64_t waiting;

	reload_desk_close(s->reload);
	api_close(s->api);
	waiting = outlets_close(s->outlets, outlets_s);
	kept_transactions_free(s->transactions);
	alarm_list_free(s->alarms);
	board_free(s->board);
	run_health_free(s->health);
	metrics_close(s->metrics);
	reload_desk_free(s->reload);
	store_close(s->store);
	*s = (struct services){ 0 };
	return waiting;
}
