# SPDX-License-Identifier: BSD-3-Clause
"""Stories of the lab that must alarm, and such that must not: when, how often, about whom, how many, and whether the end is reported.

The truth beside each capture says what really happened. Other seeds: SIGCANARY_TEST_SEEDS=7,8,9.
"""
import collections
import json
import os
import random

import pcap
from check import check, expect
from program import alarms_of, lab, lab_truth, scratch_file, settings

SECONDS, ONSET, UNTIL = 300, 120, 210
DETECTED_WITHIN_S = 10
DARK_WITHIN_S = 25
INCIDENTS_AT_MOST = 2
AFFECTED_TOLERANCE = 0.25
PAGING = ("raised", "changed")

Story = collections.namedtuple("Story", "faults framing")

FAULTS = {
    "30 % of blocks silent": ("blocks=30%:silent:1",),
    "15 % system failure": ("all:system-failure:0.15",),
    "transfer points return 60 %": ("stp:udts:0.6",),
    "brand refused": ("brand=giffgaff:system-failure:0.8",),
    "one HLR silent": ("hlr=2:silent:1",),
    "a third at random": ("shard=33.3%:system-failure:1",),
}
FRAMINGS = {
    "vlan": ("--vlan",), "qinq": ("--qinq",), "ipv6": ("--ipv6",), "mss": ("--mss", 120), "10 % duplicated": ("--duplicate", 0.1),
}


def seeds():
    return [int(word) for word in os.environ.get("SIGCANARY_TEST_SEEDS", "1" if settings.is_quick else "1,2").split(",")]


def story_rows():
    rows = [(f"{name}, seed {seed}", Story(faults, ("--seed", seed))) for name, faults in FAULTS.items() for seed in seeds()]
    if settings.is_quick:
        return rows[:2]
    return rows + [(f"{framed}, 30 % of blocks silent", Story(FAULTS["30 % of blocks silent"], (*words, "--seed", 3)))
                   for framed, words in FRAMINGS.items()]


def capture_of(story):
    words = [word for fault in story.faults for word in ("--fault", fault)]
    return lab("fault", "--seconds", SECONDS, "--onset", ONSET, *words, "--from", ONSET, "--until", UNTIL, *story.framing)


def incidents_of(path):
    """The lines of every incident, by id, in the order of their first line."""
    incidents = collections.OrderedDict()
    for row in alarms_of(path):
        incidents.setdefault(row["id"], []).append(row)
    return list(incidents.values())


replayed = {}


def told(story):
    """The incidents and the truth of a story; each story is replayed once."""
    path = capture_of(story)
    if path not in replayed:
        replayed[path] = (incidents_of(path), lab_truth(path))
    return path, *replayed[path]


def summary(incidents, truth):
    start = float(truth["start"])
    return "; ".join(f"{rows[0]['id']} {rows[0]['kind']} detected {float(rows[0]['detected']) - start:.1f} s, "
                     f"states {','.join(row['state'] for row in rows)}, affected {affected_of(rows)}, "
                     f"prefixes {rows[-1].get('imsi_prefixes', [])[:8]}" for rows in incidents) or "no incident"


def affected_of(rows):
    return max(row.get("affected_subscribers", {}).get("estimate", 0) for row in rows)


@check(each=story_rows)
def a_fault_is_told_within_ten_seconds_and_not_before(story):
    path, incidents, truth = told(story)
    expect(incidents, f"{path}: no incident")
    start = float(truth["start"])
    times = [float(rows[0]["time"]) - start for rows in incidents]
    expect(min(times) >= ONSET, f"{path}: an incident before the onset at {ONSET} s: {summary(incidents, truth)}")
    expect(min(times) <= ONSET + DETECTED_WITHIN_S, f"{path}: the first one after {min(times) - ONSET:.1f} s: {summary(incidents, truth)}")


@check(each=story_rows)
def one_fault_makes_at_most_two_incidents(story):
    path, incidents, truth = told(story)
    expect(1 <= len(incidents) <= INCIDENTS_AT_MOST, f"{path}: {len(incidents)} incidents: {summary(incidents, truth)}")


def failing_blocks(truth):
    return {prefix for fault in truth["faults"] for prefix in fault.get("prefixes", ())}


def last_while_failing(rows, truth):
    """The last line before the fault ends."""
    until = float(truth["start"]) + UNTIL
    return [row for row in rows if float(row["time"]) <= until][-1:] or rows[:1]


@check(each=story_rows)
def the_number_prefixes_are_those_that_fail(story):
    """A prefix may stand for all its failing longer ones; taken together they are the failing blocks, nothing missing, nothing more.
    Where no numbers fail of themselves (nodes, chance) no prefix is blamed."""
    path, incidents, truth = told(story)
    expect(incidents, f"{path}: no incident")
    blocks = failing_blocks(truth)
    found = {prefix for rows in incidents for row in last_while_failing(rows, truth) for prefix in row.get("imsi_prefixes", ())}
    if blocks:
        missing = {block for block in blocks if not any(block.startswith(prefix) for prefix in found)}
        wrong = {prefix for prefix in found if not any(block.startswith(prefix) or prefix.startswith(block) for block in blocks)}
        expect(not missing and not wrong, f"{path}: prefixes missing {sorted(missing)}, too much {sorted(wrong)}, failing {sorted(blocks)}")
    elif not any("brand" in fault for fault in story.faults):
        expect(not found, f"{path}: prefixes {sorted(found)[:8]} are blamed where none fails of itself")


@check(each=story_rows)
def the_affected_subscribers_are_right_within_a_quarter(story):
    path, incidents, truth = told(story)
    expect(incidents, f"{path}: no incident")
    found, real = max(affected_of(rows) for rows in incidents), truth["affected_subscribers"]
    expect(abs(found - real) <= AFFECTED_TOLERANCE * real, f"{path}: {found} affected subscribers where {real} are: {summary(incidents, truth)}")


@check(each=story_rows)
def the_end_of_the_fault_is_told(story):
    path, incidents, truth = told(story)
    expect(incidents, f"{path}: no incident")
    until = float(truth["start"]) + UNTIL
    ended = [row for rows in incidents for row in rows if row["state"] in ("restoring", "cleared")]
    expect(ended, f"{path}: neither restoring nor cleared: {summary(incidents, truth)}")
    early = [row for row in ended if row["state"] == "cleared" and float(row["time"]) < until]
    expect(not early, f"{path}: cleared {until - float((early or ended)[0]['time']):.1f} s before the end of the fault")


@check(each=lambda: [(f"{share} % user rejects, seed {seed}", (share, seed)) for share in (4, 12) for seed in seeds()], quick=False)
def four_hundred_healthy_seconds_are_silent(row):
    share, seed = row
    path = lab("fault", "--seconds", 400, "--user-rejects", share / 100, "--seed", seed)
    rows = alarms_of(path)
    expect(not rows, f"{path}: alarms on healthy traffic: {json.dumps(rows[:1])[:300]}")


@check(each=lambda: [(f"{round(100 * share)} % lost from {begin} s on", (share, begin)) for share, begin in ((0.5, 40), (0.8, 55))])
def a_tap_that_suddenly_loses_packets_raises_nothing(row):
    share, begin = row
    path = lab("fault", "--seconds", 90, "--rate", 300, "--seed", 7)
    capture, chance = pcap.read(path), random.Random(5)
    first = capture.packets[0].nanos
    kept = [p for p in capture.packets if not begin <= (p.nanos - first) / 1e9 < begin + 20 or chance.random() >= share]
    lossy = pcap.write(scratch_file(".pcap"), capture._replace(packets=kept))
    rows = alarms_of(lossy)
    expect(not rows, f"{lossy}: an alarm for what the tap lost: {json.dumps(rows[:1])[:300]}")


NOTHING = bytes.fromhex("ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000002") + bytes(18)


def behind_nothing(packets, seconds):
    """The tap is switched on so long before its traffic begins; a frame of no interest is all there is until then."""
    return [pcap.Packet(packets[0].nanos - seconds * 10**9, len(NOTHING), NOTHING)] + packets


def at_a_fifth_of_the_pace(packets, seconds):
    """Whoever sends is short of time at first, and makes up for it at three times the pace."""
    first, slow = packets[0].nanos, seconds * 10**9

    def late(nanos):
        due = nanos - first
        return first + (5 * due if 5 * due < slow else max(due, slow + (due - slow // 5) // 3))
    return [p._replace(nanos=late(p.nanos)) for p in packets]


@check(each=lambda: [(f"seed {seed}", seed) for seed in (1, 2)])
def traffic_that_begins_late_and_unevenly_raises_nothing(seed):
    capture = pcap.read(lab("fault", "--seconds", 90, "--rate", 80, "--seed", seed))
    late = behind_nothing(at_a_fifth_of_the_pace(capture.packets, 20), 150)
    path = pcap.write(scratch_file(".pcap"), capture._replace(packets=late))
    rows = alarms_of(path)
    expect(not rows, f"{path}: an alarm on a healthy tap: {json.dumps(rows[:1])[:300]}")


@check(each=lambda: [(f"seed {seed}", seed) for seed in (1, 3)])
def a_tap_that_is_dark_for_a_minute_is_no_fault_of_the_network(seed):
    """All packets of fifty seconds are lost, with the answers of what was asked just before them: the tap is told, within seconds, and nothing else."""
    capture = pcap.read(lab("fault", "--seconds", 210, "--rate", 80, "--seed", seed))
    first = capture.packets[0].nanos
    seen = [p for p in capture.packets if not 80 <= (p.nanos - first) / 1e9 < 130]
    path = pcap.write(scratch_file(".pcap"), capture._replace(packets=seen))
    rows = alarms_of(path)
    wrong = [row for row in rows if row["kind"] != "probe-blind" or row["severity"] not in ("minor", "cleared")]
    expect(not wrong, f"{path}: an alarm for what the tap did not show: {json.dumps(wrong[:1])[:300]}")
    expect([row["state"] for row in rows] == ["raised", "cleared"], f"{path}: not told and over: {json.dumps(rows)[:300]}")
    late = float(rows[0]["time"]) - first / 1e9 - 80
    expect(20 <= late <= DARK_WITHIN_S, f"{path}: told {late:.1f} s after the tap went dark")
    expect(rows[0]["visibility"]["blind"] == ["tap"] and not rows[0]["nodes"], f"{path}: not of the tap: {json.dumps(rows[0])[:300]}")


@check()
def traffic_that_pauses_as_it_likes_is_no_dark_tap():
    """Fifteen seconds of a healthy network, thirty of nothing, again and again, as where somebody tries things by hand."""
    capture = pcap.read(lab("fault", "--seconds", 400, "--rate", 40))
    first = capture.packets[0].nanos
    seen = [p for p in capture.packets if (p.nanos - first) // (15 * 10**9) % 3 == 0]
    path = pcap.write(scratch_file(".pcap"), capture._replace(packets=seen))
    rows = alarms_of(path)
    expect(not rows, f"{path}: an alarm on a healthy network: {json.dumps(rows[:1])[:300]}")


@check(quick=False)
def the_outage_of_july_2012_is_told_in_one_incident_with_its_size():
    path = lab("o2-2012", "--seconds", 300, "--seed", 1)
    incidents, truth = incidents_of(path), lab_truth(path)
    expect(1 <= len(incidents) <= INCIDENTS_AT_MOST, f"{path}: {summary(incidents, truth)}")
    late = float(incidents[0][0]["time"]) - float(truth["onset"])
    expect(0 <= late <= DETECTED_WITHIN_S, f"{path}: told after {late:.1f} s")
    found, real = max(affected_of(rows) for rows in incidents), truth["affected_subscribers"]
    expect(abs(found - real) <= AFFECTED_TOLERANCE * real, f"{path}: {found} affected subscribers where {real} are")
