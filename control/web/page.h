/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files of the page, carried by the program: control/web/ and the library for charts, put together by scripts/generate-page when it is
 * built. Immutable; any thread.
 */
#ifndef SIGCANARY_WEB_PAGE_H
#define SIGCANARY_WEB_PAGE_H

#include <stddef.h>

struct page_file {
	const char *path; /* "/" or "/assets/..." */
	const char *type;
	const char *etag; /* with its quotation marks; changes with the content */
	const unsigned char *bytes;
	size_t length;
};

extern const struct page_file page_files[];
extern const size_t page_file_count;

#endif
