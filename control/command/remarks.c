/* SPDX-License-Identifier: BSD-3-Clause */
/* See remarks.h. Outlets hear of alarms that are open only: one that is over would be told as over once more. */
#include "control/command/remarks.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *line, const char *key)
{
	const char *text = json_string_value(json_object_get(line, key));

	return text != NULL ? text : "";
}

static void outlets_tell(const struct remarks *r, const struct remark_told *told)
{
	json_t *line = json_loads(told->line, 0, NULL);

	if (line == NULL)
		return;
	store_announce(r->store, &(struct announcement){
					 .id = told->incident,
					 .alarm_id = told->alarm_id,
					 .time = told->remark.time,
					 .state = text_of(line, "state"),
					 .severity = text_of(line, "severity"),
					 .kind = text_of(line, "kind"),
					 .summary = text_of(line, "summary"),
					 .worst = told->worst,
					 .is_open = true,
					 .is_repeat = true,
					 .json = told->line,
					 .length = strlen(told->line),
				 });
	outlets_told(r->outlets, told->incident, true);
	json_decref(line);
}

static bool remark_keep(void *self, const char *alarm_id, const struct remark *remark)
{
	const struct remarks *r = self;

	if (store_remark(r->store, &(struct store_remark){ .alarm_id = alarm_id,
							   .user = remark->user,
							   .kind = remark_kind_name(remark->kind),
							   .words = remark->words,
							   .time = remark->time }))
		return true;
	fprintf(stderr, "sigcanary run: the alarm store does not take what %s said about %s; it is not kept, and %s was told so\n",
		remark->user, alarm_id, remark->user);
	return false;
}

static void remark_tell(void *self, const struct remark_told *told)
{
	const struct remarks *r = self;

	if (told->is_open)
		outlets_tell(r, told);
	api_publish(r->api, "alarm", told->line);
}

void remarks_settle(const struct remarks *r)
{
	struct remarks own = *r;

	if (alarm_list_settle(r->alarms, &(struct remark_taker){ remark_keep, remark_tell, &own }))
		api_wake(r->api);
}
