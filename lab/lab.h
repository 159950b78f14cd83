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

#define LAB_ERROR_MAX  256
#define LAB_FAULTS_MAX 16
#define LAB_DOMAINS    3

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
	LAB_SCOPE_ALL
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
	LAB_EFFECT_ABSENT
};

/* One fault. Times are seconds from the start of the capture. */
struct lab_fault {
	enum lab_scope scope;
	enum lab_effect effect;
	char text[96];       /* as the operator wrote it */
	char value[24];      /* digits of the prefix, or name of the brand */
	uint8_t brand;       /* when the scope is a brand */
	double percent;      /* of blocks or shards */
	unsigned int number; /* of the node, from 1; 0: all of the kind */
	double share;        /* of the requests in scope, 0 to 1 */
	double silent_share; /* of the hit requests: silence instead of `effect` */
	double from_s, until_s;
	double ramp_s;              /* subscribers are lost one after the other during this time */
	double back_s[LAB_DOMAINS]; /* after until_s, they come back over this time: CS, PS, EPS; each is shifted by back_after_s */
	double back_after_s[LAB_DOMAINS];
	bool is_collateral; /* load on the others, not counted as affected */
	bool loses_data;    /* routing enquiries for calls and texts see lost records: 60 % system failure, 30 % absent */
};

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
