/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stories of whole networks and of groups of subscribers: outages of the last fourteen years, scaled. What is known of each is in the words
 * of its row; shares and times are those of the press and of the regulators where they say any, and plausible where they do not.
 *
 * Data only. Times are real seconds from the onset; see scenario.h for how a run of minutes presses them.
 */
#include "lab/scenario.h"

#include "lab/world.h"

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define ROWS(field, a) .field##s = (a), .field##_count = COUNT(a)

/*
 * O2 UK, 11 July 2012: a third of all subscribers, scattered over brands and registers, lose their records within a minute; every
 * registration of theirs is refused with systemFailure or not answered, on 2G, 3G and 4G, and calls and texts to them fail; the others feel
 * the load of the retries. Calls and texts come back first, data gradually; phones that gave up come back when touched.
 */
static const struct lab_milestone o2_milestones[] = { { 66600, 0.4 }, { 68400, 0.425 }, { 84600, 0.85 }, { 106400, 1 } };
static const struct lab_fault o2_phases[] = {
	{ .text = "shard=33.3%:system-failure:1",
	  .scope = LAB_SCOPE_SHARD,
	  .percent = 33.3,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 1,
	  .silent_share = 0.15,
	  .from_s = 0,
	  .until_s = 66600,
	  .ramp_s = 60,
	  .back_s = { 1800, 18000, 18000 },
	  .loses_data = true },
	{ .text = "all:silent:0.03",
	  .scope = LAB_SCOPE_ALL,
	  .effect = LAB_EFFECT_SILENT,
	  .share = 0.03,
	  .from_s = 60,
	  .until_s = 66600,
	  .is_collateral = true },
};
static const struct lab_expectation o2_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 60,
	  .kinds = "reject-ratio|no-answer",
	  .must_not = "only-brand",
	  .open_until_s = 84600 },
};

/* Orange, 6 July 2012: a software update of the HLRs; requests pile up, answers slow down, then fail; calls and texts come back throttled.
 */
static const struct lab_milestone orange_milestones[] = { { 1440, 0.2 }, { 14040, 0.35 }, { 25740, 0.5 }, { 30400, 0.7 }, { 43200, 1 } };
static const struct lab_fault orange_phases[] = {
	{ .text = "registers slow down, then fail",
	  .scope = LAB_SCOPE_ALL,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.7,
	  .silent_share = 0.45,
	  .congestion_share = 0.25,
	  .is_growing = true,
	  .ramp_s = 1440,
	  .from_s = 0,
	  .until_s = 1440,
	  .latency_from = 1,
	  .latency = 15 },
	{ .text = "nine of ten fail",
	  .scope = LAB_SCOPE_ALL,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.9,
	  .share_from = 0.7,
	  .silent_share = 0.45,
	  .congestion_share = 0.25,
	  .is_growing = true,
	  .ramp_s = 12600,
	  .from_s = 1440,
	  .until_s = 14040,
	  .latency_from = 15,
	  .latency = 15 },
	{ .text = "no answers", .scope = LAB_SCOPE_ALL, .effect = LAB_EFFECT_SILENT, .share = 0.9, .from_s = 14040, .until_s = 25740 },
	{ .text = "calls and texts come back",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_CS | LAB_SET_TEXTS | LAB_SET(SRI),
	  .effect = LAB_EFFECT_SILENT,
	  .share_from = 0.9,
	  .share = 0.05,
	  .is_growing = true,
	  .ramp_s = 4660,
	  .from_s = 25740,
	  .until_s = 30400 },
	{ .text = "data is still out",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_PS | LAB_SET_EPS,
	  .effect = LAB_EFFECT_SILENT,
	  .share = 0.9,
	  .from_s = 25740,
	  .until_s = 30400 },
	{ .text = "data comes back",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_PS | LAB_SET_EPS,
	  .effect = LAB_EFFECT_SILENT,
	  .share_from = 0.9,
	  .share = 0.02,
	  .is_growing = true,
	  .ramp_s = 11000,
	  .from_s = 30400,
	  .until_s = 41400 },
};
static const struct lab_event orange_events[] = {
	{ 14040, LAB_SUBSYSTEM_OUT, LAB_SCOPE_HLR, 0, 0, 0 },
	{ 25740, LAB_SUBSYSTEM_BACK, LAB_SCOPE_HLR, 0, 0, 0 },
};
static const struct lab_expectation orange_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 120,
	  .kinds = "reject-ratio|no-answer|latency",
	  .must_not = "only-brand",
	  .open_until_s = 30400 },
};

/* An expired certificate in the software of many operators' packet cores, 6 December 2018: all its MMEs and SGSNs stop; requests vanish. */
static const struct lab_milestone cert_milestones[] = { { 16400, 0.4 }, { 55800, 0.6 }, { 60000, 0.7 }, { 64000, 0.8 }, { 71400, 1 } };
static const struct lab_fault cert_phases[] = {
	{ .text = "mme=1 stops", .scope = LAB_SCOPE_MME, .number = 1, .changes_volume = true, .volume = 0, .until_s = 55800 },
	{ .text = "mme=2 stops", .scope = LAB_SCOPE_MME, .number = 2, .changes_volume = true, .volume = 0, .until_s = 60000 },
	{ .text = "mme=3 stops", .scope = LAB_SCOPE_MME, .number = 3, .changes_volume = true, .volume = 0, .until_s = 64000 },
	{ .text = "all SGSNs stop", .scope = LAB_SCOPE_SGSN, .changes_volume = true, .volume = 0, .until_s = 16400 },
	{ .text = "phones fall back to 2G and 3G",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_CS,
	  .changes_volume = true,
	  .volume = 2.5,
	  .from_s = 60,
	  .until_s = 16400,
	  .is_collateral = true },
	{ .text = "the old core is crowded",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET(UL),
	  .effect = LAB_EFFECT_SILENT,
	  .share_from = 0.05,
	  .share = 0.2,
	  .is_growing = true,
	  .ramp_s = 16340,
	  .from_s = 60,
	  .until_s = 16400,
	  .is_collateral = true },
	{ .text = "3G data comes back at once",
	  .scope = LAB_SCOPE_SGSN,
	  .changes_volume = true,
	  .volume_from = 8,
	  .volume = 1,
	  .is_growing = true,
	  .ramp_s = 39400,
	  .from_s = 16400,
	  .until_s = 55800 },
	{ .text = "mme=1 comes back",
	  .scope = LAB_SCOPE_MME,
	  .number = 1,
	  .changes_volume = true,
	  .volume_from = 8,
	  .volume = 1,
	  .is_growing = true,
	  .ramp_s = 4200,
	  .from_s = 55800,
	  .until_s = 60000 },
	{ .text = "mme=2 comes back",
	  .scope = LAB_SCOPE_MME,
	  .number = 2,
	  .changes_volume = true,
	  .volume_from = 8,
	  .volume = 1,
	  .is_growing = true,
	  .ramp_s = 4000,
	  .from_s = 60000,
	  .until_s = 64000 },
	{ .text = "mme=3 comes back",
	  .scope = LAB_SCOPE_MME,
	  .number = 3,
	  .changes_volume = true,
	  .volume_from = 8,
	  .volume = 1,
	  .is_growing = true,
	  .ramp_s = 4000,
	  .from_s = 64000,
	  .until_s = 68000 },
};
static const struct lab_event cert_events[] = {
	{ 0, LAB_LINK_ABORTS, LAB_SCOPE_MME, 1, 0, 0 },    { 1, LAB_LINK_SILENT, LAB_SCOPE_MME, 2, 0, 0 },
	{ 2, LAB_LINK_CLOSES, LAB_SCOPE_MME, 3, 0, 0 },    { 55800, LAB_LINK_OPENS, LAB_SCOPE_MME, 1, 0, 0 },
	{ 60000, LAB_LINK_OPENS, LAB_SCOPE_MME, 2, 0, 0 }, { 64000, LAB_LINK_OPENS, LAB_SCOPE_MME, 3, 0, 0 },
};
static const struct lab_expectation cert_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 30,
	  .kinds = "volume-drop|peer-down",
	  .must_not = "kind:reject-ratio",
	  .open_until_s = 55800 },
};

/* DOCOMO, 14 October 2021: a roll-back makes all machines register again; the storm takes the registers with it. */
static const struct lab_milestone docomo_milestones[] = { { 1800, 0.2 }, { 2580, 0.3 }, { 10980, 0.6 }, { 14400, 0.75 }, { 43500, 1 } };
static const struct lab_fault docomo_phases[] = {
	{ .text = "brand=iot registers again and again",
	  .scope = LAB_SCOPE_BRAND,
	  .value = "iot",
	  .brand = BRAND_IOT,
	  .changes_volume = true,
	  .volume = 20,
	  .talkers = 0.5,
	  .effect = LAB_EFFECT_SILENT,
	  .share_from = 0.05,
	  .share = 0.45,
	  .is_growing = true,
	  .ramp_s = 600,
	  .volume_from = 20,
	  .from_s = 0,
	  .until_s = 2580,
	  .latency_from = 1,
	  .latency = 6 },
	{ .text = "brand=iot:system-failure:0.25",
	  .scope = LAB_SCOPE_BRAND,
	  .value = "iot",
	  .brand = BRAND_IOT,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.25,
	  .from_s = 300,
	  .until_s = 2580 },
	{ .text = "shared front ends are crowded",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET(UL) | LAB_SET(ULGPRS),
	  .effect = LAB_EFFECT_SILENT,
	  .share = 0.35,
	  .is_growing = true,
	  .ramp_s = 780,
	  .from_s = 1800,
	  .until_s = 2580,
	  .is_collateral = true },
	{ .text = "requests are throttled, the outage goes on",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_REGISTRATION,
	  .changes_volume = true,
	  .volume = 0.3,
	  .effect = LAB_EFFECT_SILENT,
	  .share = 0.35,
	  .from_s = 2580,
	  .until_s = 10980 },
	{ .text = "released too early",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_REGISTRATION,
	  .changes_volume = true,
	  .volume = 3,
	  .effect = LAB_EFFECT_SILENT,
	  .share = 0.2,
	  .from_s = 10980,
	  .until_s = 14400 },
	{ .text = "recovers",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_REGISTRATION,
	  .effect = LAB_EFFECT_SILENT,
	  .share_from = 0.1,
	  .share = 0.002,
	  .is_growing = true,
	  .ramp_s = 14400,
	  .from_s = 14400,
	  .until_s = 28800,
	  .is_collateral = true },
};
static const struct lab_event docomo_events[] = {
	{ 1800, LAB_ROUTE_CONGESTED, LAB_SCOPE_HLR, 0, 0, 1 },
	{ 2100, LAB_ROUTE_CONGESTED, LAB_SCOPE_HLR, 0, 0, 2 },
	{ 2400, LAB_ROUTE_CONGESTED, LAB_SCOPE_HLR, 0, 0, 3 },
	{ 14400, LAB_ROUTE_CONGESTED, LAB_SCOPE_HLR, 0, 0, 0 },
};
static const struct lab_expectation docomo_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 60,
	  .place = "iot|2341080|2341081|2341082|2341083|2341084",
	  .open_until_s = 14400 },
	/* Few requests are no recovery. */
	{ .demand = LAB_SILENT, .from_s = 2580, .deadline_s = 8400, .must_not = "restoring" },
};

/* KDDI, 2 July 2022: a routing error cuts a site off, every phone registers with IMS again, the HSS is swamped, its data no longer agree.
 */
static const struct lab_milestone kddi_milestones[] = { { 900, 0.12 }, { 2520, 0.25 },  { 4000, 0.3 },    { 7200, 0.4 },
							{ 8400, 0.5 }, { 136400, 0.7 }, { 212400, 0.85 }, { 217400, 1 } };
static const struct lab_fault kddi_phases[] = {
	{ .text = "one site of three is cut off",
	  .scope = LAB_SCOPE_SHARD,
	  .percent = 33.3,
	  .procedures = LAB_SET_IMS,
	  .changes_volume = true,
	  .volume = 0.1,
	  .from_s = 0,
	  .until_s = 900 },
	{ .text = "all register with IMS again",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_IMS,
	  .changes_volume = true,
	  .volume = 6,
	  .talkers = 0.5,
	  .from_s = 900,
	  .until_s = 8400 },
	{ .text = "the HSS knows another S-CSCF",
	  .scope = LAB_SCOPE_SHARD,
	  .percent = 15,
	  .procedures = LAB_SET(SAR),
	  .effect = LAB_EFFECT_MISMATCH,
	  .share = 0.6,
	  .from_s = 7200,
	  .until_s = 136400 },
	{ .text = "the HSS is swamped",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_IMS,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.7,
	  .silent_share = 0.5,
	  .congestion_share = 0.36,
	  .from_s = 2520,
	  .until_s = 136400 },
	{ .text = "data is hit later",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_EPS,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.7,
	  .silent_share = 0.5,
	  .congestion_share = 0.36,
	  .from_s = 4000,
	  .until_s = 136400 },
	{ .text = "radio is throttled", .scope = LAB_SCOPE_ALL, .changes_volume = true, .volume = 0.5, .from_s = 8400, .until_s = 212400 },
	{ .text = "six of eighteen S-CSCFs ask without need",
	  .scope = LAB_SCOPE_CSCF,
	  .number = 1,
	  .last = 6,
	  .procedures = LAB_SET(MAR) | LAB_SET(SAR),
	  .changes_volume = true,
	  .volume = 5,
	  .talkers = 0.2,
	  .from_s = 136400,
	  .until_s = 212400 },
};
static const struct lab_expectation kddi_expectations[] = {
	{ .demand = LAB_PAGE, .from_s = 900, .deadline_s = 60, .place = "cx.uar|cx.mar|cx.sar|ims", .open_until_s = 136400 },
};

/* New Year: everybody at once at midnight, which is no fault; then answers come after the relay's timer and before the server's. */
static const struct lab_milestone nye_milestones[] = { { 10500, 0.6 }, { 13000, 0.7 }, { 15780, 0.9 }, { 17000, 1 } };
static const struct lab_fault nye_phases[] = {
	{ .text = "midnight",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_EPS,
	  .changes_volume = true,
	  .volume = 7,
	  .from_s = 0,
	  .until_s = 60 },
	{ .text = "answers come after the timer of the agents",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET(ULR),
	  .effect = LAB_EFFECT_RELAY_LATE,
	  .share = 0.6,
	  .from_s = 60,
	  .until_s = 15780 },
};
static const struct lab_event nye_events[] = {
	{ 10500, LAB_PEER_REBOOTS, LAB_SCOPE_DRA, 1, 0, 5 },
	{ 13000, LAB_PEER_REBOOTS, LAB_SCOPE_DRA, 2, 0, 5 },
};
static const struct lab_expectation nye_expectations[] = {
	{ .demand = LAB_SILENT, .from_s = 0, .deadline_s = 60, .must_not = "page" },
	{ .demand = LAB_PAGE, .from_s = 60, .deadline_s = 120, .place = "dra1|dra2|s6a.ulr", .open_until_s = 15780 },
};

/* Two copies of a subscriber database disagree after a switch: two ranges of one brand are unknown, and their phones stop asking. */
static const struct lab_milestone split_milestones[] = { { 3600, 1 } };
static const struct lab_fault split_phases[] = {
	{ .text = "prefix=2341062:unknown:1",
	  .scope = LAB_SCOPE_PREFIX,
	  .value = "2341062",
	  .effect = LAB_EFFECT_UNKNOWN,
	  .share = 1,
	  .until_s = 3600 },
	{ .text = "prefix=2341063:unknown:1",
	  .scope = LAB_SCOPE_PREFIX,
	  .value = "2341063",
	  .effect = LAB_EFFECT_UNKNOWN,
	  .share = 1,
	  .until_s = 3600 },
};
static const struct lab_expectation split_expectations[] = {
	{ .demand = LAB_PAGE, .from_s = 0, .deadline_s = 180, .kinds = "reject-ratio", .place = "2341062,2341063", .open_until_s = 3600 },
};

/* The same, and how it heals: the data are right again after an hour, phones ask again when they are switched off and on. */
static const struct lab_milestone healing_milestones[] = { { 3600, 0.3 }, { 18000, 1 } };
static const struct lab_expectation healing_expectations[] = {
	{ .demand = LAB_PAGE, .from_s = 0, .deadline_s = 180, .kinds = "reject-ratio", .place = "2341062,2341063", .open_until_s = 3600 },
};

/* Hours before an outage of everything, a group of contracts cannot send or receive texts; registration is healthy. */
/* Nothing happens after the onset; two texts in a hundred take minutes to find, so these are not pressed much. */
static const struct lab_milestone texts_milestones[] = { { 900, 0.9 }, { 75600, 1 } };
static const struct lab_fault texts_phases[] = {
	{ .text = "shard=3%: texts fail at 70 %",
	  .scope = LAB_SCOPE_SHARD,
	  .percent = 3,
	  .procedures = LAB_SET_TEXTS,
	  .effect = LAB_EFFECT_NO_TEXTS,
	  .share = 0.7,
	  .until_s = 75600 },
};
static const struct lab_expectation texts_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 900,
	  .place = "ForwardSM|sendRoutingInfoForSM|texts",
	  .must_not = "updateLocation|updateGprsLocation|s6a.ulr|s6a.air",
	  .open_until_s = 75600 },
};

/* The link abroad is lost; visitors' phones ask again and again, and in the end those of the home network do too. */
static const struct lab_milestone roamer_milestones[] = { { 600, 0.2 }, { 1800, 0.4 }, { 5400, 0.7 }, { 9000, 0.95 }, { 9600, 1 } };
static const struct lab_fault roamer_phases[] = {
	{ .text = "the link abroad is lost",
	  .scope = LAB_SCOPE_PARTNER_IN,
	  .effect = LAB_EFFECT_UNDELIVERABLE,
	  .share = 1,
	  .silent_share = 0.4,
	  .from_s = 0,
	  .until_s = 600 },
	{ .text = "visitors register again and again",
	  .scope = LAB_SCOPE_PARTNER_IN,
	  .changes_volume = true,
	  .volume = 15,
	  .talkers = 0.5,
	  .effect = LAB_EFFECT_SILENT,
	  .share = 0.3,
	  .from_s = 600,
	  .until_s = 5400 },
	{ .text = "shared nodes are crowded",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_UPDATES,
	  .effect = LAB_EFFECT_SILENT,
	  .share = 0.25,
	  .is_growing = true,
	  .ramp_s = 3600,
	  .from_s = 1800,
	  .until_s = 9000,
	  .is_collateral = true },
};
static const struct lab_expectation roamer_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 60,
	  .place = "26201|20801|inbound|mcc262|mcc208|roam|abroad|partner|4917|3368",
	  .open_until_s = 5400 },
};

/* AT&T, 22 February 2024: a change disconnects every device; nobody is there for two hours, then everybody at once. */
static const struct lab_milestone dereg_milestones[] = { { 7200, 0.4 }, { 36400, 1 } };
static const struct lab_fault dereg_phases[] = {
	{ .text = "nobody is there",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_EPS | LAB_SET_IMS | LAB_SET(NOR) | LAB_SET(PUR) | LAB_SET(LIR),
	  .changes_volume = true,
	  .volume = 0.02,
	  .from_s = 30,
	  .until_s = 7200 },
	{ .text = "everybody at once",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_EPS | LAB_SET_IMS,
	  .changes_volume = true,
	  .volume_from = 10,
	  .volume = 1.2,
	  .effect = LAB_EFFECT_SILENT,
	  .share_from = 0.8,
	  .share = 0.02,
	  .is_growing = true,
	  .ramp_s = 21600,
	  .from_s = 7200,
	  .until_s = 28800 },
};
static const struct lab_event dereg_events[] = { { 0, LAB_DEREGISTRATION, LAB_SCOPE_ALL, 0, 0, 60 } };
static const struct lab_expectation dereg_expectations[] = {
	{ .demand = LAB_PAGE, .from_s = 0, .deadline_s = 15, .kinds = "mass-deregistration|volume-drop", .open_until_s = 18000 },
};

/* A partner or we provisioned something wrong; two tickets and no page. */
static const struct lab_milestone partner_milestones[] = { { 86400, 1 } };
static const struct lab_fault partner_phases[] = {
	{ .text = "partner-out=3:user-rejects:0.98",
	  .scope = LAB_SCOPE_PARTNER_OUT,
	  .number = 3,
	  .procedures = LAB_SET_UPDATES,
	  .effect = LAB_EFFECT_USER_REJECTS,
	  .share_from = 0.05,
	  .share = 0.98,
	  .is_growing = true,
	  .ramp_s = 60,
	  .until_s = 86400 },
	{ .text = "partner-in=2:no-route:1",
	  .scope = LAB_SCOPE_PARTNER_IN,
	  .number = 2,
	  .procedures = LAB_SET(SAI_CS) | LAB_SET(SAI_PS),
	  .effect = LAB_EFFECT_NO_ROUTE,
	  .share = 1,
	  .until_s = 86400 },
};
static const struct lab_expectation partner_expectations[] = {
	{ .demand = LAB_TICKET,
	  .from_s = 0,
	  .deadline_s = 1800,
	  .place = "20801|21407|mcc208|mcc214|3368|3460|partner|roam|abroad",
	  .must_not = "page" },
};

static const struct lab_milestone small_milestones[] = { { 7200, 1 } };
static const struct lab_fault small_phases[] = {
	{ .text = "brand=giffgaff:system-failure:0.6",
	  .scope = LAB_SCOPE_BRAND,
	  .value = "giffgaff",
	  .brand = BRAND_GIFFGAFF,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.6,
	  .until_s = 7200 },
};
static const struct lab_expectation small_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 300,
	  .kinds = "reject-ratio",
	  .place = "giffgaff|234107",
	  .must_not = "only-o2|tesco-mobile",
	  .open_until_s = 7200 },
};

static const struct lab_scenario rows[] = {
	{ "o2-2012", "a third of all subscribers, scattered over all brands, lose their records (O2 UK, 11 July 2012)", 106400, 0,
	  ROWS(milestone, o2_milestones), ROWS(phase, o2_phases), .events = NULL, ROWS(expectation, o2_expectations) },
	{ "orange-2012", "registers slow down, then fail; voice comes back before data (Orange, 6 July 2012)", 43200, 0,
	  ROWS(milestone, orange_milestones), ROWS(phase, orange_phases), ROWS(event, orange_events),
	  ROWS(expectation, orange_expectations) },
	{ "cert-2018", "all MMEs and SGSNs stop, their requests vanish (an expired certificate, 6 December 2018)", 71400, 0,
	  ROWS(milestone, cert_milestones), ROWS(phase, cert_phases), ROWS(event, cert_events), ROWS(expectation, cert_expectations) },
	{ "docomo-2021-iot-storm", "machines register again and again until shared nodes fail (DOCOMO, 14 October 2021)", 43500,
	  LAB_WITH_IOT, ROWS(milestone, docomo_milestones), ROWS(phase, docomo_phases), ROWS(event, docomo_events),
	  ROWS(expectation, docomo_expectations) },
	{ "kddi-2022-volte-storm", "a storm of IMS registrations, then an HSS that disagrees with itself (KDDI, 2 July 2022)", 217400,
	  LAB_WITH_IMS, ROWS(milestone, kddi_milestones), ROWS(phase, kddi_phases), .events = NULL, ROWS(expectation, kddi_expectations) },
	{ "nye-timer-mismatch", "a harmless burst at midnight, then answers after the timer of the agents", 17000, 0,
	  ROWS(milestone, nye_milestones), ROWS(phase, nye_phases), ROWS(event, nye_events), ROWS(expectation, nye_expectations) },
	{ "split-brain-5001", "two number ranges of one brand are suddenly unknown, on 2G, 3G and 4G", 3600, 0,
	  ROWS(milestone, split_milestones), ROWS(phase, split_phases), .events = NULL, ROWS(expectation, split_expectations) },
	{ "split-brain-heals", "the same, and how it heals as phones are switched off and on", 18000, 0,
	  ROWS(milestone, healing_milestones), ROWS(phase, split_phases), .events = NULL, ROWS(expectation, healing_expectations),
	  .presses_phones = true },
	{ "sms-only-prelude", "texts of a small group fail, registration is healthy", 75600, 0, ROWS(milestone, texts_milestones),
	  ROWS(phase, texts_phases), .events = NULL, ROWS(expectation, texts_expectations) },
	{ "roamer-restart-storm", "the link abroad is lost; visitors' phones ask again and again", 9600, 0,
	  ROWS(milestone, roamer_milestones), ROWS(phase, roamer_phases), .events = NULL, ROWS(expectation, roamer_expectations) },
	{ "mass-dereg-2024", "every device of 4G is disconnected; later all come back at once (AT&T, 22 February 2024)", 36400,
	  LAB_WITH_IMS, ROWS(milestone, dereg_milestones), ROWS(phase, dereg_phases), ROWS(event, dereg_events),
	  ROWS(expectation, dereg_expectations) },
	{ "roaming-partner-misconfig", "one partner refuses our subscribers, another does not know its own", 86400, 0,
	  ROWS(milestone, partner_milestones), ROWS(phase, partner_phases), .events = NULL, ROWS(expectation, partner_expectations) },
	{ "mvno-small", "the smallest brand fails at 60 %, the host network is healthy", 7200, 0, ROWS(milestone, small_milestones),
	  ROWS(phase, small_phases), .events = NULL, ROWS(expectation, small_expectations) },
};

const struct lab_shelf scenarios_history = { rows, COUNT(rows) };
