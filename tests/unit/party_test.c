/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/worker/party: what is remembered of an address is what reading it gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/ss7/sccp_address.h"
#include "dataplane/worker/party.h"

#define LENGTH_MAX 13

/* An address parameter as it stands on the wire; of form 4 in these tests. */
struct wire {
	uint8_t octets[LENGTH_MAX];
	size_t length;
};

static const struct wire hlr = { { 0x12, 6, 0, 0x12, 4, 0x44, 0x87, 0x20, 0x70, 0x09, 0x20 }, 11 };
static const struct wire vlr = { { 0x12, 7, 0, 0x11, 4, 0x44, 0x87, 0x20, 0x10, 0x55, 0x03 }, 11 };
static const struct wire roamer = { { 0x12, 6, 0, 0x71, 4, 0x44, 0x87, 0x20, 0x21, 0x43, 0x65, 0x87, 0x09 }, 13 }; /* E.214 */

static int set_up(void **state)
{
	const struct hash_key key = { { 11, 22 } };
	struct parties *p = calloc(1, sizeof(*p));

	assert_true(parties_open(p, &key));
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	parties_close(*state);
	free(*state);
	return 0;
}

/* The number of a node, `number` in its last three octets. */
static struct wire node_numbered(uint32_t number)
{
	struct wire wire = hlr;

	for (unsigned int i = 0; i < 6; i++) {
		uint8_t *octet = &wire.octets[8 + i / 2];
		unsigned int digit = number % 10;

		*octet = (uint8_t)(i % 2 == 0 ? (*octet & 0xf0U) | digit : (*octet & 0x0fU) | digit << 4);
		number /= 10;
	}
	return wire;
}

static void find(struct parties *p, const struct wire *called, const struct wire *calling, const struct mtp3 *label)
{
	struct sccp_addresses addresses = { cursor_of(called->octets, called->length), cursor_of(calling->octets, calling->length) };

	parties_find(p, &addresses, label);
}

/* Compares a party with its address as the SCCP decoder reads it. */
static void assert_is(const struct party *party, const struct wire *wire, uint32_t label)
{
	struct sccp_address a;
	const struct sccp_address *b = &party->address;

	assert_true(sccp_address_read(cursor_of(wire->octets, wire->length), &a));
	assert_true(a.global_title == b->global_title);
	assert_int_equal(a.point_code, b->point_code);
	assert_int_equal(a.subsystem, b->subsystem);
	assert_int_equal(a.gt_indicator, b->gt_indicator);
	assert_int_equal(a.translation_type, b->translation_type);
	assert_int_equal(a.numbering_plan, b->numbering_plan);
	assert_int_equal(a.nature, b->nature);
	assert_int_equal(a.has_point_code, b->has_point_code);
	assert_int_equal(a.has_subsystem, b->has_subsystem);
	assert_int_equal(a.routes_on_subsystem, b->routes_on_subsystem);
	assert_int_equal(party->point_code, label);
	if (a.global_title == 0 || a.numbering_plan == SCCP_NUMBERING_E214 || a.numbering_plan == SCCP_NUMBERING_E212)
		assert_true(party->node == node_of_point_code(label));
	else
		assert_true(party->node == node_of_digits(a.global_title));
}

static void what_is_found_again_is_what_was_read(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 202 };

	for (unsigned int round = 0; round < 4; round++) {
		find(p, &hlr, &vlr, &label);
		assert_is(p->party[PARTY_CALLED], &hlr, 202);
		assert_is(p->party[PARTY_CALLING], &vlr, 303);
		assert_int_equal(p->party[PARTY_CALLED]->has_segments, round > 0);
		p->party[PARTY_CALLED]->has_segments = true;
		p->party[PARTY_CALLED]->segments = 5;
		assert_true(p->party[PARTY_CALLED]->segments == 5);
	}
}

static void one_title_behind_two_point_codes_is_two_parties(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 202 };

	for (unsigned int round = 0; round < 3; round++) {
		find(p, &hlr, &hlr, &label);
		assert_is(p->party[PARTY_CALLED], &hlr, 202);
		assert_is(p->party[PARTY_CALLING], &hlr, 303);
		assert_ptr_not_equal(p->party[PARTY_CALLED], p->party[PARTY_CALLING]);
	}
}

static void one_end_that_is_both_parties_is_one(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 303 };

	for (unsigned int round = 0; round < 3; round++) {
		find(p, &hlr, &hlr, &label);
		assert_is(p->party[PARTY_CALLED], &hlr, 303);
		assert_is(p->party[PARTY_CALLING], &hlr, 303);
	}
}

/* Every octet counts, and so does the length, where the octets behind are zero. */
static void addresses_that_differ_in_one_bit_are_others(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 202 };

	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int bit = 0; bit < 8U * LENGTH_MAX; bit++) {
			struct wire wire = { { 0x12, 6, 0, 0x12, 4, 0x44, 0x87, 0x20, 0x70, 0x09, 0x20, 0x10, 0x32 }, LENGTH_MAX };

			wire.octets[bit / 8] ^= (uint8_t)(1U << bit % 8);
			if (bit < 8 && (wire.octets[0] & SCCP_USUAL_MASK) != SCCP_USUAL_INDICATOR)
				continue;
			find(p, &wire, &vlr, &label);
			assert_is(p->party[PARTY_CALLED], &wire, 202);
		}
		for (size_t length = 8; length <= LENGTH_MAX; length++) {
			struct wire wire = { { 0x12, 6, 0, 0x12, 4, 0x44, 0x87, 0x20 }, length };

			find(p, &wire, &vlr, &label);
			assert_is(p->party[PARTY_CALLED], &wire, 202);
		}
	}
}

static void addresses_of_subscribers_are_not_remembered(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 202 };

	for (unsigned int round = 0; round < 3; round++) {
		find(p, &roamer, &vlr, &label);
		assert_is(p->party[PARTY_CALLED], &roamer, 202);
		assert_ptr_equal(p->party[PARTY_CALLED], &p->passing[PARTY_CALLED]);
		assert_false(p->party[PARTY_CALLED]->has_segments);
		p->party[PARTY_CALLED]->has_segments = true;
	}
}

static void a_reload_forgets_everything(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 202 };

	find(p, &hlr, &vlr, &label);
	p->party[PARTY_CALLED]->has_segments = true;
	p->party[PARTY_CALLING]->has_segments = true;
	parties_renew(p);
	find(p, &hlr, &vlr, &label);
	assert_is(p->party[PARTY_CALLED], &hlr, 202);
	assert_false(p->party[PARTY_CALLED]->has_segments);
	assert_false(p->party[PARTY_CALLING]->has_segments);
}

/* Ten times as many addresses as there are places, in pairs of all kinds, so that both parties meet in one set. */
static void sets_that_overflow_give_the_right_parties(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 303 };
	uint64_t random = 1;

	for (unsigned int i = 0; i < 10 * PARTY_SETS * PARTY_WAYS; i++) {
		struct wire called;
		struct wire calling;

		random = hash_mix(random + 1);
		called = node_numbered((uint32_t)(random % (10 * PARTY_SETS * PARTY_WAYS)));
		calling = node_numbered((uint32_t)((random >> 32) % (i % 2 ? 10 : 10 * PARTY_SETS * PARTY_WAYS)));
		find(p, &called, &calling, &label);
		assert_is(p->party[PARTY_CALLED], &called, 303);
		assert_is(p->party[PARTY_CALLING], &calling, 303);
	}
}

/* The same with one set, which every address meets, as if somebody knew the key. */
static void addresses_that_collide_give_the_right_parties(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 303 };
	struct wire colliding[5];
	struct party(*set)[PARTY_WAYS] = NULL;
	size_t count = 0;

	for (uint32_t number = 0; count < 5; number++) {
		struct wire wire = node_numbered(number);
		struct party(*of)[PARTY_WAYS];

		find(p, &wire, &roamer, &label);
		of = &p->sets[(size_t)(p->party[PARTY_CALLED] - &p->sets[0][0]) / PARTY_WAYS];
		set = set == NULL ? of : set;
		if (of == set)
			colliding[count++] = wire;
	}
	for (unsigned int i = 0; i < 5U * 5U * 5U * 5U; i++) {
		const struct wire *first = &colliding[i % 5];
		const struct wire *second = &colliding[i / 5 % 5];

		find(p, &colliding[i / 25 % 5], &colliding[i / 125], &label);
		find(p, first, second, &label);
		assert_is(p->party[PARTY_CALLED], first, 303);
		assert_is(p->party[PARTY_CALLING], second, 303);
	}
}

static void what_comes_again_stays_while_what_comes_once_passes(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 202 };

	find(p, &hlr, &vlr, &label);
	find(p, &hlr, &vlr, &label);
	p->party[PARTY_CALLED]->has_segments = true;
	for (uint32_t number = 0; number < 10 * PARTY_SETS * PARTY_WAYS; number++) {
		struct wire once = node_numbered(number);

		find(p, &once, &roamer, &label);
	}
	find(p, &hlr, &vlr, &label);
	assert_true(p->party[PARTY_CALLED]->has_segments);
}

static void an_address_of_another_form_brings_its_own_point_code(void **state)
{
	struct parties *p = *state;
	const struct mtp3 label = { .opc = 303, .dpc = 202 };
	const struct sccp sccp = { .called = { .point_code = 77, .has_point_code = true }, .calling = { .subsystem = 7 } };

	parties_pass(p, &sccp, &label);
	assert_int_equal(p->party[PARTY_CALLED]->point_code, 77);
	assert_true(p->party[PARTY_CALLED]->node == node_of_point_code(77));
	assert_int_equal(p->party[PARTY_CALLING]->point_code, 303);
	assert_int_equal(p->party[PARTY_CALLING]->address.subsystem, 7);
	assert_false(p->party[PARTY_CALLING]->has_segments);
}

#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TABLE(what_is_found_again_is_what_was_read),
		WITH_TABLE(one_title_behind_two_point_codes_is_two_parties),
		WITH_TABLE(one_end_that_is_both_parties_is_one),
		WITH_TABLE(addresses_that_differ_in_one_bit_are_others),
		WITH_TABLE(addresses_of_subscribers_are_not_remembered),
		WITH_TABLE(a_reload_forgets_everything),
		WITH_TABLE(sets_that_overflow_give_the_right_parties),
		WITH_TABLE(addresses_that_collide_give_the_right_parties),
		WITH_TABLE(what_comes_again_stays_while_what_comes_once_passes),
		WITH_TABLE(an_address_of_another_form_brings_its_own_point_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
