/* SPDX-License-Identifier: BSD-3-Clause */
/* Transactions of the lab: a MAP dialogue or a Diameter request with its answer, from the first message to the last. */
#ifndef SIGCANARY_LAB_DIALOGUE_H
#define SIGCANARY_LAB_DIALOGUE_H

#include "lab/world.h"

/* Who asks whom about whom; `life` 0: no phone waits. */
struct dialogue_wish {
	enum lab_procedure procedure;
	uint16_t client, server;
	uint32_t subscriber;
	uint16_t life;
	uint32_t parent;
	uint8_t relay;  /* 1 or 2; 0: as chance has it */
	bool is_second; /* asked once more, because the first relay refused */
};

/* Takes the memory. */
bool dialogue_pool(struct lab *l, uint32_t capacity);

/* The end of a Diameter dialogue whose lane the tap shows: who asks, or whom a register asks. */
uint16_t dialogue_edge(const struct lab *l, const struct dialogue *d);

/* Sends the first message and plans the rest; refused and counted when all dialogues are in use. */
void dialogue_start(struct lab *l, const struct dialogue_wish *wish);

/* Events of dialogue `index`; void when its generation has passed. */
void dialogue_step(struct lab *l, uint32_t index, uint32_t generation);
void dialogue_give_up(struct lab *l, uint32_t index, uint32_t generation);

/* The next message of a dialogue; returns the delay of the one after, 0 when the dialogue is over, -1 when it waits for another. */
nanos dialogue_map_step(struct lab *l, uint32_t index);
void dialogue_map_begin(struct lab *l, struct dialogue *d);
nanos dialogue_diameter_step(struct lab *l, struct dialogue *d);
void dialogue_diameter_begin(struct lab *l, struct dialogue *d);

/* Texts of a subscriber's numbers. */
void subscriber_text(uint64_t number, char text[24]);

#endif
