/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mobile operator for the measure of places: brands with number ranges of very different size, HLRs and HSSs behind them, switches that
 * ask, and faults that take some of the requests. Made of chance alone and not the lab's: what locates was not made on it.
 *
 * Requests go through the real book of a worker into its pages, and each tells its outcomes as a transaction would. One owner, one thread.
 */
#ifndef SIGCANARY_BENCH_WHERE_WORLD_H
#define SIGCANARY_BENCH_WHERE_WORLD_H

#include "config/plan.h"
#include "dataplane/outcome.h"
#include "dataplane/transaction/book.h"
#include "tests/bench/detection_dice.h"

#define WORLD_BRANDS_MAX  8
#define WORLD_RANGES_MAX  200
#define WORLD_SERVERS_MAX 10
#define WORLD_CLIENTS_MAX 40
#define WORLD_FAULTS_MAX  2
#define WORLD_SLOTS       512 /* ticks, more than what is ahead of any request */
#define WORLD_TICK        TALLY_TICK_DEFAULT

enum world_kind { WORLD_RANGE, WORLD_SERVER, WORLD_BRAND, WORLD_CLIENT, WORLD_PAIR, WORLD_ENDING, WORLD_ALL, WORLD_KIND_COUNT };
enum world_symptom { WORLD_REFUSED, WORLD_SILENT, WORLD_BOTH, WORLD_UNKNOWN };

/* What fails: requests of the place, a share of them or of their subscribers. */
struct world_fault {
	enum world_kind kind;
	enum world_symptom symptom;
	unsigned int which, with; /* range, server, brand, client or last digit; with: the procedure of a pair */
	double share;
	bool is_sticky; /* by subscriber, not by attempt */
	double from_s;
};

struct world_range {
	digits prefix;
	unsigned int brand, hlr, hss;
	uint32_t subscribers;
	double until; /* of the sum of weights up to here */
	double user;  /* share that is refused for the subscriber's own reasons */
};

struct world_client {
	node node;
	uint32_t plmn;
	double weight;
};

struct world_request {
	digits imsi;
	double time_s;
	uint16_t range, server, client;
	procedure procedure;
	uint8_t link; /* of two, where requests go by relays */
	uint8_t tries;
};

struct world_step {
	struct world_request request;
	double at_s;
	uint8_t what;  /* a request, a checkpoint, or its end */
	uint8_t which; /* checkpoint, or enum outcome_class */
};

struct world_slot {
	struct world_step *steps;
	size_t count, room;
};

struct world {
	struct dice dice;
	struct plan *plan;
	struct plan_segment segments[WORLD_BRANDS_MAX];
	struct plan_pattern patterns[WORLD_RANGES_MAX];
	struct book *book;
	double rate;  /* requests a second at the start */
	double drift; /* its change a second, of itself */
	double start_s;
	unsigned int brand_count, range_count;
	struct world_range ranges[WORLD_RANGES_MAX];
	unsigned int hlr_count, hss_count; /* servers: HLRs, then HSSs */
	node servers[WORLD_SERVERS_MAX];
	node links[2];
	bool has_relays, hss_by_hash, hss_by_turn;
	unsigned int vlr_count, sgsn_count, mme_count, other_count; /* clients: in this order */
	struct world_client clients[WORLD_CLIENTS_MAX];
	double median_s; /* of answers */
	double burst;    /* gamma shape of a tick's rate */
	struct world_fault faults[WORLD_FAULTS_MAX];
	unsigned int fault_count;
	uint64_t tick;
	uint64_t key_count;
	struct world_slot slots[WORLD_SLOTS];
	double usual_network[WORLD_SERVERS_MAX]; /* share that is refused now */
	struct world_request *since;             /* all requests since the first fault */
	size_t since_count, since_room;
};

/* A network by chance; ends the program without memory. */
struct world *world_new(uint64_t seed, uint64_t what);
void world_free(struct world *w);

/* A fault that takes at least `least` requests a second, and whose place is hardly that of the faults there are. False: none was found. */
bool world_fault_draw(struct world *w, enum world_kind kind, double from_s, double least, struct world_fault *ret);

/* Whether a fault's place holds a request; what it is, in words. */
bool world_fault_has(const struct world *w, const struct world_fault *f, const struct world_request *r);
void world_fault_write(const struct world *w, const struct world_fault *f, char *text, size_t size);

/* Of a request, what places are made of. */
node world_server(const struct world *w, const struct world_request *r);
node world_client(const struct world *w, const struct world_request *r);
node world_route(const struct world *w, const struct world_request *r);
uint64_t world_segments(const struct world *w, const struct world_request *r);

/* Lets one tick happen: into the book, and outcomes to `tell`. */
typedef void (*world_teller)(void *context, const struct outcome *o);
void world_tick(struct world *w, world_teller tell, void *context);

/* A request as it is usually made, for asking how many would be of a place. */
void world_draw(struct world *w, struct world_request *ret);

#endif
