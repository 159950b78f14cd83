/* SPDX-License-Identifier: BSD-3-Clause */
/* /api/v1/incidents/ID/report: the page of one incident, made of its announcements; see control/sink/report_lines.h. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "control/api/api.h"
#include "control/api/api_routes.h"
#include "control/sink/report_lines.h"

/* What the board writes, read again: the report is made of what everybody else is told. NULL without memory. */
static json_t *document_of(char *text, size_t length)
{
	json_t *document = text != NULL ? json_loadb(text, length, 0, NULL) : NULL;

	free(text);
	return document;
}

void api_incident_report(const struct api_shown *shown, const char *id, struct exchange *x)
{
	char *text = NULL;
	size_t length = 0;
	FILE *page = open_memstream(&text, &length);
	bool is_there = page != NULL && api_incident_write(shown, id, page);
	json_t *incidents = json_array();
	json_t *status;

	if (page != NULL)
		fclose(page);
	json_array_append_new(incidents, document_of(text, length));
	text = NULL;
	page = open_memstream(&text, &length);
	if (page != NULL) {
		board_write_status(shown->board, page);
		fclose(page);
	}
	status = document_of(text, length);
	if (!is_there || json_array_size(incidents) == 0) {
		exchange_refuse(x, 404, "there is no incident of that id; /api/v1/incidents lists them");
	} else {
		x->type = "text/html; charset=utf-8";
		x->has_own_style = true;
		report_lines_write(incidents, told_text(status, "network"), x->out);
	}
	json_decref(incidents);
	json_decref(status);
}
