/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text for a page: escaped, and numbers as people read them. Independent of locale and time zone (UTC), so the bytes depend on the values
 * only.
 */
#ifndef SIGCANARY_SINK_REPORT_HTML_H
#define SIGCANARY_SINK_REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

#include "control/incident/text.h"
#include "dataplane/base/nanos.h"

/* Text inside an element or a quoted attribute. What is not UTF-8, controls and marks that turn the direction of text become U+FFFD. */
void html_text(FILE *out, const char *text);

/* "12,345". */
void html_number(FILE *out, uint64_t number);

/* "12,345 requests", "1 request". */
void html_count(FILE *out, uint64_t number, const char *one, const char *many);

/* "63 %", "4.1 %", "0.02 %", with a no-break space; a dash when negative. */
void html_share(FILE *out, double ratio);

/* "4.2 s", "3 min 20 s", "2 h 05 min". */
void html_duration(FILE *out, nanos t);

/* "340 ms", "1.2 s"; a dash when negative. */
void html_latency(FILE *out, double ms);

enum html_time { HTML_TIME_DATE, HTML_TIME_MINUTE, HTML_TIME_SECOND, HTML_TIME_WHOLE };

/* "11 Jul", "13:31", "13:31:05", "2012-07-11 13:31:05". */
void html_time(FILE *out, nanos t, enum html_time form);

/* A node: the operator's name for it and its host name, number or point code. */
void html_node(FILE *out, const struct alarm_writer *w, node n);

#endif
