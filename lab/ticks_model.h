/* SPDX-License-Identifier: BSD-3-Clause */
/* The world of the simulator of ticks: nodes, ranges, streams, faults and what is under way. Owned by one thread. */
#ifndef SIGCANARY_LAB_TICKS_MODEL_H
#define SIGCANARY_LAB_TICKS_MODEL_H

#include "lab/chance.h"
#include "lab/draw.h"
#include "lab/scenario.h"
#include "lab/ticks.h"

#define TICKS_LEAVES_MAX   768 /* ranges of eight digits, ours and those of visitors */
#define TICKS_NODES_MAX    32  /* of one family, foreign ones included */
#define TICKS_PARTNERS_MAX 160
#define TICKS_ENDINGS      100
#define TICKS_HOME_PLMN    23410
#define TICKS_BLOCKS_MAX   80 /* ranges of seven digits */
#define TICKS_SEGMENTS_MAX 6
#define TICKS_ROUTES       2
#define TICKS_HOSTS_MAX    256
#define TICKS_NEXT_MAX     2
#define TICKS_NOTICES_MAX  4096
#define TICKS_ACTIVE_MAX   64
#define TICKS_TRUTHS_MAX   (LAB_TICKS_FAULTS_MAX + 2048)
#define TICKS_LATENCIES    4096

enum ticks_family {
	FAMILY_HLR,
	FAMILY_VLR,
	FAMILY_SGSN,
	FAMILY_GMSC,
	FAMILY_SMSC,
	FAMILY_HSS,
	FAMILY_MME,
	FAMILY_CSCF,
	FAMILY_EIR,
	FAMILY_COUNT
};

/* One procedure of the model; rows of one procedure (SAI for calls and for data) share their streams. */
struct ticks_row {
	uint8_t procedure;             /* enum lab_procedure */
	uint8_t registers, serving;    /* enum ticks_family: who has the data, and who serves the subscriber */
	bool is_downward;              /* the register asks, the serving node answers */
	bool is_tried_again;           /* by the phone, when the network has failed it */
	double weight;                 /* requests per second at the busy hour, as in a network of a million */
	double median_s;               /* of answers */
	double user, network, missing; /* usual shares of requests; `user` counts in --user-rejects where is_update */
	bool is_update;
	bool roams; /* also asked by and about those abroad */
	struct {
		int8_t row; /* what follows a success, -1 none */
		double share;
	} next[TICKS_NEXT_MAX];
};

extern const struct ticks_row ticks_rows[];
extern const size_t ticks_row_count;
#define TICKS_ROWS_MAX 24

enum ticks_people { PEOPLE_HOME, PEOPLE_OUTBOUND, PEOPLE_INBOUND, PEOPLE_COUNT };

/* One request: its value in each dimension. */
struct ticks_request {
	uint16_t leaf;
	uint16_t partner; /* of roamers */
	uint8_t row;
	uint8_t people;         /* enum ticks_people */
	uint8_t server, client; /* number in the family of registers, and of serving nodes; foreign ones come last */
	uint8_t bucket, ending, route, tries;
	bool is_repeat;
	bool by_agent; /* the relay itself has answered */
};

/* Something about a request that happens in a later tick. */
enum ticks_what { WHAT_BEGIN, WHAT_PENDING, WHAT_END };
struct ticks_later {
	struct ticks_request request;
	uint32_t offset_us; /* in its tick */
	uint8_t what;
	uint8_t number; /* checkpoint, or class */
	uint8_t bin;    /* of the latency; TALLY_LATENCY_BINS: none */
};

struct ticks_slot {
	struct ticks_later *list;
	size_t count, room;
};

/* Where the streams of one row lie among the cells. */
struct ticks_places {
	uint32_t leaf[TICKS_LEAVES_MAX];
	uint32_t server[TICKS_NODES_MAX], client[TICKS_NODES_MAX]; /* by family, whatever their part */
	uint32_t agent[TICKS_ROUTES];
	uint32_t bucket[TALLY_BUCKETS];
	uint32_t ending[TICKS_ENDINGS];
	uint32_t route[TICKS_ROUTES];
	uint32_t plmn[TICKS_PARTNERS_MAX + 1]; /* the last one: our own */
	uint32_t direction[PEOPLE_COUNT];
};

struct ticks_family_nodes {
	uint8_t own, foreign; /* how many */
	node name[TICKS_NODES_MAX];
	double weight[TICKS_NODES_MAX];
	double drift[TICKS_NODES_MAX]; /* slow noise of the weight, a logarithm */
};

/* A fault made ready: whom it covers, by bits and bytes. */
struct ticks_fault {
	const struct lab_ticks_fault *from;
	uint32_t rows;
	uint8_t people; /* bit per enum ticks_people */
	uint8_t routes; /* bit per route */
	uint64_t buckets;
	uint8_t digit; /* 10: any */
	bool has_leaves, has_servers, has_clients, has_partners;
	bool is_blind;      /* the tap does not show the answers */
	bool is_everywhere; /* no scope but procedures: its volume is part of the rate */
	double subscribers; /* in scope, about */
	double stopped;     /* of these, phones that do not ask any more until they are switched off and on */
	double chance;      /* of being one of the scattered subscribers */
	uint8_t leaf[TICKS_LEAVES_MAX], server[TICKS_NODES_MAX], client[TICKS_NODES_MAX], partner[TICKS_PARTNERS_MAX];
	/* now */
	double share[4];        /* by domain */
	double volume, latency; /* times this */
};

struct ticks_host {
	node name;
	char text[96];
};

struct ticks_leaf {
	digits prefix;
	uint8_t segment;
	bool is_inbound;
	uint16_t partner;
	double weight, drift; /* size, and the slow noise of its logarithm */
	double rejects;       /* user rejects, times this */
	bool is_new;          /* not in use before `new_range_s` */
};

/* What is true of all at this moment, worked out once per tick or second. */
struct ticks_weather {
	double drift; /* of the load, a logarithm */
	double load;  /* requests, times this */
	double slow;  /* latency, times this */
	double slow_drift;
	double rejects, rejects_now;       /* user rejects, times this: of the second, and with what else there is */
	double failing[TICKS_NODES_MAX];   /* network failures by register, times this */
	double loss;                       /* share of frames that the tap loses */
	uint32_t missing, unseen, dropped; /* of this tick */
	nanos second, slowly;              /* when each was worked out last */
};

/* A legitimate change of a month that is none of single requests. */
struct ticks_epochs {
	double new_range_s, clock_shift_s, clock_from_s;
	double loss_from_s, loss_until_s, loss;
	double event_from_s, event_until_s; /* many people at once */
	int32_t quiet_day[4];               /* days that go as holidays do, from 0; -1 none */
	size_t quiet_days;
	double quiet_load;
};

struct lab_ticks {
	struct lab_ticks_options options;
	const struct lab_scenario *story; /* NULL for "month" */
	struct lab_options pressed;       /* the run as scenario.h sees it */
	uint64_t unseen_since;
	bool is_month, has_season;
	struct chance chance;
	nanos start, end, now, tick;
	/* the network */
	struct plan_segment segments[TICKS_SEGMENTS_MAX];
	struct plan_pattern patterns[TICKS_BLOCKS_MAX + TICKS_PARTNERS_MAX]; /* of the segments, one after the other */
	size_t segment_count;
	struct plan_maintenance maintenance[4];
	const char *maintenance_nodes[4][3];
	size_t maintenance_count;
	int32_t holidays[4];
	size_t holiday_count;
	struct ticks_family_nodes family[FAMILY_COUNT];
	node route[2][TICKS_ROUTES], agent[TICKS_ROUTES]; /* of MAP and of Diameter */
	struct ticks_leaf leaf[TICKS_LEAVES_MAX];
	size_t leaf_count, home_leaves;
	uint32_t plmn[TICKS_PARTNERS_MAX];
	double partner_weight[TICKS_PARTNERS_MAX], partner_rejects[TICKS_PARTNERS_MAX];
	size_t partner_count, inbound_partners;
	struct ticks_host host[TICKS_HOSTS_MAX];
	size_t host_count;
	/* the streams */
	struct tally_cell *cell, *out;
	uint32_t (*quick)[8]; /* answers of the tick by latency, bins QUICK_FIRST and following */
	uint8_t *mark;
	uint32_t *parent,
		*segment_of; /* cells that contain a cell, UINT32_MAX none: the next shorter prefix or ALL; of seven digits the segment */
	size_t cell_count, cell_size;
	struct ticks_places places[TICKS_ROWS_MAX];
	procedure procedure[TICKS_ROWS_MAX];
	nanos timeout[TICKS_ROWS_MAX];
	uint8_t classes[2][16]; /* enum outcome_class by interface and enum lab_effect */
	/* what happens */
	uint32_t rows; /* bit per row of the model that there is */
	double head_rate[TICKS_ROWS_MAX];
	double next_share[TICKS_ROWS_MAX][TICKS_NEXT_MAX];
	struct draw_table home_table, inbound_table, outbound_table, node_table[FAMILY_COUNT];
	float latency[TICKS_LATENCIES]; /* exp(sigma z) by quantile */
	struct ticks_fault *faults;
	size_t fault_count;
	struct ticks_fault blip; /* the one that is next or on */
	struct lab_ticks_fault blip_from;
	struct ticks_fault *active[TICKS_ACTIVE_MAX];
	size_t active_count;
	uint32_t active_rows;
	struct ticks_epochs epochs;
	struct ticks_weather weather;
	struct ticks_slot *slots; /* a ring of ticks to come */
	size_t slot_count, slot;
	struct lab_ticks_notice *notices, *said; /* all in order of time; those of this tick */
	size_t notice_count, notice_next, said_count;
	struct lab_ticks_truth *truths;
	size_t truth_count;
	size_t blip_first, blip_next; /* among the truths */
	struct {
		uint64_t requests, outcomes[OUTCOME_CLASS_COUNT], by_fault;
	} sums[TICKS_ROWS_MAX];
	uint64_t requests; /* all that the tap has seen */
	bool is_out_of_memory;
};

#define TICKS_QUICK_FIRST 2
#define TICKS_QUICK_BINS  8
#define TICKS_QUICK_US    400000 /* slower answers pass a checkpoint */
#define TICKS_MARK_FULL   1
#define TICKS_MARK_QUICK  2

/* ticks_world.c: nodes, ranges, partners, segments. */
void ticks_world_build(struct lab_ticks *l);

/* ticks_fault.c: makes all faults ready and tells their truth; false and a sentence when one makes no sense. */
bool ticks_faults_build(struct lab_ticks *l, char error[LAB_ERROR_MAX]);
/* The truth of a fault, from what it covers. */
void ticks_fault_tell(const struct lab_ticks *l, const struct ticks_fault *f, struct lab_ticks_truth *ret);
/* Which faults are active in the tick that begins at `at_s`. */
void ticks_faults_turn(struct lab_ticks *l, double at_s);
/* Draws whether the subscriber is one of those that are hit, where they are scattered. */
bool ticks_fault_covers(struct lab_ticks *l, const struct ticks_fault *f, const struct ticks_request *r);

/* ticks_month.c: adds the changes of a month to the options and sets its epochs. */
void ticks_month_fill(struct lab_ticks *l);
/* The truth of those that are no faults. */
void ticks_month_tell(struct lab_ticks *l);

/* ticks_event.c: notices of the story and of the month, sorted. False when memory is short. */
bool ticks_notices_build(struct lab_ticks *l);
/* Adds to the options the events that requests feel. */
void ticks_events_fill(struct lab_ticks *l);
/* Those of the tick from `now` on. */
void ticks_notices_turn(struct lab_ticks *l);

/* ticks_load.c: seasons and noise. */
void ticks_weather_open(struct lab_ticks *l);
void ticks_weather_turn(struct lab_ticks *l);
/* Requests at this time of day and week, times this, mean 1 over a working day. */
double ticks_season(const struct lab_ticks *l, nanos time);

/* ticks_request.c: all requests of a tick, and what was left of those before. */
void ticks_requests(struct lab_ticks *l);
bool ticks_requests_open(struct lab_ticks *l);

/* ticks_cells.c: makes the streams of all rows; false when memory is short. Then counts of a request into its streams, and the tally of a
 * tick. */
bool ticks_cells_build(struct lab_ticks *l);
/* `field`: TICKS_FIELD(...) of a tally_cell. */
#define TICKS_FIELD(name) (offsetof(struct tally_cell, name) / sizeof(uint32_t))
void ticks_count(struct lab_ticks *l, const struct ticks_request *r, size_t field);
void ticks_count_quick(struct lab_ticks *l, const struct ticks_request *r, unsigned int bin);
/* Empty cells are left out; returns how many are in `out`. */
size_t ticks_cells_emit(struct lab_ticks *l);

#endif
