# SPDX-License-Identifier: BSD-3-Clause
"""Real peers against the live probe: an MME and an HSS of Erlang/OTP's diameter, with or without freeDiameter as a relay between them.

tests/live/diameter_stacks.sh runs them in network namespaces of their own. What the peers counted themselves decides; the probe on the kernel
interface, the probe on a DPDK port and tshark on a capture taken beside them must all have counted the same. As root only.
"""
import collections
import os
import re
import subprocess
import tempfile

from check import Skip, check, expect, same
from dissector import decode_counts, tshark_counts
from live import need_dpdk, need_root
from program import TREE, environment, json_lines, read, scratch_folder, settings

SCRIPT = os.path.join(TREE, "tests/live/diameter_stacks.sh")
SUBSCRIBERS, PER_SECOND = 240, 80
PATIENCE_S = 300
COMMANDS = {"AIR": (318, "s6a.air"), "ULR": (316, "s6a.ulr"), "PUR": (321, "s6a.pur"), "NOR": (323, "s6a.nor")}


def tally(path):
    """kind -> Counter of (procedure) or (procedure, cause), from the lines of a peer."""
    kinds = collections.defaultdict(collections.Counter)
    for kind, name, count in re.findall(r"^count (\w+) (\S+) (\d+)$", read(path), re.M):
        command, _, result = name.partition(":")
        procedure = COMMANDS[command][1]
        experimental = re.fullmatch(r"\{experimental,(\d+)\}", result)
        if not result:
            key = procedure
        elif experimental:
            key = (procedure, f"diameter-exp:{experimental.group(1)}")
        elif result.isdigit():
            key = (procedure, f"diameter:{result}")
        else:  # the peer's own word for no answer: timeout, silence
            key = (procedure, "timeout")
        kinds[kind][key] += int(count)
    return kinds


def transactions(path):
    """Counter of (procedure, cause) of S6a, as the probe wrote them."""
    rows = json_lines(read(path), path)
    return collections.Counter((row["procedure"], row.get("cause", "timeout")) for row in rows if row["procedure"].startswith("s6a."))


def without_zeros(counts):
    return {key: value for key, value in counts.items() if value}


def compare_side(folder, side, results, requests, tool):
    """One side of the middle: the peer's tally, the probe's transactions and accounts, and tshark on the capture beside."""
    found = transactions(f"{folder}/{side}.transactions")
    same(dict(results), dict(found), f"{tool} beside the {side}: outcomes by procedure and cause")
    by_procedure = collections.Counter()
    for (procedure, _), count in found.items():
        by_procedure[procedure] += count
    same(dict(requests), dict(by_procedure), f"{tool} beside the {side}: requests by procedure")
    capture = f"{folder}/{side}.pcap"
    expected, decoded = tshark_counts(capture), decode_counts(capture)
    for part in ("diameter", "result", "experimental"):
        same(without_zeros(expected[part]), without_zeros(decoded[part]), f"{capture}: {part} by tshark and by decode")
    for command, (code, procedure) in COMMANDS.items():
        same(requests[procedure], expected["diameter"][f"R{code}"], f"{capture}: {command} by the peer and by tshark")
    stats = json_lines(read(f"{folder}/{side}.stats"), f"{side}.stats")[0]
    same(sum(expected["diameter"].values()), stats["messages"]["diameter"], f"{tool} beside the {side}: Diameter messages by tshark and live")
    same({}, {**stats["malformed"], **stats["dropped"]}, f"{tool} beside the {side}: malformed or dropped packets")
    ended = stats["decoded"] + sum(stats["ignored"].values())
    same(stats["packets"], ended, f"{tool} beside the {side}: packets")


@check(each=lambda: [("MME and HSS", "direct"), ("freeDiameter between them", "relay")], alone=True, quick=False)
def real_diameter_peers_and_the_live_probe_count_the_same(way):
    need_root("ip", "tshark")
    need_dpdk()
    with tempfile.TemporaryDirectory(prefix="stacks-", dir=scratch_folder("files")) as folder:
        done = subprocess.run(["timeout", "-k", "8", str(PATIENCE_S), "bash", SCRIPT, settings.release, way, folder, str(SUBSCRIBERS),
                               str(PER_SECOND)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), check=False)
        words = done.stdout.decode("utf-8", errors="replace").strip()
        if done.returncode == 77:
            raise Skip(words)
        expect(done.returncode == 0, f"{SCRIPT} {way}: ended with {done.returncode}: {words[-900:]}")
        mme, hss = tally(f"{folder}/mme.txt"), tally(f"{folder}/hss.txt")
        same(SUBSCRIBERS, mme["sent"]["s6a.air"], "registrations that the MME began")
        same(dict(mme["sent"]), dict(hss["received"]), "requests that the MME sent and the HSS received")
        expect(len(hss["answer"]) >= 10, f"the HSS gave only these answers: {dict(hss['answer'])}")
        compare_side(folder, "mme", mme["answered"], mme["sent"], "the kernel interface")
        compare_side(folder, "hss", hss["answer"], hss["received"], "the DPDK port")
