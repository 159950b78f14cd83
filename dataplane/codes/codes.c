/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking codes up in the generated tables (tables.h) by their perfect hashes: pure functions for every thread, in constant time.
 *
 * Standards: 29.002 17.5 to 17.7 (MAP), Q.773 (TCAP), Q.713 (SCCP), RFC 4666 (M3UA), RFC 9260 and its extensions (SCTP), RFC 6733,
 * 29.229, 29.272, 29.230 (Diameter), 24.008, 24.301, 24.501 (NAS) and what carries it. The clause of each code stands in its table. Here is
 * only what holds for numbers that no table knows: RFC 6733 7.1 sorts Result-Codes by their thousand, so a new one is judged by that; an
 * unknown MAP error is most likely a refusal with a newer reason.
 *
 * Not here: whether an unknown subscriber is the subscriber's fault or a lost partition; that depends on history.
 */
#include "dataplane/codes/codes.h"

#include <stdio.h>
#include <string.h>

#include "dataplane/codes/tables.h"

static const char *const class_names[OUTCOME_CLASS_COUNT] = {
	[OUTCOME_SUCCESS] = "success",
	[OUTCOME_USER] = "user",
	[OUTCOME_NETWORK] = "network",
	[OUTCOME_CONGESTION] = "congestion",
	[OUTCOME_ABORT] = "abort",
	[OUTCOME_TIMEOUT] = "timeout",
	[OUTCOME_LATE] = "late",
	[OUTCOME_OPEN] = "open",
	[OUTCOME_UNMATCHED] = "unmatched-answer",
};

/* The class of numbers without a row; Diameter layers go by thousand instead. */
static const struct {
	const char *name;
	enum outcome_class otherwise;
} layers[CAUSE_LAYER_COUNT] = {
	[CAUSE_NONE] = { "", OUTCOME_SUCCESS },
	[CAUSE_MAP_ERROR] = { "map-error", OUTCOME_USER },
	[CAUSE_MAP_PROBLEM] = { "map-problem", OUTCOME_NETWORK },
	[CAUSE_TCAP_P_ABORT] = { "tcap-p-abort", OUTCOME_ABORT },
	[CAUSE_TCAP_U_ABORT] = { "tcap-u-abort", OUTCOME_ABORT },
	[CAUSE_SCCP_RETURN] = { "sccp-return", OUTCOME_NETWORK },
	[CAUSE_DIAMETER] = { "diameter", OUTCOME_NETWORK },
	[CAUSE_DIAMETER_EXP] = { "diameter-exp", OUTCOME_NETWORK },
	[CAUSE_CAP_ERROR] = { "cap-error", OUTCOME_USER },
	[CAUSE_SCCP_CONNECTION] = { "sccp-connection", OUTCOME_NETWORK },
	[CAUSE_MM] = { "mm-cause", OUTCOME_NETWORK },
	[CAUSE_GMM] = { "gmm-cause", OUTCOME_NETWORK },
	[CAUSE_SM] = { "sm-cause", OUTCOME_NETWORK },
	[CAUSE_EMM] = { "emm-cause", OUTCOME_NETWORK },
	[CAUSE_ESM] = { "esm-cause", OUTCOME_NETWORK },
	[CAUSE_5GMM] = { "5gmm-cause", OUTCOME_NETWORK },
	[CAUSE_5GSM] = { "5gsm-cause", OUTCOME_NETWORK },
	[CAUSE_SGS] = { "sgs-cause", OUTCOME_NETWORK },
	[CAUSE_RAN] = { "ran-cause", OUTCOME_NETWORK },
	[CAUSE_DIAMETER_VENDOR] = { "diameter-vendor", OUTCOME_NETWORK },
	[CAUSE_TIMEOUT] = { "timeout", OUTCOME_TIMEOUT },
};

static const char *const rat_names[RAT_COUNT] = {
	[RAT_NONE] = "", [RAT_2G3G_CS] = "2g3g-cs", [RAT_2G3G_PS] = "2g3g-ps", [RAT_2G] = "2g",
	[RAT_3G] = "3g", [RAT_4G] = "4g",           [RAT_5G] = "5g",           [RAT_IMS] = "ims",
};

/* RFC 6733 7.1: 1xxx informational, 2xxx success, 3xxx protocol errors, 4xxx transient, 5xxx permanent failures. */
static const enum outcome_class diameter_thousands[] = {
	OUTCOME_NETWORK, OUTCOME_SUCCESS, OUTCOME_SUCCESS, OUTCOME_NETWORK, OUTCOME_CONGESTION, OUTCOME_NETWORK,
};

/* One comparison: 25 instructions for the procedure of a command, where a binary search took 72. */
static inline const struct code_row *code_find(enum code_table_name table, uint64_t key)
{
	const struct code_table *t = &code_tables[table];
	uint64_t mixed = key * t->multiplier;
	size_t slot = ((mixed >> 32) + t->displacements[mixed >> t->bucket_shift]) & t->slot_mask;
	const struct code_row *row = &t->rows[t->slots[slot]];

	return row->key == key ? row : NULL;
}

static const char *code_name(enum code_table_name table, uint64_t key)
{
	const struct code_row *row = code_find(table, key);

	return row ? row->name : NULL;
}

static const struct code_row *cause_find(enum cause_layer l, uint32_t number)
{
	return code_find(CODE_TABLE_CAUSES, (uint64_t)l << 32 | number);
}

const char *outcome_class_name(enum outcome_class c)
{
	return (unsigned int)c < OUTCOME_CLASS_COUNT ? class_names[c] : "";
}

const char *cause_layer_name(enum cause_layer l)
{
	return (unsigned int)l < CAUSE_LAYER_COUNT ? layers[l].name : "";
}

enum cause_layer cause_layer_of_name(const char *name)
{
	for (unsigned int l = CAUSE_NONE + 1; l < CAUSE_LAYER_COUNT; l++) {
		if (strcmp(layers[l].name, name) == 0)
			return (enum cause_layer)l;
	}
	return CAUSE_LAYER_COUNT;
}

const char *cause_name(enum cause_layer l, uint32_t number)
{
	const struct code_row *row = cause_find(l, number);

	return row ? row->name : NULL;
}

enum outcome_class cause_class(enum cause_layer l, uint32_t number)
{
	const struct code_row *row = cause_find(l, number);
	uint32_t thousand = number / 1000;

	if (row)
		return (enum outcome_class)row->value;
	if ((l == CAUSE_DIAMETER || l == CAUSE_DIAMETER_EXP || l == CAUSE_DIAMETER_VENDOR) &&
	    thousand < sizeof(diameter_thousands) / sizeof(diameter_thousands[0]))
		return diameter_thousands[thousand];
	return (unsigned int)l < CAUSE_LAYER_COUNT ? layers[l].otherwise : OUTCOME_NETWORK;
}

const struct procedure_row *procedure_row(procedure p)
{
	return p < code_procedure_count ? &code_procedures[p] : NULL;
}

procedure procedure_count(void)
{
	return code_procedure_count;
}

procedure procedure_of_diameter(uint32_t application, uint32_t command)
{
	const struct code_row *row = code_find(CODE_TABLE_DIAMETER_PROCEDURES, (uint64_t)application << 32 | command);

	return row ? row->value : PROCEDURE_NONE;
}

procedure procedure_of_access(enum access access, uint8_t protocol, uint8_t type)
{
	const struct code_row *row = code_find(CODE_TABLE_ACCESS_PROCEDURES, (uint64_t)access << 16 | (uint64_t)protocol << 8 | type);

	return row ? row->value : PROCEDURE_NONE;
}

procedure procedure_of_name(const char *name)
{
	for (procedure p = 0; p < code_procedure_count; p++) {
		if (strcmp(code_procedures[p].name, name) == 0)
			return p;
	}
	return PROCEDURE_NONE;
}

const char *rat_name(enum rat r)
{
	return (unsigned int)r < RAT_COUNT ? rat_names[r] : "";
}

enum rat rat_of_diameter(uint32_t rat_type)
{
	const struct code_row *row = code_find(CODE_TABLE_RAT_TYPES, rat_type);

	return row ? (enum rat)row->value : RAT_NONE;
}

const char *map_operation_name(uint32_t operation)
{
	return code_name(CODE_TABLE_MAP_OPERATIONS, operation);
}

bool map_context_name(uint32_t ac, uint32_t version, char *text, unsigned int size)
{
	const char *name = NULL;

	/* 29.002 17.1.6: versions 1 to 3 so far; a name ends in one digit. */
	if (ac > 127 || version == 0 || version > 9)
		return false;
	name = code_name(CODE_TABLE_MAP_CONTEXTS, (uint64_t)ac << 8 | version);
	if (!name)
		name = code_name(CODE_TABLE_MAP_CONTEXTS, (uint64_t)ac << 8);
	if (!name || strlen(name) + sizeof("-v3") > size)
		return false;
	snprintf(text, size, "%s-v%u", name, (unsigned int)version);
	return true;
}

/* OBJECT IDENTIFIERs of up to eight octets are their own key; no other is in the table. */
static const struct code_row *context_find(const uint8_t *oid, unsigned int length)
{
	uint64_t key = 0;

	if (length == 0 || length > 8)
		return NULL;
	for (unsigned int i = 0; i < length; i++)
		key = key << 8 | oid[i];
	return code_find(CODE_TABLE_APPLICATION_CONTEXTS, key);
}

enum context_user context_user(const uint8_t *oid, unsigned int length)
{
	const struct code_row *row = context_find(oid, length);

	return row ? (enum context_user)row->value : CONTEXT_USER_UNKNOWN;
}

const char *context_name(const uint8_t *oid, unsigned int length)
{
	const struct code_row *row = context_find(oid, length);

	return row ? row->name : NULL;
}

const char *map_diagnostic_name(uint32_t error, uint32_t diagnostic)
{
	return code_name(CODE_TABLE_MAP_DIAGNOSTICS, (uint64_t)error << 32 | diagnostic);
}

const char *diameter_command_name(uint32_t command)
{
	return code_name(CODE_TABLE_DIAMETER_COMMANDS, command);
}

bool diameter_command_is_known(uint32_t command)
{
	return code_find(CODE_TABLE_DIAMETER_COMMANDS, command) != NULL;
}

bool diameter_application_is_known(uint32_t application)
{
	return code_find(CODE_TABLE_DIAMETER_APPLICATIONS, application) != NULL;
}

const char *message_name(enum message_family family, uint8_t message_class, uint8_t type)
{
	return code_name(CODE_TABLE_MESSAGES, (uint64_t)family << 16 | (uint64_t)message_class << 8 | type);
}

const char *m3ua_message_name(uint8_t message_class, uint8_t message_type)
{
	return code_name(CODE_TABLE_M3UA_MESSAGES, (uint64_t)message_class << 8 | message_type);
}

const char *sccp_message_name(uint8_t type)
{
	return code_name(CODE_TABLE_SCCP_MESSAGES, type);
}

const char *scmg_message_name(uint8_t format)
{
	return code_name(CODE_TABLE_SCMG_MESSAGES, format);
}

const char *sctp_chunk_name(uint8_t type)
{
	return code_name(CODE_TABLE_SCTP_CHUNKS, type);
}
