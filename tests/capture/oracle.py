# SPDX-License-Identifier: BSD-3-Clause
"""Counts of `decode` against what tshark made of the shared captures (captures/summary/FILE.json), and against the counts of the table
in captures/real-stacks/README.md. The exceptions stand here with their reason; everything else must be equal."""
import collections
import json
import os
import re

from check import Failure, check, expect, same
from program import decode, settings, shared, shared_captures

SCCP_NAMES = {1: "CR", 2: "CC", 3: "CREF", 4: "RLSD", 5: "RLC", 6: "DT1", 7: "DT2", 9: "UDT", 10: "UDTS", 15: "ERR", 16: "IT",
              17: "XUDT", 18: "XUDTS", 19: "LUDT", 20: "LUDTS"}


def counts_of(rows):
    """The histograms of the summaries, made from the lines of decode."""
    h = collections.defaultdict(collections.Counter)
    for row in rows:
        stack = row["stack"].split("/")
        if "m3ua" in stack or "m3ua" in row:
            kind = row.get("m3ua", {"class": 1, "type": 1})
            h["m3ua.class_type"][f"{kind['class']}/{kind['type']}"] += 1
        if "sccp" in row:
            h["sccp.message_type"][row["sccp"].get("type")] += 1
        if "tcap" in row:
            h["tcap"][row["tcap"]["type"]] += 1
        elif row.get("malformed", {}).get("layer") == "tcap":
            h["tcap"]["malformed"] += 1
        if "map" in stack:
            for component in row.get("components", ()):
                count_component(h, component)
        if "diameter" in row:
            count_diameter(h, row["diameter"])
    return h


def count_component(h, component):
    kind = component["type"]
    if kind == "returnError":
        h["map.returnError"][str(component["error"])] += 1
    elif kind == "reject":
        h["map.reject"]["all"] += 1
    elif kind == "invoke":
        h["map.invoke"][str(component["op"])] += 1
    else:
        h["map." + kind][str(component.get("op", "none"))] += 1


def count_diameter(h, d):
    h["diameter.requests" if d["request"] else "diameter.answers"][str(d["code"])] += 1
    h["diameter.application_id"][str(d["app"])] += 1
    if "result" in d:
        h["diameter.result_code"][str(d["result"])] += 1
    if "experimental" in d:
        h["diameter.experimental_result_code"][str(d["experimental"])] += 1


def summaries():
    folder = shared("captures", "summary")
    rows = []
    for name in sorted(os.listdir(folder)) if folder and os.path.isdir(folder) else ():
        capture = shared("captures", name[:-len(".json")])
        if os.path.exists(capture) and (not settings.is_quick or os.path.getsize(capture) < 500_000):
            rows.append((name[:-len(".json")], (capture, os.path.join(folder, name))))
    return rows


def integers(counter):
    return {str(key): value for key, value in (counter or {}).items()}


@check(each=summaries)
def decode_counts_what_tshark_counts(paths):
    capture, summary = paths
    with open(summary, encoding="utf-8") as file:
        expected = json.load(file)
    rows = decode(capture)
    h = counts_of(rows)
    what = os.path.basename(capture)
    for part, keys in (("m3ua", ("class_type",)),
                       ("map", ("invoke", "returnResultLast", "returnResultNotLast", "returnError")),
                       ("diameter", ("requests", "answers", "application_id", "result_code", "experimental_result_code"))):
        for key in keys:
            same(integers(expected.get(part, {}).get(key)), dict(h[f"{part}.{key}"]), f"{what}: {part}.{key}")
    same(expected.get("m3ua", {}).get("messages", 0), sum(h["m3ua.class_type"].values()), f"{what}: m3ua.messages")
    same(expected.get("diameter", {}).get("messages", 0), sum(1 for row in rows if "diameter" in row), f"{what}: diameter.messages")
    same(expected.get("map", {}).get("reject", 0), h["map.reject"]["all"], f"{what}: map.reject")
    sccp = {SCCP_NAMES.get(int(key), key): value for key, value in expected.get("sccp", {}).get("message_type", {}).items()}
    same(sccp, dict(h["sccp.message_type"]), f"{what}: sccp.message_type")
    same_tcap(expected.get("tcap", {}), h["tcap"], what)


def same_tcap(expected, found, what):
    """tshark counts a message by its tag even where nothing behind it can be read; here that is a malformed line."""
    wanted = {key: expected[key] for key in ("begin", "continue", "end", "abort", "unidirectional") if expected.get(key)}
    if found.get("malformed"):
        same(sum(wanted.values()), sum(found.values()), f"{what}: TCAP messages, malformed ones included")
    else:
        same(wanted, {key: value for key, value in found.items() if value}, f"{what}: tcap types")


def readme_rows():
    """(label, (path, cell)) of the table of the real stacks; the cell holds what tshark counted."""
    path = shared("captures", "real-stacks", "README.md")
    if not path or not os.path.exists(path):
        return []
    captures = dict(shared_captures())
    rows = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            cells = [cell.strip() for cell in line.split("|")]
            if len(cells) >= 7 and cells[1] + ".pcap" in captures:
                rows.append((cells[1], (captures[cells[1] + ".pcap"], cells[5])))
    return rows


@check(each=lambda: [row for row in readme_rows() if row[0].startswith("s6a_")], quick=False)
def diameter_of_real_stacks_counts_as_in_their_table(row):
    path, cell = row
    commands, results = cell.split("—")
    expected = {found[0]: int(found[1]) for found in re.findall(r"(\d+[AR])=(\d+)", commands)}
    base, _, rest = results.partition("exp ")
    codes = {("base", found[0]): int(found[1]) for found in re.findall(r"(\d{4}):(\d+)", base)}
    codes.update({("exp", found[0]): int(found[1]) for found in re.findall(r"(\d{4}):(\d+)", rest)})
    h = counts_of(decode(path))
    found = {key + "R": value for key, value in h["diameter.requests"].items()}
    found.update({key + "A": value for key, value in h["diameter.answers"].items()})
    same(expected, found, f"{path}: messages per command")
    tally = {("base", key): value for key, value in h["diameter.result_code"].items()}
    tally.update({("exp", key): value for key, value in h["diameter.experimental_result_code"].items()})
    same(codes, tally, f"{path}: answers per result")


@check(each=lambda: [row for row in readme_rows() if row[0].startswith("map_m3ua_")], quick=False)
def tcap_of_real_stacks_counts_as_in_their_table(row):
    """tshark's own counts; a message returned inside a UDTS is one more Begin for it and for decode."""
    path, cell = row
    expected = {key: int(value) for key, value in re.findall(r"(abort|begin|continue|end)=(\d+)", cell.split("truth")[0])}
    rows = decode(path)
    same(expected, {key: value for key, value in counts_of(rows)["tcap"].items() if value}, f"{path}: TCAP types")
    malformed = [row for row in rows if "malformed" in row]
    expect(not malformed, f"{path}: {len(malformed)} malformed lines, the first one is {malformed[:1]}")


@check(each=lambda: [row for row in readme_rows() if row[0].startswith("map_live")], quick=False)
def tcap_through_a_lossy_kernel_association_is_never_malformed(row):
    """tshark shows 27 malformed messages in this capture; delivered in the order of the streams there are none. What was sent
    twice because it was lost behind the tap is still one message."""
    path, _ = row
    malformed = [line for line in decode(path) if "malformed" in line]
    if malformed:
        raise Failure(f"{path}: {len(malformed)} malformed lines, the first one is {str(malformed[0])[:300]}")
