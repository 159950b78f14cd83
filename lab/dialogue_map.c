/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MAP dialogues message by message (TS 29.002 19 to 23): most are Begin and End; a location update is Begin, Continue with subscriber
 * data, Continue with its result, End; a routing enquiry for a call waits until the serving MSC has given a roaming number.
 *
 * Messages pass an STP. The tap is on the lane of the HLR, else of the SMSC or the gateway; --both-hops shows the other lane too.
 */
#include <assert.h>
#include <string.h>

#include "lab/dialogue.h"
#include "lab/encode_map.h"
#include "lab/encode_sccp.h"
#include "lab/encode_tcap.h"
#include "lab/truth.h"

#define MESSAGE_MAX           2048
#define SSN_MSC               8
#define CLASS_RETURN          0x80
#define CLASS_SEQUENCE_RETURN 0x81
#define SEGMENT_USER          200
#define HOP_DELAY             (250 * NANOS_PER_US)
#define WITH_NUMBER           0.72

struct texts {
	char imsi[24], msisdn[24];
};

static uint8_t dialogue_version(const struct lab *l, const struct dialogue *d)
{
	uint8_t client = l->node[d->client].map_version, server = l->node[d->server].map_version;

	/* There is no version 3 of a restart; calls and texts are version 3 everywhere. */
	if (d->procedure == PROCEDURE_RESET)
		return 2;
	if (d->procedure >= PROCEDURE_SRI)
		return 3;
	return client < server ? client : server;
}

static struct map_subject dialogue_subject(const struct lab *l, const struct dialogue *d, struct texts *texts)
{
	const struct subscriber *s = &l->subscriber[d->subscriber];
	uint16_t serving = s->serving[DOMAIN_CS];
	uint8_t version = dialogue_version(l, d);

	subscriber_text(s->imsi, texts->imsi);
	subscriber_text(s->msisdn, texts->msisdn);
	return (struct map_subject){
		.imsi = texts->imsi,
		.msisdn = texts->msisdn,
		.client = l->node[d->client].title,
		.server = l->node[d->server].title,
		.serving = l->node[serving == NODE_NONE ? l->first[NODE_VLR] : serving].title,
		.service_centre = l->node[l->first[NODE_SMSC]].title,
		.address = l->node[d->client].port.ipv4,
		.nonce = hash_words(&l->key, d->client_id, d->generation),
		.version = version,
		.vectors = version < 3               ? 5
			   : l->options.framing.xudt ? 5
						     : 2,
	};
}

/* The node whose lanes the tap sees: the lower role of the two, HLR first. */
static uint16_t tapped_node(const struct lab *l, uint16_t a, uint16_t b)
{
	a = l->node[a].via;
	b = l->node[b].via;
	return l->node[a].role <= l->node[b].role ? a : b;
}

static struct sccp_address node_address(const struct lab *l, const struct dialogue *d, uint16_t node)
{
	const struct node *n = &l->node[node];
	bool is_text = d->procedure == PROCEDURE_MT || d->procedure == PROCEDURE_MO;

	return (struct sccp_address){ .title = n->title, .ssn = is_text && n->role == NODE_VLR ? SSN_MSC : n->ssn };
}

static void unit_send_on(struct lab *l, const struct m3ua_label *label, uint16_t tapped, bool is_from_tapped, const struct sccp_unit *unit)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
	struct m3ua_label on_lane = *label;
	uint16_t relay = world_relay(l, tapped, label->routing_context);
	uint16_t lane;

	if (relay == NODE_NONE)
		return;
	lane = world_map_lane(l, tapped, relay, label->sls);
	on_lane.routing_context = 100u + tapped;
	encode_m3ua_data(&p, &on_lane, unit);
	lane_send(&l->lane[lane], is_from_tapped ? 0 : 1, (uint16_t)(1 + label->sls), &p);
}

/* One SCCP message over the lane or lanes that show it. */
static void unit_send(struct lab *l, const struct dialogue *d, bool is_from_client, const struct sccp_unit *unit)
{
	uint16_t from = l->node[is_from_client ? d->client : d->server].via, to = l->node[is_from_client ? d->server : d->client].via;
	uint16_t tapped = tapped_node(l, from, to), other = tapped == from ? to : from;
	struct m3ua_label label = { .opc = l->node[from].point_code, .dpc = l->node[to].point_code, .sls = d->sls };
	bool is_on_both = l->node[other].lane[0] != NODE_NONE && l->options.framing.both_hops && other != tapped;
	nanos now = l->wire.now;

	/* Here the label's context is the relay, until a lane gives it its own. */
	label.routing_context = is_from_client ? d->sls & 1u : d->sls >> 1 & 1u;
	if (is_on_both && other == from) {
		unit_send_on(l, &label, other, true, unit);
		l->wire.now += HOP_DELAY;
	}
	unit_send_on(l, &label, tapped, tapped == from, unit);
	if (is_on_both && other == to) {
		l->wire.now += HOP_DELAY;
		unit_send_on(l, &label, other, false, unit);
	}
	l->wire.now = now;
}

static void tcap_send(struct lab *l, const struct dialogue *d, bool is_from_client, const struct pen *tcap)
{
	struct sccp_unit unit = { .is_extended = l->options.framing.xudt, .class_or_cause = CLASS_RETURN };
	size_t segments = 1;

	unit.called = node_address(l, d, is_from_client ? d->server : d->client);
	unit.calling = node_address(l, d, is_from_client ? d->client : d->server);
	if (unit.is_extended && tcap->length > SEGMENT_USER) {
		segments = (tcap->length + SEGMENT_USER - 1) / SEGMENT_USER;
		unit.class_or_cause = CLASS_SEQUENCE_RETURN;
		unit.segment = (struct sccp_segment){ .is_segmented = true, .reference = l->segmentation++ & 0xffffff };
	}
	for (size_t i = 0; i < segments; i++) {
		size_t left = tcap->length - i * SEGMENT_USER;

		unit.segment.is_first = i == 0;
		unit.segment.remaining = (uint8_t)(segments - 1 - i);
		unit.user = tcap->bytes + i * SEGMENT_USER;
		unit.user_length = segments == 1 ? tcap->length : left < SEGMENT_USER ? left : SEGMENT_USER;
		unit_send(l, d, is_from_client, &unit);
	}
}

static void begin_write(const struct lab *l, const struct dialogue *d, struct pen *p)
{
	const struct lab_procedure_row *row = &lab_procedure_rows[d->procedure];
	struct tcap_message message = { .type = TCAP_BEGIN, .originating = d->client_id, .dialogue = TCAP_DIALOGUE_REQUEST };
	struct tcap_marks marks, component;
	struct texts texts;
	struct map_subject subject = dialogue_subject(l, d, &texts);

	message.context = row->context;
	message.version = subject.version;
	encode_tcap_open(p, &message, &marks);
	encode_component_open(p, TCAP_INVOKE, 1, (uint8_t)row->operation, &component);
	encode_map_argument(p, d->procedure, &subject);
	encode_component_close(p, TCAP_INVOKE, &component);
	encode_tcap_close(p, &marks);
}

static uint32_t transaction_take(struct node *n)
{
	uint32_t id = n->transaction;

	n->transaction = (id & UINT32_C(0xff000000)) | ((id + 1) & UINT32_C(0xffffff));
	return id;
}

void dialogue_map_begin(struct lab *l, struct dialogue *d)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };

	d->client_id = transaction_take(&l->node[d->client]);
	begin_write(l, d, &p);
	tcap_send(l, d, true, &p);
}

/* The Begin comes back to its sender, from the node it was for (Q.714 4.2). */
static void begin_return(struct lab *l, const struct dialogue *d)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
	struct sccp_unit unit = { .is_extended = l->options.framing.xudt, .is_return = true };

	begin_write(l, d, &p);
	unit.class_or_cause = (uint8_t)d->answer.code;
	unit.called = node_address(l, d, d->client);
	unit.calling = node_address(l, d, d->server);
	unit.user = p.bytes;
	unit.user_length = p.length;
	unit_send(l, d, false, &unit);
}

/* End with a result or an error; the dialogue is confirmed unless a Continue has done so. */
static void end_send(struct lab *l, const struct dialogue *d)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
	const struct lab_procedure_row *row = &lab_procedure_rows[d->procedure];
	struct tcap_message message = { .type = TCAP_END, .destination = d->client_id };
	struct tcap_marks marks, component;
	struct texts texts;
	struct map_subject subject = dialogue_subject(l, d, &texts);
	bool is_result = d->answer.kind == ANSWER_SUCCESS;

	message.dialogue = d->server_id == 0 ? TCAP_DIALOGUE_RESPONSE : TCAP_DIALOGUE_NONE;
	message.context = row->context;
	message.version = subject.version;
	encode_tcap_open(&p, &message, &marks);
	if (is_result) {
		size_t start = p.length;

		encode_component_open(&p, TCAP_RESULT, 1, (uint8_t)row->operation, &component);
		if (encode_map_result(&p, d->procedure, &subject)) {
			encode_component_close(&p, TCAP_RESULT, &component);
		} else {
			/* Without a parameter a result has no operation either (Q.773 3.4). */
			p.length = start;
			pen_ber(&p, TCAP_RESULT, (const uint8_t[]){ 0x02, 1, 1 }, 3);
		}
	} else {
		encode_component_open(&p, TCAP_ERROR, 1, (uint8_t)d->answer.code, &component);
		encode_map_error(&p, (uint8_t)d->answer.code, subject.version);
		encode_component_close(&p, TCAP_ERROR, &component);
	}
	encode_tcap_close(&p, &marks);
	tcap_send(l, d, false, &p);
}

static enum lab_procedure data_procedure(const struct dialogue *d)
{
	return d->procedure == PROCEDURE_UL ? PROCEDURE_ISD_CS : PROCEDURE_ISD_PS;
}

/* Subscriber data on its way (from the HLR) or acknowledged (by the client); invoke identifiers of the HLR begin at 2. */
static void data_send(struct lab *l, struct dialogue *d, bool is_from_client)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
	struct tcap_message message = { .type = TCAP_CONTINUE, .originating = d->client_id, .destination = d->server_id };
	struct tcap_marks marks, component;
	struct texts texts;
	struct map_subject subject = dialogue_subject(l, d, &texts);

	if (!is_from_client) {
		d->server_id = transaction_take(&l->node[d->server]);
		message.originating = d->server_id;
		message.destination = d->client_id;
		message.dialogue = TCAP_DIALOGUE_RESPONSE;
		message.context = lab_procedure_rows[d->procedure].context;
		message.version = subject.version;
	}
	encode_tcap_open(&p, &message, &marks);
	if (is_from_client) {
		pen_ber(&p, TCAP_RESULT, (const uint8_t[]){ 0x02, 1, 2 }, 3);
	} else {
		encode_component_open(&p, TCAP_INVOKE, 2, 7, &component);
		encode_map_argument(&p, data_procedure(d), &subject);
		encode_component_close(&p, TCAP_INVOKE, &component);
	}
	encode_tcap_close(&p, &marks);
	tcap_send(l, d, is_from_client, &p);
	truth_data(l, d, data_procedure(d), is_from_client);
}

static void abort_send(struct lab *l, const struct dialogue *d)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };

	encode_tcap_abort(&p, d->client_id, (uint8_t)d->answer.code);
	tcap_send(l, d, false, &p);
}

/* The HLR asks the serving MSC for a roaming number before it answers. */
static bool number_is_asked(struct lab *l, uint32_t index)
{
	struct dialogue *d = &l->dialogue[index];
	const struct subscriber *s = &l->subscriber[d->subscriber];
	struct dialogue_wish wish = { .procedure = PROCEDURE_PRN, .client = d->server, .subscriber = d->subscriber, .parent = index };

	if (d->step != 0 || s->serving[DOMAIN_CS] == NODE_NONE || l->dialogue_free == DIALOGUE_NONE || !chance_hit(&l->chance, WITH_NUMBER))
		return false;
	d->step = 1;
	wish.server = s->serving[DOMAIN_CS];
	dialogue_start(l, &wish);
	return true;
}

nanos dialogue_map_step(struct lab *l, uint32_t index)
{
	struct dialogue *d = &l->dialogue[index];
	bool updates = d->procedure == PROCEDURE_UL || d->procedure == PROCEDURE_ULGPRS;

	if (d->answer.kind == ANSWER_RETURNED) {
		begin_return(l, d);
		return 0;
	}
	if (d->answer.kind == ANSWER_ABORT) {
		abort_send(l, d);
		return 0;
	}
	if (d->answer.kind == ANSWER_SUCCESS && updates && d->step < 2) {
		data_send(l, d, d->step == 1);
		d->step++;
		return (nanos)(chance_lognormal(&l->chance, 0.02, 0.5) * 1e9) + NANOS_PER_MS;
	}
	if (d->answer.kind == ANSWER_SUCCESS && d->procedure == PROCEDURE_SRI && number_is_asked(l, index))
		return -1;
	end_send(l, d);
	return 0;
}
