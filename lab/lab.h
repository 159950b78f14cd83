/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated operator: a mobile network with known faults, as packets. Encodes on its own, from the standards, so that it can
 * judge the decoders. Same options, same bytes. One thread; memory is taken at lab_open() and bounded by the options.
 */
#ifndef SIGCANARY_LAB_H
#define SIGCANARY_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"
#include "lab/procedure.h"

#define LAB_ERROR_MAX  256
#define LAB_FAULTS_MAX 24

/* 2012-07-11T12:00:00Z */
#define LAB_EPOCH (INT64_C(1342008000) * NANOS_PER_S)

enum lab_scope {
	LAB_SCOPE_BLOCKS,
	LAB_SCOPE_PREFIX,
	LAB_SCOPE_BRAND,
	LAB_SCOPE_HLR,
	LAB_SCOPE_HSS,
	LAB_SCOPE_MME,
	LAB_SCOPE_VLR,
	LAB_SCOPE_SGSN,
	LAB_SCOPE_STP,
	LAB_SCOPE_SHARD,
	LAB_SCOPE_ALL,
	LAB_SCOPE_DRA,         /* asked by way of that Diameter agent */
	LAB_SCOPE_CSCF,        /* asked by that S-CSCF */
	LAB_SCOPE_PARTNER_IN,  /* visitors from partner `number` */
	LAB_SCOPE_PARTNER_OUT, /* our subscribers abroad, with partner `number` */
	LAB_SCOPE_LINK         /* asked of HLR `number` by way of STP `relay` */
};

enum lab_effect {
	LAB_EFFECT_NONE,
	LAB_EFFECT_SILENT,
	LAB_EFFECT_SYSTEM_FAILURE,
	LAB_EFFECT_UNKNOWN,
	LAB_EFFECT_CONGESTION,
	LAB_EFFECT_UNDELIVERABLE,
	LAB_EFFECT_USER_REJECTS,
	LAB_EFFECT_LATE,
	LAB_EFFECT_ABSENT,
	LAB_EFFECT_RELAY_LATE, /* the agent says 3002 after 2.0 s, and passes on the real answer 0.1 to 1.0 s later */
	LAB_EFFECT_MISMATCH,   /* the HSS knows another S-CSCF: 5005, 5003 or 5002, the same for one subscriber */
	LAB_EFFECT_NO_TEXTS,   /* systemFailure 34, facilityNotSupported 21, sm-DeliveryFailure 32 */
	LAB_EFFECT_AGENT_BUSY, /* 3004 by the agent itself; P-Abort 4 */
	LAB_EFFECT_NO_ROUTE    /* UDTS cause 1: no translation; 3002 */
};

/* What a phone does after a failure. */
enum lab_retries {
	LAB_RETRIES_USUAL,    /* T3211, T3311, T3411, then a long pause (24.008, 24.301) */
	LAB_RETRIES_ALTERNATE /* the MME asks once more by way of the other agent, at once */
};

/*
 * One fault, or one phase of a longer story: whom it concerns, when, and what changes. Phases of a scenario are real times, in seconds from
 * the onset; scenario_apply() makes seconds from the start of the capture of them, see scenario.h. The first one that hits a request
 * decides its answer; all that cover it change its volume and latency.
 */
struct lab_fault {
	enum lab_scope scope;
	enum lab_effect effect;
	char text[96];       /* as the operator wrote it */
	char value[24];      /* digits of the prefix, or name of the brand */
	uint8_t brand;       /* when the scope is a brand */
	double percent;      /* of blocks or shards */
	unsigned int number; /* of the node or partner, from 1; 0: all of the kind */
	unsigned int last;   /* nodes from `number` to this one; 0: one only */
	unsigned int relay;  /* when the scope is a link */
	uint32_t procedures; /* LAB_SET(...), 0: all that a register answers */

	double share;            /* of the requests in scope, 0 to 1 */
	double silent_share;     /* of the hit requests: silence instead of `effect` */
	double congestion_share; /* of the hit requests: P-Abort 4, 3004 by the register */
	double share_from;       /* when is_growing: share at from_s */

	double from_s, until_s;
	double ramp_s;   /* subscribers are lost one after the other during this time */
	bool is_growing; /* instead of that: share, volume and latency go from *_from to their end during ramp_s, a straight line */
	double back_s[DOMAIN_IMS]; /* after until_s, they come back over this time: CS, PS, EPS; each is shifted by back_after_s */
	double back_after_s[DOMAIN_IMS];

	bool changes_volume;
	double volume, volume_from; /* requests in scope, times this; volume_from when is_growing, else 1 at once */
	double talkers;  /* of the subscribers in scope: those that make what is above 1, again and again; 0: all, each in turn */
	bool is_drained; /* the requests in scope go to the other nodes of that kind: nothing fails */

	double latency, latency_from; /* answers take times this, 0: as usual */
	double latency_added_s;       /* and this longer */

	enum lab_retries retries;
	bool is_collateral; /* load on the others, not counted as affected */
	bool loses_data;    /* routing enquiries for calls and texts see lost records: 60 % system failure, 30 % absent */
};

/* What the network says or does besides requests and answers. */
enum lab_happening {
	LAB_LINK_ABORTS,     /* SCTP ABORT, TCP RST: at once */
	LAB_LINK_CLOSES,     /* DPR REBOOTING or ASPDN first, then SHUTDOWN, FIN */
	LAB_LINK_SILENT,     /* nothing is sent any more, keepalives stay without an answer */
	LAB_LINK_OPENS,      /* handshake, then CER or ASPUP and ASPAC */
	LAB_PEER_REBOOTS,    /* DPR REBOOTING, FIN; open again after `level` seconds with a new Origin-State-Id */
	LAB_ASP_INACTIVE,    /* ASPIA, NTFY AS-PENDING, NTFY AS-INACTIVE */
	LAB_ROUTE_LOST,      /* DUNA about the node, by STP `relay` */
	LAB_ROUTE_CONGESTED, /* SCON of `level` about the node */
	LAB_ROUTE_BACK,      /* DAVA */
	LAB_SUBSYSTEM_OUT,   /* SSP about the node's subsystem */
	LAB_SUBSYSTEM_BACK,  /* SSA */
	LAB_REGISTER_RESET,  /* MAP Reset to each VLR and SGSN, RSR to each MME */
	LAB_POISON,          /* `level` rare messages from a foreign title to the node */
	LAB_DEREGISTRATION,  /* CLR and PUR of every subscriber of 4G within `level` seconds */
	LAB_TAP_BLIND,       /* the tap no longer shows what the node sends to STP `relay`; it arrives all the same */
	LAB_TAP_SEES
};

struct lab_event {
	double at_s;
	enum lab_happening happening;
	enum lab_scope scope; /* the kind of node */
	unsigned int number;  /* 0: all of the kind */
	unsigned int relay;   /* of its links, that to the first or second STP or agent; 0: both */
	unsigned int level;
};

/* What must be said about it. */
enum lab_demand { LAB_SILENT, LAB_TICKET, LAB_PAGE, LAB_OPERATIONS };

struct lab_expectation {
	enum lab_demand demand;
	double from_s, deadline_s; /* real seconds from the onset, and from there */
	const char *kinds;         /* kinds of incidents that are right, one of "a|b"; NULL: any */
	const char
		*place; /* words that its place must show, all of "a,b", each one of "a|b": segments, prefixes, nodes, procedures, rats */
	const char *must_not; /* words that no place in this time may show, or "page", or "kind:NAME"; any of "a|b" */
	double open_until_s;  /* not cleared before; 0: no matter */
};

/* Parts of the operator that only some runs have, so that the others keep their bytes. */
#define LAB_WITH_IMS  UINT32_C(1) /* I-CSCF, S-CSCF and Cx */
#define LAB_WITH_EIR  UINT32_C(2) /* S13 */
#define LAB_WITH_IOT  UINT32_C(4) /* a brand "iot" of five more ranges */
#define LAB_WITH_CORE UINT32_C(8) /* the tap also shows the links from the agents to the HSS hosts */

/* How the packets are dressed. */
struct lab_framing {
	bool vlan, qinq, ipv6, bundle, sctp_diameter, xudt, mid_start, both_hops;
	unsigned int mss;                /* TCP payload per segment, 1460 */
	unsigned int fragment;           /* SCTP user bytes per DATA chunk, 0: whole */
	unsigned int ip_fragment;        /* MTU, 0: whole */
	unsigned int associations;       /* that carry all of MAP, 0: as the nodes have them */
	double duplicate, lose, reorder; /* shares of frames */
};

struct lab_options {
	const char *scenario; /* "o2-2012" or "fault" */
	double seconds;
	double rate;         /* attempts of subscribers per second, before retries */
	double onset_s;      /* below 0: a third of the run */
	double user_rejects; /* share of registrations refused for the subscriber's own reasons */
	double map_share;    /* of the messages, about; below 0: as the activities of subscribers make it */
	uint64_t seed;
	uint32_t subscribers;
	uint32_t world; /* LAB_WITH_*: what there is besides the network of 2012 */
	bool quiet_all; /* from onset on nobody attempts anything */
	double quiet_until_s;
	struct lab_framing framing;
	struct lab_fault faults[LAB_FAULTS_MAX];
	size_t fault_count;
};

struct lab_frame {
	const uint8_t *bytes; /* an Ethernet frame, valid until the next call */
	uint32_t length;
	nanos time;
};

struct lab;

/* The defaults of every option; the scenario's own faults are added by lab_open(). */
void lab_options_default(struct lab_options *ret);

/* "SCOPE:EFFECT:SHARE" into `ret`; false and a sentence when it cannot be understood. */
bool lab_fault_parse(const char *text, struct lab_fault *ret, char error[LAB_ERROR_MAX]);

/* A network at its start; NULL and a sentence in `error` when an option makes no sense (errno EINVAL) or memory is short (ENOMEM). */
struct lab *lab_open(const struct lab_options *options, char error[LAB_ERROR_MAX]);

/* The next frame in time order; false at the end of the run. */
bool lab_next(struct lab *lab, struct lab_frame *ret);

/* What really happened so far, as JSON; complete after lab_next() said false. Returns 0 or a negative errno. */
int lab_truth_write(const struct lab *lab, const char *path);

void lab_close(struct lab *lab);

/* `sigcanary lab ...`; argv[0] is the command's name. Returns the exit code of CONTRACT. */
int lab_command(int argc, char **argv);

#endif
