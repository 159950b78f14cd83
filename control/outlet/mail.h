/* SPDX-License-Identifier: BSD-3-Clause */
/* An announcement as mail (RFC 5322). */
#ifndef SIGCANARY_OUTLET_MAIL_H
#define SIGCANARY_OUTLET_MAIL_H

#include "control/outlet/outlet.h"

/* Headers and text, that the caller frees; NULL without memory. Subject is the sentence; mails of an incident are one thread. */
char *mail_text(const struct letter *letter, const char *from, char *const *to, size_t *ret_length);

#endif
