/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of alarms as TS 28.532 has it: one record for each incident, as it was announced last, with what users said about it.
 *
 * Users acknowledge and comment from HTTP threads. What they say waits here until control has brought it into the store, and only then is
 * it in the list, told to outlets and to readers of events (alarm_list_settle), and answered: whoever was answered finds it again, whatever
 * happens to the probe. One lock; bounded: of more incidents than there is room for the oldest that is over goes, of more comments, and of
 * more that wait, the newest is refused.
 */
#ifndef SIGCANARY_ALARM_LIST_H
#define SIGCANARY_ALARM_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "control/incident/text.h"

#define ALARM_LIST_MAX         256
#define ALARM_COMMENTS_MAX     100 /* of one alarm */
#define ALARM_COMMENT_TEXT_MAX 1000
#define ALARM_USER_MAX         64
#define ALARM_WAITING_MAX      64 /* remarks that control has not dealt with */

struct alarm_list;

enum remark_kind { REMARK_ACK, REMARK_UNACK, REMARK_COMMENT };
const char *remark_kind_name(enum remark_kind kind); /* as the store has it: "ack", "unack", "comment" */

/* What a user said, and when (epoch). Texts are the caller's. */
struct remark {
	nanos time;
	enum remark_kind kind;
	const char *user;
	const char *words; /* of a comment, UTF-8; else "" */
};

struct alarm_list *alarm_list_new(const struct alarm_writer *writer);
void alarm_list_free(struct alarm_list *l);
void alarm_list_plan(struct alarm_list *l, const struct plan *plan);

/* An audience's function. Control's thread. */
void alarm_list_alarm(void *list, const struct alarm *alarm);
/* Announcements and remarks from before a restart, oldest first. */
void alarm_list_recall(struct alarm_list *l, const char *id, const char *json, bool is_open);
void alarm_list_recall_remark(struct alarm_list *l, const char *alarm_id, const struct remark *remark);

/* What control does with what users said: the remark, and the newest line of its alarm with it. */
struct remark_told {
	const char *incident, *alarm_id;
	const char *line; /* of JSON, without its end */
	bool is_open;
	enum incident_severity worst;
	struct remark remark;
};
struct remark_taker {
	bool (*keep)(void *self, const char *alarm_id, const struct remark *remark); /* false: it cannot be kept, and is refused */
	void (*tell)(void *self, const struct remark_told *told);                    /* it is kept, and in the list */
	void *self;
};
/* Deals with all that waits; whether that was any. Control's thread. */
bool alarm_list_settle(struct alarm_list *l, const struct remark_taker *taker);

enum remark_outcome {
	REMARK_WAITS, /* for control */
	REMARK_TAKEN,
	REMARK_NO_ALARM,
	REMARK_NO_ROOM,
	REMARK_NOT_KEPT, /* the store does not take it */
	REMARK_BUSY,     /* too many wait; or so many came since that nothing is known of this one any more */
};
/*
 * Says something about an alarm, named by its alarmId or by the id of its incident; of what waits, *ret_number asks what came of it. Any
 * thread.
 */
enum remark_outcome alarm_list_remark(struct alarm_list *l, const char *name, const struct remark *remark, uint64_t *ret_number);
enum remark_outcome alarm_list_outcome(struct alarm_list *l, uint64_t number);

/*
 * Readers, any thread. {alarmId: record} of the alarms that `state` names (alarmAckState of TS 28.532, NULL: all), false when it is none of
 * these words; one record, false when there is none of that name; the numbers of active alarms by severity; and of an incident what follows
 * in its object: ,"acknowledged":{...},"comments":[...].
 */
bool alarm_list_write(struct alarm_list *l, const char *state, FILE *out);
bool alarm_list_write_record(struct alarm_list *l, const char *name, FILE *out);
void alarm_list_write_counts(struct alarm_list *l, FILE *out);
void alarm_list_write_remarks(struct alarm_list *l, const char *incident, FILE *out);

#endif
