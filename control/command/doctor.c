/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary doctor`: what keeps this machine from running the probe at full speed, or at all, and the command that mends it. It only
 * looks; nothing is changed. With --root it looks at a copy of another machine's /proc and /sys, where what cannot be known from files is
 * left out.
 */
#include "control/command/doctor.h"

#include <dirent.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "control/command/command.h"

struct doctor_finding *doctor_find(struct doctor *d, const char *name, enum doctor_state state)
{
	struct doctor_finding *f;

	/* The last place is overwritten rather than nothing said. */
	if (d->count < DOCTOR_FINDINGS_MAX)
		d->count++;
	f = &d->findings[d->count - 1];
	*f = (struct doctor_finding){ .name = name, .state = state };
	return f;
}

bool doctor_text(const struct doctor *d, const char *path, char *text, size_t size)
{
	char whole[PATH_MAX];
	FILE *in;

	snprintf(whole, sizeof(whole), "%s%s", d->root, path);
	in = fopen(whole, "re");
	text[0] = '\0';
	if (in == NULL)
		return false;
	if (fgets(text, (int)size, in) != NULL)
		text[strcspn(text, "\n")] = '\0';
	fclose(in);
	return true;
}

double doctor_number(const struct doctor *d, const char *path, double preset)
{
	char text[64];
	char *end;
	double number;

	if (!doctor_text(d, path, text, sizeof(text)))
		return preset;
	number = strtod(text, &end);
	return end != text ? number : preset;
}

bool doctor_link(const struct doctor *d, const char *path, char *text, size_t size)
{
	char whole[PATH_MAX];
	char target[PATH_MAX];
	const char *last;
	ssize_t length;

	snprintf(whole, sizeof(whole), "%s%s", d->root, path);
	length = readlink(whole, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	last = strrchr(target, '/');
	snprintf(text, size, "%s", last != NULL ? last + 1 : target);
	return true;
}

bool doctor_is_there(const struct doctor *d, const char *path)
{
	char whole[PATH_MAX];

	snprintf(whole, sizeof(whole), "%s%s", d->root, path);
	return access(whole, F_OK) == 0;
}

static const char *const state_words[] = { [DOCTOR_GOOD] = "good", [DOCTOR_NOTE] = "note", [DOCTOR_WRONG] = "wrong" };

static void findings_print(const struct doctor *d)
{
	size_t wrong = 0;
	size_t notes = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct doctor_finding *f = &d->findings[i];

		printf("%-6s %-13s %s\n", state_words[f->state], f->name, f->words);
		if (f->mend[0] != '\0')
			printf("%-20s   %s\n", "", f->mend);
		wrong += f->state == DOCTOR_WRONG;
		notes += f->state == DOCTOR_NOTE;
	}
	printf("%zu wrong, %zu to note, %zu good\n", wrong, notes, d->count - wrong - notes);
}

static void findings_json(const struct doctor *d)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct doctor_finding *f = &d->findings[i];
		json_t *line = json_pack("{s:s, s:s, s:s}", "name", f->name, "state", state_words[f->state], "words", f->words);

		if (f->mend[0] != '\0')
			json_object_set_new(line, "mend", json_string(f->mend));
		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(line);
	}
}

static bool is_anything_wrong(const struct doctor *d)
{
	for (size_t i = 0; i < d->count; i++) {
		if (d->findings[i].state == DOCTOR_WRONG)
			return true;
	}
	return false;
}

int command_doctor(int argc, char **argv)
{
	static void (*const looks[])(struct doctor *) = { doctor_memory, doctor_ports, doctor_cores, doctor_clock, doctor_user };
	static struct doctor d;
	struct options options;
	struct plan *plan = NULL;
	int rest = 0;
	int code = options_read(argc, argv, TAKES_JSON | TAKES_CONFIG | TAKES_ROOT, &options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (rest != argc) {
		fprintf(stderr, "sigcanary doctor: it takes no argument; see 'sigcanary doctor --help'\n");
		return EXIT_USAGE;
	}
	if (options.config != NULL && (plan = options_plan(&options)) == NULL)
		return EXIT_CONFIG;
	d = (struct doctor){ .root = options.root != NULL ? options.root : "", .plan = plan };
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		looks[i](&d);
	if (options.is_json)
		findings_json(&d);
	else
		findings_print(&d);
	plan_free(plan);
	code = is_anything_wrong(&d) ? EXIT_FAILED : EXIT_DONE;
	return output_close(stdout, "standard output") ? code : EXIT_FAILED;
}
