/* SPDX-License-Identifier: BSD-3-Clause */
/* TCAP of the ITU (Q.773): transaction portion, dialogue portion (Q.773 3.2), components. That of ANSI (tcap_ansi.h) takes the same form.
 */
#ifndef SIGCANARY_SS7_TCAP_H
#define SIGCANARY_SS7_TCAP_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/verdict.h"

/* The messages of Q.773, those of T1.114.3, and what has neither's tag. */
enum tcap_type {
	TCAP_UNIDIRECTIONAL,
	TCAP_BEGIN,
	TCAP_END,
	TCAP_CONTINUE,
	TCAP_ABORT,
	TCAP_ANSI_UNIDIRECTIONAL,
	TCAP_ANSI_QUERY_WITH_PERMISSION,
	TCAP_ANSI_QUERY_WITHOUT_PERMISSION,
	TCAP_ANSI_RESPONSE,
	TCAP_ANSI_CONVERSATION_WITH_PERMISSION,
	TCAP_ANSI_CONVERSATION_WITHOUT_PERMISSION,
	TCAP_ANSI_ABORT,
	TCAP_OTHER,
	TCAP_TYPES
};

/* A transaction id of one to four octets: value and length, 0 length for none. Two ids are the same only if both agree. */
struct tcap_id {
	uint32_t value;
	uint8_t length;
};

/* Why a dialogue user gave up, as far as the abort says (MAP dialogue PDUs of 29.002 17.4, AARE, ABRT). */
enum tcap_u_abort {
	TCAP_U_ABORT_UNSPECIFIED = 0,
	TCAP_U_ABORT_CONTEXT_NOT_SUPPORTED = 1, /* AARE: application-context-name-not-supported: version negotiation */
	TCAP_U_ABORT_REFUSED = 2,               /* AARE reject or MAP-Refuse, other reasons */
	TCAP_U_ABORT_USER_SPECIFIC = 3,         /* MAP-UserAbort userSpecificReason */
	TCAP_U_ABORT_RESOURCE_LIMITATION = 4,   /* MAP-UserAbort userResourceLimitation */
	TCAP_U_ABORT_RESOURCE_UNAVAILABLE = 5,
	TCAP_U_ABORT_PROCEDURE_CANCELLED = 6,
	TCAP_U_ABORT_PROVIDER = 7, /* ABRT source provider, MAP-ProviderAbort */
};

struct tcap {
	struct cursor components; /* empty when there are none */
	struct tcap_id otid;
	struct tcap_id dtid;
	uint32_t context; /* MAP application context: 0.4.0.0.1.0.<context>.<context_version>; 0 when another or none */
	uint8_t context_version;
	uint8_t context_oid_length; /* the raw OBJECT IDENTIFIER, for contexts of other families */
	uint8_t context_oid[16];
	uint8_t type;            /* enum tcap_type */
	uint8_t p_abort;         /* P-AbortCause, when has_p_abort */
	uint8_t u_abort;         /* enum tcap_u_abort, when is_u_abort */
	uint8_t dialogue_result; /* AARE result: 0 accepted, 1 reject-permanent */
	uint8_t dialogue_diagnostic;
	bool has_p_abort;
	bool is_u_abort; /* an Abort of the user, or an AARE that refuses the dialogue, also in an End */
	bool has_dialogue_result;
};

enum tcap_component_type {
	TCAP_COMPONENT_OTHER = 0, /* another tag */
	TCAP_INVOKE = 1,
	TCAP_RETURN_RESULT_LAST = 2,
	TCAP_RETURN_ERROR = 3,
	TCAP_REJECT = 4,
	TCAP_INVOKE_NOT_LAST = 5, /* ANSI alone */
	TCAP_RETURN_RESULT_NOT_LAST = 7,
};

/* Who found the problem of a Reject in what (Q.773 4.2.2.5), as it is kept in problem_kind. */
enum tcap_problem_kind { TCAP_PROBLEM_GENERAL, TCAP_PROBLEM_INVOKE, TCAP_PROBLEM_RETURN_RESULT, TCAP_PROBLEM_RETURN_ERROR };

struct tcap_component {
	struct cursor parameter; /* the parameter element with its tag, empty when absent */
	int32_t operation;       /* local value; -1 when absent (results may omit it) or global */
	int32_t error;           /* local value, ReturnError */
	uint8_t type;            /* enum tcap_component_type */
	uint8_t problem_kind;    /* Reject: enum tcap_problem_kind */
	uint8_t problem;
	int16_t invoke_id; /* -1 when absent (Reject with NULL) */
	bool has_operation;
	bool has_global_operation;
	bool is_broken;          /* refused: what stands here was read before it broke */
	uint8_t operation_space; /* ANSI: 0 none, else 1 national, 2 private (T1.114.3 4.2.2.3) */
};

/*
 * Reads one TCAP message from the SCCP user data. Bytes behind the message are forgiven. A message that is refused leaves `c`, and in `ret`
 * its type and what could be read, so that it can be told what it was; only after VERDICT_TCAP_TAG the type is TCAP_OTHER and nothing else.
 */
enum verdict tcap_read(struct cursor *c, struct tcap *ret);

/*
 * Reads the next component and steps over it; call while bytes are left in tcap->components. VERDICT_TCAP_COMPONENT leaves in `ret` what
 * could be read, with is_broken; the next component, if any, may be read all the same. The parameter's window also holds what follows the
 * parameter inside its component.
 */
enum verdict tcap_component_read(struct cursor *components, struct tcap_component *ret);

/* The same two, by the general way alone that they take where a message or component has not its usual form. */
enum verdict tcap_read_any(struct cursor *c, struct tcap *ret);
enum verdict tcap_component_read_any(struct cursor *components, struct tcap_component *ret);

#endif
