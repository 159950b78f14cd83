/* SPDX-License-Identifier: BSD-3-Clause */
/* MAP parameters: TS 29.002 17.7 and the older forms of GSM 09.02, one example per operation and form; errors with their diagnostics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ss7/map.h"

/* IMSI 234100000000001, and numbers that differ in their last digit only, so that no field can be taken for another. */
#define IMSI_OCTETS        0x32, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf1
#define NUMBER(last)       0x91, 0x44, 0x87, 0x20, 0x00, 0x10, (last) << 4
#define IMSI_(tag)         tag, 0x08, IMSI_OCTETS
#define NUMBER_(tag, last) tag, 0x07, NUMBER(last)
#define EXTENSION          0x30, 0x08, 0xa0, 0x06, 0x30, 0x04, 0x06, 0x02, 0x2a, 0x03

enum last { HLR = 1, GMSC, SERVICE_CENTRE, ROAMING, MSISDN, VLR, MSC, SGSN, IMSI, NOTHING };

struct example {
	const char *name;
	uint8_t type; /* enum tcap_component_type */
	uint8_t operation;
	uint16_t fields; /* bit per enum last that must be found; the others must not */
	uint8_t length;
	uint8_t bytes[64];
};

#define BIT(last) (1U << (last))
#define BYTES(...)                                                                                                                         \
	sizeof((uint8_t[]){ __VA_ARGS__ }),                                                                                                \
	{                                                                                                                                  \
		__VA_ARGS__                                                                                                                \
	}
#define INVOKE TCAP_INVOKE
#define RESULT TCAP_RETURN_RESULT_LAST

static const struct example examples[] = {
	{ "updateLocation", INVOKE, 2, BIT(IMSI) | BIT(MSC) | BIT(VLR),
	  BYTES(0x30, 0x22, IMSI_(0x04), NUMBER_(0x81, MSC), NUMBER_(0x04, VLR), 0xa6, 0x04, 0x80, 0x02, 0x05, 0xe0) },
	{ "updateLocation v1 result", RESULT, 2, BIT(HLR), BYTES(NUMBER_(0x04, HLR)) },
	{ "updateLocation result", RESULT, 2, BIT(HLR), BYTES(0x30, 0x13, NUMBER_(0x04, HLR), EXTENSION) },
	{ "cancelLocation v2", INVOKE, 3, BIT(IMSI), BYTES(IMSI_(0x04)) },
	{ "cancelLocation v2 with LMSI", INVOKE, 3, BIT(IMSI), BYTES(0x30, 0x10, IMSI_(0x04), 0x04, 0x04, 1, 2, 3, 4) },
	{ "cancelLocation", INVOKE, 3, BIT(IMSI), BYTES(0xa3, 0x0d, IMSI_(0x04), 0x0a, 0x01, 0x00) },
	{ "cancelLocation with LMSI", INVOKE, 3, BIT(IMSI), BYTES(0xa3, 0x12, 0x30, 0x10, IMSI_(0x04), 0x04, 0x04, 1, 2, 3, 4) },
	{ "provideRoamingNumber", INVOKE, 4, BIT(IMSI) | BIT(MSC) | BIT(MSISDN) | BIT(GMSC),
	  BYTES(0x30, 0x25, IMSI_(0x80), NUMBER_(0x81, MSC), NUMBER_(0x82, MSISDN), NUMBER_(0x88, GMSC)) },
	{ "provideRoamingNumber v2 result", RESULT, 4, BIT(ROAMING), BYTES(NUMBER_(0x04, ROAMING)) },
	{ "provideRoamingNumber result", RESULT, 4, BIT(ROAMING) | BIT(MSC),
	  BYTES(0x30, 0x14, NUMBER_(0x04, ROAMING), 0x05, 0x00, NUMBER_(0x04, MSC)) },
	{ "noteSubscriberDataModified", INVOKE, 5, BIT(IMSI) | BIT(MSISDN), BYTES(0x30, 0x13, IMSI_(0x04), NUMBER_(0x04, MSISDN)) },
	{ "insertSubscriberData", INVOKE, 7, BIT(IMSI) | BIT(MSISDN),
	  BYTES(0x30, 0x1d, IMSI_(0x80), NUMBER_(0x81, MSISDN), 0x82, 0x01, 0x0a, 0xa4, 0x05, 0x04, 0x03, 1, 2, 3) },
	{ "insertSubscriberData again", INVOKE, 7, 0, BYTES(0x30, 0x05, 0xa4, 0x03, 0x04, 0x01, 0x11) },
	{ "deleteSubscriberData", INVOKE, 8, BIT(IMSI), BYTES(0x30, 0x0c, IMSI_(0x80), 0x85, 0x00) },
	{ "sendParameters v1", INVOKE, 9, BIT(IMSI), BYTES(0x30, 0x0f, IMSI_(0x80), 0x30, 0x03, 0x0a, 0x01, 0x01) },
	{ "sendParameters v1 result", RESULT, 9, BIT(IMSI) | BIT(MSISDN),
	  BYTES(0x30, 0x15, IMSI_(0x80), 0xa2, 0x09, NUMBER_(0x81, MSISDN)) },
	{ "authenticationFailureReport", INVOKE, 15, BIT(IMSI) | BIT(VLR),
	  BYTES(0x30, 0x16, IMSI_(0x04), 0x0a, 0x01, 0x00, NUMBER_(0x80, VLR)) },
	{ "updateLocation v1", INVOKE, 2, BIT(IMSI) | BIT(ROAMING) | BIT(VLR),
	  BYTES(0x30, 0x1c, IMSI_(0x04), NUMBER_(0x80, ROAMING), NUMBER_(0x04, VLR)) },
	{ "resumeCallHandling", INVOKE, 6, BIT(IMSI) | BIT(MSISDN), BYTES(0x30, 0x13, IMSI_(0x83), NUMBER_(0x89, MSISDN)) },
	{ "releaseResources", INVOKE, 20, BIT(ROAMING), BYTES(0x30, 0x09, NUMBER_(0x04, ROAMING)) },
	{ "prepareHandover result", RESULT, 68, BIT(ROAMING), BYTES(0xa3, 0x09, NUMBER_(0x80, ROAMING)) },
	{ "provideSubscriberLocation", INVOKE, 83, BIT(IMSI) | BIT(MSISDN),
	  BYTES(0x30, 0x18, 0x30, 0x03, 0x80, 0x01, 0x00, IMSI_(0x82), NUMBER_(0x83, MSISDN)) },
	{ "sendRoutingInfoForLCS result", RESULT, 85, BIT(IMSI) | BIT(SGSN),
	  BYTES(0x30, 0x19, 0xa0, 0x0a, IMSI_(0x80), 0xa1, 0x0b, NUMBER_(0x04, SGSN), 0x82, 0x00) },
	{ "noteMM-Event", INVOKE, 89, BIT(IMSI) | BIT(MSISDN),
	  BYTES(0x30, 0x19, 0x02, 0x01, 0x01, 0x80, 0x01, 0x00, IMSI_(0x81), NUMBER_(0x82, MSISDN)) },
	{ "sendRoutingInfo", INVOKE, 22, BIT(MSISDN) | BIT(GMSC),
	  BYTES(0x30, 0x15, NUMBER_(0x80, MSISDN), 0x83, 0x01, 0x00, NUMBER_(0x86, GMSC)) },
	{ "sendRoutingInfo v2 result", RESULT, 22, BIT(IMSI) | BIT(ROAMING), BYTES(0x30, 0x13, IMSI_(0x04), NUMBER_(0x04, ROAMING)) },
	{ "sendRoutingInfo result", RESULT, 22, BIT(IMSI) | BIT(ROAMING) | BIT(MSC) | BIT(VLR),
	  BYTES(0xa3, 0x29, IMSI_(0x89), NUMBER_(0x04, ROAMING), 0xa7, 0x0b, 0xa0, 0x09, NUMBER_(0x81, VLR), NUMBER_(0x82, MSC)) },
	{ "updateGprsLocation", INVOKE, 23, BIT(IMSI) | BIT(SGSN),
	  BYTES(0x30, 0x1a, IMSI_(0x04), NUMBER_(0x04, SGSN), 0x04, 0x05, 0x04, 10, 0, 0, 1) },
	{ "updateGprsLocation result", RESULT, 23, BIT(HLR), BYTES(0x30, 0x09, NUMBER_(0x04, HLR)) },
	{ "sendRoutingInfoForGprs", INVOKE, 24, BIT(IMSI), BYTES(0x30, 0x0a, IMSI_(0x80)) },
	{ "reset", INVOKE, 37, BIT(HLR), BYTES(0x30, 0x0f, NUMBER_(0x04, HLR), 0x30, 0x04, 0x04, 0x02, 0x32, 0x14) },
	{ "mt-ForwardSM", INVOKE, 44, BIT(IMSI) | BIT(SERVICE_CENTRE),
	  BYTES(0x30, 0x17, IMSI_(0x80), NUMBER_(0x84, SERVICE_CENTRE), 0x04, 0x02, 0xaa, 0xbb) },
	{ "mt-ForwardSM to an LMSI", INVOKE, 44, BIT(SERVICE_CENTRE),
	  BYTES(0x30, 0x11, 0x81, 0x04, 1, 2, 3, 4, NUMBER_(0x84, SERVICE_CENTRE), 0x80, 0x00) },
	{ "sendRoutingInfoForSM", INVOKE, 45, BIT(MSISDN) | BIT(SERVICE_CENTRE),
	  BYTES(0x30, 0x15, NUMBER_(0x80, MSISDN), 0x81, 0x01, 0xff, NUMBER_(0x82, SERVICE_CENTRE)) },
	{ "sendRoutingInfoForSM result", RESULT, 45, BIT(IMSI) | BIT(MSC), BYTES(0x30, 0x15, IMSI_(0x04), 0xa0, 0x09, NUMBER_(0x81, MSC)) },
	{ "sendRoutingInfoForSM result at an SGSN and an MSC", RESULT, 45, BIT(IMSI) | BIT(SGSN) | BIT(MSC),
	  BYTES(0x30, 0x22, IMSI_(0x04), 0xa0, 0x16, NUMBER_(0x81, SGSN), 0x85, 0x00, 0xa6, 0x09, NUMBER_(0x80, MSC)) },
	{ "mo-ForwardSM", INVOKE, 46, BIT(MSISDN) | BIT(SERVICE_CENTRE) | BIT(IMSI),
	  BYTES(0x30, 0x20, NUMBER_(0x84, SERVICE_CENTRE), NUMBER_(0x82, MSISDN), 0x04, 0x02, 0xaa, 0xbb, IMSI_(0x04)) },
	{ "forwardSM v2 to the subscriber", INVOKE, 46, BIT(IMSI) | BIT(SERVICE_CENTRE),
	  BYTES(0x30, 0x17, IMSI_(0x80), NUMBER_(0x84, SERVICE_CENTRE), 0x04, 0x02, 0xaa, 0xbb) },
	{ "reportSM-DeliveryStatus", INVOKE, 47, BIT(MSISDN) | BIT(SERVICE_CENTRE),
	  BYTES(0x30, 0x15, NUMBER_(0x04, MSISDN), NUMBER_(0x04, SERVICE_CENTRE), 0x0a, 0x01, 0x02) },
	{ "reportSM-DeliveryStatus result", RESULT, 47, BIT(MSISDN), BYTES(0x30, 0x09, NUMBER_(0x04, MSISDN)) },
	{ "noteSubscriberPresent v1", INVOKE, 48, BIT(IMSI), BYTES(IMSI_(0x04)) },
	{ "alertServiceCentre v1", INVOKE, 49, BIT(MSISDN) | BIT(SERVICE_CENTRE),
	  BYTES(0x30, 0x12, NUMBER_(0x04, MSISDN), NUMBER_(0x04, SERVICE_CENTRE)) },
	{ "sendIdentification", INVOKE, 55, BIT(MSC), BYTES(0x30, 0x12, 0x04, 0x04, 1, 2, 3, 4, 0x02, 0x01, 0x02, NUMBER_(0x04, MSC)) },
	{ "sendIdentification v2 result", RESULT, 55, BIT(IMSI), BYTES(0x30, 0x0a, IMSI_(0x04)) },
	{ "sendIdentification result", RESULT, 55, BIT(IMSI), BYTES(0xa3, 0x0a, IMSI_(0x04)) },
	{ "sendAuthenticationInfo v2", INVOKE, 56, BIT(IMSI), BYTES(IMSI_(0x04)) },
	{ "sendAuthenticationInfo", INVOKE, 56, BIT(IMSI), BYTES(0x30, 0x10, IMSI_(0x80), 0x02, 0x01, 0x03, 0x83, 0x01, 0x01) },
	{ "restoreData", INVOKE, 57, BIT(IMSI), BYTES(0x30, 0x10, IMSI_(0x04), 0x8a, 0x04, 1, 2, 3, 4) },
	{ "restoreData result", RESULT, 57, BIT(HLR), BYTES(0x30, 0x0b, NUMBER_(0x04, HLR), 0x05, 0x00) },
	{ "sendIMSI", INVOKE, 58, BIT(MSISDN), BYTES(NUMBER_(0x04, MSISDN)) },
	{ "sendIMSI result", RESULT, 58, BIT(IMSI), BYTES(IMSI_(0x04)) },
	{ "processUnstructuredSS-Request", INVOKE, 59, BIT(MSISDN),
	  BYTES(0x30, 0x10, 0x04, 0x01, 0x0f, 0x04, 0x02, 0xaa, 0x18, NUMBER_(0x80, MSISDN)) },
	{ "informServiceCentre", INVOKE, 63, BIT(MSISDN), BYTES(0x30, 0x0d, NUMBER_(0x04, MSISDN), 0x03, 0x02, 0x02, 0x40) },
	{ "alertServiceCentre", INVOKE, 64, BIT(MSISDN) | BIT(SERVICE_CENTRE) | BIT(IMSI),
	  BYTES(0x30, 0x1c, NUMBER_(0x04, MSISDN), NUMBER_(0x04, SERVICE_CENTRE), IMSI_(0x04)) },
	{ "readyForSM", INVOKE, 66, BIT(IMSI), BYTES(0x30, 0x0d, IMSI_(0x80), 0x0a, 0x01, 0x00) },
	{ "purgeMS v2", INVOKE, 67, BIT(IMSI) | BIT(VLR), BYTES(0x30, 0x13, IMSI_(0x04), NUMBER_(0x04, VLR)) },
	{ "purgeMS", INVOKE, 67, BIT(IMSI) | BIT(SGSN), BYTES(0xa3, 0x13, IMSI_(0x04), NUMBER_(0x81, SGSN)) },
	{ "provideSubscriberInfo", INVOKE, 70, BIT(IMSI), BYTES(0x30, 0x0e, IMSI_(0x80), 0xa2, 0x02, 0x80, 0x00) },
	{ "anyTimeInterrogation", INVOKE, 71, BIT(MSISDN),
	  BYTES(0x30, 0x18, 0xa0, 0x09, NUMBER_(0x81, MSISDN), 0xa1, 0x02, 0x80, 0x00, NUMBER_(0x83, GMSC)) },
	{ "anyTimeInterrogation by IMSI", INVOKE, 71, BIT(IMSI), BYTES(0x30, 0x0c, 0xa0, 0x0a, IMSI_(0x80)) },
	{ "anyTimeInterrogation result", RESULT, 71, BIT(VLR) | BIT(MSC),
	  BYTES(0x30, 0x19, 0x30, 0x17, 0xa0, 0x15, 0x02, 0x01, 0x05, NUMBER_(0x81, VLR), NUMBER_(0x86, MSC)) },
};

static digits number_of(unsigned int last)
{
	digits d = 0;

	assert_true(digits_read_text("44780200010", 11, &d));
	assert_true(digits_append(&d, last));
	return d;
}

static struct tcap_component component_of(uint8_t type, int32_t operation, const uint8_t *bytes, size_t length)
{
	return (struct tcap_component){
		.parameter = cursor_of(bytes, length),
		.operation = operation,
		.error = -1,
		.type = type,
		.has_operation = operation >= 0,
	};
}

static void assert_field(digits field, const struct example *example, enum last last)
{
	digits expected = example->fields & BIT(last) ? number_of(last) : 0;

	if (field != expected)
		fail_msg("%s: field %d is %016llx", example->name, (int)last, (unsigned long long)field);
}

static void each_operation_gives_the_identities_that_it_carries(void **state)
{
	digits imsi = 0;

	(void)state;
	assert_true(digits_read_text("234100000000001", 15, &imsi));
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		const struct example *e = &examples[i];
		struct tcap_component component = component_of(e->type, e->operation, e->bytes, e->length);
		struct map map;

		if (map_read(&component, e->operation, 0, &map) != VERDICT_DECODED)
			fail_msg("%s is refused", e->name);
		if (map.imsi != (e->fields & BIT(IMSI) ? imsi : 0))
			fail_msg("%s: the IMSI is %016llx", e->name, (unsigned long long)map.imsi);
		assert_field(map.msisdn, e, MSISDN);
		assert_field(map.vlr, e, VLR);
		assert_field(map.msc, e, MSC);
		assert_field(map.sgsn, e, SGSN);
		assert_field(map.hlr, e, HLR);
		assert_field(map.gmsc, e, GMSC);
		assert_field(map.service_centre, e, SERVICE_CENTRE);
		assert_field(map.roaming_number, e, ROAMING);
		assert_int_equal(map.diagnostic, MAP_DIAGNOSTIC_NONE);
	}
}

static void every_cut_of_a_parameter_is_refused_and_leaves_the_output(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		for (size_t length = 1; length < examples[i].length; length++) {
			struct tcap_component component = component_of(examples[i].type, examples[i].operation, examples[i].bytes, length);
			struct map map = { .imsi = 4711 };

			assert_int_equal(map_read(&component, examples[i].operation, 3, &map), VERDICT_MAP_PARAMETER);
			assert_true(map.imsi == 4711);
		}
	}
}

static struct map map_of(uint8_t type, int32_t operation, const uint8_t *bytes, size_t length)
{
	struct tcap_component component = component_of(type, operation, bytes, length);
	struct map map;

	assert_int_equal(map_read(&component, operation, 0, &map), VERDICT_DECODED);
	return map;
}

#define MAP(type, operation, bytes) map_of(type, operation, bytes, sizeof(bytes))

static void authentication_vectors_are_counted_and_asked_for(void **state)
{
	static const uint8_t v2[] = { 0x30, 0x08, 0x30, 0x02, 0x04, 0x00, 0x30, 0x02, 0x04, 0x00 };          /* two triplets */
	static const uint8_t triplets[] = { 0xa3, 0x06, 0xa0, 0x04, 0x30, 0x00, 0x30, 0x00 };                /* tripletList */
	static const uint8_t quintuplets[] = { 0xa3, 0x08, 0xa1, 0x06, 0x30, 0x00, 0x30, 0x00, 0x30, 0x00 }; /* quintupletList */
	static const uint8_t none[] = { 0xa3, 0x00 };
	static const uint8_t invoke[] = { 0x30, 0x10, IMSI_(0x80), 0x02, 0x01, 0x05, 0x83, 0x01, 0x06 }; /* five, for an MME */
	struct map map = MAP(TCAP_INVOKE, 56, invoke);

	(void)state;
	assert_int_equal(map.vectors, 5);
	assert_int_equal(map.requesting_node, 6);
	assert_int_equal(MAP(TCAP_RETURN_RESULT_LAST, 56, v2).vectors, 2);
	assert_int_equal(MAP(TCAP_RETURN_RESULT_LAST, 56, triplets).vectors, 2);
	assert_int_equal(MAP(TCAP_RETURN_RESULT_NOT_LAST, 56, quintuplets).vectors, 3);
	assert_int_equal(MAP(TCAP_RETURN_RESULT_LAST, 56, none).vectors, 0);
	assert_int_equal(MAP(TCAP_RETURN_RESULT_LAST, 56, none).requesting_node, MAP_REQUESTING_NODE_NONE);
}

static void the_cancellation_type_is_told(void **state)
{
	static const uint8_t withdrawn[] = { 0xa3, 0x0d, IMSI_(0x04), 0x0a, 0x01, 0x01 };
	static const uint8_t bare[] = { IMSI_(0x04) };

	(void)state;
	assert_int_equal(MAP(TCAP_INVOKE, 3, withdrawn).cancellation_type, 1);
	assert_int_equal(MAP(TCAP_INVOKE, 3, bare).cancellation_type, MAP_CANCELLATION_NONE);
}

static void the_status_of_an_equipment_and_the_cause_of_a_failure_are_told(void **state)
{
	static const uint8_t bare[] = { 0x0a, 0x01, 0x02 };
	static const uint8_t sequence[] = { 0x30, 0x03, 0x0a, 0x01, 0x01 };
	static const uint8_t report[] = { 0x30, 0x10, IMSI_(0x04), 0x0a, 0x01, 0x01, 0x0a, 0x01, 0x04 }; /* accessType behind it */

	(void)state;
	assert_int_equal(MAP(TCAP_RETURN_RESULT_LAST, 43, bare).equipment_status, 2);
	assert_int_equal(MAP(TCAP_RETURN_RESULT_LAST, 43, sequence).equipment_status, 1);
	assert_int_equal(MAP(TCAP_INVOKE, 15, report).failure_cause, 1);
	assert_int_equal(MAP(TCAP_INVOKE, 15, report).equipment_status, MAP_EQUIPMENT_NONE);
}

static void an_imei_keeps_fifteen_of_its_sixteen_digits(void **state)
{
	static const uint8_t bare[] = { 0x04, 0x08, 0x53, 0x91, 0x80, 0x50, 0x21, 0x43, 0x65, 0x07 };
	static const uint8_t sequence[] = {
		0x30, 0x0e, 0x04, 0x08, 0x53, 0x91, 0x80, 0x50, 0x21, 0x43, 0x65, 0xf7, 0x03, 0x02, 0x06, 0x80
	};
	digits imei = 0;

	(void)state;
	assert_true(digits_read_text("351908051234567", 15, &imei));
	assert_true(MAP(TCAP_INVOKE, 43, bare).imei == imei);
	assert_true(MAP(TCAP_INVOKE, 43, sequence).imei == imei);
}

static void errors_give_their_diagnostic(void **state)
{
	static const struct {
		uint8_t error;
		uint8_t diagnostic;
		uint8_t length;
		uint8_t bytes[8];
	} cases[] = {
		{ 1, 1, BYTES(0x30, 0x03, 0x0a, 0x01, 0x01) }, /* unknownSubscriber: gprs-eps-SubscriptionUnknown */
		{ 1, MAP_DIAGNOSTIC_NONE, BYTES(0x30, 0x00) }, /* without */
		{ 1, MAP_DIAGNOSTIC_NONE, 0, { 0 } },          /* version 1 and 2: no parameter at all */
		{ 6, 7, BYTES(0x30, 0x03, 0x02, 0x01, 0x07) }, /* absentSubscriberSM */
		{ 8, 3, BYTES(0x0a, 0x01, 0x03) },             /* roamingNotAllowed version 2: operatorDeterminedBarring */
		{ 8, 0, BYTES(0x30, 0x06, 0x0a, 0x01, 0x00, 0x80, 0x01, 0x00) }, /* with an additional cause, which is another list */
		{ 13, 1, BYTES(0x0a, 0x01, 0x01) },                              /* callBarred version 2: operatorBarring */
		{ 13, 1, BYTES(0x30, 0x03, 0x0a, 0x01, 0x01) },
		{ 27, 3, BYTES(0x30, 0x03, 0x80, 0x01, 0x03) }, /* absentSubscriber: purgedMS */
		{ 32, 4, BYTES(0x30, 0x03, 0x0a, 0x01, 0x04) }, /* sm-DeliveryFailure: sc-Congestion */
		{ 34, 1, BYTES(0x0a, 0x01, 0x01) },             /* systemFailure version 2: hlr */
		{ 34, 1, BYTES(0x30, 0x03, 0x0a, 0x01, 0x01) },
		{ 35, MAP_DIAGNOSTIC_NONE, BYTES(0x30, 0x00) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcap_component component = component_of(TCAP_RETURN_ERROR, -1, cases[i].bytes, cases[i].length);
		struct map map;

		component.error = cases[i].error;
		assert_int_equal(map_read(&component, 2, 0, &map), VERDICT_DECODED);
		assert_int_equal(map.diagnostic, cases[i].diagnostic);
		assert_true(map.hlr == 0);
	}
}

static void what_is_not_known_stays_empty_and_is_no_error(void **state)
{
	static const uint8_t bytes[] = { 0x30, 0x0a, IMSI_(0x04) };
	static const uint8_t broken[] = { 0x30, 0x44 };
	static const uint8_t long_number[] = { 0x30, 0x14, IMSI_(0x04), 0x81, 0x00, 0x04, 0x06, 0x91, 0xff, 0x44, 0x87, 0x20, 0x00 };
	struct map map;

	(void)state;
	assert_true(MAP(TCAP_INVOKE, 99, bytes).imsi == 0);
	assert_true(MAP(TCAP_INVOKE, 99, broken).imsi == 0);
	assert_true(MAP(TCAP_RETURN_RESULT_LAST, -1, bytes).imsi == 0);
	assert_true(MAP(TCAP_INVOKE, 100000, bytes).imsi == 0);
	assert_true(MAP(TCAP_REJECT, 2, broken).imsi == 0);
	assert_true(map_of(TCAP_INVOKE, 2, bytes, 0).imsi == 0);
	map = MAP(TCAP_INVOKE, 2, long_number); /* numbers without digits */
	assert_true(map.imsi != 0);
	assert_true(map.msc == 0);
	assert_true(map.vlr == 0);
}

static void a_result_without_its_operation_is_read_by_the_invokes(void **state)
{
	static const uint8_t bytes[] = { 0x30, 0x09, NUMBER_(0x04, HLR) };
	struct tcap_component component = component_of(TCAP_RETURN_RESULT_LAST, -1, bytes, sizeof(bytes));
	struct map map;

	(void)state;
	assert_int_equal(map_read(&component, 23, 3, &map), VERDICT_DECODED);
	assert_true(map.hlr == number_of(HLR));
}

#undef INVOKE
#undef RESULT

/* The decoder finds rows by halving and keeps sets of rows in a word. */
static void the_table_is_sorted_and_no_operation_has_more_rows_than_a_set(void **state)
{
	enum { INVOKE, RESULT, ERROR };
	static const unsigned int fields[] = {
#define MAP_FIELD(code, kind, field, path, clause) (code) << 8 | (kind),
#include "dataplane/ss7/map_field.def"
	};
	static const unsigned int diagnostics[] = {
#include "dataplane/ss7/map_diagnostic.def"
	};
	unsigned int same = 1;

	(void)state;
	for (size_t i = 1; i < sizeof(fields) / sizeof(fields[0]); i++) {
		assert_true(fields[i - 1] <= fields[i]);
		same = fields[i - 1] == fields[i] ? same + 1 : 1;
		assert_true(same <= 32);
	}
	for (size_t i = 1; i < sizeof(diagnostics) / sizeof(diagnostics[0]); i++)
		assert_true(diagnostics[i - 1] <= diagnostics[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_gives_the_identities_that_it_carries),
		cmocka_unit_test(every_cut_of_a_parameter_is_refused_and_leaves_the_output),
		cmocka_unit_test(authentication_vectors_are_counted_and_asked_for),
		cmocka_unit_test(the_cancellation_type_is_told),
		cmocka_unit_test(the_status_of_an_equipment_and_the_cause_of_a_failure_are_told),
		cmocka_unit_test(an_imei_keeps_fifteen_of_its_sixteen_digits),
		cmocka_unit_test(errors_give_their_diagnostic),
		cmocka_unit_test(what_is_not_known_stays_empty_and_is_no_error),
		cmocka_unit_test(a_result_without_its_operation_is_read_by_the_invokes),
		cmocka_unit_test(the_table_is_sorted_and_no_operation_has_more_rows_than_a_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
