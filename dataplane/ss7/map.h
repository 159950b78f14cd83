/* SPDX-License-Identifier: BSD-3-Clause */
/* MAP parameters (TS 29.002 17.7), versions 1 to 3: the identities and numbers an operation carries, and the diagnostics of errors. */
#ifndef SIGCANARY_SS7_MAP_H
#define SIGCANARY_SS7_MAP_H

#include "dataplane/base/digits.h"
#include "dataplane/ss7/tcap.h"
#include "dataplane/verdict.h"

#define MAP_DIAGNOSTIC_NONE      255
#define MAP_CANCELLATION_NONE    255
#define MAP_REQUESTING_NODE_NONE 255
#define MAP_EQUIPMENT_NONE       255
#define MAP_FAILURE_NONE         255

struct map {
	digits imsi;
	digits msisdn;
	digits vlr; /* node numbers, E.164 without nature-of-address octet; 0 when not carried */
	digits msc;
	digits sgsn;
	digits hlr;
	digits gmsc;
	digits service_centre;
	digits roaming_number;     /* results of sendRoutingInfo and provideRoamingNumber */
	digits imei;               /* 15 or 16 digits; the 16th dropped */
	uint8_t diagnostic;        /* of errors, MAP_DIAGNOSTIC_NONE when absent */
	uint8_t vectors;           /* authentication vectors in a sendAuthenticationInfo result, or asked for in its invoke */
	uint8_t cancellation_type; /* cancelLocation; 255 when absent */
	uint8_t requesting_node;   /* sendAuthenticationInfo: RequestingNodeType, 255 when absent (vlr 0, sgsn 1, ... mme 6) */
	uint8_t equipment_status;  /* checkIMEI result: white-listed 0, black-listed 1, grey-listed 2; 255 when absent */
	uint8_t failure_cause;     /* authenticationFailureReport: wrong user response 0, wrong network signature 1; 255 when absent */
};

/* No field at all. One by one, since gcc 12 makes `rep stos` of an initializer, slow for so few bytes. */
static inline void map_clear(struct map *map)
{
	map->imsi = 0;
	map->msisdn = 0;
	map->vlr = 0;
	map->msc = 0;
	map->sgsn = 0;
	map->hlr = 0;
	map->gmsc = 0;
	map->service_centre = 0;
	map->roaming_number = 0;
	map->imei = 0;
	map->diagnostic = MAP_DIAGNOSTIC_NONE;
	map->vectors = 0;
	map->cancellation_type = MAP_CANCELLATION_NONE;
	map->requesting_node = MAP_REQUESTING_NODE_NONE;
	map->equipment_status = MAP_EQUIPMENT_NONE;
	map->failure_cause = MAP_FAILURE_NONE;
}

/*
 * Reads the parameter of an invoke, result or error. `operation` is that of the component, or for results without one that of the invoke
 * when known, else -1; `version` is the application context's, 0 when unknown: the forms of all versions are understood whatever it says.
 * Unknown operations and extensions are no error: the fields stay empty. VERDICT_MAP_PARAMETER only when BER itself breaks.
 */
enum verdict map_read(const struct tcap_component *component, int32_t operation, uint8_t version, struct map *ret);

/*
 * Whether requests of an operation are routed by the number of the subscriber whom they are about, so that the called address is that
 * number unless an operator translates it before (TS 29.002 5.1, TS 23.040 10): known also where the parameter is not readable.
 */
bool map_is_routed_by_number(int32_t operation);

/* map_read() by the general way alone, which it takes where BER has not its usual form. */
enum verdict map_read_any(const struct tcap_component *component, int32_t operation, struct map *ret);

#endif
