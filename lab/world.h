/* SPDX-License-Identifier: BSD-3-Clause */
/* The world of the lab: nodes, lanes between them, subscribers, and everything that happens to them. Owned by one thread. */
#ifndef SIGCANARY_LAB_WORLD_H
#define SIGCANARY_LAB_WORLD_H

#include "dataplane/base/hash.h"
#include "lab/agenda.h"
#include "lab/chance.h"
#include "lab/lab.h"
#include "lab/lane.h"
#include "lab/wire.h"

#define WORLD_BLOCKS     70 /* of the network and its brands */
#define WORLD_BLOCKS_MAX 75 /* with those of machines */
#define WORLD_NODES_MAX  96
#define WORLD_LANES_MAX  112
#define WORLD_PARTNERS   3
/* Associations of MAP that --associations may ask for: four for each that there are without it. */
#define WORLD_ASSOCIATIONS_MAX 40
#define NODE_NONE              UINT16_MAX
#define DIALOGUE_NONE          UINT32_MAX

enum brand { BRAND_O2, BRAND_TESCO, BRAND_GIFFGAFF, BRAND_INBOUND, BRAND_IOT, BRAND_COUNT };

/* The first three are at the core side of the STPs, where the tap is. */
enum node_role {
	NODE_HLR,
	NODE_SMSC,
	NODE_GATEWAY,
	NODE_VLR,
	NODE_SGSN,
	NODE_GMSC,
	NODE_STP,
	NODE_MME,
	NODE_DEA,
	NODE_DRA,
	NODE_HSS,
	NODE_ICSCF,
	NODE_SCSCF,
	NODE_EIR,
	NODE_ROLES
};

struct node {
	enum node_role role;
	uint16_t number; /* from 1 among its kind; foreign ones count their partner */
	uint16_t via;    /* whose lanes carry its messages: itself, the gateway or the DEA */
	bool is_foreign;
	uint8_t map_version;
	uint8_t ssn;
	uint32_t point_code;
	char title[16]; /* E.164 */
	char host[80], realm[48];
	char plmn[7];
	uint32_t transaction; /* next TCAP id or end-to-end id */
	uint32_t session;     /* next Diameter session */
	uint32_t state_id;    /* Origin-State-Id, grows with each restart */
	uint16_t lane[2];     /* towards STP or DRA 1 and 2, NODE_NONE: not seen by the tap */
	struct wire_port port;
};

enum phone_state { PHONE_REGISTERED, PHONE_IDLE, PHONE_BUSY, PHONE_RETRYING, PHONE_PAUSED, PHONE_STOPPED };

enum trait { TRAIT_NONE, TRAIT_DEAD, TRAIT_BARRED };

struct subscriber {
	uint64_t imsi, msisdn;
	uint64_t shard; /* keyed hash of the IMSI */
	uint8_t brand, block, trait, partner;
	uint8_t hlr; /* from 0 */
	bool is_outbound;
	bool is_affected;               /* attempted and failed by a counted fault */
	uint16_t serving[DOMAIN_COUNT]; /* node, NODE_NONE when nowhere */
	uint16_t pending[DOMAIN_COUNT]; /* node that has authenticated and is to register */
	uint8_t state[DOMAIN_COUNT];
	uint8_t attempts[DOMAIN_COUNT];
	uint16_t life[DOMAIN_COUNT]; /* events of an earlier life are void */
	uint8_t next;                /* what follows in IMS: enum lab_procedure */
};

enum answer_kind { ANSWER_SUCCESS, ANSWER_ERROR, ANSWER_BASE, ANSWER_SILENCE, ANSWER_ABORT, ANSWER_RETURNED };

/* How a request will end, known to the lab from the start. */
struct answer {
	enum answer_kind kind;
	uint32_t code;  /* MAP error, experimental result (ERROR) or result code (BASE), abort or return cause */
	uint8_t effect; /* enum lab_effect that made it, LAB_EFFECT_NONE when usual */
	bool is_collateral;
	bool is_late;
	bool is_by_agent;    /* the relay says it, with its own name */
	bool is_tried_again; /* a refusal makes the client ask once more by way of the other relay */
};

struct dialogue {
	bool is_used;
	uint8_t procedure, step;
	uint8_t sls;     /* its lowest bit chooses the relay of the client, the next that of the server */
	bool is_second;  /* asked once more, by way of the other relay */
	bool is_awaited; /* the phone or the parent has not given up */
	uint16_t client, server;
	uint16_t life;
	uint32_t generation;
	uint32_t subscriber;
	uint32_t client_id, server_id; /* TCAP transactions; hop-by-hop and end-to-end */
	uint32_t session;
	uint32_t core_id;                   /* hop-by-hop between agent and HSS, where the tap shows that */
	uint32_t parent, parent_generation; /* DIALOGUE_NONE: a phone, or nobody */
	struct answer answer;
	nanos start;
};

enum lab_class { CLASS_SUCCESS, CLASS_USER, CLASS_NETWORK, CLASS_CONGESTION, CLASS_ABORT, CLASS_TIMEOUT, CLASS_LATE, CLASS_COUNT };

struct truth_cell {
	uint64_t requests, by_fault, collateral;
	uint64_t outcome[CLASS_COUNT];
};

struct truth {
	struct truth_cell cell[LAB_PROCEDURES][BRAND_COUNT];
	uint64_t affected[BRAND_COUNT], affected_count;
	uint64_t attempts, retries, dialogues_refused;
	nanos first_failure; /* start of the first request that a counted fault hit, 0 when none */
	uint64_t keepalives;
};

/* Who makes the requests that a fault adds. */
struct crowd {
	uint32_t *members;
	uint32_t count;
	double share; /* of all subscribers that are in scope */
};

struct lab_scenario;

struct lab {
	struct lab_options options;
	struct wire wire;
	struct agenda agenda;
	struct chance chance; /* of the traffic */
	struct chance luck;   /* of what the network does besides, and of load beyond the usual */
	const struct lab_scenario *scenario;
	struct hash_key key; /* of the shards */
	struct node node[WORLD_NODES_MAX];
	uint16_t node_count;
	uint16_t first[NODE_ROLES], count[NODE_ROLES];
	uint16_t foreign[WORLD_PARTNERS][NODE_ROLES];
	uint16_t stranger; /* of a poisonous message */
	struct lane lane[WORLD_LANES_MAX];
	uint32_t lane_count, map_lane_count; /* those of MAP come first */
	uint16_t lane_node[WORLD_LANES_MAX][2];
	uint32_t hop[WORLD_LANES_MAX][2]; /* next hop-by-hop identifier of each side */
	struct subscriber *subscriber;
	uint32_t subscriber_count, dead_count, barred_count; /* the dead come first, then the barred */
	uint64_t prefix[WORLD_BLOCKS_MAX];
	uint8_t block_brand[WORLD_BLOCKS_MAX];
	bool block_fails[LAB_FAULTS_MAX][WORLD_BLOCKS_MAX];
	struct crowd crowd[LAB_FAULTS_MAX];
	double owner_mean_s; /* until a phone that has stopped is switched off and on */
	bool has_volumes;    /* some fault changes how much is asked */
	struct dialogue *dialogue;
	uint32_t dialogue_capacity, dialogue_free; /* free ones are chained through `parent` */
	uint32_t segmentation;                     /* next SCCP segmentation reference */
	nanos end;
	struct truth truth;
};

static inline nanos lab_now(const struct lab *l)
{
	return l->wire.now;
}

static inline double lab_now_s(const struct lab *l)
{
	return nanos_to_s(l->wire.now - LAB_EPOCH);
}

static inline void lab_plan(struct lab *l, nanos delay, struct event e)
{
	e.time = l->wire.now + delay;
	agenda_plan(&l->agenda, e);
}

extern const char *const lab_brand_names[BRAND_COUNT];

/* Nodes and lanes; subscribers. */
void world_build(struct lab *l);
bool world_people(struct lab *l);

/* The lane that carries a message of `tapped` by way of its first or second relay. */
uint16_t world_map_lane(const struct lab *l, uint16_t tapped, unsigned int which, uint8_t sls);

/* The S-CSCF that is assigned to a subscriber. */
uint16_t world_assigned(const struct lab *l, const struct subscriber *s);

/* Nodes of home that a scope and a number mean; false when `n` is none of them. */
bool world_is_meant(const struct node *n, enum lab_scope scope, unsigned int number, unsigned int last);

/* The first of the two relays when its lane is up, or the other one; NODE_NONE when both are down. */
uint16_t world_relay(const struct lab *l, uint16_t node, unsigned int which);

/* Any node of that role; foreign ones only through `foreign`. */
uint16_t world_any(struct lab *l, enum node_role role);

/* Where that subscriber's domain is served when it moves. */
uint16_t world_serving(struct lab *l, const struct subscriber *s, enum domain d);

/* The home register of that subscriber for a domain. */
uint16_t world_home(struct lab *l, const struct subscriber *s, enum domain d);

#endif
