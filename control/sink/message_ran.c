/* SPDX-License-Identifier: BSD-3-Clause */
/* S1AP, NGAP and SGsAP in a line of `decode`, see message_parts.h. */
#include "control/sink/message_parts.h"

#include "dataplane/codes/codes.h"

/* What both protocols say of their procedure. */
static void procedure_write(struct json *j, enum message_family family, uint8_t code, uint8_t kind)
{
	const char *name = message_name(family, 0, code);

	json_number(j, "procedure", code);
	json_number(j, "pdu", kind);
	if (name != NULL)
		json_text(j, "name", name);
}

static void cause_write(struct json *j, enum message_family family, const struct elementary_cause *cause)
{
	const char *name = cause_name(CAUSE_RAN, (uint32_t)family << 16 | (uint32_t)cause->group << 8 | cause->value);

	json_open(j, "cause", '{');
	json_text(j, "group", elementary_cause_group(cause->group));
	json_number(j, "value", cause->value);
	if (name != NULL)
		json_text(j, "name", name);
	json_close(j, '}');
}

static void s1ap_write(const struct message_writer *w, struct json *j, const struct s1ap *s)
{
	json_open(j, "s1ap", '{');
	procedure_write(j, MESSAGE_S1AP, s->procedure_code, s->kind);
	if (s->has_mme_ue)
		json_number(j, "mme_ue", s->mme_ue);
	if (s->has_enb_ue)
		json_number(j, "enb_ue", s->enb_ue);
	message_identity_field(w, j, "imsi", PSEUDONYM_IMSI, s->imsi);
	if (s->has_cause)
		cause_write(j, MESSAGE_S1AP, &s->cause);
	json_close(j, '}');
}

static void ngap_write(struct json *j, const struct ngap *n)
{
	json_open(j, "ngap", '{');
	procedure_write(j, MESSAGE_NGAP, n->procedure_code, n->kind);
	if (n->has_amf_ue)
		json_number(j, "amf_ue", (int64_t)n->amf_ue);
	if (n->has_ran_ue)
		json_number(j, "ran_ue", n->ran_ue);
	if (n->has_cause)
		cause_write(j, MESSAGE_NGAP, &n->cause);
	json_close(j, '}');
}

static void sgsap_write(const struct message_writer *w, struct json *j, const struct sgsap *s)
{
	const char *name = message_name(MESSAGE_SGSAP, 0, s->type);
	const char *sgs_cause = cause_name(CAUSE_SGS, s->sgs_cause);
	const char *reject_cause = cause_name(CAUSE_MM, s->reject_cause);

	json_open(j, "sgsap", '{');
	json_number(j, "type", s->type);
	if (name != NULL)
		json_text(j, "name", name);
	message_identity_field(w, j, "imsi", PSEUDONYM_IMSI, s->imsi);
	if (s->has_sgs_cause)
		json_number(j, "sgs_cause", s->sgs_cause);
	if (s->has_sgs_cause && sgs_cause != NULL)
		json_text(j, "sgs_cause_name", sgs_cause);
	if (s->has_reject_cause)
		json_number(j, "reject_cause", s->reject_cause);
	if (s->has_reject_cause && reject_cause != NULL)
		json_text(j, "reject_cause_name", reject_cause);
	json_close(j, '}');
}

void message_ran_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	if ((m->layers & LAYER_S1AP) != 0 && m->verdict != VERDICT_S1AP_HEADER)
		s1ap_write(w, j, &m->s1ap);
	if ((m->layers & LAYER_NGAP) != 0 && m->verdict != VERDICT_NGAP_HEADER)
		ngap_write(j, &m->ngap);
	if ((m->layers & LAYER_SGSAP) != 0 && m->verdict != VERDICT_SGSAP_HEADER)
		sgsap_write(w, j, &m->sgsap);
}
