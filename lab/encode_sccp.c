/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UDT, UDTS, XUDT, XUDTS (Q.713 4.10, 4.11, 4.18, 4.19) inside M3UA DATA (RFC 4666 3.3.1), and ASP management (3.5, 3.7, 3.8.2).
 *
 * Addresses carry a subsystem number and a global title of format 4 (translation type, plan E.164, international), routed on the title.
 * Segmentation (3.17) is written for the extended messages; the caller cuts the user data. Network management: RFC 4666 3.4, Q.713 5.
 */
#include "lab/encode_sccp.h"

#include <assert.h>
#include <string.h>

#define SCCP_UDT               9
#define SCCP_UDTS              10
#define SCCP_XUDT              17
#define SCCP_XUDTS             18
#define SCCP_SEGMENTATION      0x10
#define SCCP_HOPS              15
#define SERVICE_INDICATOR_SCCP 3
#define M3UA_ROUTING_CONTEXT   0x0006
#define M3UA_TRAFFIC_MODE      0x000b
#define M3UA_STATUS            0x000d
#define M3UA_PROTOCOL_DATA     0x0210
#define M3UA_AFFECTED          0x0012
#define M3UA_CONGESTION        0x0205
#define SSN_MANAGEMENT         1
#define SCMG_ALLOWED           1
#define SCMG_PROHIBITED        2

/* Q.713 3.4: a length, the indicator, the subsystem, the title. */
static void address_write(struct pen *p, const struct sccp_address *a)
{
	size_t count = strlen(a->title);

	pen_8(p, (uint8_t)(1 + 1 + 3 + (count + 1) / 2));
	pen_8(p, 0x12);
	pen_8(p, a->ssn);
	pen_8(p, 0);
	pen_8(p, count % 2 != 0 ? 0x11 : 0x12);
	pen_8(p, 4);
	for (size_t i = 0; i < count; i += 2) {
		unsigned int high = i + 1 < count ? (unsigned int)(a->title[i + 1] - '0') : 0;

		pen_8(p, (uint8_t)(high << 4 | (unsigned int)(a->title[i] - '0')));
	}
}

static void unit_write(struct pen *p, const struct sccp_unit *unit)
{
	size_t pointers = unit->is_extended ? 4 : 3;
	size_t at;

	assert(unit->user_length <= SCCP_USER_MAX);
	pen_8(p, (uint8_t)(unit->is_extended ? (unit->is_return ? SCCP_XUDTS : SCCP_XUDT) : unit->is_return ? SCCP_UDTS : SCCP_UDT));
	pen_8(p, unit->class_or_cause);
	if (unit->is_extended)
		pen_8(p, SCCP_HOPS);
	/* A pointer counts from its own octet to the length octet of its part. */
	at = p->length;
	pen_zeros(p, pointers);
	p->bytes[at] = (uint8_t)(p->length - at);
	address_write(p, &unit->called);
	p->bytes[at + 1] = (uint8_t)(p->length - at - 1);
	address_write(p, &unit->calling);
	p->bytes[at + 2] = (uint8_t)(p->length - at - 2);
	pen_8(p, (uint8_t)unit->user_length);
	pen_octets(p, unit->user, unit->user_length);
	if (!unit->segment.is_segmented)
		return;
	p->bytes[at + 3] = (uint8_t)(p->length - at - 3);
	pen_8(p, SCCP_SEGMENTATION);
	pen_8(p, 4);
	pen_8(p, (uint8_t)((unit->segment.is_first ? 0x80 : 0) | 0x40 | unit->segment.remaining));
	pen_24(p, unit->segment.reference);
	pen_8(p, 0);
}

/* RFC 4666 3.1: version 1, class, type, length. Returns where the message began. */
static size_t m3ua_open(struct pen *p, uint8_t message_class, uint8_t message_type)
{
	size_t start = p->length;

	pen_16(p, 0x0100);
	pen_8(p, message_class);
	pen_8(p, message_type);
	pen_32(p, 0);
	return start;
}

static void m3ua_close(struct pen *p, size_t start)
{
	pen_16_at(p, start + 6, (uint16_t)(p->length - start));
}

static void parameter_32(struct pen *p, uint16_t tag, uint32_t value)
{
	pen_16(p, tag);
	pen_16(p, 8);
	pen_32(p, value);
}

/* DATA up to the SCCP message, and its end. */
static size_t data_open(struct pen *p, const struct m3ua_label *label, size_t *ret_parameter)
{
	size_t start = m3ua_open(p, 1, 1);

	parameter_32(p, M3UA_ROUTING_CONTEXT, label->routing_context);
	*ret_parameter = p->length;
	pen_16(p, M3UA_PROTOCOL_DATA);
	pen_16(p, 0);
	pen_32(p, label->opc);
	pen_32(p, label->dpc);
	pen_8(p, SERVICE_INDICATOR_SCCP);
	pen_8(p, M3UA_NETWORK_INDICATOR);
	pen_8(p, 0);
	pen_8(p, label->sls);
	return start;
}

static void data_close(struct pen *p, size_t start, size_t parameter)
{
	pen_16_at(p, parameter + 2, (uint16_t)(p->length - parameter));
	pen_zeros(p, (4 - (p->length - parameter) % 4) % 4);
	m3ua_close(p, start);
}

void encode_m3ua_data(struct pen *p, const struct m3ua_label *label, const struct sccp_unit *unit)
{
	size_t parameter, start = data_open(p, label, &parameter);

	unit_write(p, unit);
	data_close(p, start, parameter);
}

/* Q.713 3.4.1: routed on the subsystem number of management, with a point code. */
static void management_address(struct pen *p, uint32_t point_code)
{
	pen_8(p, 4);
	pen_8(p, 0x43);
	pen_8(p, (uint8_t)point_code);
	pen_8(p, (uint8_t)(point_code >> 8 & 0x3f));
	pen_8(p, SSN_MANAGEMENT);
}

void encode_m3ua_subsystem(struct pen *p, const struct m3ua_label *label, const struct sccp_subsystem *subsystem)
{
	size_t parameter, start = data_open(p, label, &parameter);

	pen_8(p, SCCP_UDT);
	pen_8(p, 0);
	pen_octets(p, (const uint8_t[]){ 3, 7, 11 }, 3);
	management_address(p, label->dpc);
	management_address(p, label->opc);
	pen_8(p, 5);
	pen_8(p, subsystem->is_prohibited ? SCMG_PROHIBITED : SCMG_ALLOWED);
	pen_8(p, subsystem->ssn);
	pen_8(p, (uint8_t)subsystem->point_code);
	pen_8(p, (uint8_t)(subsystem->point_code >> 8 & 0x3f));
	pen_8(p, 0);
	data_close(p, start, parameter);
}

void encode_m3ua_route(struct pen *p, const struct m3ua_route *route)
{
	size_t start = m3ua_open(p, 2, route->type);

	parameter_32(p, M3UA_ROUTING_CONTEXT, route->routing_context);
	parameter_32(p, M3UA_AFFECTED, route->point_code);
	if (route->type == 4)
		parameter_32(p, M3UA_CONGESTION, route->level);
	m3ua_close(p, start);
}

void encode_m3ua_notify(struct pen *p, uint16_t state, uint32_t routing_context)
{
	size_t start = m3ua_open(p, 0, 1);

	parameter_32(p, M3UA_STATUS, UINT32_C(0x00010000) | state);
	parameter_32(p, M3UA_ROUTING_CONTEXT, routing_context);
	m3ua_close(p, start);
}

void encode_m3ua_management(struct pen *p, uint8_t message_class, uint8_t message_type, uint32_t routing_context)
{
	size_t start = m3ua_open(p, message_class, message_type);

	/* NTFY: AS state change, AS-ACTIVE (3.8.2). */
	if (message_class == 0)
		parameter_32(p, M3UA_STATUS, 0x00010003);
	/* ASPAC and its answer: loadshare for one routing context (3.7.1). */
	if (message_class == 4 && message_type % 2 == 1)
		parameter_32(p, M3UA_TRAFFIC_MODE, 2);
	if (message_class != 3)
		parameter_32(p, M3UA_ROUTING_CONTEXT, routing_context);
	m3ua_close(p, start);
}
