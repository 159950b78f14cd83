/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary replay`: captures through the whole pipeline, as fast as possible or at their own pace.
 *
 * Frames are taken in bursts that end where a tick ends, so that the result depends neither on the number of workers nor on the pace. The
 * detector runs beside, on the relay's thread, one tick behind. What was read before an input turned out damaged is processed and reported
 * first (exit code 4).
 *
 * With --serve it is watched as a live probe is: page, answers, metrics and outlets of the configuration, until it is interrupted. Its
 * history is kept in memory: what is replayed never mixes with what a probe has seen.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "control/command/audiences.h"
#include "control/command/command.h"
#include "control/command/services.h"
#include "control/command/keeping.h"
#include "control/store/baselines.h"
#include "control/tick/relay.h"
#include "dataplane/source/source.h"
#include "dataplane/worker/lockstep.h"
#include "dataplane/worker/tape.h"

#define REPLAY_BURST SOURCE_AHEAD_BURST
/* How often what is served learns of the account. */
#define SEE_EVERY_S 0.5
/* What waits for outlets at the end has so long. */
#define OUTLETS_END_S 3.0
/* What is served after the end is looked at so often, and in every so manieth turn pages hear that it is the end. */
#define STAY_PAUSE_MS 100
#define OVER_EVERY    10

struct replay {
	struct options options;
	struct plan *plan;
	struct segments *segments;
	struct source *source;
	struct worker *workers;
	unsigned int worker_count;
	struct worker_names names;
	struct lockstep *lockstep;
	struct engine *engine;
	struct relay *relay;
	struct audiences audiences;
	struct services services; /* with --serve */
	struct tape tape;         /* with --evidence */
	struct keeping keeping;
	double last_seen_s;
	struct frame last; /* of those taken; its bytes are gone */
	nanos tick_start;  /* of the running tick; meaningless before the first frame */
	nanos first_clock;
	nanos span;            /* of the capture's parts before the last step of time */
	struct timespec began; /* wall clock, for --speed and progress */
	double last_progress_s;
	bool has_frame;
	bool shows_progress;
};

static volatile sig_atomic_t is_interrupted;

static void on_signal(int number)
{
	(void)number;
	is_interrupted = 1;
}

static double since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) + (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

static void outboxes_empty(struct replay *r)
{
	for (unsigned int i = 0; i < r->worker_count; i++) {
		struct outbox *box = &r->workers[i].outbox;

		relay_outcomes(r->relay, box->outcomes, box->count);
		box->count = 0;
	}
}

static void report_sum(const struct replay *r, struct worker_report *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned int i = 0; i < r->worker_count; i++)
		worker_report_add(ret, &r->workers[i]);
	ret->refused_streams = engine_refused_streams(r->engine);
	ret->refused_incidents = engine_refused_incidents(r->engine);
}

/* Workers and engine rest. */
static void services_look(struct replay *r)
{
	struct worker_report reports[WORKERS_MAX];
	struct worker_report sum;

	memset(reports, 0, sizeof(reports));
	for (unsigned int i = 0; i < r->worker_count; i++)
		worker_report_add(&reports[i], &r->workers[i]);
	report_sum(r, &sum);
	services_see(&r->services,
		     &(struct run_sight){ .reports = reports, .worker_count = r->worker_count, .sum = &sum, .seconds = since(&r->began) });
}

/* Workers rest here; the engine is made to. */
static void services_follow(struct replay *r)
{
	if (!r->options.is_served || since(&r->began) - r->last_seen_s < SEE_EVERY_S)
		return;
	r->last_seen_s = since(&r->began);
	relay_settle(r->relay);
	services_look(r);
}

static void tick_end(struct replay *r)
{
	nanos length = r->plan->detection.tick;

	while (!lockstep_tick(r->lockstep, r->tick_start, length, 0))
		outboxes_empty(r);
	outboxes_empty(r);
	if (r->keeping.evidence != NULL)
		tape_mark(&r->tape, (uint64_t)(r->tick_start / length));
	relay_tick(r->relay, r->tick_start, length);
	r->tick_start += length;
	services_follow(r);
}

/* The end of the capture, or of the part of it before its clock jumps. */
static void part_end(struct replay *r)
{
	tick_end(r);
	while (!lockstep_finish(r->lockstep, &r->last))
		outboxes_empty(r);
	outboxes_empty(r);
	relay_finish(r->relay);
	r->span += r->last.clock - r->first_clock;
}

static nanos tick_of(const struct replay *r, nanos clock)
{
	nanos tick = r->plan->detection.tick;
	nanos rest = clock % tick;

	return clock - (rest < 0 ? rest + tick : rest);
}

static void progress_show(struct replay *r)
{
	double elapsed = since(&r->began);
	struct source_statistics s;

	if (elapsed < 1 || elapsed - r->last_progress_s < 0.2)
		return;
	r->last_progress_s = elapsed;
	source_statistics(r->source, &s);
	fprintf(stderr, "\r%" PRIu64 " packets, %.0f/s", s.frames, (double)s.frames / elapsed);
	if (s.size > 0 && s.position > 0)
		fprintf(stderr, ", %.0f %%, %.0f s to go", 100.0 * (double)s.position / (double)s.size,
			elapsed * (double)(s.size - s.position) / (double)s.position);
	fprintf(stderr, "\033[K");
}

/* Waits until the capture's clock has come with --speed. */
static void pace(const struct replay *r, nanos clock)
{
	double due = nanos_to_s(r->span + clock - r->first_clock) / r->options.speed;
	double wait = due - since(&r->began);

	if (wait > 0) {
		struct timespec t = { .tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9) };

		nanosleep(&t, NULL);
	}
}

/* Moves the running tick to that of `clock`, ending those between. */
static void clock_follow(struct replay *r, nanos clock)
{
	nanos tick = tick_of(r, clock);

	if (r->has_frame && (clock < r->last.clock || clock - r->last.clock > FRAME_CLOCK_JUMP)) {
		part_end(r);
		r->has_frame = false;
	}
	if (!r->has_frame) {
		r->tick_start = tick;
		r->first_clock = clock;
		r->has_frame = true;
	}
	while (r->tick_start < tick && !is_interrupted)
		tick_end(r);
}

/* Takes frames [0, count), cutting them where ticks end. */
static void frames_take(struct replay *r, const struct frame *frames, size_t count)
{
	size_t from = 0;

	while (from < count && !is_interrupted) {
		size_t to = from + 1;

		if (r->options.speed > 0)
			pace(r, r->has_frame ? frames[from].clock : r->first_clock);
		clock_follow(r, frames[from].clock);
		while (to < count && frames[to].clock >= frames[to - 1].clock && frames[to].clock < r->tick_start + r->plan->detection.tick)
			to++;
		lockstep_burst(r->lockstep, frames + from, to - from);
		outboxes_empty(r);
		for (size_t i = from; r->keeping.evidence != NULL && i < to; i++)
			tape_put(&r->tape, &frames[i]);
		r->last = frames[to - 1];
		from = to;
	}
}

/* Every frame is kept for a while, whatever it is: the captures are the user's own choice. */
static int evidence_start(struct replay *r)
{
	/* Like a live probe: then where the configuration says. */
	const char *folder = r->options.evidence != NULL ? r->options.evidence : r->options.is_served ? r->plan->evidence.directory : NULL;
	char error[EVIDENCE_ERROR_MAX] = "no memory for recent packets; lower evidence.ring";
	struct evidence_settings settings = { .plan = r->plan,
					      .folder = folder,
					      .tapes = { .tapes = { &r->tape }, .count = 1 },
					      .pseudonym = &r->audiences.pseudonym,
					      .is_redacted = r->options.is_redacted,
					      .is_replay = true };

	if (folder == NULL)
		return EXIT_DONE;
	if (tape_open(&r->tape, r->plan->evidence.ring))
		r->keeping.evidence = evidence_open(&settings, error);
	if (r->keeping.evidence == NULL) {
		fprintf(stderr, "sigcanary replay: %s\n", error);
		return EXIT_FAILED;
	}
	r->audiences.keeping = &r->keeping;
	engine_listen(r->engine,
		      &(struct audience){
			      .self = r->keeping.evidence, .outcome = evidence_outcome, .tick = evidence_tick, .alarm = evidence_alarm });
	return EXIT_DONE;
}

static int services_start(struct replay *r)
{
	char error[SERVICES_ERROR_MAX];
	int code;

	if (!r->options.is_served)
		return EXIT_DONE;
	code = services_open(&r->services, r->options.config, r->plan, NULL, &r->audiences, r->engine, error);
	if (code != EXIT_DONE)
		fprintf(stderr, "sigcanary replay: %s\n", error);
	else if (!r->options.is_quiet && r->plan->metrics_port != 0)
		fprintf(stderr, "sigcanary replay: the page is at http%s://%s:%u/\n", r->plan->api.certificate_file != NULL ? "s" : "",
			r->plan->metrics_address, (unsigned int)r->plan->metrics_port);
	return code;
}

/* The capture is over: its page stays until somebody has seen enough. */
static void services_stay(struct replay *r)
{
	const struct timespec pause = { .tv_nsec = STAY_PAUSE_MS * 1000000L };

	if (!r->options.is_served || is_interrupted)
		return;
	if (!r->options.is_quiet)
		fprintf(stderr, "sigcanary replay: the input is over; what it showed is served until this is interrupted (Ctrl-C)\n");
	relay_settle(r->relay);
	for (unsigned int turn = 0; !is_interrupted; turn++) {
		services_look(r);
		if (turn % OVER_EVERY == 0)
			services_over(&r->services);
		nanosleep(&pause, NULL);
	}
}

static void services_stop(struct replay *r)
{
	uint64_t waiting = services_close(&r->services, OUTLETS_END_S);

	if (waiting > 0)
		fprintf(stderr, "sigcanary replay: %" PRIu64 " announcements did not reach their outlets\n", waiting);
}

static int replay_open(struct replay *r)
{
	char error[SOURCE_ERROR_MAX > BASELINES_ERROR_MAX ? SOURCE_ERROR_MAX : BASELINES_ERROR_MAX];
	char segment_error[SEGMENT_ERROR_MAX];
	struct book *books[WORKERS_MAX];
	int code;

	r->plan = options_plan(&r->options);
	if (r->plan == NULL)
		return EXIT_CONFIG;
	r->worker_count = r->options.workers > 0 ? r->options.workers : 1;
	r->segments = segments_new(r->plan, segment_error);
	if (r->segments == NULL) {
		fprintf(stderr, "sigcanary replay: %s\n", segment_error);
		return EXIT_CONFIG;
	}
	r->source = source_open_ahead(source_open_files(r->options.inputs, r->options.input_count, error), error);
	if (r->source == NULL) {
		fprintf(stderr, "sigcanary replay: %s\n", error);
		return EXIT_INPUT;
	}
	r->workers = aligned_alloc(RING_LINE,
				   WORKERS_MAX * sizeof(*r->workers) + RING_LINE - WORKERS_MAX * sizeof(*r->workers) % RING_LINE);
	r->names = (struct worker_names){ .workers = r->workers, .count = r->worker_count };
	code = audiences_open(&r->audiences, &r->options, r->plan, worker_name_of, &r->names);
	if (code != EXIT_DONE)
		return code;
	audiences_plan(&r->audiences, r->plan, segments_watchlist(r->segments));
	if (r->workers == NULL || !workers_open(r->workers, r->worker_count, r->plan, r->segments)) {
		fprintf(stderr, "sigcanary replay: no memory for %u workers; lower limits in the configuration\n", r->worker_count);
		return EXIT_FAILED;
	}
	r->lockstep = lockstep_new(r->workers, r->worker_count);
	r->engine = engine_new(r->plan, worker_name_of, &r->names);
	if (r->lockstep == NULL || r->engine == NULL) {
		fprintf(stderr, "sigcanary replay: no memory for the detector; lower limits.cells\n");
		return EXIT_FAILED;
	}
	if (r->options.baselines != NULL && !baselines_read(r->options.baselines, r->engine, error)) {
		fprintf(stderr, "sigcanary replay: %s\n", error);
		return EXIT_FAILED;
	}
	audiences_join(&r->audiences, r->engine);
	code = evidence_start(r);
	if (code != EXIT_DONE)
		return code;
	code = services_start(r);
	if (code != EXIT_DONE)
		return code;
	for (unsigned int i = 0; i < r->worker_count; i++)
		books[i] = r->workers[i].book;
	r->relay = relay_new(r->engine, books, r->worker_count);
	if (r->relay == NULL) {
		fprintf(stderr, "sigcanary replay: the detector's thread could not be started; see the limits of this user (ulimit -u)\n");
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* Reads to the end; false when an input was damaged. */
static bool replay_read(struct replay *r)
{
	static struct frame frames[REPLAY_BURST];
	enum source_state state = SOURCE_MORE;

	clock_gettime(CLOCK_MONOTONIC, &r->began);
	while (state == SOURCE_MORE && !is_interrupted) {
		size_t count = 0;

		state = source_burst(r->source, frames, REPLAY_BURST, &count);
		frames_take(r, frames, count);
		if (r->shows_progress)
			progress_show(r);
	}
	if (r->shows_progress && r->last_progress_s > 0)
		fprintf(stderr, "\r\033[K");
	if (r->has_frame)
		part_end(r);
	services_stay(r);
	if (is_interrupted && state == SOURCE_MORE && r->options.transaction_sink == NULL)
		fprintf(stderr, "sigcanary replay: interrupted; what follows packet %" PRIu64 " was not read\n", r->last.sequence);
	return state != SOURCE_DAMAGED;
}

static int replay_close(struct replay *r, bool is_whole)
{
	struct worker_report report;
	int code = EXIT_DONE;

	relay_settle(r->relay);
	report_sum(r, &report);
	if (!audiences_close(&r->audiences, &report, nanos_to_s(r->span)))
		code = EXIT_FAILED;
	if (r->options.baselines != NULL && !baselines_save(r->options.baselines, r->engine))
		code = EXIT_FAILED;
	if (!is_whole) {
		fprintf(stderr, "sigcanary replay: %s\n", source_error(r->source));
		return EXIT_INPUT;
	}
	if (code == EXIT_DONE && r->options.fail_on != SEVERITY_CLEARED && engine_worst(r->engine) >= r->options.fail_on)
		code = EXIT_ALARM;
	return code;
}

/* False when a capture of an incident is not whole; that was said. */
static bool replay_free(struct replay *r)
{
	bool is_whole;

	relay_free(r->relay);
	services_stop(r);
	is_whole = evidence_close(r->keeping.evidence);
	tape_close(&r->tape);
	engine_free(r->engine);
	lockstep_free(r->lockstep);
	if (r->lockstep != NULL)
		workers_close(r->workers, r->worker_count);
	free(r->workers);
	source_close(r->source);
	segments_free(r->segments);
	plan_free(r->plan);
	return is_whole;
}

int replay_run(const struct options *options)
{
	struct replay r = { .options = *options };
	struct sigaction action = { .sa_handler = on_signal };
	int code;

	r.shows_progress = !r.options.is_quiet && isatty(STDERR_FILENO) == 1;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	code = replay_open(&r);
	if (code == EXIT_DONE)
		code = replay_close(&r, replay_read(&r));
	return replay_free(&r) || code != EXIT_DONE ? code : EXIT_FAILED;
}

void replay_stop(void)
{
	is_interrupted = 1;
}

int command_replay(int argc, char **argv)
{
	struct options options;
	int rest = 0;
	int code = options_read(argc, argv,
				TAKES_CONFIG | TAKES_JSON | TAKES_IDENTITIES | TAKES_TRANSACTIONS | TAKES_TICKS | TAKES_STATS |
					TAKES_REPORT | TAKES_WORKERS | TAKES_SPEED | TAKES_FAIL_ON | TAKES_QUIET | TAKES_WATCH |
					TAKES_SIGHTINGS | TAKES_FILTER | TAKES_BASELINES | TAKES_SERVE | TAKES_EVIDENCE,
				&options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (rest == argc) {
		fprintf(stderr, "sigcanary replay: no capture given; name one or more files, or '-' for standard input\n");
		return EXIT_USAGE;
	}
	options.inputs = (const char *const *)(argv + rest);
	options.input_count = (size_t)(argc - rest);
	return replay_run(&options);
}
