/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /api/v1/alarms: the fault supervision operations of TS 28.532 that a list of alarms needs. Who acknowledges is who asks: the name of the
 * user that the server knows; over the socket of this machine, where there is none, the name that the body says.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/api/api_routes.h"
#include "control/board/alarm_list.h"

#define COUNTS   "alarmCount"
#define COMMENTS "/comments"

void api_alarms(void *alarms, struct exchange *x)
{
	if (!alarm_list_write(alarms, exchange_query(x, "alarmAckState"), x->out))
		exchange_refuse(x, 400,
				"alarmAckState is allAlarms, allActiveAlarms, allActiveAndAcknowledgedAlarms, "
				"allActiveAndUnacknowledgedAlarms, allClearedAndUnacknowledgedAlarms or allUnacknowledgedAlarms");
}

void api_alarm(void *alarms, struct exchange *x)
{
	if (strcmp(x->rest, COUNTS) == 0)
		alarm_list_write_counts(alarms, x->out);
	else if (!alarm_list_write_record(alarms, x->rest, x->out))
		exchange_refuse(x, 404, "there is no alarm of that alarmId; /api/v1/alarms lists them");
}

static nanos now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (nanos)t.tv_sec * NANOS_PER_S + t.tv_nsec;
}

static const char *user_of(const struct exchange *x, const json_t *body, const char *key)
{
	const char *said = json_string_value(json_object_get(body, key));

	return x->is_local && said != NULL && said[0] != '\0' ? said : x->user;
}

/* Whether it is kept; false after an answer that says why not, and while that is not known: the route is asked again then. */
static bool remark_make(struct alarm_list *alarms, struct exchange *x, const char *name, const struct remark *remark)
{
	switch (*x->ticket == 0 ? alarm_list_remark(alarms, name, remark, x->ticket) : alarm_list_outcome(alarms, *x->ticket)) {
	case REMARK_TAKEN:
		return true;
	case REMARK_WAITS:
		x->waits = true;
		break;
	case REMARK_NO_ALARM:
		exchange_refuse(x, 404, "there is no alarm of that alarmId; /api/v1/alarms lists them");
		break;
	case REMARK_NO_ROOM:
		exchange_refuse(x, 409, "this alarm has as many comments as are kept; write them where the incident is worked on");
		break;
	case REMARK_NOT_KEPT:
		exchange_refuse(x, 503,
				"the alarm store does not take it, so it is not kept; make room or mend store.file, and say it again");
		break;
	case REMARK_BUSY:
		exchange_refuse(x, 503, "too many people say something at once; look at the alarm, and say it again if it is not there");
		break;
	}
	return false;
}

void api_alarm_change(void *alarms, struct exchange *x)
{
	json_t *body = json_loads(x->body, 0, NULL);
	const char *state = json_string_value(json_object_get(body, "ackState"));
	struct remark remark = { .time = now(), .user = user_of(x, body, "ackUserId"), .words = "" };

	if (json_object_get(body, "perceivedSeverity") != NULL) {
		exchange_refuse(x, 409, "an alarm is cleared by the probe when the traffic is well again; acknowledge it with ackState");
	} else if (state == NULL || (strcmp(state, "ACKNOWLEDGED") != 0 && strcmp(state, "UNACKNOWLEDGED") != 0)) {
		exchange_refuse(x, 400, "the body is {\"ackState\":\"ACKNOWLEDGED\"} or {\"ackState\":\"UNACKNOWLEDGED\"}");
	} else {
		remark.kind = strcmp(state, "ACKNOWLEDGED") == 0 ? REMARK_ACK : REMARK_UNACK;
		if (remark_make(alarms, x, x->rest, &remark))
			alarm_list_write_record(alarms, x->rest, x->out);
	}
	json_decref(body);
}

void api_alarm_comment(void *alarms, struct exchange *x)
{
	json_t *body = json_loads(x->body, 0, NULL);
	const char *words = json_string_value(json_object_get(body, "commentText"));
	size_t length = strlen(x->rest);
	struct remark remark = { .time = now(), .kind = REMARK_COMMENT, .user = user_of(x, body, "commentUserId"), .words = words };
	char *name = strdup(x->rest);

	if (name == NULL) {
		exchange_refuse(x, 500, "no memory for a comment");
	} else if (length <= strlen(COMMENTS) || strcmp(name + length - strlen(COMMENTS), COMMENTS) != 0) {
		exchange_refuse(x, 404, "comments are posted to /api/v1/alarms/ALARMID/comments");
	} else if (words == NULL || words[0] == '\0' || strlen(words) > ALARM_COMMENT_TEXT_MAX) {
		exchange_refuse(x, 400, "the body is {\"commentText\":\"...\"} with at most 1000 characters");
	} else {
		name[length - strlen(COMMENTS)] = '\0';
		if (remark_make(alarms, x, name, &remark)) {
			x->status = 201;
			alarm_list_write_record(alarms, name, x->out);
		}
	}
	free(name);
	json_decref(body);
}
