/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MAP parameters, TS 29.002 17.7 and, for versions 1 and 2, GSM 09.02: who the subscriber is, which nodes are named, why an error was
 * given. The worker's walk calls map_read() for each component of a dialogue in a MAP context or subsystem.
 *
 * What is where stands in map_field.def and map_diagnostic.def, a row per place; map_step.c makes steps from tag to tag of them. One pass
 * over the parameter follows all rows of the operation at once. Elements that no step leads into, as extension containers and profiles,
 * are stepped over whole. At most MAP_PATH_MAX_TAGS levels are open; every round reads an element or closes a level.
 *
 * The first occurrence of a field counts. A number that is not readable (empty, more than 15 digits) leaves its field 0 and is no
 * error. Refused is only what BER cannot read. Not read: the text of USSD and short messages, profiles, locations below the node.
 */
#include "dataplane/ss7/map.h"

#include <stddef.h>

#include "dataplane/base/ber.h"
#include "dataplane/ss7/map_step.h"

/* Where each number goes. */
static const uint8_t number_offsets[] = {
	[IMSI] = offsetof(struct map, imsi),
	[IMEI] = offsetof(struct map, imei),
	[MSISDN] = offsetof(struct map, msisdn),
	[VLR] = offsetof(struct map, vlr),
	[MSC] = offsetof(struct map, msc),
	[SGSN] = offsetof(struct map, sgsn),
	[HLR] = offsetof(struct map, hlr),
	[GMSC] = offsetof(struct map, gmsc),
	[SERVICE_CENTRE] = offsetof(struct map, service_centre),
	[ROAMING] = offsetof(struct map, roaming_number),
};

/* An open element: what is left of it, the first of the steps that go on inside, and how many OCTET STRINGs have passed. */
struct level {
	struct cursor left;
	const struct map_step *steps;
	uint32_t octet_strings;
};

/* The usual form of BER in line, and no other; or every form. */
enum reading { USUAL, ANY };

/* IMEI (17.7.8): 15 digits and a spare one, or 16 with the software version; the last is not part of the equipment's name. */
static digits imei_read(const struct cursor *value)
{
	uint64_t nibbles = nibbles_of_wire(value);
	unsigned int count = nibbles_count(nibbles);

	return nibbles_number(nibbles, count < DIGITS_MAX ? count : DIGITS_MAX);
}

/*
 * TBCD-STRING (17.7.8), and ISDN-AddressString and AddressString: an octet of nature and plan, then TBCD. The first counts; what does
 * not make a number is left out.
 */
static inline void number_take(enum map_field field, struct cursor value, struct map *map)
{
	digits *number = (digits *)(void *)((char *)map + number_offsets[field]);

	if (*number != 0)
		return;
	if (field == IMEI)
		*number = imei_read(&value);
	else if (field == IMSI || cursor_skip(&value, 1))
		digits_read_tbcd(&value, number);
}

static uint8_t small_number(struct cursor value, uint8_t otherwise)
{
	const struct ber element = { .value = value };
	int32_t number = 0;

	return ber_integer(&element, &number) && number >= 0 && number < UINT8_MAX ? (uint8_t)number : otherwise;
}

static void other_take(enum map_field field, struct cursor value, struct map *map)
{
	switch (field) {
	case NODE_IS_SGSN:
		map->sgsn = map->msc;
		map->msc = 0;
		break;
	case VECTOR:
		if (map->vectors < UINT8_MAX)
			map->vectors++;
		break;
	case VECTORS_ASKED:
		map->vectors = small_number(value, 0);
		break;
	case CANCELLATION:
		map->cancellation_type = small_number(value, MAP_CANCELLATION_NONE);
		break;
	case REQUESTING_NODE:
		map->requesting_node = small_number(value, MAP_REQUESTING_NODE_NONE);
		break;
	case EQUIPMENT_STATUS:
		map->equipment_status = small_number(value, MAP_EQUIPMENT_NONE);
		break;
	case FAILURE_CAUSE:
		if (map->failure_cause == MAP_FAILURE_NONE)
			map->failure_cause = small_number(value, MAP_FAILURE_NONE);
		break;
	case DIAGNOSTIC:
		map->diagnostic = small_number(value, MAP_DIAGNOSTIC_NONE);
		break;
	case IMSI:
	case IMEI:
	case MSISDN:
	case VLR:
	case MSC:
	case SGSN:
	case HLR:
	case GMSC:
	case SERVICE_CENTRE:
	case ROAMING:
	case MAP_FIELD_NONE:
		break;
	}
}

static inline enum ber_error element_read(struct cursor *c, enum reading reading, struct ber *ret)
{
	if (reading == USUAL)
		return ber_read_usual(c, ret) ? BER_OK : BER_TRUNCATED;
	return ber_read_any(c, ret);
}

/* The step of `tag` from a place, or the end of the place. */
static inline const struct map_step *step_find(const struct map_step *step, uint32_t tag)
{
	while (step->tag != tag && step->tag != 0)
		step++;
	return step;
}

/* Takes what the element of a step is; returns whether steps go on into it. */
static inline __attribute__((always_inline)) bool step_take(const struct map_step *step, const struct ber *element, struct map *map)
{
	if (step->field < NODE_IS_SGSN)
		number_take((enum map_field)step->field, element->value, map);
	else if (step->field != MAP_FIELD_NONE)
		other_take((enum map_field)step->field, element->value, map);
	return step->inside != 0 && element->is_constructed;
}

/*
 * The first element of the window is the parameter; what may follow it is not looked at. What is inside is read in one pass, and inside its
 * elements where steps lead. Every round reads an element and closes the levels that end with it.
 */
static inline __attribute__((always_inline)) enum ber_error parameter_walk(const struct map_step *steps, struct cursor left,
									   enum reading reading, struct map *map)
{
	struct level above[MAP_PATH_MAX_TAGS];
	uint32_t octet_strings = 0;
	unsigned int depth = 0;

	if (cursor_left(&left) == 0)
		return BER_OK;
	while (true) {
		const struct map_step *step;
		struct ber element;
		enum ber_error error = element_read(&left, reading, &element);

		if (error != BER_OK)
			return error;
		if (element.tag == MAP_TAG_OCTET_STRING)
			element.tag = MAP_OCTETS(octet_strings < MAP_OCTETS_MAX ? ++octet_strings : 0);
		step = step_find(steps, element.tag);
		if (step_take(step, &element, map)) {
			above[depth++] = (struct level){ .left = left, .steps = steps, .octet_strings = octet_strings };
			left = element.value;
			steps = &map_steps[step->inside];
			octet_strings = 0;
		}
		while (depth == 0 || cursor_left(&left) == 0) {
			if (depth == 0)
				return BER_OK;
			depth--;
			left = above[depth].left;
			steps = above[depth].steps;
			octet_strings = above[depth].octet_strings;
		}
	}
}

/* The place of a component's operation or error. */
static inline const struct map_step *component_steps(const struct tcap_component *component, int32_t operation)
{
	if (component->type == TCAP_RETURN_ERROR)
		return map_steps_of_code(ERROR, component->error);
	if (component->type == TCAP_REJECT)
		operation = -1;
	return map_steps_of_code(component->type == TCAP_INVOKE ? INVOKE : RESULT, operation);
}

static inline __attribute__((always_inline)) bool component_read(const struct tcap_component *component, int32_t operation,
								 enum reading reading, struct map *ret)
{
	const struct map_step *steps = component_steps(component, operation);
	struct map map;

	map_clear(&map);
	if (steps != &map_steps[0] && parameter_walk(steps, component->parameter, reading, &map) != BER_OK)
		return false;
	*ret = map;
	return true;
}

bool map_is_routed_by_number(int32_t operation)
{
	/* sendRoutingInfo, ...ForSM, reportSM-DeliveryStatus, anyTimeSubscriptionInterrogation, ...Modification, ...Interrogation,
	 * ...ForLCS */
	static const bool operations[] = { [22] = true, [45] = true, [47] = true, [62] = true, [65] = true, [71] = true, [85] = true };

	return operation >= 0 && (size_t)operation < sizeof(operations) && operations[operation];
}

enum verdict map_read_any(const struct tcap_component *component, int32_t operation, struct map *ret)
{
	return component_read(component, operation, ANY, ret) ? VERDICT_DECODED : VERDICT_MAP_PARAMETER;
}

/* `version` is not needed: the tags tell the versions apart, see map_field.def. */
enum verdict map_read(const struct tcap_component *component, int32_t operation, uint8_t version, struct map *ret)
{
	(void)version;
	return component_read(component, operation, USUAL, ret) ? VERDICT_DECODED : map_read_any(component, operation, ret);
}
