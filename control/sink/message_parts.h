/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of a line of `decode`, one function per layer, for message.c alone. Each writes its keys into the open object and nothing when
 * the message has not that layer; identities of subscribers go through message_identity_field() and nothing else.
 */
#ifndef SIGCANARY_SINK_MESSAGE_PARTS_H
#define SIGCANARY_SINK_MESSAGE_PARTS_H

#include "control/sink/json.h"
#include "control/sink/message.h"

/* Fields that are left out when they are empty. */
void message_digits_field(struct json *j, const char *key, digits d);
void message_identity_field(const struct message_writer *w, struct json *j, const char *key, enum pseudonym_kind kind, digits d);
void message_text_field(struct json *j, const char *key, const struct cursor *text);

/* Text that its sender made up: where identities are hidden, stars stand for each run of `shortest` to 16 digits (an IMEISV has 16). */
void message_masked_field(const struct message_writer *w, struct json *j, const char *key, const struct cursor *text, size_t shortest);

/* Whether `layer` itself was read: it is not the one that was refused. */
bool message_was_read(const struct message *m, const char *layer);

void message_sigtran_write(struct json *j, const struct message *m);                                  /* adaptation layers, MTP3, ISUP */
void message_ss7_write(const struct message_writer *w, struct json *j, const struct message *m);      /* SCCP, TCAP and its users */
void message_access_write(const struct message_writer *w, struct json *j, const struct message *m);   /* BSSAP, RANAP */
void message_ran_write(const struct message_writer *w, struct json *j, const struct message *m);      /* S1AP, NGAP, SGsAP */
void message_nas_write(const struct message_writer *w, struct json *j, const struct message *m);      /* the NAS messages inside */
void message_diameter_write(const struct message_writer *w, struct json *j, const struct message *m); /* Diameter */

#endif
