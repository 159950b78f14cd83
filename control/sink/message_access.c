/* SPDX-License-Identifier: BSD-3-Clause */
/* The A interface and Iu in a line of `decode`, see message_parts.h. */
#include "control/sink/message_parts.h"

void message_access_write(struct json *j, const struct message *m)
{
	(void)j;
	(void)m;
}
