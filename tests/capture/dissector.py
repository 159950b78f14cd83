# SPDX-License-Identifier: BSD-3-Clause
"""tshark, run here, on captures of the lab: it must find nothing malformed, and count per layer, type and operation what decode counts."""
import collections
import os
import re
import shutil
import subprocess

from check import Skip, check, expect, same
from oracle import SCCP_NAMES, counts_of
from program import decode, lab, scratch_folder

# Without segmented XUDT, retransmission and loss: there tshark's own reassembly is weaker than what is tested.
CAPTURES = [
    ("plain", ("fault", "--seconds", 15, "--rate", 20)),
    ("refusing", ("fault", "--seconds", 15, "--rate", 20, "--seed", 12, "--fault", "all:system-failure:0.3", "--fault", "stp:udts:0.2", "--from", 3)),
    ("congested", ("fault", "--seconds", 15, "--rate", 20, "--seed", 13, "--fault", "all:congestion:0.3", "--fault", "all:unknown:0.2", "--from", 3)),
    ("dressed", ("fault", "--seconds", 15, "--rate", 20, "--seed", 14, "--qinq", "--ipv6", "--bundle", "--fragment", 60, "--mss", 90)),
    ("diameter over sctp", ("fault", "--seconds", 15, "--rate", 20, "--seed", 15, "--sctp-diameter", "--vlan")),
    ("o2-2012", ("o2-2012", "--seconds", 30, "--rate", 20, "--seed", 16)),
]
PREFERENCES = ["sctp.checksum:None", "sctp.reassembly:TRUE", "tcp.reassemble_out_of_order:TRUE", "tcp.desegment_tcp_streams:TRUE",
               "diameter.desegment:TRUE", "sccp.defragment_xudt:TRUE", "tcp.check_checksum:FALSE"]
FIELDS = {"m3ua.class": "m3ua.message_class", "m3ua.type": "m3ua.message_type", "sccp": "sccp.message_type",
          "begin": "tcap.begin_element", "continue": "tcap.continue_element", "end": "tcap.end_element", "abort": "tcap.abort_element",
          "operation": "gsm_old.localValue", "invoke": "gsm_old.invoke_element", "last": "gsm_old.returnResultLast_element",
          "error": "gsm_old.returnError_element", "reject": "gsm_old.reject_element",
          "command": "diameter.cmd.code", "request": "diameter.flags.request", "application": "diameter.applicationId",
          "result": "diameter.Result-Code", "experimental": "diameter.Experimental-Result-Code"}


def tshark(path, *arguments):
    program = shutil.which("tshark")
    if program is None:
        raise Skip("tshark is missing")
    preferences = [word for preference in PREFERENCES for word in ("-o", preference)]
    environment = {**os.environ, "HOME": scratch_folder("home"), "LC_ALL": "C.UTF-8"}
    done = subprocess.run([program, "-n", "-r", path, *preferences, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=300, env=environment, check=False)
    expect(done.returncode == 0, f"tshark {path}: ended with {done.returncode}: {done.stderr.decode(errors='replace')[:300]}")
    return done.stdout.decode("utf-8", errors="replace")


@check(each=lambda: CAPTURES)
def tshark_finds_nothing_malformed_in_what_the_lab_writes(words):
    found = tshark(lab(*words), "-Y", "_ws.malformed || _ws.short", "-T", "fields", "-e", "frame.number", "-e", "frame.protocols")
    expect(not found.strip(), f"{lab(*words)}: malformed for tshark: {found.splitlines()[:5]}")


def number(text):
    return str(int(text, 0)) if re.fullmatch(r"\d+|0x[0-9a-fA-F]+", text) else text


def tshark_counts(path):
    """Counts over all values of a field; a packet with several messages shows each of them."""
    arguments = ["-T", "fields", "-E", "separator=|", "-E", "occurrence=a", "-E", "aggregator=,"]
    for field in FIELDS.values():
        arguments += ["-e", field]
    h = collections.defaultdict(collections.Counter)
    for line in tshark(path, *arguments).splitlines():
        cells = dict(zip(FIELDS, ([value for value in cell.split(",") if value] for cell in line.split("|"))))
        for kind, one in zip(cells["m3ua.class"], cells["m3ua.type"]):
            h["m3ua"][f"{number(kind)}/{number(one)}"] += 1
        for value in cells["sccp"]:
            h["sccp"][SCCP_NAMES.get(int(value, 0), value)] += 1
        for key in ("begin", "continue", "end", "abort"):
            h["tcap"][key] += len(cells[key])
        for key in ("invoke", "last", "error", "reject"):
            h["components"][key] += len(cells[key])
        for value in cells["operation"]:
            h["local values"][number(value)] += 1
        for command, request in zip(cells["command"], cells["request"]):
            h["diameter"][("R" if number(request) in ("1", "True") else "A") + number(command)] += 1
        for key in ("application", "result", "experimental"):
            for value in cells[key]:
                h[key][number(value)] += 1
    return h


def decode_counts(path):
    rows = decode(path)
    from_lines = counts_of(rows)
    h = collections.defaultdict(collections.Counter)
    h["m3ua"] = from_lines["m3ua.class_type"]
    h["sccp"] = from_lines["sccp.message_type"]
    h["tcap"] = from_lines["tcap"]
    h["components"] = collections.Counter(invoke=sum(from_lines["map.invoke"].values()), last=sum(from_lines["map.returnResultLast"].values()),
                                          error=sum(from_lines["map.returnError"].values()), reject=sum(from_lines["map.reject"].values()))
    for row in rows:
        for component in row.get("components", ()):
            for key in ("op", "error"):
                if key in component:
                    h["local values"][str(component[key])] += 1
    for way in ("requests", "answers"):
        for command, count in from_lines["diameter." + way].items():
            h["diameter"][("R" if way == "requests" else "A") + command] += count
    h["application"] = from_lines["diameter.application_id"]
    h["result"] = from_lines["diameter.result_code"]
    h["experimental"] = from_lines["diameter.experimental_result_code"]
    return h


@check(each=lambda: CAPTURES)
def tshark_counts_what_decode_counts_in_the_lab(words):
    path = lab(*words)
    expected, found = tshark_counts(path), decode_counts(path)
    for part in ("m3ua", "sccp", "tcap", "components", "local values", "diameter", "application", "result", "experimental"):
        same({key: value for key, value in expected[part].items() if value}, {key: value for key, value in found[part].items() if value},
             f"{path}: {part}")
