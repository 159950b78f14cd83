# SPDX-License-Identifier: BSD-3-Clause
"""`sigcanary backtest`: recorded ticks raise what the replay raised; counts from anywhere, other settings, and rules beside it."""
import collections
import json
import math
import random

from check import check, expect, same
from program import json_lines, lab, lab_truth, read, run, run_well, scratch_file

START = 1772323200  # a midnight of UTC
COLUMNS = ("requests", "success", "user", "network", "congestion", "abort", "timeout")
STORIES = {
    "one HLR silent": ("fault", "--seconds", 260, "--onset", 120, "--fault", "hlr=2:silent:1", "--from", 120, "--until", 210),
    "brand refused": ("fault", "--seconds", 260, "--onset", 120, "--fault", "brand=giffgaff:system-failure:0.8", "--from", 120, "--until", 210),
}


def first_pages(text, what):
    """The first line of each incident that is more than a ticket, by kind."""
    first = collections.OrderedDict()
    for row in json_lines(text, what):
        if row["state"] == "raised" and row.get("severity") != "warning":
            first.setdefault(row["kind"], row)
    return first


def backtest_lines(path, *options, codes=(0,)):
    return run_well("backtest", "--quiet", "--json", *options, path, codes=codes).out


@check(each=lambda: list(STORIES.items()))
def recorded_ticks_raise_what_the_replay_raised(words):
    capture = lab(*words)
    ticks = scratch_file(".csv")
    replayed = first_pages(run_well("replay", "--quiet", "--json", "--ticks", ticks, capture).out, capture)
    again = first_pages(backtest_lines(ticks), ticks)
    expect(replayed, f"{capture}: nothing was raised at all")
    for kind, row in replayed.items():
        expect(kind in again, f"{ticks}: {kind} of {row['summary']} was not raised from ticks; raised: {', '.join(again) or 'nothing'}")
        other = again[kind]
        late = abs(float(row["onset"]) - float(other["onset"]))
        expect(late <= 1, f"{ticks}: the onset of {kind} is {late:.1f} s off: {other['summary']}")
        shared = set(row["procedures"]) & set(other["procedures"])
        expect(shared, f"{ticks}: {kind} names other procedures: {other['procedures']}, not {row['procedures']}")
        same({node["id"] for node in row["nodes"]}, {node["id"] for node in other["nodes"]}, f"{ticks}: nodes of {kind}")


@check()
def the_same_ticks_give_the_same_lines_twice_and_packed():
    ticks = scratch_file(".csv")
    run_well("replay", "--quiet", "--ticks", ticks, lab(*STORIES["one HLR silent"]))
    with open(ticks, "rb") as file:
        content = file.read()
    same(backtest_lines(ticks), run_well("backtest", "--quiet", "--json", "-", stdin=content).out, "a file and standard input")


def poisson(rng, mean):
    if mean > 40:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def binomial(rng, trials, share):
    if trials <= 0 or share <= 0:
        return 0
    if trials * share > 20 and trials * (1 - share) > 20:
        return min(trials, max(0, round(rng.gauss(trials * share, math.sqrt(trials * share * (1 - share))))))
    return min(trials, poisson(rng, trials * share)) if trials > 60 else sum(rng.random() < share for _ in range(trials))


# What the fault does to hlr-2: shares of network refusals, user refusals, timeouts, and what is left of the requests.
FAULTS = {"none": {}, "network": {"network": 0.5}, "user": {"user": 0.5}, "timeout": {"timeout": 0.5}, "volume": {"left": 0.03}}
STREAMS = {"hlr-1": 40, "hlr-2": 25, "hlr-3": 5, "range/23410-01": 3}


def row_of(rng, mean, fault):
    requests = poisson(rng, mean * rng.gammavariate(50, 1 / 50) * fault.get("left", 1))
    timeout = binomial(rng, requests, fault.get("timeout", 0.003))
    answers = requests - timeout
    user = binomial(rng, answers, fault.get("user", rng.betavariate(20, 380)))
    network = binomial(rng, answers - user, fault.get("network", rng.betavariate(1, 199)))
    return (requests, answers - user - network, user, network, 0, 0, timeout)


def counts_made(fault, tick, ticks, seed=1):
    """A CSV of counts with a fault of hlr-2 in the middle, and its truth beside it."""
    rng = random.Random(f"{fault} {tick} {seed}")
    path = scratch_file(".csv")
    onset, until = ticks // 2, ticks // 2 + max(8, 600 // tick)
    with open(path, "w", encoding="utf-8") as file:
        file.write("time,stream," + ",".join(COLUMNS) + "\n")
        for number in range(ticks):
            swing = 0.55 - 0.45 * math.cos(2 * math.pi * (number * tick % 86400 / 86400 - 0.62))
            rows = {name: row_of(rng, rate * tick * swing, FAULTS[fault] if name == "hlr-2" and onset <= number < until else {})
                    for name, rate in STREAMS.items()}
            rows["all"] = tuple(map(sum, zip(*rows.values())))
            for name, row in rows.items():
                if any(row):
                    file.write(f"{START + number * tick},{name}," + ",".join(map(str, row)) + "\n")
    truth = {"start": f"{START}.0", "end": f"{START + ticks * tick}.0", "faults": [] if fault == "none" else [
        {"fault": f"hlr-2 {fault}", "onset": f"{START + onset * tick}.000000000", "until": f"{START + until * tick}.000000000"}]}
    with open(path + ".truth.json", "w", encoding="utf-8") as file:
        json.dump(truth, file)
    return path, START + onset * tick


def counts_rows():
    return [(f"{fault}, ticks of {tick} s", (fault, tick, ticks)) for tick, ticks in ((1, 8 * 3600), (60, 4 * 1440)) for fault in FAULTS]


@check(each=counts_rows)
def counts_from_anywhere_page_for_the_right_stream_and_nothing_else(row):
    fault, tick, ticks = row
    path, onset = counts_made(fault, tick, ticks)
    pages = {}
    for line in json_lines(backtest_lines(path), path):
        if line["severity"] not in ("warning", "cleared"):
            pages.setdefault(line["id"], line)
    pages = list(pages.values())
    shown = "; ".join(line["summary"] for line in pages) or "nothing"
    expect(len(pages) == (0 if fault == "none" else 1), f"{path}: {len(pages)} pages: {shown}")
    for line in pages:
        expect("hlr-2" in line["summary"], f"{path}: another stream than hlr-2 is named: {shown}")
        expect(-tick <= float(line["onset"]) - onset <= 2 * tick, f"{path}: onset {float(line['onset']) - onset:.1f} s off: {shown}")
        late = float(line["time"]) - onset
        expect(late <= max(45, 8 * tick), f"{path}: paged after {late:.0f} s: {shown}")


# Nodes of ranges: what fails is told as the stream whose parts all fail, no smaller and no larger, and for as long as it lasts.
TREE = {f"hlr-{node}/range-{node}{part}": 1 + 7 * ((node + part) % 3) for node in range(1, 5) for part in range(4)}
PLACES = {
    "everybody at random, 30 min": [("", "network", 0.04, 0, 1800, "across all number ranges")],
    "a range by user refusals, 25 min": [("hlr-4/range-41", "user", 1, 0, 1500, "hlr-4/range-41:")],
    "a node, which fails in part": [("hlr-2", "timeout", 0.3, 0, 1200, "hlr-2:")],
    "a range, and a node five minutes later": [("hlr-4/range-42", "network", 1, 0, 1500, "hlr-4/range-42:"),
                                               ("hlr-1", "network", 0.4, 300, 1500, "hlr-1:")],
}
ONSET, LENGTH = 9000, 11400


def tree_made(faults):
    """A CSV of ticks of a second, with ordinary refusals that differ from range to range and a rate that climbs."""
    rng = random.Random(repr(faults))
    usual = {name: {"user": rng.betavariate(3, 57), "network": 0.002 + 0.004 * rng.random(), "timeout": 0.003} for name in TREE}
    path = scratch_file(".csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("time,stream," + ",".join(COLUMNS) + "\n")
        for second in range(LENGTH):
            rows = collections.defaultdict(lambda: [0] * len(COLUMNS))
            for name, rate in TREE.items():
                shares = {kind: share * rng.gammavariate(5, 1 / 5) for kind, share in usual[name].items()}
                for where, kind, share, since, lasts, _ in faults:
                    if name.startswith(where) and since <= second - ONSET < since + lasts:
                        shares[kind] += share * (1 - shares[kind])
                requests = left = poisson(rng, rate * (1 + second / LENGTH))
                failed = {}
                for kind in ("timeout", "user", "network"):
                    failed[kind] = binomial(rng, left, shares[kind])
                    left -= failed[kind]
                row = (requests, left, failed["user"], failed["network"], 0, 0, failed["timeout"])
                for stream in (name, name.split("/", maxsplit=1)[0], "all"):
                    rows[stream] = [a + b for a, b in zip(rows[stream], row)]
            for stream, row in rows.items():
                file.write(f"{START + second},{stream}," + ",".join(map(str, row)) + "\n")
    return path


@check(each=lambda: list(PLACES.items()))
def the_place_is_the_stream_whose_parts_all_fail_and_stays(faults):
    path = tree_made(faults)
    incidents = collections.OrderedDict()
    for line in json_lines(backtest_lines(path), path):
        incidents.setdefault(line["id"], []).append(line)
    shown = "; ".join(lines[0]["summary"] for lines in incidents.values()) or "nothing"
    same(len(faults), len(incidents), f"{path}: incidents: {shown}")
    for (where, _, share, since, lasts, words), lines in zip(faults, incidents.values()):
        onset = START + ONSET + since
        for line in lines:
            said = f"{path}: {float(line['time']) - onset:.0f} s after the onset: {line['summary']}"
            expect(words in line["summary"], f"{said}: that is not '{words}'")
            expect("about 0 %" not in line["summary"] and "about 0.0 %" not in line["summary"], said)
            expect(line["observed_ratio"] <= 1, said)
            same(where or "all", line["streams"][0], f"{said}: streams")
            outer = "all" if where else None
            expect(outer not in line["streams"] and (where.split("/", maxsplit=1)[0] == where or
                                                     where.split("/", maxsplit=1)[0] not in line["streams"]), f"{said}: {line['streams']}")
            early = line["state"] in ("restoring", "cleared") and float(line["time"]) < onset + lasts
            expect(not early, f"{said}: it is not over yet")
        same("cleared", lines[-1]["state"], f"{path}: the last word of {words}")
        expect(float(lines[0]["time"]) - onset <= (30 if share >= 0.3 else 120), f"{path}: late: {float(lines[0]['time']) - onset:.0f} s")


@check()
def ten_lines_from_anywhere_are_read():
    path = scratch_file(".csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("time,stream,requests,success,user,network,congestion,abort,timeout\n")
        for second in range(10):
            file.write(f"2026-03-01T00:00:{second:02}Z,ul,100,95,4,1,0,0,0\n")
    result = run_well("backtest", path)
    expect("10 ticks of 1 s, 2026-03-01 00:00:00" in result.out and "0 pages" in result.out, f"{path}: {result.out}")


@check()
def damaged_counts_end_with_4_and_the_line_is_named():
    path = scratch_file(".csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("time,stream,requests,success\n1,a,5,5\n2,a,5,many\n3,a,5,5\n4,a,5\n")
    result = run("backtest", "--json", path)
    expect(result.code == 4, f"{path}: ended with {result.code}")
    for words in (":3: field 4 is 'many'", ":5: the row has 3 fields"):
        expect(words in result.err, f"{path}: '{words}' is not in {result.err}")
    result = run("backtest", path + ".absent", path)
    expect(result.code == 4 and "absent" in result.err, f"a file that is not there: {result.code} {result.err}")


@check()
def settings_are_checked_as_the_file_is_and_shown_side_by_side():
    path, _ = counts_made("network", 60, 1440)
    for words, said in (("detection.page_intervall=1 d", "did you mean 'page_interval'"), ("detection.page_interval=1 s", "out of range"),
                        ("segments=1", "is a list"), ("limits.cells=4096", "fixed from the start"), ("detection.major", "write key=value")):
        result = run("backtest", "--set", words, path)
        expect(result.code == 3 and said in result.err, f"--set {words}: ended with {result.code}: {result.err}")
    lines = json_lines(backtest_lines(path, "--set", "detection.min_fault_share=90 %"), path)
    table = {row["rule"]: row for row in lines[-1]["comparison"]}
    expect(table["sigcanary as configured"]["found"] == 1 and table["sigcanary with --set"]["pages"] == 0, f"{path}: {table}")
    same([{"key": "detection.min_fault_share", "configured": "1 %", "set": "90 %"}], lines[-1]["settings"], "settings")


@check()
def the_rules_of_others_stand_in_one_table():
    path, _ = counts_made("network", 60, 4 * 1440)
    table = {row["rule"]: row for row in json_lines(backtest_lines(path, "--compare"), path)[-1]["comparison"]}
    expect(len(table) == 4, f"{path}: {list(table)}")
    own = table["sigcanary"]
    expect(own["found"] == 1 and own["missed"] == 0 and own["false_pages"] == 0, f"{path}: {own}")
    bucket = table["5 min bucket, base + 10 points"]
    expect(bucket["found"] == 1 and bucket["delays_s"][0] >= 300, f"{path}: the bucket cannot be over earlier: {bucket}")
    text = run_well("backtest", "--compare", path).out
    expect("PAGE AFTER ONSET" in text and "3 sigma on 1 min" in text, text)


@check()
def an_alarm_can_end_the_backtest_with_10():
    path, _ = counts_made("network", 60, 1440)
    result = run("backtest", "--quiet", "--fail-on", "minor", path)
    expect(result.code == 10, f"{path}: ended with {result.code}")
    report = scratch_file(".html")
    run_well("backtest", "--quiet", "--report", report, path)
    expect("hlr-2" in read(report), f"{report}: does not name hlr-2")
