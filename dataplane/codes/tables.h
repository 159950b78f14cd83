/* SPDX-License-Identifier: BSD-3-Clause */
/* The generated tables, private to this room: scripts/generate-codes writes them, codes.c looks into them. All immutable. */
#ifndef SIGCANARY_CODES_TABLES_H
#define SIGCANARY_CODES_TABLES_H

#include <stddef.h>

#include "dataplane/codes/codes.h"

/* One code; rows of a table are in ascending order of key. */
struct code_row {
	uint64_t key;
	const char *name;
	uint16_t value; /* enum outcome_class of causes, enum rat of RAT types, procedure of Diameter commands, otherwise 0 */
};

/*
 * A table with its perfect hash, which the generator finds: a key times `multiplier` names a bucket with its highest bits and, moved by the
 * bucket's displacement, a slot; the slot holds the number of the only row that the key can be.
 */
struct code_table {
	const struct code_row *rows;
	size_t count;
	const uint16_t *slots;
	const uint16_t *displacements;
	uint64_t multiplier;
	uint32_t slot_mask;
	uint32_t bucket_shift;
};

enum code_table_name {
	CODE_TABLE_CAUSES,          /* enum cause_layer << 32 | number */
	CODE_TABLE_MAP_OPERATIONS,  /* local value */
	CODE_TABLE_MAP_CONTEXTS,    /* context << 8 | version, version 0 for all that have no row of their own */
	CODE_TABLE_MAP_DIAGNOSTICS, /* error << 32 | value */
	CODE_TABLE_DIAMETER_COMMANDS,
	CODE_TABLE_DIAMETER_APPLICATIONS,
	CODE_TABLE_M3UA_MESSAGES, /* class << 8 | type */
	CODE_TABLE_SCCP_MESSAGES,
	CODE_TABLE_SCMG_MESSAGES,
	CODE_TABLE_SCTP_CHUNKS,
	CODE_TABLE_RAT_TYPES,
	CODE_TABLE_APPLICATION_CONTEXTS, /* octets of the OBJECT IDENTIFIER */
	CODE_TABLE_MESSAGES,             /* enum message_family << 16 | class << 8 | type */
	CODE_TABLE_DIAMETER_PROCEDURES,  /* application << 32 | command */
	CODE_TABLE_ACCESS_PROCEDURES,    /* enum access << 16 | protocol << 8 | type */
	CODE_TABLE_COUNT
};

extern const struct code_table code_tables[CODE_TABLE_COUNT];
extern const struct procedure_row code_procedures[];
extern const procedure code_procedure_count;

#endif
