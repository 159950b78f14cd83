# SPDX-License-Identifier: BSD-3-Clause
"""Laws that hold on every capture: whole, damaged, doubled, cut differently, merged, in every file format.

The captures are those of the shared folder, when it is there, and those that the lab makes.
"""
import collections
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import time

import encapsulate
import pcap
from check import Skip, Vacuous, check, expect, same, same_lines
from program import TREE, decode, environment, json_lines, lab, read, replay, run_well, scratch_file, settings, shared_captures, stats

LAB_CAPTURES = [
    ("lab plain", ("fault", "--seconds", 20, "--rate", 20)),
    ("lab refusing", ("fault", "--seconds", 30, "--rate", 20, "--seed", 2, "--fault", "all:system-failure:0.15", "--from", 10)),
    ("lab dressed", ("fault", "--seconds", 20, "--rate", 20, "--seed", 3, "--qinq", "--ipv6", "--mss", 90, "--fragment", 60)),
    ("lab bundled", ("fault", "--seconds", 15, "--rate", 80, "--seed", 3, "--bundle")),
    ("lab rough", ("fault", "--seconds", 20, "--rate", 20, "--seed", 4, "--vlan", "--xudt", "--sctp-diameter", "--ip-fragment", 300,
                   "--duplicate", 0.1, "--lose", 0.02, "--reorder", 0.05, "--mid-start")),
    ("lab both hops", ("fault", "--seconds", 20, "--rate", 20, "--seed", 5, "--both-hops", "--fault", "stp:udts:0.5", "--from", 8)),
]
QUICK_BYTES = 100_000
SMALL = ("-c", os.path.join(TREE, "tests/capture/small.yaml"))
EACH_HOP = ("-c", os.path.join(TREE, "tests/capture/each_hop.yaml"))


def shared_rows(limit=None):
    """In a quick run the big captures are left to the full one."""
    limit = QUICK_BYTES if settings.is_quick else limit
    return [(name, lambda path=path: path) for name, path in shared_captures() if limit is None or os.path.getsize(path) <= limit]


def lab_rows():
    return [(name, lambda words=words: lab(*words)) for name, words in LAB_CAPTURES]


def all_rows():
    return lab_rows() + shared_rows()


def expect_account(replayed, what, packets=None):
    s = stats(replayed, what)
    ended = s["decoded"] + sum(s["ignored"].values()) + sum(s["malformed"].values()) + sum(s["dropped"].values())
    same(s["packets"], ended, f"{what}: packets = decoded + ignored + malformed + dropped")
    if packets is not None:
        same(packets, s["packets"], f"{what}: packets in the file and in --stats")
    t = s["transactions"]
    same(t["opened"], t["answered"] + t["timeout"] + t["evicted"] + t["open"], f"{what}: opened = answered + timeout + evicted + open")
    return s


def slim_binary():
    return settings.sanitized or settings.release


@check(each=all_rows)
def every_packet_ends_in_exactly_one_verdict(capture_of):
    path = capture_of()
    # With sanitizers the tables of a whole operator cost two seconds of start: those of the lab's captures do.
    replayed = replay(path, codes=(0,), options=() if path.startswith(settings.scratch) else SMALL, binary=slim_binary())
    expect_account(replayed, path, packets=len(pcap.read(path).packets))
    json_lines(replayed.transactions, f"--transactions of {path}")
    json_lines(replayed.alarms, f"alarms of {path}")


@check(each=all_rows)
def every_message_is_a_json_line(capture_of):
    for row in decode(capture_of(), *SMALL, binary=slim_binary()):
        expect({"frame", "time", "stack"} <= row.keys(), f"a line of decode without frame, time or stack: {row}")


def damaged_files(path, some):
    """(what, path) of damaged copies, all kinds or `some` of them; the damage is the same in every run."""
    capture = pcap.read(path)
    chance = random.Random(os.path.getsize(path))
    with open(path, "rb") as file:
        data = file.read()
    def cut():
        return data[:chance.randrange(24, len(data))]

    def flipped():
        broken = bytearray(data)
        for _ in range(1 + len(data) // 2000):
            broken[chance.randrange(24, len(data))] ^= chance.randrange(1, 256)
        return bytes(broken)

    kinds = [("cut", cut), ("cut elsewhere", cut), ("bytes of the file flipped", flipped),
             ("bytes of every second packet flipped", lambda: pcap.pcap_bytes(pcap.with_flipped_bytes(capture, 0.5, chance))),
             ("10 % duplicated", lambda: pcap.pcap_bytes(pcap.with_duplicates(capture, 0.1, chance))),
             ("snap length 96", lambda: pcap.pcap_bytes(pcap.with_snap_length(capture, 96)))]
    for what, content in chance.sample(kinds, some) if some else kinds:
        name = scratch_file(".pcap")
        with open(name, "wb") as out:
            out.write(content())
        yield what, name


DAMAGED_AT_ONCE = 6


def damaged_rows():
    """Some captures at a time, since a sanitized start costs half a second: the lab's, damaged in every way, then two ways for each real one."""
    real = shared_rows()[::3] if settings.is_quick else shared_rows()
    groups = [(f"real captures {at + 1} to {at + len(real[at:at + DAMAGED_AT_ONCE])}", real[at:at + DAMAGED_AT_ONCE], 2) for at in range(0, len(real), DAMAGED_AT_ONCE)]
    return [(name, ([each[1] for each in rows], some)) for name, rows, some in [("captures of the lab", lab_rows(), 0), *groups]]


@check(each=damaged_rows)
def a_damaged_copy_is_accounted_for_and_crashes_nothing(of):
    captures, some = of
    damaged = [pair for capture_of in captures for pair in damaged_files(capture_of(), some)]
    by_way = collections.defaultdict(list)
    for what, name in damaged:
        by_way[what].append(name)
    for what, names in by_way.items():
        expect_account(replay(*names, options=SMALL, binary=slim_binary()), f"{' '.join(names)}, {what}")
        if "flipped" in what:  # the lines of messages are another way through the same bytes
            run_well("decode", *SMALL, *names, codes=(0, 4), binary=slim_binary())
    for _, name in damaged:
        os.remove(name)


def expect_same_output(one, other, what):
    same_lines(one.alarms, other.alarms, f"{what}: alarms")
    same_lines(one.transactions, other.transactions, f"{what}: --transactions")
    same_lines(one.ticks, other.ticks, f"{what}: --ticks")
    same_lines(one.stats, other.stats, f"{what}: --stats")
    same(one.code, other.code, f"{what}: exit code")


@check(each=all_rows)
def two_and_five_workers_write_the_same_bytes_as_one(capture_of):
    path = capture_of()
    alone = replay(path, options=(*SMALL, "--workers", 1))
    for workers in (2, 5):
        expect_same_output(alone, replay(path, options=(*SMALL, "--workers", workers)), f"{path} with 1 and {workers} workers")


@check(each=lambda: lab_rows()[:2])
def paced_replay_writes_the_same_bytes_as_fast_replay(capture_of):
    path = capture_of()
    expect_same_output(replay(path), replay(path, options=("--speed", 8)), f"{path} fast and paced")


def without_frames(lines):
    return [re.sub(r',?"frames?":(\[[^]]*\]|\d+)', "", line) for line in lines.splitlines()]


def decode_text(path, *options):
    return run_well("decode", *SMALL, *options, path).out


@check(each=all_rows)
def a_capture_with_every_packet_twice_gives_the_same_transactions(capture_of):
    path = capture_of()
    twice = pcap.write(scratch_file(".pcap"), pcap.doubled(pcap.read(path)))
    once, again = (replay(name, options=SMALL).transactions for name in (path, twice))
    same_lines(without_frames(once), without_frames(again), f"{path} doubled")
    os.remove(twice)


@check(each=lambda: [row for row in lab_rows() if row[0] != "lab rough"])
def a_capture_played_again_gives_all_its_messages_again(capture_of):
    path = capture_of()
    capture = pcap.read(path)
    once = expect_account(replay(path, options=SMALL), path)["messages"]
    for pause in (1, 5_000_000_000):
        name = pcap.write(scratch_file(".pcap"), pcap.played(capture, 3, pause))
        s = expect_account(replay(name, options=SMALL), f"{path} three times", 3 * len(capture.packets))
        same({key: 3 * count for key, count in once.items()}, s["messages"], f"{path} three times, {pause} ns apart")
        os.remove(name)


@check(each=lambda: [(" ".join(map(str, words)) or "whole", words) for words in ((), ("--mid-start",), ("--sctp-diameter", "--mid-start"))])
def a_healthy_capture_played_again_is_silent(words):
    path = lab("fault", "--seconds", 120, *words)
    capture = pcap.read(path)
    for pause in (100_000_000, 5_000_000_000):
        name = pcap.write(scratch_file(".pcap"), pcap.played(capture, 2, pause))
        same("", replay(name).alarms, f"{path} twice, {pause} ns apart: alarms")
        os.remove(name)


def messages_text(path):
    """The lines of messages; SCTP's own chunks have no number by which a copy is known."""
    return "\n".join(line for line in decode_text(path).splitlines() if '"stack":"sctp"' not in line and '"transport":"none"' not in line)


@check(each=all_rows)
def a_capture_with_every_packet_twice_decodes_the_same_messages(capture_of):
    path = capture_of()
    twice = pcap.write(scratch_file(".pcap"), pcap.doubled(pcap.read(path)))
    once, again = (without_frames(messages_text(name)) for name in (path, twice))
    same_lines(once, again, f"{path} doubled: decode")
    os.remove(twice)


def outcomes_of(replayed, what):
    """(procedure, outcome, cause) -> count"""
    counts = collections.Counter()
    for row in json_lines(replayed.transactions, what):
        counts[row["procedure"], row["outcome"], row.get("cause")] += 1
    return counts


@check()
def each_hop_of_a_relay_counts_by_itself_when_asked_for():
    """The lab taps both sides of its STPs, and of Diameter one: an answer may take the other STP than its request."""
    path = lab("fault", "--seconds", 20, "--rate", 20, "--seed", 5, "--both-hops")
    once, each = (outcomes_of(replay(path, options=options), path) for options in (SMALL, EACH_HOP))
    expect(any(key[0].startswith("map.") for key in once), "no MAP in the lab's capture")
    expected = {key: count * (2 if key[0].startswith("map.") else 1) for key, count in once.items()}
    same(expected, dict(each), f"{path}: outcomes with every hop by itself")


@check(each=lambda: lab_rows()[-1:] + [row for row in shared_rows() if "freediameter_dra" in row[0]], quick=False)
def each_hop_by_itself_is_the_same_for_every_number_of_workers(capture_of):
    path = capture_of()
    alone = replay(path, options=(*EACH_HOP, "--workers", 1))
    expect_account(alone, path)
    expect_same_output(alone, replay(path, options=(*EACH_HOP, "--workers", 5)), f"{path} with 1 and 5 workers, each hop by itself")


def expect_same_messages(path, changed, what):
    name = pcap.write(scratch_file(".pcap"), changed)
    same_lines(without_frames(decode_text(path)), without_frames(decode_text(name)), f"{path}, {what}")
    os.remove(name)


def expect_changed(capture, changed, what):
    if len(changed.packets) == len(capture.packets):
        raise Vacuous(f"no {what} in it")


@check(each=all_rows)
def tcp_cut_at_other_places_decodes_the_same(capture_of):
    capture = pcap.read(capture_of())
    changed = pcap.with_tcp_cut(capture, random.Random(7))
    expect_changed(capture, changed, "TCP payload")
    expect_same_messages(capture_of(), changed, "TCP cut differently")


@check(each=all_rows)
def sctp_chunks_in_packets_of_their_own_decode_the_same(capture_of):
    capture = pcap.read(capture_of())
    changed = pcap.with_sctp_parted(capture)
    expect_changed(capture, changed, "bundled DATA chunks")
    expect_same_messages(capture_of(), changed, "bundles parted")


@check(each=all_rows)
def ip_fragments_decode_the_same(capture_of):
    capture = pcap.read(capture_of())
    changed = pcap.with_ip_fragments(capture, random.Random(8))
    expect_changed(capture, changed, "IPv4 packet to fragment")
    expect_same_messages(capture_of(), changed, "IP fragments")


@check(each=lambda: lab_rows()[:1] + [row for row in shared_rows() if "map_m3ua_v6_udt" in row[0] or "s6a_tcp_v4_mix" in row[0]])
def several_files_merged_by_time_are_the_one_capture(capture_of):
    path = capture_of()
    names = [pcap.write(scratch_file(".pcap"), part) for part in pcap.dealt(pcap.read(path), 3, random.Random(9))]
    whole = replay(path)
    parts = replay(*names)
    same_lines(without_frames(whole.transactions), without_frames(parts.transactions), f"{path} in three files: --transactions")
    same_lines(whole.ticks, parts.ticks, f"{path} in three files: --ticks")
    same_lines(without_frames(decode_text(path)), without_frames(run_well("decode", *SMALL, *names).out), f"{path} in three files: decode")


def plain_capture():
    """The lab's plain capture with times that every format can hold, and what decode says of it."""
    capture = pcap.in_microseconds(pcap.read(lab(*LAB_CAPTURES[0][1])))
    name = pcap.write(scratch_file(".pcap"), capture)
    return capture, name, decode_text(name)


FLAVOURS = [(f"{kind} {'big' if order == '>' else 'little'}-endian {'ns' if nanos else 'us'}", (kind, order, nanos))
            for kind in ("pcap", "pcapng") for order in "<>" for nanos in (False, True)]


@check(each=lambda: FLAVOURS)
def every_file_format_decodes_the_same(flavour):
    kind, order, nanos = flavour
    capture, _, expected = plain_capture()
    name = scratch_file("." + kind)
    with open(name, "wb") as file:
        file.write((pcap.pcap_bytes if kind == "pcap" else pcap.pcapng_bytes)(capture, order=order, nanos=nanos))
    same_lines(expected, decode_text(name), f"as {kind}")


@check()
def a_gzip_file_decodes_the_same():
    _, name, expected = plain_capture()
    with open(name, "rb") as plain, gzip.open(name + ".gz", "wb") as packed:
        shutil.copyfileobj(plain, packed)
    same_lines(expected, decode_text(name + ".gz"), "gzip")


@check()
def a_zstd_file_decodes_the_same():
    if shutil.which("zstd") is None:
        raise Skip("the program zstd is missing")
    _, name, expected = plain_capture()
    subprocess.run(["zstd", "-q", "-f", name, "-o", name + ".zst"], check=True)
    same_lines(expected, decode_text(name + ".zst"), "zstd")


@check()
def standard_input_decodes_the_same():
    _, name, expected = plain_capture()
    with open(name, "rb") as file:
        same_lines(expected, run_well("decode", *SMALL, "-", stdin=file).out, "standard input as a file")
    with open(name, "rb") as file:
        same_lines(expected, run_well("decode", *SMALL, "-", stdin=file.read()).out, "standard input as a pipe")
    with open(name, "rb") as file:
        same_lines(expected, run_well("decode", *SMALL, "-", stdin=gzip.compress(file.read())).out, "standard input, gzip")


@check(each=lambda: [("SLL", pcap.SLL), ("SLL2", pcap.SLL2), ("raw IP", pcap.RAW), ("null", pcap.NULL), ("PPP", pcap.PPP)])
def every_link_type_decodes_the_same(link_type):
    capture, _, expected = plain_capture()
    name = pcap.write(scratch_file(".pcap"), pcap.with_link_type(capture, link_type))
    same_lines(expected, decode_text(name), f"link type {link_type}")


def small_capture(*words):
    return pcap.read(lab("fault", "--seconds", 4, "--rate", 20, *words))


@check(each=lambda: list(encapsulate.ENCAPSULATIONS.items()))
def messages_inside_every_encapsulation_are_the_bare_ones(around):
    capture = small_capture("--sctp-diameter")
    plain, changed = (pcap.write(scratch_file(".pcap"), c) for c in (encapsulate.bare(capture), encapsulate.with_encapsulation(capture, around)))
    expected = decode_text(plain)
    expect(expected.count("\n") > 50, "hardly a message in the lab's capture")
    same_lines(expected, decode_text(changed), "encapsulated")


@check(each=lambda: [(name, encapsulate.ENCAPSULATIONS[name]) for name in ("GRE", "VXLAN", "IP in IPv4")])
def a_tunnel_whose_packets_are_fragments_decodes_the_same(around):
    capture = encapsulate.with_encapsulation(small_capture("--sctp-diameter"), around)
    cut, chance = [], random.Random(10)
    for number, p in enumerate(capture.packets):
        header, payload = p.bytes[14:34], p.bytes[34:]
        at = chance.randrange(1, len(payload) // 8) * 8
        for start, end, more in ((0, at, 0x2000), (at, len(payload), 0)):
            piece = header[:4] + bytes([number >> 8, number & 0xFF]) + (more | start // 8).to_bytes(2, "big") + header[8:]
            cut.append(p._replace(bytes=p.bytes[:14] + pcap.network_join(piece, payload[start:end])))
    cut = [p._replace(wire_length=len(p.bytes)) for p in cut]
    names = [pcap.write(scratch_file(".pcap"), c) for c in (capture, capture._replace(packets=cut))]
    same_lines(*(without_frames(decode_text(name)) for name in names), "outer fragments")


def without_transport(text):
    """Lines of decode but for what only a transport brings: its events, ports' owners, frame numbers."""
    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:
        for key in ("frame", "src", "dst", "transport", "ppid"):
            row.pop(key, None)
    return [json.dumps(row) for row in rows if row["stack"] != "sctp"]


@check()
def exported_messages_decode_as_in_their_packets():
    capture = small_capture("--sctp-diameter")
    names = [pcap.write(scratch_file(".pcap"), c) for c in (capture, encapsulate.exported(capture, {3: "m3ua", 46: "diameter"}))]
    same_lines(*(without_transport(decode_text(name)) for name in names), "exported")


@check()
def sctp_without_ip_decodes_the_same():
    capture = small_capture("--sctp-diameter")
    names = [pcap.write(scratch_file(".pcap"), c) for c in (encapsulate.bare(capture), encapsulate.transports(capture))]
    same_lines(*(without_transport(decode_text(name)) for name in names), "from the common header on")


def quick_rows():
    """The lab's captures that are whole, and what is shared and small."""
    return lab_rows()[:2] + lab_rows()[3:4] + (shared_rows(QUICK_BYTES) if settings.is_quick else shared_rows(8 * QUICK_BYTES))


def messages_of(path):
    """Lines of decode without frames and without the events of associations, which have no number that shows a copy."""
    return [line for line in without_frames(decode_text(path)) if '"stack":"sctp"' not in line]


@check(each=quick_rows)
def a_capture_of_two_taps_gives_the_same_messages(capture_of):
    path = capture_of()
    capture = pcap.read(path)
    expected = sorted(messages_of(path))
    for what, changed in (("each frame twice", pcap.doubled(capture)), ("each frame again 1 ms later", pcap.echoed(capture, 1_000_000))):
        name = pcap.write(scratch_file(".pcap"), changed)
        same_lines(expected, sorted(messages_of(name)), f"{path}, {what}")
        same_lines(sorted(without_frames(replay(path, options=SMALL).transactions)),
                   sorted(without_frames(replay(name, options=SMALL).transactions)), f"{path}, {what}: --transactions")
        os.remove(name)


def timeless(path):
    """How often each message occurs, whenever a stream gave it out."""
    return collections.Counter(re.sub(r'"time":"[^"]*",', "", line) for line in without_frames(decode_text(path)))


@check(each=lambda: lab_rows()[:2] + lab_rows()[3:4])
def lost_frames_cost_their_own_messages_and_no_stream(capture_of):
    path = capture_of()
    capture = pcap.read(path)
    whole = timeless(path)
    times = {re.sub(r',?"(frame|time)":("[^"]*"|\d+)', "", line): json.loads(line)["time"] for line in decode_text(path).splitlines()}
    opened = stats(replay(path, options=SMALL), path)["transactions"]["opened"]
    for seed in (1, 2, 3):
        left, lost = pcap.with_loss(capture, 0.01, random.Random(seed), until=0.6)
        names = [pcap.write(scratch_file(".pcap"), c) for c in (left, lost)]
        found, gone = (timeless(name) for name in names)
        what = f"{path} without {len(lost.packets)} frames of seed {seed}"
        expect(not found - whole, f"{what}: a message that was never sent: {next(iter(found - whole), None)}")
        missing = whole - found
        # A TCP segment that is lost takes the messages with it that begin before it or end behind it.
        expect(missing.total() <= gone.total() + 2 * len(lost.packets), f"{what}: {missing.total()} messages lost, {gone.total()} in lost frames")
        last = (lost.packets[-1].nanos if lost.packets else 0) / 1e9
        late = [line for line in missing if float(times[line]) > last + 2]
        expect(not late, f"{what}: lost long after the last lost frame: {late[:1]}")
        now = stats(replay(names[0], options=SMALL), what)["transactions"]["opened"]
        expect(0 <= opened - now <= missing.total(), f"{what}: {opened} transactions became {now}, with {missing.total()} messages lost")
        for name in names:
            os.remove(name)


@check(each=lambda: lab_rows()[:2])
def a_clock_that_goes_back_again_and_again_changes_no_transaction(capture_of):
    path = capture_of()
    capture = pcap.read(path)
    changed = pcap.with_taps_behind_each_other(capture, 200_000_000)
    backwards = sum(a.nanos > b.nanos for a, b in zip(changed.packets, changed.packets[1:]))
    expect(backwards > 30, f"the clock goes back only {backwards} times")
    name = pcap.write(scratch_file(".pcap"), changed)
    one, other = (sorted(without_frames(replay(n, options=SMALL).transactions)) for n in (path, name))
    same_lines(one, other, f"{path} with a clock that goes back {backwards} times")
    os.remove(name)


@check(each=lambda: lab_rows()[:2] + lab_rows()[3:4])
def a_capture_may_begin_anywhere(capture_of):
    path = capture_of()
    capture = pcap.read(path)
    lines = decode_text(path).splitlines()
    chance = random.Random(11)
    for _ in range(4):
        start = chance.randrange(1, len(capture.packets))
        name = pcap.write(scratch_file(".pcap"), capture._replace(packets=capture.packets[start:]))
        expected = collections.Counter(without_frames("\n".join(line for line in lines if json.loads(line)["frame"] > start)))
        found = collections.Counter(without_frames(decode_text(name)))
        connections = len({(row["src"], row["dst"], row["sport"], row["dport"]) for row in map(json.loads, lines)})
        expect(not found - expected, f"{path} from frame {start} on: a message that was never sent: {next(iter(found - expected), None)}")
        expect((expected - found).total() <= connections, f"{path} from frame {start} on: {(expected - found).total()} messages lost")
        os.remove(name)


def peak_of_memory(path):
    """KiB of address space at most. Not what is resident: tables that fill up in the course of hours are taken at the start."""
    peak = 0
    with subprocess.Popen([settings.release, "replay", *SMALL, "--quiet", "--json", path], stdout=subprocess.DEVNULL, env=environment()) as running:
        while running.poll() is None:
            found = re.search(r"VmPeak:\s+(\d+)", read(f"/proc/{running.pid}/status"))
            peak = max(peak, int(found.group(1)) if found else 0)
            time.sleep(0.01)
    return peak


@check(quick=False)
def memory_stays_flat_with_the_length_of_the_capture():
    short, long = (peak_of_memory(lab("fault", "--seconds", seconds, "--rate", 60, "--seed", 6)) for seconds in (60, 600))
    expect(0 < long <= 1.05 * short, f"peak of memory with 60 s: {short} KiB, with 600 s: {long} KiB")


@check(each=lambda: [("without DPDK", "without_dpdk")], quick=False)
def the_program_without_dpdk_replays_the_same(which):
    binary = getattr(settings, which)
    if binary is None:
        raise Skip("this binary is not built")
    path = lab(*LAB_CAPTURES[1][1])
    expect_same_output(replay(path), replay(path, binary=binary), "built without DPDK")


@check(each=lambda: lab_rows()[1:2], quick=False)
def three_workers_are_free_of_data_races(capture_of):
    if settings.threads is None:
        raise Skip("the ThreadSanitizer binary is not built")
    replay(capture_of(), options=("--workers", 3), binary=settings.threads)


@check()
def the_same_seed_gives_the_same_bytes_and_another_seed_others():
    words = ("fault", "--seconds", 5, "--rate", 30, "--quiet")
    first, again, other = (scratch_file(".pcap") for _ in range(3))
    for name, seed in ((first, 1), (again, 1), (other, 2)):
        run_well("lab", *words, "--seed", seed, "-o", name)
    contents = []
    for name in (first, again, other):
        with open(name, "rb") as file:
            contents.append(file.read())
    expect(contents[0] == contents[1], "two runs with the seed 1 differ")
    expect(contents[0] != contents[2], "the seeds 1 and 2 give the same bytes")


@check()
def backtest_ticks_name_their_format():
    ticks = replay(lab(*LAB_CAPTURES[0][1])).ticks.splitlines()
    expect(len(ticks) > 2 and ticks[0].startswith("# sigcanary ticks"), "--ticks has no format line or no rows")
    columns = ticks[1].split(",")
    for line in ticks[2:]:
        expect(line.startswith(("# tick ", "# notice ")) or len(line.split(",")) == len(columns), f"a row of --ticks has not {len(columns)} columns: {line}")
