/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vocabulary of the standards as data: generated at build time from the tables in this folder (TSV, with the clause in a column).
 *
 * All functions are pure and return static storage. An unknown code gives NULL for a name and the class named below.
 * The key of a result is (layer, number): base and 3GPP 5001, 5003, 5004, 5012 mean different things.
 */
#ifndef SIGCANARY_CODES_H
#define SIGCANARY_CODES_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"

/* What an outcome counts as. The first five come from the code tables, the others from the life of a transaction. */
enum outcome_class {
	OUTCOME_SUCCESS,
	OUTCOME_USER,       /* the subscriber's own affair: unknown, barred, absent, not allowed */
	OUTCOME_NETWORK,    /* a network system failed or misbehaved */
	OUTCOME_CONGESTION, /* a network system is overloaded */
	OUTCOME_ABORT,      /* the dialogue was given up */
	OUTCOME_TIMEOUT,    /* no answer within the procedure's time */
	OUTCOME_LATE,       /* answered after that */
	OUTCOME_OPEN,       /* too young to judge at the end of a capture */
	OUTCOME_UNMATCHED,  /* an answer whose request was never seen */
	OUTCOME_CLASS_COUNT
};

/* Where a cause's number comes from; the words are those of "cause":"map-error:34". */
enum cause_layer {
	CAUSE_NONE,
	CAUSE_MAP_ERROR,
	CAUSE_MAP_PROBLEM, /* Reject; number = kind << 8 | problem, kinds general 0, invoke 1, returnResult 2, returnError 3 */
	CAUSE_TCAP_P_ABORT,
	CAUSE_TCAP_U_ABORT, /* number = enum tcap_u_abort of ss7/tcap.h */
	CAUSE_SCCP_RETURN,
	CAUSE_DIAMETER,     /* Result-Code */
	CAUSE_DIAMETER_EXP, /* Experimental-Result-Code of vendor 10415 */
	CAUSE_CAP_ERROR,
	CAUSE_SCCP_CONNECTION, /* refusal cause of CREF; 256 + release cause of RLSD, 512 + reset, 768 + error */
	CAUSE_MM,
	CAUSE_GMM,
	CAUSE_SM,
	CAUSE_EMM,
	CAUSE_ESM,
	CAUSE_5GMM,
	CAUSE_5GSM,
	CAUSE_SGS,             /* SGs cause (29.118 9.4.2) */
	CAUSE_RAN,             /* why an elementary procedure failed: protocol (enum message_family) << 16 | group << 8 | value */
	CAUSE_DIAMETER_VENDOR, /* Experimental-Result-Code of another vendor than 10415: no table says what it means */
	CAUSE_TIMEOUT,
	CAUSE_LAYER_COUNT
};

/* "success", "user", ... as in the transaction lines. */
const char *outcome_class_name(enum outcome_class c);

/* "map-error", "diameter-exp", ... ; "timeout" for CAUSE_TIMEOUT. */
const char *cause_layer_name(enum cause_layer l);

/* The layer of that name, CAUSE_LAYER_COUNT when there is none. */
enum cause_layer cause_layer_of_name(const char *name);

/* "systemFailure", "DIAMETER_ERROR_USER_UNKNOWN", ... or NULL. */
const char *cause_name(enum cause_layer l, uint32_t number);

/*
 * The class from the tables. Unknown numbers: Diameter by thousand (1, 2 success; 3, 5 network; 4 congestion), MAP errors user,
 * everything else network; aborts abort, but resource limitations congestion. CAUSE_NONE is success, CAUSE_TIMEOUT timeout.
 */
enum outcome_class cause_class(enum cause_layer l, uint32_t number);

/* A procedure: what one transaction does. MAP operations are their local value, Diameter commands follow from 256 on. */
typedef uint16_t procedure;

#define PROCEDURE_NONE           ((procedure)0xffff)
#define PROCEDURE_DIAMETER_FIRST 256
/* Control's name for all procedures of registration (weight 3) together, as a stream; no request has it and it has no row. */
#define PROCEDURE_REGISTRATION ((procedure)511)
/* What a procedure of registration weighs, see procedures.tsv. */
#define PROCEDURE_WEIGHT_REGISTRATION 3

enum service { SERVICE_CALLS = 1, SERVICE_TEXTS = 2, SERVICE_DATA = 4 };

enum rat { RAT_NONE, RAT_2G3G_CS, RAT_2G3G_PS, RAT_2G, RAT_3G, RAT_4G, RAT_5G, RAT_IMS, RAT_COUNT };

struct procedure_row {
	const char *name;  /* "map.updateLocation", "s6a.ulr" */
	const char *words; /* for people: "location update (2G/3G calls and texts)" */
	uint8_t services;  /* what its failure takes from the subscriber: bits of enum service */
	uint8_t rat;       /* enum rat when the messages say nothing finer */
	uint8_t weight;    /* 0 to 3: how much it matters to registration */
	nanos timeout;     /* without an answer for this long it has failed */
	bool is_answered;  /* false: the operation has no result (29.002 17.5: reset, informServiceCentre), silence is no failure */
};

/* The row; every MAP operation value 0..255 has one (unknown ones are "map.op-N"), other unknown procedures give NULL. */
const struct procedure_row *procedure_row(procedure p);

/* One past the highest procedure. */
procedure procedure_count(void);

/* The procedure of a Diameter application and command, PROCEDURE_NONE when it is not one that is matched. */
procedure procedure_of_diameter(uint32_t application, uint32_t command);

/* The procedure of that name ("s6a.ulr"), PROCEDURE_NONE when there is none. */
procedure procedure_of_name(const char *name);

/* "2g3g-cs", "4g", ... ; "" for RAT_NONE. */
const char *rat_name(enum rat r);

/* The radio access of a Diameter RAT-Type (29.212 5.3.31): 1000 and 1003 3g, 1001 2g, 1004..1008 4g; RAT_NONE otherwise. */
enum rat rat_of_diameter(uint32_t rat_type);

/* Interfaces whose procedures are known by a NAS or ISDN-like message or an operation. */
enum access { ACCESS_CAP, ACCESS_A, ACCESS_IU_CS, ACCESS_IU_PS, ACCESS_SGS, ACCESS_S1, ACCESS_N1, ACCESS_COUNT };

/*
 * The procedure that the message `type` of `protocol` (enum nas_protocol; 0 where the interface's own messages are meant: CAP operation,
 * SGsAP message, elementary procedure) begins on that interface, PROCEDURE_NONE when it begins none that is matched.
 */
procedure procedure_of_access(enum access access, uint8_t protocol, uint8_t type);

/* Families of messages that are told apart by a class (0 where there is none) and a type. The words of messages_*.tsv. */
enum message_family {
	MESSAGE_M2PA,
	MESSAGE_M2UA,
	MESSAGE_SUA,
	MESSAGE_IUA,
	MESSAGE_SNM,  /* MTP3 management: H0 is the class, H1 the type */
	MESSAGE_SNTM, /* MTP3 test messages */
	MESSAGE_ISUP,
	MESSAGE_BSSMAP,
	MESSAGE_RANAP, /* elementary procedures */
	MESSAGE_S1AP,
	MESSAGE_NGAP,
	MESSAGE_SGSAP,
	MESSAGE_NAS,              /* the class is the enum nas_protocol */
	MESSAGE_CAP,              /* operations */
	MESSAGE_M2PA_STATE,       /* of a link; class 0 */
	MESSAGE_XUA_ERROR,        /* error codes of the adaptation layers; class 0 */
	MESSAGE_XUA_STATUS,       /* the class is the status type, the type the status information */
	MESSAGE_XUA_MODE,         /* traffic mode types; class 0 */
	MESSAGE_XUA_REGISTRATION, /* status of a registration: class 0, of a deregistration: class 1 */
	MESSAGE_UPU_CAUSE,        /* why a user part is not available; class 0 */
	MESSAGE_SCTP_CAUSE,       /* causes of errors: the class is the upper octet */
	MESSAGE_FAMILY_COUNT
};

/* "DUNA", "Location Updating Request", ... ; NULL when unknown. */
const char *message_name(enum message_family family, uint8_t message_class, uint8_t type);

/* "updateLocation", NULL when unknown. */
const char *map_operation_name(uint32_t operation);

/* "networkLocUpContext-v3" of the context 0.4.0.0.1.0.<ac>.<version> into `text`; false when unknown. */
bool map_context_name(uint32_t ac, uint32_t version, char *text, unsigned int size);

/* Whose a context is that is not MAP's 0.4.0.0.1.0.<ac>.<version>, by the octets of its OBJECT IDENTIFIER; and its name, or NULL. */
enum context_user { CONTEXT_USER_UNKNOWN, CONTEXT_USER_CAP, CONTEXT_USER_INAP };
enum context_user context_user(const uint8_t *oid, unsigned int length);
const char *context_name(const uint8_t *oid, unsigned int length);

/* The diagnostic inside a MAP error ("imsiUnknown"), NULL when unknown. */
const char *map_diagnostic_name(uint32_t error, uint32_t diagnostic);

/* "Update-Location" as CONTRACT writes it (without 3GPP- and without -Request/Answer), NULL when unknown. */
const char *diameter_command_name(uint32_t command);

/* Whether that command or application is in the tables, for telling a header from noise. */
bool diameter_command_is_known(uint32_t command);
bool diameter_application_is_known(uint32_t application);

/* "DUNA", "ASPUP", ... of an M3UA class and type, NULL when unknown. */
const char *m3ua_message_name(uint8_t message_class, uint8_t message_type);

/* "UDT", ... of Q.713 Table 1, NULL when unknown. */
const char *sccp_message_name(uint8_t type);

/* "SSP", ... of an SCCP management message, NULL when unknown. */
const char *scmg_message_name(uint8_t format);

/* "INIT", ... of an SCTP chunk type, NULL when unknown. */
const char *sctp_chunk_name(uint8_t type);

#endif
