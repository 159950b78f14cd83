/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary lab SCENARIO [options] -o FILE`: options from one table, the run into a capture, the truth beside it. Exit codes of the
 * contract: 0 done, 1 the file could not be written, 2 wrong usage.
 *
 * --from and --until belong to the --fault before them, or to all faults that follow when none came before.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lab/capture.h"
#include "lab/lab.h"
#include "lab/scenario.h"

#define EXIT_USAGE      2
#define PROGRESS_FRAMES 4096

enum value_kind {
	VALUE_NONE,
	VALUE_FLAG,
	VALUE_COUNT,
	VALUE_NUMBER,
	VALUE_FAULT,
	VALUE_FROM,
	VALUE_UNTIL,
	VALUE_OUTPUT,
	VALUE_TRUTH,
	VALUE_QUIET,
	VALUE_HELP,
	VALUE_SEED,
	VALUE_SUBSCRIBERS,
	VALUE_WORLD
};

struct command {
	struct lab_options options;
	const char *output, *truth;
	double from_s, until_s;
	bool is_quiet, wants_help;
};

#define FIELD(name) offsetof(struct lab_options, name)

static const struct option_row {
	const char *name;
	enum value_kind kind;
	size_t offset;
	const char *value, *words;
} rows[] = {
	{ "output", VALUE_OUTPUT, 0, "FILE", "capture to write (-o), '-' is standard output; the truth goes to FILE.truth.json" },
	{ "truth", VALUE_TRUTH, 0, "FILE", "where the truth goes instead" },
	{ "seconds", VALUE_NUMBER, FIELD(seconds), "N", "length of the run (300)" },
	{ "seed", VALUE_SEED, 0, "N", "same seed, same bytes (1)" },
	{ "rate", VALUE_NUMBER, FIELD(rate), "N", "attempts per second before retries; about four messages each (60)" },
	{ "subscribers", VALUE_SUBSCRIBERS, 0, "N", "active subscribers (20000)" },
	{ "onset", VALUE_NUMBER, FIELD(onset_s), "S", "start of the fault in seconds (a third of the run)" },
	{ "user-rejects", VALUE_NUMBER, FIELD(user_rejects), "P", "registrations refused for the subscriber's own reasons (0.04)" },
	{ "map-share", VALUE_NUMBER, FIELD(map_share), "P", "MAP's share of the messages, about; the rest is S6a (0.83)" },
	{ "with", VALUE_WORLD, 0, "PARTS", "of ims, eir, iot, core, with commas: what the operator has besides, see below" },
	{ "fault", VALUE_FAULT, 0, "SCOPE:EFFECT:SHARE", "adds a fault, see below" },
	{ "from", VALUE_FROM, 0, "S", "start of the fault before it, or of all that follow" },
	{ "until", VALUE_UNTIL, 0, "S", "end of it (the end of the run)" },
	{ "quiet-all", VALUE_FLAG, FIELD(quiet_all), NULL, "from the onset on nobody attempts anything; keepalives go on" },
	{ "quiet-until", VALUE_NUMBER, FIELD(quiet_until_s), "S", "end of that" },
	{ "vlan", VALUE_FLAG, FIELD(framing.vlan), NULL, "802.1Q tag" },
	{ "qinq", VALUE_FLAG, FIELD(framing.qinq), NULL, "802.1ad and 802.1Q tags" },
	{ "ipv6", VALUE_FLAG, FIELD(framing.ipv6), NULL, "IPv6 in place of IPv4" },
	{ "mss", VALUE_COUNT, FIELD(framing.mss), "N", "TCP payload per segment (1400)" },
	{ "bundle", VALUE_FLAG, FIELD(framing.bundle), NULL, "gather messages of 4 ms into one packet" },
	{ "fragment", VALUE_COUNT, FIELD(framing.fragment), "N", "SCTP user bytes per DATA chunk" },
	{ "ip-fragment", VALUE_COUNT, FIELD(framing.ip_fragment), "MTU", "IP fragments" },
	{ "xudt", VALUE_FLAG, FIELD(framing.xudt), NULL, "XUDT in place of UDT, long messages segmented" },
	{ "sctp-diameter", VALUE_FLAG, FIELD(framing.sctp_diameter), NULL, "Diameter over SCTP in place of TCP" },
	{ "associations", VALUE_COUNT, FIELD(framing.associations), "N", "SCTP associations that carry all of MAP (10)" },
	{ "both-hops", VALUE_FLAG, FIELD(framing.both_hops), NULL, "both sides of the STPs are tapped" },
	{ "mid-start", VALUE_FLAG, FIELD(framing.mid_start), NULL, "the tap starts when all connections are open" },
	{ "duplicate", VALUE_NUMBER, FIELD(framing.duplicate), "P", "share of frames seen twice" },
	{ "lose", VALUE_NUMBER, FIELD(framing.lose), "P", "share of frames the tap loses" },
	{ "reorder", VALUE_NUMBER, FIELD(framing.reorder), "P", "share of frames overtaken by the next" },
	{ "quiet", VALUE_QUIET, 0, NULL, "no progress bar" },
	{ "help", VALUE_HELP, 0, NULL, "this page" },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))
#define FIRST_ROW 256

static void help_print(FILE *f)
{
	const struct lab_scenario *s;

	fputs("usage: sigcanary lab SCENARIO [options] -o FILE\n\nA simulated mobile operator with a known fault, as a "
	      "capture.\n\nscenarios, and what must be said about each:\n",
	      f);
	for (size_t i = 0; (s = scenario_at(i)) != NULL; i++)
		fprintf(f, "  %-26s%-11s %s\n", s->name, s->expectation_count == 0 ? "" : scenario_demand_name(scenario_demand(s)),
			s->words);
	fputs("\noptions:\n", f);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		char left[48];

		snprintf(left, sizeof(left), "--%s %s", rows[i].name, rows[i].value == NULL ? "" : rows[i].value);
		fprintf(f, "  %-29s %s\n", left, rows[i].words);
	}
	fputs("\nfaults:\n"
	      "  SCOPE   blocks=K% (of the 7-digit IMSI blocks), prefix=DIGITS, brand=o2|tesco-mobile|giffgaff|inbound, hlr=N, hss=N,\n"
	      "          mme=N, vlr=N, sgsn=N, stp (both) or stp=N, dra=N, cscf=N, partner-in=N (visitors from abroad), partner-out=N "
	      "(ours\n"
	      "          abroad), shard=K% (scattered at random), all\n"
	      "  EFFECT  silent, system-failure (34 / 5012), unknown (1 / 5001), congestion (P-Abort 4 / 3004),\n"
	      "          udts (UDTS cause 5 / 3002 by the agent), user-rejects (8 / 5004, updates only), late (20 s), absent (27, 6 / "
	      "5001),\n"
	      "          relay-late (3002 by the agent after 2 s, then the answer), agent-busy (P-Abort 4 / 3004 by the agent),\n"
	      "          no-route (UDTS cause 1 / 3002), mismatch (34 / 5005, 5003, 5002), no-texts (34, 21, 32 / 5012);\n"
	      "          volume (times SHARE, 0 to 1000), slow (times SHARE)\n"
	      "  SHARE   of the requests in scope, 0 to 1; each request is drawn anew\n"
	      "\nparts of the operator:\n"
	      "  ims     I-CSCFs, S-CSCFs and Cx; eir: S13; iot: five ranges of machines; core: the tap also shows the links to the HSS "
	      "hosts\n",
	      f);
}

static bool number_parse(const char *text, double *ret)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !isfinite(value) || value < 0)
		return false;
	*ret = value;
	return true;
}

static bool count_parse(const char *text, unsigned long long limit, unsigned long long *ret)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > limit)
		return false;
	*ret = value;
	return true;
}

static bool fault_add(struct command *c, const char *text, char error[LAB_ERROR_MAX])
{
	struct lab_fault f;

	if (c->options.fault_count == LAB_FAULTS_MAX) {
		snprintf(error, LAB_ERROR_MAX, "at most %d --fault", LAB_FAULTS_MAX);
		return false;
	}
	if (!lab_fault_parse(text, &f, error))
		return false;
	f.from_s = c->from_s;
	f.until_s = c->until_s;
	c->options.faults[c->options.fault_count++] = f;
	return true;
}

static bool world_set(struct lab_options *o, const char *text, char error[LAB_ERROR_MAX])
{
	static const struct {
		const char *word;
		uint32_t part;
	} parts[] = { { "ims", LAB_WITH_IMS }, { "eir", LAB_WITH_EIR }, { "iot", LAB_WITH_IOT }, { "core", LAB_WITH_CORE } };

	while (*text != '\0') {
		size_t length = strcspn(text, ","), i = 0;

		while (i < 4 && (strlen(parts[i].word) != length || strncmp(parts[i].word, text, length) != 0))
			i++;
		if (i == 4) {
			snprintf(error, LAB_ERROR_MAX, "--with: '%.40s' is none of ims, eir, iot, core", text);
			return false;
		}
		o->world |= parts[i].part;
		text += length + (text[length] == ',' ? 1 : 0);
	}
	return true;
}

/* The times of the fault before, or those of all to come. */
static bool time_set(struct command *c, const char *text, bool is_from)
{
	struct lab_fault *f = c->options.fault_count == 0 ? NULL : &c->options.faults[c->options.fault_count - 1];
	double *from_s = f == NULL ? &c->from_s : &f->from_s, *until_s = f == NULL ? &c->until_s : &f->until_s;

	return number_parse(text, is_from ? from_s : until_s);
}

static bool value_set(struct command *c, const struct option_row *row, const char *text, char error[LAB_ERROR_MAX])
{
	char *field = (char *)&c->options + row->offset;
	unsigned long long count = 0;
	double number = 0;
	bool is_understood = true;

	switch (row->kind) {
	case VALUE_FLAG:
		memcpy(field, &(bool){ true }, sizeof(bool));
		break;
	case VALUE_NUMBER:
		is_understood = number_parse(text, &number);
		if (is_understood)
			memcpy(field, &number, sizeof(number));
		break;
	case VALUE_COUNT:
		is_understood = count_parse(text, 65535, &count);
		memcpy(field, &(unsigned int){ (unsigned int)count }, sizeof(unsigned int));
		break;
	case VALUE_SUBSCRIBERS:
		is_understood = count_parse(text, UINT32_MAX, &count);
		c->options.subscribers = (uint32_t)count;
		break;
	case VALUE_SEED:
		is_understood = count_parse(text, UINT64_MAX, &count);
		c->options.seed = count;
		break;
	case VALUE_WORLD:
		return world_set(&c->options, text, error);
	case VALUE_FAULT:
		return fault_add(c, text, error);
	case VALUE_FROM:
	case VALUE_UNTIL:
		is_understood = time_set(c, text, row->kind == VALUE_FROM);
		break;
	case VALUE_OUTPUT:
		c->output = text;
		break;
	case VALUE_TRUTH:
		c->truth = text;
		break;
	case VALUE_QUIET:
		c->is_quiet = true;
		break;
	case VALUE_HELP:
		c->wants_help = true;
		break;
	case VALUE_NONE:
		break;
	}
	if (!is_understood)
		snprintf(error, LAB_ERROR_MAX, "--%s: '%.60s' is not a number it can take", row->name, text);
	return is_understood;
}

/* Fills the command from its words; false and a sentence when they are wrong. */
static bool command_parse(struct command *c, int argc, char **argv, char error[LAB_ERROR_MAX])
{
	struct option longs[ROW_COUNT + 1] = { { 0 } };
	int chosen;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		longs[i].name = rows[i].name;
		longs[i].has_arg = rows[i].value == NULL ? no_argument : required_argument;
		longs[i].val = FIRST_ROW + (int)i;
	}
	optind = 0;
	opterr = 0;
	while ((chosen = getopt_long(argc, argv, ":o:h", longs, NULL)) != -1) {
		if (chosen == 'o') {
			c->output = optarg;
		} else if (chosen == 'h') {
			c->wants_help = true;
		} else if (chosen >= FIRST_ROW) {
			if (!value_set(c, &rows[chosen - FIRST_ROW], optarg, error))
				return false;
		} else {
			snprintf(error, LAB_ERROR_MAX, "%s '%.60s'", chosen == ':' ? "a value is missing after" : "unknown option",
				 argv[optind - 1]);
			return false;
		}
	}
	if (c->wants_help)
		return true;
	if (argc - optind != 1) {
		snprintf(error, LAB_ERROR_MAX, argc == optind ? "which scenario? --help lists them" : "one scenario, please");
		return false;
	}
	c->options.scenario = argv[optind];
	if (c->output == NULL)
		snprintf(error, LAB_ERROR_MAX, "where to? -o FILE, or -o - for standard output");
	return c->output != NULL;
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void progress_print(const struct command *c, nanos time)
{
	double done = nanos_to_s(time - LAB_EPOCH) / c->options.seconds;
	char bar[41];

	for (int i = 0; i < 40; i++)
		bar[i] = i < done * 40 ? '#' : '.';
	bar[40] = '\0';
	fprintf(stderr, "\r%s %3.0f %%", bar, 100 * done);
}

/* Returns 0 or a negative errno. */
static int frames_write(const struct command *c, struct lab *lab, FILE *f)
{
	bool is_watched = !c->is_quiet && isatty(STDERR_FILENO), is_drawn = false;
	double started = is_watched ? seconds_now() : 0;
	struct lab_frame frame;
	int failed = 0;

	for (uint64_t i = 1; failed == 0 && lab_next(lab, &frame); i++) {
		failed = lab_capture_write(f, &frame);
		if (!is_watched || i % PROGRESS_FRAMES != 0 || seconds_now() < started + 1)
			continue;
		is_drawn = true;
		progress_print(c, frame.time);
	}
	if (is_drawn)
		fputs("\r\033[K", stderr);
	return failed;
}

static int truth_put(const struct command *c, const struct lab *lab)
{
	char path[4096];
	int failed;

	if (c->truth == NULL && strcmp(c->output, "-") == 0)
		return 0;
	if (c->truth != NULL)
		snprintf(path, sizeof(path), "%s", c->truth);
	else
		snprintf(path, sizeof(path), "%s.truth.json", c->output);
	failed = lab_truth_write(lab, path);
	if (failed != 0)
		fprintf(stderr, "sigcanary lab: cannot write %s: %s\n", path, strerror(-failed));
	return failed == 0 ? 0 : 1;
}

static int command_run(const struct command *c)
{
	char error[LAB_ERROR_MAX];
	struct lab *lab = lab_open(&c->options, error);
	FILE *f;
	int failed, unclosed;

	if (lab == NULL) {
		fprintf(stderr, "sigcanary lab: %s\n", error);
		return errno == ENOMEM ? 1 : EXIT_USAGE;
	}
	f = lab_capture_open(c->output);
	if (f == NULL) {
		fprintf(stderr, "sigcanary lab: cannot write %s: %s\n", c->output, strerror(errno));
		lab_close(lab);
		return 1;
	}
	failed = frames_write(c, lab, f);
	unclosed = lab_capture_close(f);
	if (failed == 0)
		failed = unclosed;
	if (failed != 0)
		fprintf(stderr, "sigcanary lab: cannot write %s: %s\n", c->output, strerror(-failed));
	failed = failed != 0 ? 1 : truth_put(c, lab);
	lab_close(lab);
	return failed;
}

int lab_command(int argc, char **argv)
{
	struct command c = { .from_s = -1, .until_s = -1 };
	char error[LAB_ERROR_MAX];

	lab_options_default(&c.options);
	if (!command_parse(&c, argc, argv, error)) {
		fprintf(stderr, "sigcanary lab: %s\n", error);
		return EXIT_USAGE;
	}
	if (c.wants_help) {
		help_print(stdout);
		return 0;
	}
	return command_run(&c);
}
