/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * --filter: which lines of `decode` or of --transactions are written.
 *
 * An expression joins comparisons (== != < <= > >= =~) of fields with && || ! and parentheses; a field alone asks whether it is there. A
 * field is a short name (filter_field.def) or any key of the line by its dotted path; of a list, any element counts. The expression is read
 * once; then each line is rendered into memory and compared. Identities are compared in clear and as they are shown. Control's thread.
 */
#ifndef SIGCANARY_SINK_FILTER_H
#define SIGCANARY_SINK_FILTER_H

#include <stdbool.h>
#include <stdio.h>

#define FILTER_ERROR_MAX 1024

enum filter_lines { FILTER_LINES_MESSAGES, FILTER_LINES_TRANSACTIONS };

/* The two renderings of a line: as it will be written, and with identities in clear, which is never written. */
enum filter_copy { FILTER_SHOWN, FILTER_CLEAR, FILTER_COPIES };

struct filter;

/* NULL, and in `error` one sentence, the expression and a caret under the place, when it cannot be understood. */
struct filter *filter_new(const char *expression, enum filter_lines lines, char error[FILTER_ERROR_MAX]);
void filter_free(struct filter *f);

/* An empty page for a rendering of the next line; NULL without memory. FILTER_CLEAR may be left away where both would be the same. */
FILE *filter_page(struct filter *f, enum filter_copy copy);

/* Writes the page FILTER_SHOWN to `out` when the line is wanted; both pages are used up. */
void filter_put(struct filter *f, FILE *out);

#endif
