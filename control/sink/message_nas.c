/* SPDX-License-Identifier: BSD-3-Clause */
/* The NAS messages that another layer carries in a line of `decode`, see message_parts.h. */
#include "control/sink/message_parts.h"

void message_nas_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	(void)w;
	(void)j;
	(void)m;
}
