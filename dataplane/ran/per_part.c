/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pieces that S1AP (TS 36.413 9.3) and NGAP (TS 38.413 9.4) write alike in aligned PER (X.691): wide numbers, extensions that are stepped
 * over, causes. Pure functions, called by s1ap.c and ngap.c for the walk of every worker.
 *
 * Refused: whatever ends before it should, more than 64 additions to a SEQUENCE, causes in extensions of the CHOICE.
 */
#include "dataplane/ran/per_part.h"

#define ALTERNATIVES  3 /* initiating, successful, unsuccessful */
#define ADDITIONS_MAX 64
#define WIDE_LENGTH   3 /* bits for a length of one to five octets */
#define WIDE_OCTETS   5

bool elementary_peek(struct cursor c, uint8_t *ret_kind, uint8_t *ret_procedure_code)
{
	struct per p = per_of(c);
	uint32_t kind = 0;
	uint32_t code = 0;

	if (!per_index(&p, ALTERNATIVES, true, &kind) || kind >= ALTERNATIVES || !per_number(&p, 256, &code))
		return false;
	*ret_kind = (uint8_t)kind;
	*ret_procedure_code = (uint8_t)code;
	return true;
}

bool elementary_read_cut(struct cursor c, struct elementary *ret)
{
	struct elementary e = { 0 };
	struct per p = per_of(c);
	uint32_t number = 0;
	uint32_t length = 0;

	if (elementary_read(c, ALTERNATIVES, ret))
		return true;
	if (!elementary_peek(c, &e.kind, &e.procedure_code) || !per_bits(&p, 16, &number) || !per_bits(&p, 2, &number) ||
	    !per_length(&p, &length))
		return false;
	cursor_trim(&p.bytes, length);
	e.criticality = (uint8_t)number;
	if (!per_bits(&p, 1, &number) || !per_number(&p, 65536, &e.fields_left))
		return false;
	e.fields = p;
	*ret = e;
	return true;
}

bool per_wide_number(struct per *p, uint64_t *ret)
{
	struct cursor octets;
	uint32_t length = 0;
	uint64_t value = 0;
	uint8_t octet = 0;

	if (!per_bits(p, WIDE_LENGTH, &length) || length >= WIDE_OCTETS || !per_octets(p, length + 1, &octets))
		return false;
	while (cursor_u8(&octets, &octet))
		value = value << 8 | octet;
	*ret = value;
	return true;
}

bool per_skip_extensions(struct per *p)
{
	struct cursor value;
	uint32_t count = 0;
	uint32_t number = 0;

	if (!per_number(p, 65536, &count))
		return false;
	/* Each takes at least four octets, so that the window ends this whatever `count` says. */
	for (uint32_t i = 0; i <= count; i++) {
		if (!per_number(p, 65536, &number) || !per_number(p, 3, &number) || !per_open(p, &value))
			return false;
	}
	return true;
}

bool per_skip_additions(struct per *p)
{
	struct cursor value;
	uint32_t is_many = 0;
	uint32_t count = 0;
	uint64_t present = 0;
	uint32_t bit = 0;

	if (!per_bits(p, 1, &is_many) || is_many != 0 || !per_bits(p, 6, &count))
		return false;
	for (uint32_t i = 0; i <= count && i < ADDITIONS_MAX; i++) {
		if (!per_bits(p, 1, &bit))
			return false;
		present |= (uint64_t)bit << i;
	}
	for (uint32_t i = 0; i < ADDITIONS_MAX; i++) {
		if ((present >> i & 1) != 0 && !per_open(p, &value))
			return false;
	}
	return true;
}

bool per_skip_end(struct per *p, bool has_extensions, bool is_extended)
{
	if (has_extensions && !per_skip_extensions(p))
		return false;
	return !is_extended || per_skip_additions(p);
}

bool per_sequence(struct per *p, unsigned int count, bool *ret_is_extended, uint32_t *ret_optionals)
{
	uint32_t head = 0;

	if (!per_bits(p, count + 1, &head))
		return false;
	*ret_is_extended = head >> count != 0;
	*ret_optionals = head & ((UINT32_C(1) << count) - 1);
	return true;
}

bool elementary_cause_read(struct cursor value, unsigned int alternatives, bool is_extensible, const uint8_t roots[CAUSE_GROUPS],
			   struct elementary_cause *ret)
{
	struct per p = per_of(value);
	uint32_t group = 0;
	uint32_t number = 0;

	if (!per_index(&p, alternatives, is_extensible, &group) || group >= CAUSE_GROUPS || !per_index(&p, roots[group], true, &number) ||
	    number > UINT8_MAX)
		return false;
	ret->group = (uint8_t)group;
	ret->value = (uint8_t)number;
	return true;
}

const char *elementary_cause_group(uint8_t group)
{
	static const char *const names[CAUSE_GROUPS] = { "radioNetwork", "transport", "nas", "protocol", "misc" };

	return group < CAUSE_GROUPS ? names[group] : NULL;
}
