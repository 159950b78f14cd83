/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See alarm_list.h. TS 28.532 (with the record of TS 28.623): an alarm stays in the list until it is cleared; one that nobody has
 * acknowledged stays after that too. Two incidents of one place have the same alarmId: the newer one stands for both.
 */
#include "control/board/alarm_list.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ID_MAX 24

struct said {
	nanos time;
	char user[ALARM_USER_MAX];
	enum remark_kind kind;
	char *words;
};

/* What a user says until control has dealt with it, and what came of it until the place is needed. */
struct entry {
	uint64_t number; /* 0: nothing yet */
	enum remark_outcome outcome;
	nanos time;
	enum remark_kind kind;
	char name[ID_MAX], user[ALARM_USER_MAX], words[ALARM_COMMENT_TEXT_MAX + 1];
};

struct record {
	char id[ID_MAX];
	char alarm_id[ID_MAX];
	json_t *line;                   /* the newest announcement */
	nanos raised, changed, cleared; /* 0: not */
	enum incident_severity worst;
	bool is_open, is_acknowledged;
	struct said ack; /* of the last acknowledgement, or what took it back; its words are NULL */
	struct said comments[ALARM_COMMENTS_MAX];
	size_t comment_count;
};

struct alarm_list {
	pthread_mutex_t lock;
	struct alarm_writer writer;
	struct record *records[ALARM_LIST_MAX]; /* oldest first; control's thread changes them, and reads them without the lock */
	size_t count;
	struct entry entries[ALARM_WAITING_MAX]; /* by number */
	uint64_t asked, settled;                 /* the last numbers */
};

const char *remark_kind_name(enum remark_kind kind)
{
	static const char *const names[] = { [REMARK_ACK] = "ack", [REMARK_UNACK] = "unack", [REMARK_COMMENT] = "comment" };

	return names[kind];
}

struct alarm_list *alarm_list_new(const struct alarm_writer *writer)
{
	struct alarm_list *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	l->writer = *writer;
	return l;
}

static void record_free(struct record *r)
{
	json_decref(r->line);
	for (size_t i = 0; i < r->comment_count; i++)
		free(r->comments[i].words);
	free(r);
}

void alarm_list_free(struct alarm_list *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->count; i++)
		record_free(l->records[i]);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void alarm_list_plan(struct alarm_list *l, const struct plan *plan)
{
	pthread_mutex_lock(&l->lock);
	l->writer.plan = plan;
	pthread_mutex_unlock(&l->lock);
}

/* By the id of the incident, or by the alarmId: the newest. */
static struct record *record_find(const struct alarm_list *l, const char *name)
{
	for (size_t i = l->count; i-- > 0;) {
		if (strcmp(l->records[i]->id, name) == 0 || strcmp(l->records[i]->alarm_id, name) == 0)
			return l->records[i];
	}
	return NULL;
}

static struct record *record_of_incident(const struct alarm_list *l, const char *id)
{
	for (size_t i = l->count; i-- > 0;) {
		if (strcmp(l->records[i]->id, id) == 0)
			return l->records[i];
	}
	return NULL;
}

/* The oldest that is over goes, else the oldest. */
static void room_make(struct alarm_list *l)
{
	size_t victim = 0;

	if (l->count < ALARM_LIST_MAX)
		return;
	for (size_t i = 0; i < l->count; i++) {
		if (!l->records[i]->is_open) {
			victim = i;
			break;
		}
	}
	record_free(l->records[victim]);
	memmove(&l->records[victim], &l->records[victim + 1], (l->count - victim - 1) * sizeof(l->records[0]));
	l->count--;
}

static nanos time_of(const json_t *line, const char *key)
{
	const char *text = json_string_value(json_object_get(line, key));
	char *end = NULL;
	nanos seconds = text != NULL ? strtoll(text, &end, 10) : 0;
	size_t places = end != NULL && *end == '.' ? strspn(end + 1, "0123456789") : 0;

	/* Lines come out of the store, too: of whatever program has written them. */
	if (seconds < 0 || seconds >= INT64_MAX / NANOS_PER_S)
		return 0;
	return seconds * NANOS_PER_S + (places == 9 ? strtoll(end + 1, NULL, 10) : 0);
}

static enum incident_severity severity_of(const json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "severity"));
	int severity = SEVERITY_CRITICAL;

	while (severity > SEVERITY_CLEARED && (name == NULL || strcmp(name, incident_severity_name((enum incident_severity)severity)) != 0))
		severity--;
	return (enum incident_severity)severity;
}

/* An announcement, new or recalled; `line` is taken over. */
static void line_take(struct alarm_list *l, const char *id, json_t *line, bool is_open)
{
	const char *alarm_id = json_string_value(json_object_get(json_object_get(line, "alarm"), "alarmId"));
	struct record *r = record_of_incident(l, id);

	if (r == NULL && line != NULL && (r = calloc(1, sizeof(*r))) != NULL) {
		room_make(l);
		snprintf(r->id, sizeof(r->id), "%s", id);
		r->raised = time_of(line, "time");
		l->records[l->count++] = r;
	}
	if (r == NULL) {
		json_decref(line);
		return;
	}
	snprintf(r->alarm_id, sizeof(r->alarm_id), "%s", alarm_id != NULL ? alarm_id : id);
	json_decref(r->line);
	r->line = line;
	r->changed = time_of(line, "time");
	r->is_open = is_open;
	r->cleared = is_open ? 0 : r->changed;
	if (severity_of(line) > r->worst)
		r->worst = severity_of(line);
}

void alarm_list_alarm(void *list, const struct alarm *alarm)
{
	struct alarm_list *l = list;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	json_t *line;

	if (out == NULL)
		return;
	alarm_write_json(&l->writer, alarm, out);
	line = fclose(out) == 0 ? json_loads(text, 0, NULL) : NULL;
	free(text);
	if (line == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	line_take(l, alarm->id, line, alarm->state != INCIDENT_CLEARED);
	pthread_mutex_unlock(&l->lock);
}

void alarm_list_recall(struct alarm_list *l, const char *id, const char *json, bool is_open)
{
	json_t *line = json_loads(json, 0, NULL);

	if (line == NULL)
		return;
	pthread_mutex_lock(&l->lock);
	line_take(l, id, line, is_open);
	pthread_mutex_unlock(&l->lock);
}

/* A name cut within a character of UTF-8 would be no text, and what was said would have nobody and be left out. */
static void user_copy(const char *from, char ret[ALARM_USER_MAX])
{
	size_t length = strlen(from) < ALARM_USER_MAX ? strlen(from) : ALARM_USER_MAX - 1;

	while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80)
		length--;
	memcpy(ret, from, length);
	ret[length] = '\0';
}

/* False when there is no memory; `said->words` is the caller's then. */
static bool said_make(const struct remark *remark, struct said *ret)
{
	*ret = (struct said){ .time = remark->time, .kind = remark->kind };
	user_copy(remark->user, ret->user);
	if (remark->kind == REMARK_COMMENT)
		ret->words = strdup(remark->words);
	return remark->kind != REMARK_COMMENT || ret->words != NULL;
}

static bool has_room(const struct record *r, enum remark_kind kind)
{
	return kind != REMARK_COMMENT || r->comment_count < ALARM_COMMENTS_MAX;
}

/* Under the lock; there is room. */
static void said_take(struct record *r, const struct said *said)
{
	if (said->kind == REMARK_COMMENT) {
		r->comments[r->comment_count++] = *said;
		return;
	}
	r->ack = *said;
	r->is_acknowledged = said->kind == REMARK_ACK;
}

void alarm_list_recall_remark(struct alarm_list *l, const char *alarm_id, const struct remark *remark)
{
	struct said said;

	pthread_mutex_lock(&l->lock);
	/* Of several incidents of one place it was said of the last that had been raised by then. */
	for (size_t i = l->count; i-- > 0;) {
		struct record *r = l->records[i];

		if (strcmp(r->alarm_id, alarm_id) == 0 && r->raised <= remark->time) {
			if (has_room(r, remark->kind) && said_make(remark, &said))
				said_take(r, &said);
			break;
		}
	}
	pthread_mutex_unlock(&l->lock);
}

enum remark_outcome alarm_list_remark(struct alarm_list *l, const char *name, const struct remark *remark, uint64_t *ret_number)
{
	enum remark_outcome outcome = REMARK_BUSY;
	struct entry *e;

	if (strlen(name) >= ID_MAX)
		return REMARK_NO_ALARM;
	if (strlen(remark->words) > ALARM_COMMENT_TEXT_MAX)
		return REMARK_NO_ROOM;
	pthread_mutex_lock(&l->lock);
	if (l->asked - l->settled < ALARM_WAITING_MAX) {
		outcome = REMARK_WAITS;
		*ret_number = ++l->asked;
		e = &l->entries[*ret_number % ALARM_WAITING_MAX];
		*e = (struct entry){ .number = *ret_number, .outcome = REMARK_WAITS, .time = remark->time, .kind = remark->kind };
		memcpy(e->name, name, strlen(name) + 1);
		user_copy(remark->user, e->user);
		memcpy(e->words, remark->words, strlen(remark->words) + 1);
	}
	pthread_mutex_unlock(&l->lock);
	return outcome;
}

enum remark_outcome alarm_list_outcome(struct alarm_list *l, uint64_t number)
{
	const struct entry *e = &l->entries[number % ALARM_WAITING_MAX];
	enum remark_outcome outcome;

	pthread_mutex_lock(&l->lock);
	outcome = e->number == number ? e->outcome : REMARK_BUSY;
	pthread_mutex_unlock(&l->lock);
	return outcome;
}

/* TS 28.532 writes dates (RFC 3339). */
static json_t *date_json(nanos t)
{
	time_t seconds = (time_t)(t / NANOS_PER_S);
	char date[40];
	struct tm parts;

	gmtime_r(&seconds, &parts);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	return json_sprintf("%s.%03dZ", date, (int)(t % NANOS_PER_S / 1000000));
}

static json_t *stamp_json(nanos t)
{
	return json_sprintf("%lld.%09lld", (long long)(t / NANOS_PER_S), (long long)(t % NANOS_PER_S));
}

static void ack_set(json_t *object, const struct record *r)
{
	json_object_set_new(object, "ackState", json_string(r->is_acknowledged ? "ACKNOWLEDGED" : "UNACKNOWLEDGED"));
	if (r->ack.time == 0)
		return;
	json_object_set_new(object, "ackTime", date_json(r->ack.time));
	json_object_set_new(object, "ackUserId", json_string(r->ack.user));
}

static json_t *comment_json(const struct said *said)
{
	return json_pack("{s:o,s:s,s:s}", "commentTime", date_json(said->time), "commentText", said->words, "commentUserId", said->user);
}

static json_t *record_json(const struct record *r)
{
	json_t *record = json_copy(json_object_get(r->line, "alarm"));
	json_t *comments;

	if (record == NULL)
		record = json_object();
	json_object_set_new(record, "alarmRaisedTime", date_json(r->raised));
	json_object_set_new(record, "alarmChangedTime", date_json(r->changed));
	if (r->cleared != 0) {
		json_object_set_new(record, "alarmClearedTime", date_json(r->cleared));
		json_object_set_new(record, "perceivedSeverity", json_string("CLEARED"));
	}
	json_object_set(record, "additionalText", json_object_get(r->line, "summary"));
	ack_set(record, r);
	comments = json_object();
	for (size_t i = 0; i < r->comment_count; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%zu", i + 1);
		json_object_set_new(comments, key, comment_json(&r->comments[i]));
	}
	json_object_set_new(record, "comments", comments);
	json_object_set_new(record, "additionalInformation",
			    json_pack("{s:s,s:O?,s:O?,s:O?}", "incident", r->id, "state", json_object_get(r->line, "state"), "segments",
				      json_object_get(r->line, "segments"), "affected_subscribers",
				      json_object_get(r->line, "affected_subscribers")));
	return record;
}

static void json_write(json_t *json, FILE *out)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6));

	fprintf(out, "%s\n", text != NULL ? text : "{}");
	free(text);
	json_decref(json);
}

/* The words of alarmAckState, and which records they name. */
static const struct {
	const char *word;
	bool open_acknowledged, open_new, cleared_acknowledged, cleared_new;
} selections[] = {
	{ "allAlarms", true, true, false, true },
	{ "allActiveAlarms", true, true, false, false },
	{ "allActiveAndAcknowledgedAlarms", true, false, false, false },
	{ "allActiveAndUnacknowledgedAlarms", false, true, false, false },
	{ "allClearedAndUnacknowledgedAlarms", false, false, false, true },
	{ "allUnacknowledgedAlarms", false, true, false, true },
};

static bool is_selected(const struct record *r, size_t selection)
{
	if (r->is_open)
		return r->is_acknowledged ? selections[selection].open_acknowledged : selections[selection].open_new;
	return r->is_acknowledged ? selections[selection].cleared_acknowledged : selections[selection].cleared_new;
}

bool alarm_list_write(struct alarm_list *l, const char *state, FILE *out)
{
	size_t selection = 0;
	json_t *list;

	while (state != NULL && selection < sizeof(selections) / sizeof(selections[0]) && strcmp(state, selections[selection].word) != 0)
		selection++;
	if (selection == sizeof(selections) / sizeof(selections[0]))
		return false;
	list = json_object();
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < l->count; i++) {
		const struct record *r = l->records[i];

		json_object_del(list, r->alarm_id); /* of an older incident of the same place */
		if (is_selected(r, selection))
			json_object_set_new(list, r->alarm_id, record_json(r));
	}
	pthread_mutex_unlock(&l->lock);
	json_write(list, out);
	return true;
}

bool alarm_list_write_record(struct alarm_list *l, const char *name, FILE *out)
{
	const struct record *r;
	json_t *record = NULL;

	pthread_mutex_lock(&l->lock);
	r = record_find(l, name);
	if (r != NULL)
		record = record_json(r);
	pthread_mutex_unlock(&l->lock);
	if (record == NULL)
		return false;
	json_write(record, out);
	return true;
}

void alarm_list_write_counts(struct alarm_list *l, FILE *out)
{
	static const char *const names[] = { [SEVERITY_CLEARED] = "clearedCount",
					     [SEVERITY_WARNING] = "warningCount",
					     [SEVERITY_MINOR] = "minorCount",
					     [SEVERITY_MAJOR] = "majorCount",
					     [SEVERITY_CRITICAL] = "criticalCount" };
	json_int_t counts[SEVERITY_CRITICAL + 1] = { 0 };
	json_t *object = json_object();

	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < l->count; i++) {
		if (l->records[i]->is_open || !l->records[i]->is_acknowledged)
			counts[l->records[i]->is_open ? severity_of(l->records[i]->line) : SEVERITY_CLEARED]++;
	}
	pthread_mutex_unlock(&l->lock);
	for (int s = SEVERITY_CRITICAL; s >= SEVERITY_CLEARED; s--)
		json_object_set_new(object, names[s], json_integer(counts[s]));
	json_object_set_new(object, "indeterminateCount", json_integer(0));
	json_write(object, out);
}

void alarm_list_write_remarks(struct alarm_list *l, const char *incident, FILE *out)
{
	json_t *object = json_object();
	json_t *comments = json_array();
	const struct record *r;
	char *text;

	pthread_mutex_lock(&l->lock);
	r = record_of_incident(l, incident);
	if (r != NULL && r->is_acknowledged)
		json_object_set_new(object, "acknowledged", json_pack("{s:s,s:o}", "by", r->ack.user, "time", stamp_json(r->ack.time)));
	for (size_t i = 0; r != NULL && i < r->comment_count; i++)
		json_array_append_new(comments, json_pack("{s:s,s:o,s:s}", "by", r->comments[i].user, "time",
							  stamp_json(r->comments[i].time), "words", r->comments[i].words));
	pthread_mutex_unlock(&l->lock);
	json_object_set_new(object, "comments", comments);
	text = json_dumps(object, JSON_COMPACT);
	/* Without its braces: it goes on in the object of the incident. */
	if (text != NULL)
		fprintf(out, ",%.*s", (int)strlen(text) - 2, text + 1);
	free(text);
	json_decref(object);
}

/* The newest line with what was said; the state of the incident stays what it is. */
static char *line_with(const struct record *r, const struct said *said)
{
	json_t *line = json_deep_copy(r->line);
	json_t *alarm = json_object_get(line, "alarm");
	char *text;

	ack_set(alarm, r);
	if (said->kind == REMARK_COMMENT)
		json_object_set_new(alarm, "comment", comment_json(said));
	text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(line);
	return text;
}

/* Control's thread, without the lock: the store may take its time, and readers do not wait for it. */
static enum remark_outcome entry_settle(struct alarm_list *l, const struct entry *e, const struct remark_taker *taker)
{
	struct record *r = record_find(l, e->name);
	struct remark_told told = { .remark = { e->time, e->kind, e->user, e->words } };
	struct said said;
	char *line;

	if (r == NULL)
		return REMARK_NO_ALARM;
	/* What is so already needs no telling. */
	if (e->kind != REMARK_COMMENT && r->is_acknowledged == (e->kind == REMARK_ACK))
		return REMARK_TAKEN;
	if (!has_room(r, e->kind))
		return REMARK_NO_ROOM;
	if (!said_make(&told.remark, &said))
		return REMARK_NOT_KEPT;
	if (!taker->keep(taker->self, r->alarm_id, &told.remark)) {
		free(said.words);
		return REMARK_NOT_KEPT;
	}
	pthread_mutex_lock(&l->lock);
	said_take(r, &said);
	pthread_mutex_unlock(&l->lock);
	line = line_with(r, &said);
	told.incident = r->id;
	told.alarm_id = r->alarm_id;
	told.line = line;
	told.is_open = r->is_open;
	told.worst = r->worst;
	if (line != NULL)
		taker->tell(taker->self, &told);
	free(line);
	return REMARK_TAKEN;
}

bool alarm_list_settle(struct alarm_list *l, const struct remark_taker *taker)
{
	enum remark_outcome outcome = REMARK_TAKEN;
	uint64_t first, last;

	pthread_mutex_lock(&l->lock);
	first = l->settled + 1;
	last = l->asked;
	pthread_mutex_unlock(&l->lock);
	for (uint64_t number = first; number <= last; number++) {
		struct entry *e = &l->entries[number % ALARM_WAITING_MAX];

		/* A store that takes nothing may hold up control for a second: once, and not for each that waits. */
		if (outcome != REMARK_NOT_KEPT)
			outcome = entry_settle(l, e, taker);
		pthread_mutex_lock(&l->lock);
		e->outcome = outcome;
		l->settled = number;
		pthread_mutex_unlock(&l->lock);
	}
	return first <= last;
}
