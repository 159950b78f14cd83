# SPDX-License-Identifier: BSD-3-Clause
"""What the endpoints of the real stacks counted themselves, against what the program saw between them.

Diameter: *.endpoints.txt holds Erlang terms, a tally per database. MAP: *.truth.json says how every dialogue was meant to end."""
import collections
import json
import re

from check import Skip, check, expect, same
from program import decode, json_lines, replay, shared_captures

COMMANDS = {"AIR": 318, "ULR": 316, "PUR": 321, "NOR": 323}
# One hop in the file, and TCP: what one side sent is what the other side got.
SINGLE_HOP = ("s6a_tcp_v4_mix", "s6a_tcp_v4_mss_split_and_packed", "s6a_tcp_v4_restarts_dwr", "s6a_tcp_v6_brand_fault",
              "s6a_tcp_erlang_netem_loss", "s6a_tcp_v4_ip_fragments")
OPERATIONS = {"UL": "map.updateLocation", "GPRSUL": "map.updateGprsLocation", "SAI": "map.sendAuthenticationInfo",
              "CL": "map.cancelLocation", "PURGE": "map.purgeMS", "RESTORE": "map.restoreData", "SRISM": "map.sendRoutingInfoForSM"}


def endpoint_rows():
    return [(name[:-5], path) for name, path in shared_captures() if name[:-5] in SINGLE_HOP]


def database_tallies(path):
    """(direction, command, result) -> count, over all databases of the file. The result is None for requests."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = re.sub(r"\s+", "", file.read())
    sums = collections.Counter()
    for block in re.findall(r"hss[\w.-]*stats\[(.*?)\](?=[^\],]|$)", text):
        for direction, command, result, count in re.findall(r"\{\{(rx|tx),'(\w+)'(?:,(ok|\{[ex],\d+\}))?\},(\d+)\}", block):
            sums[direction, command, result or None] += int(count)
    return sums


def result_word(d):
    if "experimental" in d:
        return "{x,%d}" % d["experimental"]
    return "ok" if d.get("result") == 2001 else "{e,%d}" % d.get("result", 0)


@check(each=endpoint_rows, quick=False)
def diameter_equals_what_the_databases_counted(path):
    expected = database_tallies(path[:-len(".pcap")] + ".endpoints.txt")
    if not expected:
        raise Skip("no tally of a database in the file")
    names = {code: name for name, code in COMMANDS.items()}
    found = collections.Counter()
    for row in decode(path):
        d = row.get("diameter", {})
        if d.get("code") in names:
            found["rx" if d["request"] else "tx", names[d["code"]], None if d["request"] else result_word(d)] += 1
    same(dict(expected), dict(found), f"{path}: (rx request | tx answer, command, result)")


@check(each=endpoint_rows, quick=False)
def diameter_transactions_equal_what_the_databases_answered(path):
    expected = database_tallies(path[:-len(".pcap")] + ".endpoints.txt")
    answers = collections.Counter()
    for (direction, command, result), count in expected.items():
        if direction == "tx":
            answers[command, result] += count
    found = collections.Counter()
    for row in json_lines(replay(path).transactions, path):
        command = row["procedure"].removeprefix("s6a.").upper()
        layer, _, number = row.get("cause", "").partition(":")
        if command in COMMANDS and layer in ("diameter", "diameter-exp"):
            word = "ok" if number == "2001" else ("{x,%s}" if layer == "diameter-exp" else "{e,%s}") % number
            found[command, word] += 1
    same(dict(answers), dict(found), f"{path}: answered transactions per (command, result)")


def truth_rows():
    return [(name[:-5], path) for name, path in shared_captures() if name.startswith("map_m3ua_")]


def truth_of(path):
    with open(path[:-len(".pcap")] + ".truth.json", encoding="utf-8") as file:
        return json.load(file)["truth"]


def truth_outcomes(truth):
    """(procedure, ending) -> count over all brands. Endings: ok, a MAP error's number, pabort, uabort, silent."""
    sums = collections.Counter()
    for key, count in truth.items():
        words = key.split("|")
        if words[0] == "outcome":
            sums[OPERATIONS[words[1]], words[2]] += count
    return sums


def ending(row):
    layer, _, number = row.get("cause", "").partition(":")
    if row["outcome"] in ("timeout", "open"):
        return "silent"
    if layer == "map-error":
        return number
    return {"tcap-p-abort": "pabort", "tcap-u-abort": "uabort", "sccp-return": "udts" + number}.get(layer, "ok")


def seen_outcomes(path):
    sums = collections.Counter()
    for row in json_lines(replay(path).transactions, path):
        if row["procedure"] in OPERATIONS.values() and row["outcome"] != "unmatched-answer":
            sums[row["procedure"], ending(row)] += 1
    return sums


@check(each=truth_rows, quick=False)
def map_dialogues_end_as_they_were_meant_to(path):
    """Equal without loss. What comes back in a UDTS is answered nevertheless in these captures, so the answer decides."""
    truth = truth_of(path)
    expected = truth_outcomes(truth)
    found = seen_outcomes(path)
    if truth.get("lost_packets"):
        expect_within_loss(expected, found, truth["lost_packets"], path)
        return
    same(dict(expected), dict(found), f"{path}: (procedure, ending)")


@check(each=truth_rows, quick=False)
def messages_returned_by_udts_count_per_cause(path):
    truth = truth_of(path)
    found = collections.Counter(str(row["sccp"]["return_cause"]) for row in decode(path) if "return_cause" in row.get("sccp", {}))
    same({key.split("|")[1]: count for key, count in truth.items() if key.startswith("udts_extra")}, dict(found), f"{path}: per return cause")


def expect_within_loss(expected, found, lost, path):
    """A lost packet holds at most a few messages; each of them changes the ending of one dialogue or hides it."""
    differing = sum(abs(expected[key] - found[key]) for key in expected.keys() | found.keys())
    expect(differing <= 2 * 4 * lost, f"{path}: {lost} lost packets explain at most {8 * lost} differences, there are {differing}")
    total, seen = sum(expected.values()), sum(found.values())
    expect(total - 4 * lost <= seen <= total, f"{path}: {total} dialogues, {lost} packets lost, {seen} seen")
