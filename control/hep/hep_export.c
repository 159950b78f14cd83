/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The export to HOMER, see hep_export.h. Follows the tapes of the workers some seconds behind, as captures of incidents do, on a thread of
 * its own; control only hands outcomes over.
 */
#include "control/hep/hep_export.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "control/evidence/cut.h"
#include "control/evidence/evidence.h"
#include "control/evidence/follower.h"
#include "control/hep/collector.h"
#include "control/hep/hep.h"
#include "dataplane/worker/inside.h"

#define PASSWORD_MAX  128
#define END_MS        500
#define PPID_DIAMETER 46

struct hep_state {
	uint64_t sent;
	uint64_t dropped;
	uint64_t lost_blocks;
	char last_error[COLLECTOR_ERROR_MAX];
};

struct hep_export {
	struct follower *follower;
	struct reel_tapes tapes;
	struct pseudonym pseudonym;
	uint32_t capture_id;
	char password[PASSWORD_MAX]; /* "": none */
	struct collector *collector; /* the follower's, as what follows */
	struct reel reel;
	bool has_begun;
	struct inside_reader *inside;
	struct redactor *redactor;
	uint8_t *bytes;
	uint8_t packet[HEP_PACKET_MAX];
	struct hep_state now;
	pthread_mutex_t lock;
	struct hep_state told; /* guarded */
};

static void message_send(struct hep_export *h, struct hep_message *m, const struct logged *e)
{
	char correlation[24];
	size_t length;

	snprintf(correlation, sizeof(correlation), "%016" PRIx64, e->key);
	m->correlation = correlation;
	m->capture_id = h->capture_id;
	m->password = h->password[0] != '\0' ? h->password : NULL;
	length = hep_write(m, h->packet);
	if (length > 0 && collector_send(h->collector, h->packet, length))
		h->now.sent++;
	else
		h->now.dropped++;
}

/* A transaction of Diameter, in the words of its comment: HEP3 has no type for its bytes. */
static void json_send(struct hep_export *h, struct hep_message *m, const struct logged *e)
{
	const struct logbook_words words = { .pseudonym = &h->pseudonym };
	const struct procedure_row *row = procedure_row(e->procedure);
	char text[LOGBOOK_COMMENT_MAX];
	char identity[PSEUDONYM_TEXT_MAX] = "";
	char json[2 * LOGBOOK_COMMENT_MAX];
	int length;

	logged_write(&words, e, text);
	if (e->imsi != 0)
		pseudonym_write(&h->pseudonym, PSEUDONYM_IMSI, e->imsi, identity);
	length = snprintf(json, sizeof(json),
			  "{\"procedure\":\"%s\",\"outcome\":\"%s\",\"imsi\":\"%s\",\"latency_ms\":%.3f,\"words\":\"%s\"}",
			  row != NULL ? row->name : "unknown", outcome_class_name((enum outcome_class)e->class), identity,
			  e->latency >= 0 ? (double)e->latency / 1e6 : -1.0, text);
	m->type = HEP_DIAMETER_JSON;
	m->payload = (const uint8_t *)json;
	m->payload_length = length > 0 && (size_t)length < sizeof(json) ? (size_t)length : 0;
	if (m->payload_length > 0)
		message_send(h, m, e);
}

/* Each message of a packet goes once for each request that it asks or answers; which is whose is known for packets of one message only. */
static void frame_send(struct hep_export *h, const struct frame *frame, const struct logged *const *found, size_t count)
{
	struct redact_hint hints[LOGBOOK_FOUND_MAX];
	struct inside in;

	if (!inside_read(h->inside, frame, &in))
		return;
	for (size_t i = 0; i < count; i++)
		hints[i] = (struct redact_hint){ .imsi = found[i]->imsi,
						 .msisdn = found[i]->msisdn,
						 .nodes = { found[i]->client, found[i]->server } };
	for (size_t i = 0; i < in.part_count; i++) {
		struct inside_part *part = &in.parts[i];
		bool is_diameter = in.protocol == INSIDE_TCP || part->ppid == PPID_DIAMETER;
		struct hep_message m = { .source = &in.source,
					 .destination = &in.destination,
					 .source_port = in.source_port,
					 .destination_port = in.destination_port,
					 .protocol = in.protocol,
					 .type = hep_type_of(part->ppid),
					 .time = frame->time,
					 .payload = h->bytes + part->at,
					 .payload_length = part->length };

		if (is_diameter || !part->is_whole || m.type == HEP_NONE)
			continue;
		if (!h->pseudonym.is_clear)
			redact_bytes(h->redactor, h->bytes + part->at, part->length, hints, count);
		message_send(h, &m, found[count == in.part_count ? i : 0]);
	}
	for (size_t i = 0; i < count && in.part_count > 0; i++) {
		const struct procedure_row *row = procedure_row(found[i]->procedure);
		struct hep_message m = { .source = &in.source,
					 .destination = &in.destination,
					 .source_port = in.source_port,
					 .destination_port = in.destination_port,
					 .protocol = in.protocol,
					 .time = frame->time };

		if ((in.protocol == INSIDE_TCP || in.parts[0].ppid == PPID_DIAMETER) && row != NULL)
			json_send(h, &m, found[i]);
	}
}

static void state_tell(struct hep_export *h)
{
	h->now.lost_blocks = reel_lost(&h->reel);
	snprintf(h->now.last_error, sizeof(h->now.last_error), "%s", collector_error(h->collector));
	pthread_mutex_lock(&h->lock);
	h->told = h->now;
	pthread_mutex_unlock(&h->lock);
}

static void step(void *self, const struct logbook *logbook, nanos clock)
{
	struct hep_export *h = self;
	struct frame frame;

	if (!h->has_begun)
		reel_begin(&h->reel, &h->tapes);
	h->has_begun = true;
	while (reel_next(&h->reel, clock == FOLLOWER_END ? clock : clock - CUT_BEHIND, h->bytes, &frame)) {
		const struct logged *found[LOGBOOK_FOUND_MAX];
		size_t count = logbook_find(logbook, frame.time, frame.number, found);

		if (count > 0)
			frame_send(h, &frame, found, count);
	}
	collector_push(h->collector);
	state_tell(h);
}

static bool password_read(const char *path, char password[PASSWORD_MAX])
{
	FILE *in = fopen(path, "re");
	bool is_there = in != NULL && fgets(password, PASSWORD_MAX, in) != NULL;

	if (in != NULL)
		fclose(in);
	if (is_there)
		password[strcspn(password, "\r\n")] = '\0';
	return is_there && password[0] != '\0';
}

static void export_free(struct hep_export *h)
{
	collector_close(h->collector, END_MS);
	inside_reader_free(h->inside);
	redactor_free(h->redactor);
	free(h->bytes);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

struct hep_export *hep_export_open(const struct plan *plan, const struct reel_tapes *tapes, const struct pseudonym *pseudonym,
				   char error[HEP_EXPORT_ERROR_MAX])
{
	struct follower_settings follower = {
		.name = "hep", .entries = evidence_entries(plan->evidence.ring * tapes->count), .has_thread = true, .step = step
	};
	struct hep_export *h = calloc(1, sizeof(*h));

	snprintf(error, HEP_EXPORT_ERROR_MAX, "no memory for the export to HOMER; lower evidence.ring");
	if (h == NULL)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	h->tapes = *tapes;
	h->pseudonym = *pseudonym;
	h->capture_id = plan->hep.capture_id;
	h->inside = inside_reader_new();
	h->redactor = redactor_new();
	h->bytes = malloc(TAPE_BLOCK);
	h->collector = collector_open(plan->hep.target);
	follower.self = h;
	if (h->collector == NULL)
		snprintf(error, HEP_EXPORT_ERROR_MAX, "hep.target '%s' is no udp:HOST:PORT or tcp:HOST:PORT", plan->hep.target);
	else if (plan->hep.password_file != NULL && !password_read(plan->hep.password_file, h->password))
		snprintf(error, HEP_EXPORT_ERROR_MAX, "cannot read hep.password_file %s: %s; name a file with one line",
			 plan->hep.password_file, errno != 0 ? strerror(errno) : "it is empty");
	else if (h->inside != NULL && h->redactor != NULL && h->bytes != NULL)
		h->follower = follower_open(&follower);
	if (h->follower != NULL)
		return h;
	export_free(h);
	return NULL;
}

void hep_export_close(struct hep_export *h)
{
	if (h == NULL)
		return;
	follower_close(h->follower);
	export_free(h);
}

void hep_export_outcome(void *hep_export, const struct outcome *outcome)
{
	struct hep_export *h = hep_export;

	follower_outcome(h->follower, outcome);
}

void hep_export_tick(void *hep_export, const struct tally *tally, const struct detector *detector)
{
	struct hep_export *h = hep_export;

	(void)detector;
	follower_tick(h->follower, tally->start + tally->length);
}

static struct hep_state state_now(struct hep_export *h)
{
	struct hep_state state;

	pthread_mutex_lock(&h->lock);
	state = h->told;
	pthread_mutex_unlock(&h->lock);
	return state;
}

void hep_export_write_state(void *hep_export, FILE *out)
{
	struct hep_export *h = hep_export;
	struct hep_state s = state_now(h);

	fprintf(out, "{\"sent\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"overwritten_kib\":%" PRIu64 ",\"outcomes_refused\":%" PRIu64, s.sent,
		s.dropped, s.lost_blocks * (TAPE_BLOCK >> 10), follower_refused(h->follower));
	if (s.last_error[0] != '\0')
		fprintf(out, ",\"last_error\":\"%s\"", s.last_error);
	fputc('}', out);
}

void hep_export_write_metrics(void *hep_export, FILE *out)
{
	struct hep_state s = state_now(hep_export);

	fprintf(out,
		"# HELP sigcanary_hep_sent_total HEP3 packets sent.\n# TYPE sigcanary_hep_sent_total counter\n"
		"sigcanary_hep_sent_total %" PRIu64 "\n"
		"# HELP sigcanary_hep_dropped_total HEP3 packets that the collector did not take.\n"
		"# TYPE sigcanary_hep_dropped_total counter\nsigcanary_hep_dropped_total %" PRIu64 "\n",
		s.sent, s.dropped);
}
