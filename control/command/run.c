/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary run`: the live probe, on DPDK ports or on a kernel interface through libpcap.
 *
 * Workers poll on lcores (DPDK) or threads (libpcap); this thread is control: it gathers pages and outcomes every few milliseconds, judges
 * each tick once every worker has sealed it, serves metrics, and reacts to signals. SIGINT and SIGTERM end with the summary, SIGHUP reloads
 * the configuration or keeps the old one and says why.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "config/config.h"
#include "control/command/run_inside.h"
#include "control/sink/stats.h"

#define CONTROL_PAUSE_MS 20
#define TICKS_AT_ONCE    10
/* A worker that has sealed nothing for this long does not hold up the others' ticks. */
#define LATE_WORKER_S        2.0
#define SNAP_LENGTH          65535
#define INTERFACE_BUFFER_MIB 64
#define INTERFACE_TIMEOUT_MS 20
/* The service manager is told something after so long, even if nothing could be judged. */
#define FIRST_TICK_MOST_S 5.0
/* What waits for outlets at the end has so long. */
#define OUTLETS_END_S 3.0

static volatile sig_atomic_t end_asked;
static volatile sig_atomic_t reload_asked;

static void on_signal(int number)
{
	if (number == SIGHUP)
		reload_asked = 1;
	else
		end_asked = 1;
}

bool run_end_is_asked(void)
{
	return end_asked != 0;
}

static double since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) + (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

static int fail(struct run *r, int code, const char *error)
{
	fprintf(stderr, "sigcanary run: %s\n", error);
	r->exit_code = code;
	return code;
}

static int sources_open(struct run *r, int argc, char **argv)
{
	const char *interface = r->options.interface != NULL ? r->options.interface : r->plan->interface;
	char error[SOURCE_ERROR_MAX];

	if (interface != NULL && argc > 0)
		return fail(r, EXIT_USAGE, "an interface and EAL arguments exclude each other; leave one of them away");
	if (interface == NULL) {
		r->ports = ports_open(r->plan, r->worker_count, (const char *const *)argv, r->options.is_quiet, error);
		if (r->ports == NULL)
			return fail(r, EXIT_FAILED, error);
		for (unsigned int i = 0; i < r->worker_count; i++) {
			r->sources[i] = ports_source(r->ports, i, error);
			if (r->sources[i] == NULL)
				return fail(r, EXIT_FAILED, error);
		}
		return EXIT_DONE;
	}
	if (r->worker_count != 1)
		return fail(r, EXIT_USAGE, "an interface is read by one worker; leave --workers away or use DPDK ports");
	r->sources[0] = source_open_interface(interface, SNAP_LENGTH, INTERFACE_BUFFER_MIB, INTERFACE_TIMEOUT_MS, error);
	if (r->sources[0] == NULL)
		return fail(r, EXIT_FAILED, error);
	return EXIT_DONE;
}

static int plan_open(struct run *r)
{
	char error[SEGMENT_ERROR_MAX];

	r->plan = r->first_plan = options_plan(&r->options);
	if (r->plan == NULL)
		return r->exit_code = EXIT_CONFIG;
	/* Live, nobody can aim at one bucket of a table: the key is new in every run. */
	if (getrandom(&r->plan->hash_key, sizeof(r->plan->hash_key), 0) != (ssize_t)sizeof(r->plan->hash_key))
		return fail(r, EXIT_FAILED, "the kernel gave no random numbers");
	r->segments = segments_new(r->plan, error);
	if (r->segments == NULL)
		return fail(r, EXIT_CONFIG, error);
	r->worker_count = r->options.workers > 0 ? r->options.workers : r->plan->workers > 0 ? r->plan->workers : 1;
	return EXIT_DONE;
}

static int baselines_open(struct run *r)
{
	const char *path = r->plan->detection.baselines_file;
	char error[BASELINES_ERROR_MAX];

	if (path == NULL)
		return EXIT_DONE;
	if (!baselines_read(path, r->engine, error))
		return fail(r, EXIT_FAILED, error);
	r->baselines = baselines_new(path, r->engine);
	if (r->baselines == NULL)
		return fail(r, EXIT_FAILED, "no memory or no thread to keep baselines");
	engine_listen(r->engine, &(struct audience){ .self = r->baselines, .tick = baselines_tick });
	return EXIT_DONE;
}

static int services_start(struct run *r)
{
	char error[SERVICES_ERROR_MAX];
	int code = baselines_open(r);

	if (code != EXIT_DONE)
		return code;
	if (!keeping_open(&r->keeping,
			  &(struct keeping_base){ .plan = r->plan,
						  .live = r->live,
						  .worker_count = r->worker_count,
						  .pseudonym = &r->audiences.pseudonym,
						  .engine = r->engine },
			  error))
		return fail(r, EXIT_FAILED, error);
	r->audiences.keeping = &r->keeping;
	code = services_open(&r->services, r->options.config, r->plan, r->plan->store_file, &r->audiences, r->engine, error);
	return code == EXIT_DONE ? EXIT_DONE : fail(r, code, error);
}

/* Hosts that are part of an incident from before the start are known by it until they are heard of. */
static const char *name_of(void *run, node host)
{
	struct run *r = run;
	const char *text = worker_name_of(&r->names, host);

	return text == NULL && r->engine != NULL ? engine_recalled_name(r->engine, host) : text;
}

static int pipeline_open(struct run *r)
{
	int code;

	r->workers = aligned_alloc(RING_LINE,
				   WORKERS_MAX * sizeof(*r->workers) + RING_LINE - WORKERS_MAX * sizeof(*r->workers) % RING_LINE);
	r->names = (struct worker_names){ .workers = r->workers, .count = r->worker_count };
	code = audiences_open(&r->audiences, &r->options, r->plan, name_of, r);
	if (code != EXIT_DONE)
		return r->exit_code = code;
	audiences_plan(&r->audiences, r->plan, segments_watchlist(r->segments));
	if (r->workers == NULL || !workers_open(r->workers, r->worker_count, r->plan, r->segments))
		return fail(r, EXIT_FAILED, "no memory for the workers; lower limits in the configuration");
	r->live = live_new(r->workers, r->worker_count, r->sources, r->plan);
	r->engine = engine_new(r->plan, name_of, r);
	if (r->live == NULL || r->engine == NULL)
		return fail(r, EXIT_FAILED, "no memory for the rings or the detector; lower limits in the configuration");
	audiences_join(&r->audiences, r->engine);
	return services_start(r);
}

struct job {
	struct live *live;
	unsigned int index;
};

static int work(void *argument)
{
	const struct job *job = argument;

	live_work(job->live, job->index);
	return 0;
}

static void *thread_work(void *argument)
{
	const struct job *job = argument;
	char name[16];

	/* As top -H and debuggers show it; DPDK names its own. */
	snprintf(name, sizeof(name), "worker-%u", job->index);
	pthread_setname_np(pthread_self(), name);
	work(argument);
	return NULL;
}

static int workers_start(struct run *r, struct job jobs[WORKERS_MAX])
{
	for (unsigned int i = 0; i < r->worker_count; i++) {
		int error;

		jobs[i] = (struct job){ .live = r->live, .index = i };
		error = r->ports != NULL ? ports_launch(i, work, &jobs[i]) : pthread_create(&r->threads[i], NULL, thread_work, &jobs[i]);
		if (error != 0) {
			live_stop(r->live);
			return fail(r, EXIT_FAILED, "a worker could not be started; see EAL's lcores above");
		}
		r->thread_count++;
	}
	return EXIT_DONE;
}

static void workers_wait(struct run *r)
{
	if (r->ports != NULL) {
		ports_wait();
		/* Their last writes come before this, whatever EAL's own waiting promises. */
		(void)live_is_over(r->live);
		return;
	}
	for (unsigned int i = 0; i < r->thread_count; i++)
		pthread_join(r->threads[i], NULL);
}

static void outcomes_gather(struct run *r)
{
	struct outcome outcome;

	for (unsigned int i = 0; i < r->worker_count; i++) {
		while (live_outcome(r->live, i, &outcome))
			engine_outcome(r->engine, &outcome);
	}
}

/* The start of the oldest tick that can be judged now; false when a worker's page is still to come. */
static bool oldest_tick(struct run *r, nanos *ret_start)
{
	bool has_all = true;
	bool has_any = false;
	struct worker_report report;
	struct book_page page;

	for (unsigned int i = 0; i < r->worker_count; i++) {
		if (!live_page(r->live, i, &page, &report)) {
			/* A worker that has never had a frame has no time yet, and is not waited for. */
			has_all = has_all && book_pages(r->workers[i].book) == 0;
			continue;
		}
		if (!has_any || page.start < *ret_start)
			*ret_start = page.start;
		has_any = true;
	}
	if (!has_any || has_all) {
		r->waiting_s = -1;
		return has_any;
	}
	if (r->waiting_s < 0)
		r->waiting_s = since(&r->began);
	return since(&r->began) - r->waiting_s > LATE_WORKER_S || live_is_over(r->live);
}

/* Judges what can be judged; false when there is more, so that signals and readers are not kept waiting while it is caught up. */
static bool ticks_judge(struct run *r)
{
	nanos start = 0;

	for (int judged = 0; oldest_tick(r, &start); judged++) {
		struct book_page page;

		if (judged == TICKS_AT_ONCE)
			return false;
		for (unsigned int i = 0; i < r->worker_count; i++) {
			if (!live_page(r->live, i, &page, &r->reports[i]) || page.start != start)
				continue;
			engine_page(r->engine, &page);
			live_return_page(r->live, i);
		}
		outcomes_gather(r);
		if (r->first_tick == 0)
			r->first_tick = start;
		r->last_tick = start + r->plan->detection.tick;
		engine_tick(r->engine, start, r->plan->detection.tick);
	}
	return true;
}

static void report_sum(const struct run *r, struct worker_report *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned int i = 0; i < r->worker_count; i++)
		worker_report_sum(ret, &r->reports[i]);
}

/* What the service manager shows and watches. */
static void manager_tell(struct run *r, const struct worker_report *sum)
{
	const double now = since(&r->began);
	struct notify_sight sight = { .worker_count = r->worker_count, .has_judged = r->last_tick != 0 };
	const struct alarm *worst = NULL;
	const struct alarm *open;

	notify_live(&r->notify, now, r->live, r->worker_count);
	/* What is open, also from before a restart, is known with the first tick. */
	if (!notify_is_due(&r->notify, now) || (r->last_tick == 0 && now < FIRST_TICK_MOST_S))
		return;
	sight.dropped = stats_packets(&sum->account, VERDICT_KIND_DROPPED);
	sight.incidents = engine_open_alarms(r->engine, &open);
	for (size_t i = 0; i < sight.incidents; i++)
		worst = worst == NULL || open[i].severity > worst->severity ? &open[i] : worst;
	if (worst != NULL) {
		sight.worst = incident_severity_name(worst->severity);
		sight.worst_words = worst->summary;
	}
	notify_tell(&r->notify, now, &sight, live_frames(r->live));
}

static bool is_time_to_end(struct run *r)
{
	uint64_t frames = live_frames(r->live);
	double now = since(&r->began);

	if (frames != r->frames) {
		r->frames = frames;
		r->last_frame_s = now;
	}
	if (end_asked || live_is_over(r->live))
		return true;
	if (r->options.seconds > 0 && now >= r->options.seconds)
		return true;
	return r->options.idle_s > 0 && frames > 0 && now - r->last_frame_s >= r->options.idle_s;
}

static void services_look(struct run *r, const struct worker_report *sum)
{
	unsigned int pages[WORKERS_MAX];

	for (unsigned int i = 0; i < r->worker_count; i++)
		pages[i] = book_pages(r->workers[i].book);
	services_see(&r->services,
		     &(struct run_sight){ .reports = r->reports,
					  .worker_count = r->worker_count,
					  .sum = sum,
					  .interface = r->options.interface != NULL ? r->options.interface : r->plan->interface,
					  .ports = r->ports,
					  .judged = r->last_tick,
					  .tick = r->plan->detection.tick,
					  .pages = pages,
					  .seconds = since(&r->began) });
}

/* Somebody at a terminal, or in the journal, sees that it runs and where to look. */
static void beginning_say(const struct run *r)
{
	const char *interface = r->options.interface != NULL ? r->options.interface : r->plan->interface;

	if (r->options.is_quiet)
		return;
	fprintf(stderr, "sigcanary run: watching %s with %u worker%s, ", interface != NULL ? interface : "DPDK ports", r->worker_count,
		r->worker_count == 1 ? "" : "s");
	if (r->options.config != NULL)
		fprintf(stderr, "%zu segments of %s\n", r->plan->segment_count, r->options.config);
	else
		fprintf(stderr, "without a configuration\n");
	services_say(&r->services, r->plan, stderr);
}

static void control_loop(struct run *r)
{
	const struct timespec pause = { .tv_nsec = CONTROL_PAUSE_MS * 1000000L };
	struct worker_report sum;

	clock_gettime(CLOCK_MONOTONIC, &r->began);
	r->waiting_s = -1;
	notify_ready(&r->notify);
	beginning_say(r);
	while (!is_time_to_end(r)) {
		bool is_up_to_date;

		outcomes_gather(r);
		is_up_to_date = ticks_judge(r);
		report_sum(r, &sum);
		services_look(r, &sum);
		manager_tell(r, &sum);
		if (reload_desk_asks(r->services.reload) || reload_asked) {
			notify_reloading(&r->notify);
			reload_asked = 0;
			run_reload(r);
			notify_ready(&r->notify);
		}
		run_old_plan_free(r);
		if (is_up_to_date)
			nanosleep(&pause, NULL);
	}
	notify_stopping(&r->notify);
}

/* Workers have returned: what they left is judged and written. */
static int finish(struct run *r)
{
	struct worker_report sum = { 0 };
	bool is_whole;

	live_settle(r->live);
	while (!ticks_judge(r))
		;
	for (unsigned int i = 0; i < r->worker_count; i++) {
		struct source_statistics s;

		while (!transactions_finish(r->workers[i].transactions))
			live_drain(r->live, i);
		live_drain(r->live, i);
		outcomes_gather(r);
		worker_report_add(&sum, &r->workers[i]);
		source_statistics(r->sources[i], &s);
		sum.account.packets += s.dropped;
		sum.account.verdicts[VERDICT_NIC] += s.dropped;
	}
	sum.refused_streams = engine_refused_streams(r->engine);
	sum.refused_incidents = engine_refused_incidents(r->engine);
	outcomes_gather(r);
	engine_finish(r->engine);
	resume_keep(&r->services.resume);
	is_whole = baselines_close(r->baselines);
	r->baselines = NULL;
	is_whole = audiences_close(&r->audiences, &sum, nanos_to_s(r->last_tick - r->first_tick)) && is_whole;
	if (!is_whole)
		return EXIT_FAILED;
	return r->options.fail_on != SEVERITY_CLEARED && engine_worst(r->engine) >= r->options.fail_on ? EXIT_ALARM : EXIT_DONE;
}

/* Says what the outlets could not be told any more. */
static void services_stop(struct run *r)
{
	uint64_t waiting = services_close(&r->services, OUTLETS_END_S);

	if (waiting > 0)
		fprintf(stderr, "sigcanary run: %" PRIu64 " announcements did not reach their outlets%s\n", waiting,
			r->plan->store_file != NULL ? "; they are sent after the next start"
						    : " and are lost; with store.file they would be kept");
}

static void run_free(struct run *r)
{
	services_stop(r);
	keeping_close(&r->keeping);
	baselines_close(r->baselines);
	engine_free(r->engine);
	live_free(r->live);
	if (r->live != NULL)
		workers_close(r->workers, r->worker_count);
	free(r->workers);
	for (unsigned int i = 0; i < r->worker_count; i++)
		source_close(r->sources[i]);
	ports_close(r->ports);
	segments_free(r->old_segments);
	segments_free(r->segments);
	if (r->old_plan != r->first_plan)
		plan_free(r->old_plan);
	if (r->plan != r->first_plan)
		plan_free(r->plan);
	plan_free(r->first_plan);
	notify_close(&r->notify);
}

int command_run(int argc, char **argv)
{
	struct run r = { 0 };
	struct job jobs[WORKERS_MAX];
	struct sigaction action = { .sa_handler = on_signal };
	int rest = 0;
	int code = options_read(argc, argv,
				TAKES_CONFIG | TAKES_JSON | TAKES_IDENTITIES | TAKES_TRANSACTIONS | TAKES_TICKS | TAKES_STATS |
					TAKES_REPORT | TAKES_WORKERS | TAKES_IDLE | TAKES_SECONDS | TAKES_INTERFACE | TAKES_FAIL_ON |
					TAKES_QUIET | TAKES_WATCH | TAKES_SIGHTINGS | TAKES_FILTER | TAKES_BASELINES,
				&r.options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	notify_open(&r.notify);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	if (plan_open(&r) == EXIT_DONE && sources_open(&r, argc - rest, argv + rest) == EXIT_DONE && pipeline_open(&r) == EXIT_DONE) {
		code = workers_start(&r, jobs);
		if (code == EXIT_DONE)
			control_loop(&r);
		live_stop(r.live);
		workers_wait(&r);
		if (code == EXIT_DONE)
			code = finish(&r);
	} else {
		code = r.exit_code;
	}
	run_free(&r);
	return code;
}
