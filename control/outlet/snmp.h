/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An announcement as notification of SNMP: what it is called and its objects, as numbers, so that no file of a MIB is needed to send it.
 *
 * alarmActiveState and alarmClearState of ALARM-MIB (RFC 3877), with the two objects that these have, those of ITU-ALARM-MIB that TS 28.532
 * also knows, and everything else by docs/mib/SIGCANARY-MIB.txt.
 */
#ifndef SIGCANARY_OUTLET_SNMP_H
#define SIGCANARY_OUTLET_SNMP_H

#include "control/outlet/facts.h"
#include "control/outlet/outlet.h"

#define SNMP_OID_MAX      40
#define SNMP_VARIABLE_MAX 32

struct snmp_oid {
	uint32_t parts[SNMP_OID_MAX];
	size_t length;
};

enum snmp_type { SNMP_IS_INTEGER, SNMP_IS_UNSIGNED, SNMP_IS_OID, SNMP_IS_OCTETS };

struct snmp_variable {
	struct snmp_oid name;
	enum snmp_type type;
	uint32_t number;
	struct snmp_oid oid;
	uint8_t octets[FACT_TEXT_MAX];
	size_t octet_count;
};

struct snmp_notification {
	struct snmp_oid name; /* snmpTrapOID.0 */
	struct snmp_variable variables[SNMP_VARIABLE_MAX];
	size_t count;
};

void snmp_notification_make(const struct letter *letter, struct snmp_notification *ret);

#endif
