/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of parties, see party.h. Called by the worker's walk for every SCCP message whose addresses have the usual form (Q.713 3.4: a
 * subsystem and a global title of form 4, no point code); other addresses are as before read with each message.
 *
 * A place is chosen by a keyed hash of all that is compared, so nobody on the wire can aim at one. A hit compares every octet and the point
 * code. What is found a second time moves to the front of its set; what is new takes the other place (M. Qureshi and others, "Adaptive
 * insertion policies", ISCA 2007). Both parties of a message are looked at together, so nothing moves where the other one stands.
 */
#include "dataplane/worker/party.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/plmn.h"
#include "dataplane/ss7/sccp_address.h"

/* Q.713 3.4.2.3.1 */
#define NATURE_INTERNATIONAL 4

/* What a party is found by. */
struct wanted {
	uint64_t octets[2];
	uint8_t length;
};

bool parties_open(struct parties *p, const struct hash_key *key)
{
	memset(p, 0, sizeof(*p));
	p->key = *key;
	p->party[PARTY_CALLED] = &p->passing[PARTY_CALLED];
	p->party[PARTY_CALLING] = &p->passing[PARTY_CALLING];
	p->sets = aligned_alloc(sizeof(p->sets[0]), PARTY_SETS * sizeof(p->sets[0]));
	if (p->sets != NULL)
		parties_renew(p);
	return p->sets != NULL;
}

void parties_close(struct parties *p)
{
	free(p->sets);
	memset(p, 0, sizeof(*p));
}

void parties_renew(struct parties *p)
{
	memset(p->sets, 0, PARTY_SETS * sizeof(p->sets[0]));
}

/* E.214 and E.212 route to a node but do not name it. */
static inline bool plan_is_of_subscribers(unsigned int numbering_plan)
{
	return numbering_plan == SCCP_NUMBERING_E214 || numbering_plan == SCCP_NUMBERING_E212;
}

/* Titles of subscribers by E.214 begin with their country as telephone numbers do; national ones do not. */
static uint16_t title_country(const struct sccp_address *a)
{
	bool is_international = a->gt_indicator != 4 || a->nature == NATURE_INTERNATIONAL;

	if (!is_international || (a->numbering_plan != SCCP_NUMBERING_E164 && a->numbering_plan != SCCP_NUMBERING_E214))
		return 0;
	return (uint16_t)country_of_number(a->global_title);
}

/* Everything that follows from the address, which is filled in, and from the point code of the label. */
static void party_complete(struct party *party, uint32_t label)
{
	const struct sccp_address *a = &party->address;

	party->point_code = a->has_point_code ? a->point_code : label;
	party->has_segments = false;
	party->country = title_country(a);
	party->node = a->global_title != 0 && !plan_is_of_subscribers(a->numbering_plan) ? node_of_digits(a->global_title)
											 : node_of_point_code(party->point_code);
}

static inline bool party_is(const struct party *party, const struct wanted *wanted)
{
	return party->octets[0] == wanted->octets[0] && party->octets[1] == wanted->octets[1] && party->length == wanted->length;
}

static void party_read(struct party *party, const struct wanted *wanted, const struct cursor *address, uint32_t label)
{
	party->octets[0] = wanted->octets[0];
	party->octets[1] = wanted->octets[1];
	party->length = wanted->length;
	sccp_address_read_usual(address, &party->address);
	party_complete(party, label);
}

/* In the second place of a set, or read anew: into that place, or into `passing` when the other party of the message stands there. */
__attribute__((noinline)) static struct party *party_find_behind(struct party set[PARTY_WAYS], const struct wanted *wanted,
								 const struct party *beside)
{
	struct party before;

	if (!party_is(&set[1], wanted))
		return NULL;
	if (beside == &set[0] || beside == &set[1])
		return &set[1];
	before = set[0];
	set[0] = set[1];
	set[1] = before;
	return &set[0];
}

static inline struct party *party_find(struct parties *p, enum party_side side, const struct cursor *address, uint32_t label)
{
	size_t length = cursor_left(address);
	struct wanted wanted = { .octets = { cursor_fixed_le64(address, 0),
					     cursor_fixed_le64(address, length - 8) >> 8 * (15 - length) >> 8 | (uint64_t)label << 40 },
				 .length = (uint8_t)length };
	struct party *passing = &p->passing[side];
	const struct party *beside = side == PARTY_CALLING ? p->party[PARTY_CALLED] : NULL;
	struct party *set;
	struct party *found;

	if (plan_is_of_subscribers(bits(cursor_fixed_u8(address, 3), 4, 4))) {
		party_read(passing, &wanted, address, label);
		return passing;
	}
	set = p->sets[hash_pair(&p->key, wanted.octets[0], wanted.octets[1]) % PARTY_SETS];
	if (party_is(&set[0], &wanted))
		return &set[0];
	found = party_find_behind(set, &wanted, beside);
	if (found == NULL) {
		found = beside == &set[1] ? passing : &set[1];
		party_read(found, &wanted, address, label);
	}
	return found;
}

void parties_find(struct parties *p, const struct sccp_addresses *addresses, const struct mtp3 *label)
{
	p->party[PARTY_CALLED] = party_find(p, PARTY_CALLED, &addresses->called, label->dpc);
	p->party[PARTY_CALLING] = party_find(p, PARTY_CALLING, &addresses->calling, label->opc);
}

void parties_pass(struct parties *p, const struct sccp *sccp, const struct mtp3 *label)
{
	for (unsigned int side = 0; side < PARTY_SIDES; side++) {
		p->party[side] = &p->passing[side];
		p->party[side]->address = side == PARTY_CALLED ? sccp->called : sccp->calling;
		party_complete(p->party[side], side == PARTY_CALLED ? label->dpc : label->opc);
	}
}
