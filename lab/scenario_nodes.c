/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stories of single nodes and links: front ends, agents, transfer points, a leak, a poisonous message, the tap itself.
 *
 * Data only. Times are real seconds from the onset; see scenario.h for how a run of minutes presses them.
 */
#include "lab/scenario.h"

#include "lab/world.h"

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define ROWS(field, a) .field##s = (a), .field##_count = COUNT(a)

#define HLR1 "447802000001"
#define HLR2 "447802000002"
#define HLR3 "447802000003"

/* Refusals at random per attempt: a phone that asks again is mostly served. Watchdogs stay green. */
static const struct lab_milestone front_milestones[] = { { 5400, 1 } };
static const struct lab_fault front_phases[] = {
	{ .text = "hlr=2:system-failure:0.95",
	  .scope = LAB_SCOPE_HLR,
	  .number = 2,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.95,
	  .until_s = 5400 },
	{ .text = "hss=2:system-failure:0.95",
	  .scope = LAB_SCOPE_HSS,
	  .number = 2,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.95,
	  .until_s = 5400 },
};
static const struct lab_expectation front_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 60,
	  .kinds = "reject-ratio",
	  .place = HLR2 "|hss2|HLR 2|HSS 2",
	  .must_not = HLR1 "|" HLR3 "|hss1|hss3",
	  .open_until_s = 5400 },
};

static const struct lab_milestone silent_milestones[] = { { 3600, 0.7 }, { 4500, 1 } };
static const struct lab_fault silent_phases[] = {
	{ .text = "hlr=3:silent:1", .scope = LAB_SCOPE_HLR, .number = 3, .effect = LAB_EFFECT_SILENT, .share = 1, .until_s = 3600 },
};
static const struct lab_expectation silent_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 30,
	  .kinds = "no-answer",
	  .place = HLR3 "|HLR 3",
	  .must_not = HLR1 "|" HLR2,
	  .open_until_s = 3600 },
};

/* A leak: answers of one host take longer and longer; then it stops to answer, is restarted, and asks for what it has lost. */
static const struct lab_milestone creep_milestones[] = { { 21600, 0.55 }, { 22200, 0.75 }, { 22500, 0.8 }, { 24300, 0.95 }, { 25200, 1 } };
static const struct lab_fault creep_phases[] = {
	{ .text = "hss=1 gets slow, then silent",
	  .scope = LAB_SCOPE_HSS,
	  .number = 1,
	  .latency_from = 1,
	  .latency = 15,
	  .is_growing = true,
	  .ramp_s = 21600,
	  .from_s = 0,
	  .until_s = 22200 },
	{ .text = "hss=1 falls silent",
	  .scope = LAB_SCOPE_HSS,
	  .number = 1,
	  .effect = LAB_EFFECT_SILENT,
	  .share = 0.6,
	  .is_growing = true,
	  .ramp_s = 600,
	  .from_s = 21600,
	  .until_s = 22200 },
	{ .text = "hss=1 is away", .scope = LAB_SCOPE_HSS, .number = 1, .is_drained = true, .from_s = 22200, .until_s = 22500 },
	{ .text = "phones register again",
	  .scope = LAB_SCOPE_ALL,
	  .procedures = LAB_SET_EPS,
	  .changes_volume = true,
	  .volume_from = 4,
	  .volume = 1,
	  .is_growing = true,
	  .ramp_s = 1800,
	  .from_s = 22500,
	  .until_s = 24300,
	  .is_collateral = true },
};
static const struct lab_event creep_events[] = {
	{ 22200, LAB_LINK_CLOSES, LAB_SCOPE_HSS, 1, 0, 0 },
	{ 22490, LAB_LINK_OPENS, LAB_SCOPE_HSS, 1, 0, 0 },
	{ 22500, LAB_REGISTER_RESET, LAB_SCOPE_HSS, 1, 0, 0 },
};
/* From 3240 s on 95 % of answers take up to a second, which may page at any time; ten minutes after the cliff it must have. */
static const struct lab_expectation creep_expectations[] = {
	{ .demand = LAB_TICKET, .from_s = 0, .deadline_s = 18000, .kinds = "latency", .place = "hss1|HSS 1", .must_not = "page|hss2|hss3" },
	{ .demand = LAB_PAGE,
	  .from_s = 3240,
	  .deadline_s = 18960,
	  .kinds = "latency|no-answer",
	  .place = "hss1|HSS 1",
	  .must_not = "hss2|hss3" },
};

/* A linkset is lost and the other takes its traffic: some seconds of returned messages, then nothing fails. */
static const struct lab_milestone linkset_milestones[] = { { 5400, 0.7 }, { 6000, 1 } };
static const struct lab_fault linkset_phases[] = {
	{ .text = "messages to hlr=2 by stp=1 are returned",
	  .scope = LAB_SCOPE_LINK,
	  .number = 2,
	  .relay = 1,
	  .effect = LAB_EFFECT_UNDELIVERABLE,
	  .share = 1,
	  .from_s = 0,
	  .until_s = 8 },
};
static const struct lab_event linkset_events[] = {
	{ 0, LAB_ASP_INACTIVE, LAB_SCOPE_HLR, 2, 1, 0 },       { 1, LAB_LINK_ABORTS, LAB_SCOPE_HLR, 2, 1, 0 },
	{ 2, LAB_ROUTE_LOST, LAB_SCOPE_HLR, 2, 1, 0 },         { 40, LAB_ROUTE_CONGESTED, LAB_SCOPE_HLR, 2, 2, 1 },
	{ 5400, LAB_LINK_OPENS, LAB_SCOPE_HLR, 2, 1, 0 },      { 5402, LAB_ROUTE_BACK, LAB_SCOPE_HLR, 2, 1, 0 },
	{ 5410, LAB_ROUTE_CONGESTED, LAB_SCOPE_HLR, 2, 2, 0 },
};
static const struct lab_expectation linkset_expectations[] = {
	{ .demand = LAB_TICKET,
	  .from_s = 0,
	  .deadline_s = 10,
	  .kinds = "route-unavailable|peer-down",
	  .place = HLR2 "|2002|10.20.1.12|HLR 2",
	  .must_not = "2001|2003|" HLR1 "|" HLR3 },
};

/* One of two agents refuses by itself; the registers behind it are healthy, and the MMEs ask again by way of the other one. */
static const struct lab_milestone agent_milestones[] = { { 3600, 0.8 }, { 4500, 1 } };
static const struct lab_fault agent_phases[] = {
	{ .text = "dra=1:agent-busy:0.3",
	  .scope = LAB_SCOPE_DRA,
	  .number = 1,
	  .procedures = LAB_SET_EPS | LAB_SET(UAR),
	  .effect = LAB_EFFECT_AGENT_BUSY,
	  .share = 0.3,
	  .is_growing = true,
	  .ramp_s = 60,
	  .from_s = 0,
	  .until_s = 3600,
	  .retries = LAB_RETRIES_ALTERNATE },
};
static const struct lab_expectation agent_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 60,
	  .kinds = "reject-ratio",
	  .place = "dra1|DRA 1",
	  .must_not = "hss1|hss2|hss3|dra2",
	  .open_until_s = 3600 },
};

/* A message that one register cannot digest; no error code at all, and all links stay up. */
static const struct lab_milestone poison_milestones[] = { { 12600, 0.7 }, { 14400, 0.85 }, { 16000, 1 } };
static const struct lab_fault poison_phases[] = {
	{ .text = "hlr=1 falls silent",
	  .scope = LAB_SCOPE_HLR,
	  .number = 1,
	  .effect = LAB_EFFECT_SILENT,
	  .share = 1,
	  .is_growing = true,
	  .ramp_s = 20,
	  .from_s = 0,
	  .until_s = 12600 },
	{ .text = "hlr=1 comes back",
	  .scope = LAB_SCOPE_HLR,
	  .number = 1,
	  .effect = LAB_EFFECT_SILENT,
	  .share_from = 1,
	  .is_growing = true,
	  .ramp_s = 1800,
	  .from_s = 12600,
	  .until_s = 14400 },
};
static const struct lab_event poison_events[] = { { -5, LAB_POISON, LAB_SCOPE_HLR, 1, 0, 3 } };
static const struct lab_expectation poison_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 30,
	  .kinds = "no-answer",
	  .place = HLR1 "|HLR 1",
	  .must_not = HLR2 "|" HLR3,
	  .open_until_s = 12600 },
};

/* A register loses its memory, says so, and everybody is registered again: load, no failures. */
static const struct lab_milestone restart_milestones[] = { { 1800, 0.6 }, { 3600, 1 } };
static const struct lab_fault restart_phases[] = {
	{ .text = "phones of hlr=1 register again",
	  .scope = LAB_SCOPE_HLR,
	  .number = 1,
	  .procedures = LAB_SET_CS | LAB_SET_PS,
	  .changes_volume = true,
	  .volume_from = 3,
	  .volume = 1,
	  .is_growing = true,
	  .ramp_s = 1800,
	  .from_s = 0,
	  .until_s = 1800,
	  .is_collateral = true },
};
static const struct lab_event restart_events[] = { { 0, LAB_REGISTER_RESET, LAB_SCOPE_HLR, 1, 0, 0 } };
static const struct lab_expectation restart_expectations[] = {
	{ .demand = LAB_TICKET, .from_s = 0, .deadline_s = 30, .kinds = "node-restart", .place = HLR1 "|HLR 1", .must_not = "page" },
};

/* On and off: one incident that says so, not one each time. */
static const struct lab_milestone flapping_milestones[] = { { 120, 0.12 }, { 240, 0.24 }, { 360, 0.36 }, { 480, 0.48 },
							    { 600, 0.6 },  { 720, 0.72 }, { 1200, 1 } };
static const struct lab_fault flapping_phases[] = {
	{ .text = "hlr=2:system-failure:0.8",
	  .scope = LAB_SCOPE_HLR,
	  .number = 2,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.8,
	  .from_s = 0,
	  .until_s = 120 },
	{ .text = "hlr=2:system-failure:0.8 again",
	  .scope = LAB_SCOPE_HLR,
	  .number = 2,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.8,
	  .from_s = 240,
	  .until_s = 360 },
	{ .text = "hlr=2:system-failure:0.8 a third time",
	  .scope = LAB_SCOPE_HLR,
	  .number = 2,
	  .effect = LAB_EFFECT_SYSTEM_FAILURE,
	  .share = 0.8,
	  .from_s = 480,
	  .until_s = 600 },
};
static const struct lab_expectation flapping_expectations[] = {
	{ .demand = LAB_PAGE,
	  .from_s = 0,
	  .deadline_s = 60,
	  .kinds = "reject-ratio",
	  .place = HLR2 "|HLR 2",
	  .must_not = "second-incident|" HLR1 "|" HLR3 },
};

/* The tap no longer shows what one register sends to one transfer point; what it cannot show is acknowledged all the same. */
static const struct lab_milestone blind_milestones[] = { { 3600, 0.7 }, { 4000, 1 } };
static const struct lab_event blind_events[] = {
	{ 0, LAB_TAP_BLIND, LAB_SCOPE_HLR, 2, 1, 0 },
	{ 3600, LAB_TAP_SEES, LAB_SCOPE_HLR, 2, 1, 0 },
};
static const struct lab_expectation blind_expectations[] = {
	{ .demand = LAB_OPERATIONS, .from_s = 0, .deadline_s = 30, .kinds = "probe-blind", .must_not = "network-page" },
};

static const struct lab_scenario rows[] = {
	{ "hlr-frontend-partial", "one of three front ends, HLR and HSS, refuses 95 %, at random per attempt", 5400, 0,
	  ROWS(milestone, front_milestones), ROWS(phase, front_phases), .events = NULL, ROWS(expectation, front_expectations) },
	{ "hlr-silent", "one of three HLRs answers nothing; links and watchdogs are well", 4500, 0, ROWS(milestone, silent_milestones),
	  ROWS(phase, silent_phases), .events = NULL, ROWS(expectation, silent_expectations) },
	{ "latency-creep", "one HSS host gets slower and slower, falls silent, and is restarted", 25200, LAB_WITH_CORE,
	  ROWS(milestone, creep_milestones), ROWS(phase, creep_phases), ROWS(event, creep_events), ROWS(expectation, creep_expectations) },
	{ "stp-linkset-down", "a linkset is lost, its traffic moves to the other one within seconds", 6000, 0,
	  ROWS(milestone, linkset_milestones), ROWS(phase, linkset_phases), ROWS(event, linkset_events),
	  ROWS(expectation, linkset_expectations) },
	{ "dra-overload-3004", "one of two Diameter agents refuses 30 % as too busy, the HSS hosts are healthy", 4500, LAB_WITH_IMS,
	  ROWS(milestone, agent_milestones), ROWS(phase, agent_phases), .events = NULL, ROWS(expectation, agent_expectations) },
	{ "poison-message-2016", "a rare message from abroad silences one HLR without any error", 16000, 0,
	  ROWS(milestone, poison_milestones), ROWS(phase, poison_phases), ROWS(event, poison_events),
	  ROWS(expectation, poison_expectations) },
	{ "hlr-restart", "an HLR restarts and says so; its phones register again", 3600, 0, ROWS(milestone, restart_milestones),
	  ROWS(phase, restart_phases), ROWS(event, restart_events), ROWS(expectation, restart_expectations) },
	{ "flapping", "an HLR fails for two minutes, three times", 1200, 0, ROWS(milestone, flapping_milestones),
	  ROWS(phase, flapping_phases), .events = NULL, ROWS(expectation, flapping_expectations) },
	{ "probe-half-blind", "the tap loses one direction of one link, the network is well", 4000, 0, ROWS(milestone, blind_milestones),
	  .phases = NULL, .phase_count = 0, ROWS(event, blind_events), ROWS(expectation, blind_expectations) },
};

const struct lab_shelf scenarios_nodes = { rows, COUNT(rows) };
