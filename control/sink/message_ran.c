/* SPDX-License-Identifier: BSD-3-Clause */
/* S1AP, NGAP and SGsAP in a line of `decode`, see message_parts.h. */
#include "control/sink/message_parts.h"

void message_ran_write(struct json *j, const struct message *m)
{
	(void)j;
	(void)m;
}
