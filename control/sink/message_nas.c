/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The NAS messages that another layer carries in a line of `decode`, see message_parts.h: the first one as "nas", the others that stand
 * beside it in the array "nas_more". What stands inside one is an object in it, named by its protocol; of several of one protocol, which no
 * message of the standards has, the first is shown.
 */
#include "control/sink/message_parts.h"

#include "dataplane/codes/codes.h"

/* enum nas_protocol, in words, and the layer of its causes. */
static const struct {
	uint8_t protocol;
	uint8_t cause_layer;
	const char *name;
} protocols[] = {
	{ NAS_CC, CAUSE_NONE, "cc" },   { NAS_RR, CAUSE_NONE, "rr" },     { NAS_MM, CAUSE_MM, "mm" },       { NAS_GMM, CAUSE_GMM, "gmm" },
	{ NAS_SMS, CAUSE_NONE, "sms" }, { NAS_SM, CAUSE_SM, "sm" },       { NAS_SS, CAUSE_NONE, "ss" },     { NAS_ESM, CAUSE_ESM, "esm" },
	{ NAS_EMM, CAUSE_EMM, "emm" },  { NAS_5GSM, CAUSE_5GSM, "5gsm" }, { NAS_5GMM, CAUSE_5GMM, "5gmm" },
};

static const char *protocol_name(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].protocol == protocol)
			return protocols[i].name;
	}
	return "other";
}

static enum cause_layer protocol_causes(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].protocol == protocol)
			return (enum cause_layer)protocols[i].cause_layer;
	}
	return CAUSE_NONE;
}

/* EPS and 5GS protect a message in an envelope. */
static bool has_security(uint8_t protocol)
{
	return protocol == NAS_EMM || protocol == NAS_ESM || protocol == NAS_5GMM || protocol == NAS_5GSM;
}

/* The keys of one message, without those inside it. */
static void fields_write(const struct message_writer *w, struct json *j, const struct nas *nas)
{
	const char *name = message_name(MESSAGE_NAS, nas->protocol, nas->type);
	const char *cause = cause_name(protocol_causes(nas->protocol), nas->cause);

	json_text(j, "pd", protocol_name(nas->protocol));
	if (nas->has_type)
		json_number(j, "type", nas->type);
	else if (nas->is_readable && nas->type != 0)
		json_number(j, "unknown_type", nas->type);
	if (nas->has_type && name != NULL)
		json_text(j, "name", name);
	if (!nas->is_readable)
		json_bool(j, "ciphered", true);
	if (nas->cause != NAS_CAUSE_NONE)
		json_number(j, "cause", nas->cause);
	if (nas->cause != NAS_CAUSE_NONE && cause != NULL)
		json_text(j, "cause_name", cause);
	message_identity_field(w, j, "imsi", PSEUDONYM_IMSI, nas->imsi);
	if (has_security(nas->protocol) && nas->depth == 0)
		json_number(j, "security", nas->security);
}

/* Whether the message at `at` is the first of its protocol inside the one around it, which stands at `around`. */
static bool is_first_of_protocol(const struct message *m, size_t around, size_t at)
{
	for (size_t i = around + 1; i < at; i++) {
		if (m->nas[i].depth == m->nas[at].depth && m->nas[i].protocol == m->nas[at].protocol)
			return false;
	}
	return true;
}

/* One past the messages inside the one at `at`. */
static size_t end_of(const struct message *m, size_t at)
{
	size_t end = at + 1;

	while (end < m->nas_count && m->nas[end].depth > m->nas[at].depth)
		end++;
	return end;
}

/*
 * The message at `at` with all that is inside, in one pass over them: they stand in the order of the wire, each behind the one around it.
 * `open` holds the places of those whose objects are not closed yet.
 */
static void tree_write(const struct message_writer *w, struct json *j, const struct message *m, size_t at, const char *key)
{
	size_t open[MESSAGE_NAS_MAX];
	size_t height = 0;
	size_t end = end_of(m, at);

	for (size_t i = at; i < end; i++) {
		const struct nas *nas = &m->nas[i];

		while (height > 0 && m->nas[open[height - 1]].depth >= nas->depth) {
			json_close(j, '}');
			height--;
		}
		if (height == 0)
			json_open(j, key, '{');
		else if (is_first_of_protocol(m, open[height - 1], i))
			json_open(j, protocol_name(nas->protocol), '{');
		else {
			i = end_of(m, i) - 1;
			continue;
		}
		fields_write(w, j, nas);
		open[height++] = i;
	}
	for (; height > 0; height--)
		json_close(j, '}');
}

void message_nas_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	size_t at;

	if (m->nas_count == 0)
		return;
	tree_write(w, j, m, 0, "nas");
	at = end_of(m, 0);
	if (at >= m->nas_count)
		return;
	json_open(j, "nas_more", '[');
	for (; at < m->nas_count; at = end_of(m, at))
		tree_write(w, j, m, at, NULL);
	json_close(j, ']');
}
