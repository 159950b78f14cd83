/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Making a plan: the defaults of the schema, then the file over them, then what no single key can know. Called by control at start and for
 * a reload; the finished plan is immutable and may be read by any thread.
 *
 * Refused here: a file that is not a mapping, a tick that does not divide the age checkpoints of the tally, severities out of order.
 * Everything else is refused by reader.c, list.c, pattern.c and yaml.c, each mistake with its place.
 */
#include "config/plan.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/reader.h"

/* All age checkpoints of open requests (dataplane/tally.c) are multiples of this. */
#define CHECKPOINT_STEP (200 * NANOS_PER_MS)

/* A plan and the memory behind it. */
struct owner {
	struct plan plan;
	struct arena arena;
};

/* Fixed, so that replays give the same bytes; who runs live puts random words here before the workers start. */
static const struct hash_key replay_key = { { UINT64_C(0x7369676e616c6c69), UINT64_C(0x63616e6172792031) } };

/* "[3868, 5868]" of the schema: presets of lists are short and known to be right. */
static size_t preset_ports(const char *preset, uint16_t *ports)
{
	size_t count = 0;

	for (const char *at = strpbrk(preset, "0123456789"); at && count < PLAN_PORTS_MAX; at = strpbrk(at, "0123456789")) {
		char *end = NULL;

		ports[count++] = (uint16_t)strtoul(at, &end, 10);
		at = end;
	}
	return count;
}

static void preset_read(struct owner *owner, const struct schema_key *k)
{
	void *member = (char *)&owner->plan + k->offset;
	enum value_verdict verdict = VALUE_GOOD;

	if (!k->preset)
		return;
	if (k->type == VALUE_PORTS && k->offset == offsetof(struct plan, diameter_ports))
		owner->plan.diameter_port_count = preset_ports(k->preset, member);
	else if (k->type == VALUE_PORTS)
		owner->plan.m3ua_port_count = preset_ports(k->preset, member);
	else
		verdict = value_read(k, &owner->arena, k->preset, member);
	assert(verdict == VALUE_GOOD); /* otherwise schema.def contradicts itself */
	(void)verdict;
}

struct plan *plan_default(void)
{
	struct owner *owner = calloc(1, sizeof(*owner));

	if (!owner) {
		fputs("sigcanary: no memory for the configuration\n", stderr);
		exit(1);
	}
	for (size_t i = 0; i < schema_plan.count; i++)
		preset_read(owner, &schema_plan.keys[i]);
	owner->plan.hash_key = replay_key;
	owner->plan.memory = owner;
	return &owner->plan;
}

void plan_free(struct plan *p)
{
	struct owner *owner = (struct owner *)p;

	if (!p)
		return;
	arena_free(&owner->arena);
	free(owner);
}

/* Where the value of section.key stands in the file, its head when it is not given. */
static struct place place_of_key(const struct yaml *root, const char *section, const char *key)
{
	for (const struct yaml *outer = root->first; outer; outer = outer->next) {
		if (strcmp(outer->key->text, section) != 0)
			continue;
		for (const struct yaml *entry = outer->first; entry; entry = entry->next) {
			if (entry->key && strcmp(entry->key->text, key) == 0)
				return entry->place;
		}
	}
	return root->place;
}

/* Whether the address is one of this machine only. */
static bool is_loopback(const char *address)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return strcmp(address, "::1") == 0;
}

/* Whom the probe talks to, and who to it. */
static void peers_check(const struct plan *plan, const struct yaml *root, struct mistakes *m)
{
	if (plan->metrics_port != 0 && !is_loopback(plan->metrics_address) && plan->api.users_file == NULL)
		mistake_note(m, place_of_key(root, "metrics", "address"),
			     "'metrics.address' %s can be reached from elsewhere; set api.users_file (and api.certificate_file), or serve "
			     "on 127.0.0.1",
			     plan->metrics_address);
	if (plan->snmp.version == PLAN_SNMP_V3 && (plan->snmp.user == NULL || plan->snmp.secrets_file == NULL))
		mistake_note(m, place_of_key(root, "snmp", "version"),
			     "'snmp.version' v3 needs snmp.user and snmp.secrets_file; set them, or v2c");
}

/* What spans several keys. */
static void plan_check(const struct plan *plan, const struct yaml *root, struct mistakes *m)
{
	const struct plan_detection *d = &plan->detection;

	if (CHECKPOINT_STEP % d->tick != 0)
		mistake_note(m, place_of_key(root, "detection", "tick"), "'detection.tick' does not divide 200 ms; give 50, 100 or 200 ms");
	if (d->minor > d->major)
		mistake_note(m, place_of_key(root, "detection", "major"), "'detection.major' is below 'detection.minor' (%llu); raise it",
			     (unsigned long long)d->minor);
	if (d->major > d->critical)
		mistake_note(m, place_of_key(root, "detection", "critical"),
			     "'detection.critical' is below 'detection.major' (%llu); raise it", (unsigned long long)d->major);
	peers_check(plan, root, m);
}

static void plan_fill(struct owner *owner, struct mistakes *m)
{
	struct arena scratch = { NULL };
	struct reader reader = { .mistakes = m, .arena = &owner->arena, .scratch = &scratch };
	const struct yaml *root = yaml_read(m, &scratch);

	if (root && root->kind != YAML_MAPPING) {
		mistake_note(m, root->place, "the file is not a mapping of keys to values; begin with lines such as 'network:'");
	} else if (root) {
		reader_mapping(&reader, &schema_plan, root, "", &owner->plan);
		reader_calendar(&reader, place_of_key(root, "calendar", "time_zone"), &owner->plan);
		plan_check(&owner->plan, root, m);
	}
	arena_free(&scratch);
}

struct plan *plan_read(const char *path, FILE *errors)
{
	struct plan *plan = plan_default();
	struct mistakes mistakes;
	bool is_good = false;

	if (mistakes_open(&mistakes, path))
		plan_fill((struct owner *)plan, &mistakes);
	is_good = mistakes.count == 0;
	mistakes_write(&mistakes, errors);
	mistakes_close(&mistakes);
	if (is_good)
		return plan;
	plan_free(plan);
	return NULL;
}

/* The last dot of a path, split there: section and word; a path without one has no section. */
static const char *path_suggest(const char *path, struct arena *arena)
{
	const char *dot = strrchr(path, '.');
	const char *section = dot ? arena_text(arena, path, (size_t)(dot - path)) : "";

	if (dot && !schema_has_section(&schema_plan, section))
		return schema_suggest(&schema_plan, "", section, arena);
	return schema_suggest(&schema_plan, section, dot ? dot + 1 : path, arena);
}

/* What spans several keys, without a place to point at; NULL when all is well. */
static const char *detection_wrong(const struct plan_detection *d)
{
	if (d->minor > d->major)
		return "detection.major is below detection.minor";
	return d->major > d->critical ? "detection.critical is below detection.major" : NULL;
}

static const struct schema_key *assignment_key(const char *path, struct arena *arena, FILE *errors)
{
	const struct schema_key *k = schema_find(&schema_plan, path);

	if (!k)
		fprintf(errors, "--set %s: unknown key; %s\n", path, path_suggest(path, arena));
	else if (k->type >= VALUE_SCALARS)
		fprintf(errors, "--set %s: this is a list; change it in a configuration file and give that with -c\n", path);
	else if (!k->is_reloadable)
		fprintf(errors, "--set %s: this is fixed from the start of the program; change it in a configuration file\n", path);
	else
		return k;
	return NULL;
}

bool plan_set(struct plan *plan, const char *assignment, FILE *errors)
{
	struct owner *owner = (struct owner *)plan;
	const char *equals = strchr(assignment, '=');
	const char *path = arena_text(&owner->arena, assignment, equals ? (size_t)(equals - assignment) : strlen(assignment));
	const struct plan_detection before = plan->detection;
	const struct schema_key *k = NULL;
	enum value_verdict verdict;

	if (!equals) {
		fprintf(errors, "--set %s: no value; write key=value\n", assignment);
		return false;
	}
	k = assignment_key(path, &owner->arena, errors);
	if (!k)
		return false;
	verdict = value_read(k, &owner->arena, equals + 1, (char *)plan + k->offset);
	if (verdict != VALUE_GOOD) {
		fprintf(errors, "--set %s: '%s' is %s; it must be %s\n", path, equals + 1,
			verdict == VALUE_OUT_OF_RANGE ? "out of range" : "of another kind", value_wanted(k, &owner->arena));
		return false;
	}
	if (detection_wrong(&plan->detection)) {
		fprintf(errors, "--set %s: %s; change that one first\n", path, detection_wrong(&plan->detection));
		plan->detection = before;
		return false;
	}
	return true;
}

bool plan_value_write(const struct plan *plan, const char *assignment, FILE *out)
{
	struct arena scratch = { NULL };
	const char *path = arena_text(&scratch, assignment, strcspn(assignment, "="));
	const struct schema_key *k = schema_find(&schema_plan, path);

	if (k)
		value_write(k, (const char *)plan + k->offset, out);
	arena_free(&scratch);
	return k != NULL;
}
