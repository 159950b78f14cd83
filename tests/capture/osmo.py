# SPDX-License-Identifier: BSD-3-Clause
"""osmo-stp, osmo-msc and osmo-hlr, played in a virtual machine (lab/osmo/), against the program on the capture that comes out.

The account of the guest decides: what its BSC sent, received and saw end, what osmo-msc says that it counted, and when the HLR was stopped
and the MSC killed. Asked for by name only, since it takes minutes: `scripts/test --only osmo`, or SIGCANARY_OSMO=1 with everything else.
SIGCANARY_OSMO=FOLDER keeps the capture, the account and the logs there.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

from check import Failure, Skip, check, expect, same, same_lines
from compare import compare
from program import TREE, decode, environment, json_lines, read, replay, scratch_folder, settings

BSC, STP, MSC = "10.77.0.3", "10.77.0.1", "10.77.0.2"
PATIENCE_S = 600  # the guest itself has four minutes; the rest is for fetching its packages once
LU_REQUEST, LU_ACCEPT, LU_REJECT, CM_REJECT, IDENTITY_REQUEST, DETACH = 8, 2, 4, 34, 24, 1
CONGESTION = 22
PROCEDURES = {"a.location-update": "update", "a.cm-service": "service"}
# Silence before the first refusal, by osmo-msc's own timeout (5 s, from each request), on a machine that may be slow.
SILENCE_S = (3.0, 9.0)
SETTLING_S = 1.0

played = {}


def is_asked_for():
    return bool(os.environ.get("SIGCANARY_OSMO")) or "osmo" in (settings.only or "")


def results_folder():
    wanted = os.environ.get("SIGCANARY_OSMO", "")
    if os.path.isabs(wanted):
        os.makedirs(wanted, exist_ok=True)
        return wanted
    return tempfile.mkdtemp(prefix="osmo-", dir=scratch_folder("files"))


def play():
    """(capture, account) of one run of the guest; it is made once, and what went wrong with it is said once for each check."""
    if not is_asked_for():
        raise Skip("takes minutes; ask with --only osmo or SIGCANARY_OSMO=1")
    if not played:
        folder = results_folder()
        words = ["timeout", "-k", "5", str(PATIENCE_S), sys.executable, os.path.join(TREE, "lab/osmo/run.py"), folder]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env={**environment(), "PYTHONDONTWRITEBYTECODE": "1"})
        played.update(code=done.returncode, folder=folder, said=done.stdout.decode("utf-8", errors="replace").strip()[-600:])
    if played["code"] == 77:
        raise Skip(played["said"])
    expect(played["code"] == 0, f"lab/osmo/run.py ended with {played['code']}: {played['said']}")
    with open(os.path.join(played["folder"], "account.json"), encoding="utf-8") as file:
        account = json.load(file)
    if "ended" not in account["events"]:
        raise Failure(f"the story in the guest did not end well: {read(os.path.join(played['folder'], 'story.log')).strip()[-600:]}")
    said = read(os.path.join(played["folder"], "tcpdump.log"))
    expect("\n0 packets dropped by kernel" in said, f"tcpdump in the guest lost packets, so nothing can be equal: {said.strip()[-200:]}")
    return os.path.join(played["folder"], "a.pcap"), account


def lines():
    if "lines" not in played:
        played["lines"] = decode(play()[0])
    return played["lines"]


def transactions():
    if "transactions" not in played:
        played["replayed"] = replay(play()[0])
        played["transactions"] = json_lines(played["replayed"].transactions, "transactions")
    return played["transactions"]


def count_messages(rows, far):
    """Counter of the messages on the hop between the STP and one far end, in the words of the guest's account, as that end would say them."""
    counts = collections.Counter()
    for row in rows:
        if far not in (row["src"], row["dst"]):
            continue
        way = "sent" if row["src"] == far else "received"
        if "sccp" in row:
            counts[f"{way} sccp {row['sccp']['type']}"] += 1
        if "bssmap" in row.get("bssap", {}):
            counts[f"{way} bssmap {row['bssap']['bssmap']}"] += 1
        if row.get("nas", {}).get("pd") == "mm":
            nas = row["nas"]
            counts[f"{way} mm {nas['type']}" + (f" {nas['cause']}" if nas["type"] in (LU_REJECT, CM_REJECT) else "")] += 1
    return counts


def total(counts, start):
    return sum(count for name, count in counts.items() if name == start or name.startswith(start + " "))


@check(alone=True, quick=False)
def osmo_messages_beside_the_bsc_are_those_that_it_counted():
    _, account = play()
    expected = {name: count for name, count in account["bsc"].items() if re.match(r"(sent|received) ", name)}
    same(expected, dict(count_messages(lines(), BSC)), "messages between BSC and STP, as the BSC counted them and as decode shows them")
    for name in ("received mm 2", "received mm 4 2", "received mm 4 11", "received mm 4 22", "received mm 34 4", "received mm 24"):
        expect(expected.get(name), f"the story is poor: the BSC counted no `{name}`")


@check(alone=True, quick=False)
def osmo_messages_beside_the_msc_are_those_that_it_counted():
    """osmo-msc counts since its start, so the counts before its death and those of its second life are added up."""
    _, account = play()
    msc = collections.Counter()
    for life in account["osmo-msc"]:
        msc.update(life)
    seen = count_messages(lines(), MSC)
    accepted_and_refused = total(account["bsc"], "accepted update")
    found = {"updates": seen[f"received mm {LU_REQUEST}"], "completed": seen[f"sent mm {LU_ACCEPT}"] - accepted_and_refused,
             "failed": total(seen, f"sent mm {LU_REJECT}"), "detaches": seen[f"received mm {DETACH}"]}
    same(dict(msc), found, "location updates and detaches, as osmo-msc counted them and as decode shows them between STP and MSC")


@check(alone=True, quick=False)
def osmo_hops_differ_by_what_the_dead_msc_never_got():
    _, account = play()
    near, far = count_messages(lines(), BSC), count_messages(lines(), MSC)
    for name in sorted(key for key in near | far if key.startswith("received") and not key.endswith("UDT") and "bssmap 4" not in key):
        same(near[name], far[name.replace("received", "sent")], f"`{name}` by the BSC, and the same sent by the MSC")
    lost = total(account["bsc"], "ended update unanswered") + total(account["bsc"], "ended service unanswered") + \
        total(account["bsc"], "ended detach unanswered")
    expect(lost >= 5, f"the story is poor: {lost} connection requests without an answer")
    same(lost, near["sent sccp CR"] - far["received sccp CR"], "connection requests unanswered for the BSC, and lost between the hops")
    lost_updates = total(account["bsc"], "ended update unanswered")
    same(lost_updates, near[f"sent mm {LU_REQUEST}"] - far[f"received mm {LU_REQUEST}"], "location updates unanswered, and lost between the hops")


@check(alone=True, quick=False)
def osmo_transactions_end_as_the_bsc_saw_them_end():
    """Both hops are in the capture and a request counts once."""
    _, account = play()
    expected = collections.Counter({name[len("ended "):]: count for name, count in account["bsc"].items()
                                    if name.startswith(("ended update", "ended service"))})
    expected["identity"] = account["bsc"].get(f"received mm {IDENTITY_REQUEST}", 0)
    found = collections.Counter()
    for row in transactions():
        layer, _, number = row.get("cause", "").partition(":")
        if row["procedure"] == "a.identity":
            found["identity"] += 1
        elif row["procedure"] in PROCEDURES:
            ending = {"mm-cause": f"cause {number}", "ran-cause": "cleared", "timeout": "unanswered"}.get(layer, layer) or \
                {"success": "accept", "open": "unanswered"}.get(row["outcome"], row["outcome"])
            found[f"{PROCEDURES[row['procedure']]} {ending}"] += 1
    same(dict(expected), dict(found), "endings by the BSC, and of the program's transactions")


def answers():
    """(time, cause or 0) of what decode shows the BSC receive for location updates."""
    found = []
    for row in lines():
        nas = row.get("nas", {})
        if row["dst"] == BSC and nas.get("pd") == "mm" and nas["type"] in (LU_ACCEPT, LU_REJECT):
            found.append((float(row["time"]), nas.get("cause", 0)))
    return found


@check(alone=True, quick=False)
def osmo_hlr_stopped_is_silence_and_then_cause_22():
    _, account = play()
    stopped, continued = account["events"]["hlr stopped"], account["events"]["hlr continued"]
    told = [0 if word == "accept" else word for _, word in account["answers"]]
    same(told, [cause for _, cause in answers()], "answers to location updates in the order in which the BSC received them")
    refused = [at for at, cause in answers() if cause == CONGESTION and at > stopped]
    expect(len(refused) >= 5, f"{len(refused)} refusals with cause 22 after the HLR was stopped")
    silent = refused[0] - stopped
    expect(SILENCE_S[0] <= silent <= SILENCE_S[1], f"the first refusal came {silent:.1f} s after the HLR was stopped")
    between = [at - stopped for at, _ in answers() if stopped + SETTLING_S < at < refused[0]]
    expect(not between, f"answers to location updates while the HLR was stopped, {between[:5]} s after it")
    during = [cause for at, cause in answers() if refused[0] <= at < continued]
    same({CONGESTION}, set(during), "causes between the first refusal and the HLR's return")


@check(alone=True, quick=False)
def osmo_msc_killed_raises_an_alarm_about_location_updates():
    _, account = play()
    transactions()
    killed = account["events"]["msc killed"]
    alarms = [row for row in json_lines(played["replayed"].alarms, "alarms") if row["state"] == "raised" and
              "a.location-update" in row["procedures"] and row["kind"] == "no-answer"]
    onsets = [float(row["onset"]) - killed for row in alarms]
    expect(any(-1.0 <= onset <= 3.0 for onset in onsets), f"no alarm begins when the MSC is killed; those of silence begin at {onsets} s from it")


@check(alone=True, quick=False)
def osmo_capture_gives_the_same_for_every_number_of_workers():
    capture, _ = play()
    one = replay(capture, options=("--workers", 1))
    for workers in (2, 5):
        other = replay(capture, options=("--workers", workers))
        for part in ("alarms", "transactions", "ticks"):
            same_lines(getattr(one, part), getattr(other, part), f"{part} with 1 and {workers} workers")


@check(alone=True, quick=False)
def osmo_capture_is_for_decode_what_it_is_for_tshark():
    compare("osmo guest", play()[0])
