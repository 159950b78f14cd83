/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Days on which nobody may be woken: the night, a holiday, a changed clock, a stadium, a new number range, maintenance that was announced.
 *
 * Data only. Times are real seconds from the onset; see scenario.h for how a run of minutes presses them.
 */
#include "lab/scenario.h"

#include "lab/world.h"

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define ROWS(field, a) .field##s = (a), .field##_count = COUNT(a)

static const struct lab_expectation no_page[] = { { .demand = LAB_SILENT, .must_not = "page" } };
static const struct lab_expectation nothing[] = { { .demand = LAB_SILENT, .must_not = "page|ticket" } };

/* HSS 2 says that it leaves, is away for an hour, and comes back; the others take its traffic. */
static const struct lab_milestone drain_milestones[] = { { 300, 0.2 }, { 3600, 0.6 }, { 3900, 0.7 }, { 4800, 0.9 }, { 5400, 1 } };
static const struct lab_fault drain_phases[] = {
	{ .text = "a few requests find no way",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_EPS,
	  .effect = LAB_EFFECT_UNDELIVERABLE,
	  .share = 0.003,
	  .from_s = 300,
	  .until_s = 320,
	  .is_collateral = true },
	{ .text = "hss=2 is away", .scope = LAB_SCOPE_HSS, .number = 2, .is_drained = true, .from_s = 0, .until_s = 3900 },
	{ .text = "phones are registered again",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET(ULR),
	  .changes_volume = true,
	  .volume = 1.3,
	  .from_s = 3900,
	  .until_s = 4800 },
};
static const struct lab_event drain_events[] = {
	{ 300, LAB_LINK_CLOSES, LAB_SCOPE_HSS, 2, 0, 0 },
	{ 3600, LAB_LINK_OPENS, LAB_SCOPE_HSS, 2, 0, 0 },
	{ 3900, LAB_REGISTER_RESET, LAB_SCOPE_HSS, 2, 0, 0 },
};

/* A day from midnight; the onset is midnight. The morning train takes its phones through two areas. */
static const struct lab_milestone day_milestones[] = { { 7200, 0.15 }, { 21600, 0.3 }, { 32400, 0.5 }, { 64800, 0.75 }, { 86400, 1 } };
static const struct lab_fault day_phases[] = {
	{ .text = "the evening ends",
	  .scope = LAB_SCOPE_ALL,
	  .changes_volume = true,
	  .volume_from = 1,
	  .volume = 0.2,
	  .is_growing = true,
	  .ramp_s = 7200,
	  .from_s = 0,
	  .until_s = 7200 },
	{ .text = "night",
	  .scope = LAB_SCOPE_ALL,
	  .changes_volume = true,
	  .volume_from = 0.2,
	  .volume = 0.08,
	  .is_growing = true,
	  .ramp_s = 14400,
	  .from_s = 7200,
	  .until_s = 21600 },
	{ .text = "morning",
	  .scope = LAB_SCOPE_ALL,
	  .changes_volume = true,
	  .volume_from = 0.08,
	  .volume = 1,
	  .is_growing = true,
	  .ramp_s = 10800,
	  .from_s = 21600,
	  .until_s = 32400 },
	{ .text = "the train",
	  .scope = LAB_SCOPE_VLR,
	  .number = 1,
	  .last = 2,
	  .procedures = LAB_SET_CS,
	  .changes_volume = true,
	  .volume = 3,
	  .from_s = 28800,
	  .until_s = 30000 },
	{ .text = "evening",
	  .scope = LAB_SCOPE_ALL,
	  .changes_volume = true,
	  .volume_from = 1,
	  .volume = 0.3,
	  .is_growing = true,
	  .ramp_s = 21600,
	  .from_s = 64800,
	  .until_s = 86400 },
};

/* Numbers that nobody had before: three of ten of their updates are refused, for reasons of their contracts. */
static const struct lab_milestone range_milestones[] = { { 86400, 1 } };
static const struct lab_fault range_phases[] = {
	{ .text = "the range is not in use yet",
	  .scope = LAB_SCOPE_BRAND,
	  .value = "iot",
	  .brand = BRAND_IOT,
	  .changes_volume = true,
	  .volume = 0,
	  .from_s = -86400,
	  .until_s = 0 },
	{ .text = "brand=iot:user-rejects:0.3",
	  .scope = LAB_SCOPE_BRAND,
	  .value = "iot",
	  .brand = BRAND_IOT,
	  .effect = LAB_EFFECT_USER_REJECTS,
	  .share = 0.3,
	  .from_s = 0,
	  .until_s = 86400,
	  .is_collateral = true },
};

/* Fewer people move, more of them write and call. */
static const struct lab_milestone holiday_milestones[] = { { 3600, 0.2 }, { 82800, 0.8 }, { 86400, 1 } };
static const struct lab_fault holiday_phases[] = {
	{ .text = "few people move",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_REGISTRATION,
	  .changes_volume = true,
	  .volume_from = 1,
	  .volume = 0.6,
	  .is_growing = true,
	  .ramp_s = 3600,
	  .from_s = 0,
	  .until_s = 82800 },
	{ .text = "many write",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_TEXTS | LAB_SET(SRI),
	  .changes_volume = true,
	  .volume_from = 1,
	  .volume = 2.2,
	  .is_growing = true,
	  .ramp_s = 3600,
	  .from_s = 0,
	  .until_s = 82800 },
};

/* The clock of the people moves by an hour: the morning comes an hour early. Time stamps do not move. */
static const struct lab_milestone clock_milestones[] = { { 3600, 0.3 }, { 7200, 0.6 }, { 10800, 0.8 }, { 14400, 1 } };
static const struct lab_fault clock_phases[] = {
	{ .text = "the morning an hour early",
	  .scope = LAB_SCOPE_ALL,
	  .changes_volume = true,
	  .volume_from = 1,
	  .volume = 1.6,
	  .is_growing = true,
	  .ramp_s = 3600,
	  .from_s = 0,
	  .until_s = 7200 },
	{ .text = "and its end",
	  .scope = LAB_SCOPE_ALL,
	  .changes_volume = true,
	  .volume_from = 1.6,
	  .volume = 1,
	  .is_growing = true,
	  .ramp_s = 3600,
	  .from_s = 7200,
	  .until_s = 10800 },
};

/* Ninety thousand people in a stadium, each in turn: load in one place, no retries, nothing fails. */
static const struct lab_milestone event_milestones[] = { { 1800, 0.3 }, { 7200, 0.7 }, { 9000, 0.9 }, { 10800, 1 } };
static const struct lab_fault event_phases[] = {
	{ .text = "vlr=3 fills up",
	  .scope = LAB_SCOPE_VLR,
	  .number = 3,
	  .procedures = LAB_SET_CS,
	  .changes_volume = true,
	  .volume_from = 1,
	  .volume = 5,
	  .is_growing = true,
	  .ramp_s = 1800,
	  .from_s = 0,
	  .until_s = 7200 },
	{ .text = "mme=2 fills up",
	  .scope = LAB_SCOPE_MME,
	  .number = 2,
	  .procedures = LAB_SET_EPS,
	  .changes_volume = true,
	  .volume_from = 1,
	  .volume = 3,
	  .is_growing = true,
	  .ramp_s = 1800,
	  .from_s = 0,
	  .until_s = 7200 },
	{ .text = "vlr=4 takes those who leave",
	  .scope = LAB_SCOPE_VLR,
	  .number = 4,
	  .procedures = LAB_SET_CS,
	  .changes_volume = true,
	  .volume_from = 5,
	  .volume = 1,
	  .is_growing = true,
	  .ramp_s = 1800,
	  .from_s = 7200,
	  .until_s = 9000 },
};

static const struct lab_scenario rows[] = {
	{ "maintenance-window", "one HSS host leaves in good order and comes back", 5400, LAB_WITH_CORE, ROWS(milestone, drain_milestones),
	  ROWS(phase, drain_phases), ROWS(event, drain_events), ROWS(expectation, no_page) },
	{ "diurnal-swing", "a day and a night, and the morning train", 86400, 0, ROWS(milestone, day_milestones), ROWS(phase, day_phases),
	  .events = NULL, ROWS(expectation, nothing) },
	{ "new-range", "a number range that nobody had before, three of ten updates refused", 86400, LAB_WITH_IOT,
	  ROWS(milestone, range_milestones), ROWS(phase, range_phases), .events = NULL, ROWS(expectation, no_page) },
	{ "holiday", "people move less and write more", 86400, 0, ROWS(milestone, holiday_milestones), ROWS(phase, holiday_phases),
	  .events = NULL, ROWS(expectation, no_page) },
	{ "clock-change", "the morning comes an hour early", 14400, 0, ROWS(milestone, clock_milestones), ROWS(phase, clock_phases),
	  .events = NULL, ROWS(expectation, no_page) },
	{ "mass-event", "a stadium fills and empties", 10800, 0, ROWS(milestone, event_milestones), ROWS(phase, event_phases),
	  .events = NULL, ROWS(expectation, no_page) },
	{ .name = "fault", .words = "a healthy network and the faults of --fault" },
};

const struct lab_shelf scenarios_quiet = { rows, COUNT(rows) };
