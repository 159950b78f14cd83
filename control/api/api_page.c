/* SPDX-License-Identifier: BSD-3-Clause */
/* The page's own files, carried by the program (control/web), see api_routes.h. Called on the listener's thread; nothing here changes. */
#include <string.h>

#include "control/api/api_routes.h"
#include "control/web/page.h"

void api_page(void *self, struct exchange *x)
{
	(void)self;
	for (size_t i = 0; i < page_file_count; i++) {
		const struct page_file *file = &page_files[i];

		if (strcmp(file->path, x->path) != 0)
			continue;
		x->type = file->type;
		x->etag = file->etag;
		fwrite(file->bytes, 1, file->length, x->out);
		return;
	}
	exchange_refuse(x, 404, "the page has no such file; see /");
}
