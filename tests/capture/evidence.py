# SPDX-License-Identifier: BSD-3-Clause
"""Captures of incidents: what is in them, what is said of it, who may see it; and the same messages as a collector of HOMER gets them.

Read with the tests' own reader (pcap.py) and with tshark; HEP3 with a decoder of this file.
"""
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import stat
import struct
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pcap
from check import Skip, check, expect, same
from live import IDLE_S, Probe, need_dpdk, need_root
from program import decode, free_port, json_lines, lab, read, replay, run_well, scratch_file, wait_until
from served import Served

CAPTURE = ("hlr-silent", "--seconds", 130, "--rate", 60, "--seed", 3)
SHORT = ("fault", "--seconds", 20, "--rate", 20)
# Of one who waits for others: those that do not read are given up by the server after 30 s.
UNDISTURBED_S = 20
SO_RCVBUFFORCE = 33
COMMENT = re.compile(r"txn 0x[0-9a-f]{16} (\S+) -> ([^,]+)(?:, (imsi~[0-9a-f]+|msisdn~[0-9a-f]+))?")


def folder():
    return os.path.dirname(scratch_file("")) + f"/evidence-{os.path.basename(scratch_file(''))}"


def cut(*options, codes=(0,)):
    """(the capture of the first incident, its first line, all that replay wrote)."""
    place = folder()
    done = replay(lab(*CAPTURE), options=("--evidence", place, *options), codes=codes)
    first = json_lines(done.alarms, "alarms")[0]
    return os.path.join(place, first["id"] + ".pcapng"), first, done


def comments_of(path):
    """frame number of the capture -> comments, with an own reading of the blocks."""
    with open(path, "rb") as file:
        data = file.read()
    found, number, at = {}, 0, 0
    while at + 12 <= len(data):
        kind, length = struct.unpack("<II", data[at:at + 8])
        if kind == pcap.ENHANCED:
            number += 1
            captured = struct.unpack("<I", data[at + 20:at + 24])[0]
            options = at + 28 + (captured + 3) // 4 * 4
            while options + 4 <= at + length - 4:
                code, size = struct.unpack("<HH", data[options:options + 4])
                if code == 1:
                    found.setdefault(number, []).append(data[options + 4:options + 4 + size].decode())
                options += 4 + (size + 3) // 4 * 4
        at += length
    return found


def tshark(path, *words):
    if shutil.which("tshark") is None:
        raise Skip("the program tshark is missing")
    done = subprocess.run(["tshark", "-n", "-r", path, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    same(0, done.returncode, f"tshark {path}: {done.stderr.decode()[-300:]}")
    return done.stdout.decode().splitlines()


@check()
def a_capture_of_an_incident_holds_its_packets_and_says_what_became_of_them():
    path, first, done = cut()
    same(0o640, stat.S_IMODE(os.stat(path).st_mode), "mode of a capture")
    onset, told = (int(first[key].replace(".", "")) for key in ("onset", "time"))
    whole = pcap.read(lab(*CAPTURE)).packets
    wanted = [p for p in whole if onset - 60 * 10**9 <= p.nanos < told + 30 * 10**9]
    same(wanted, pcap.read(path).packets, "packets from a minute before the onset until half a minute after the first line")
    # Frames of the transaction lines that are in the capture: each bears the line's words.
    skipped = whole.index(wanted[0])
    comments = comments_of(path)
    seen = 0
    for row in json_lines(done.transactions, "transactions"):
        for frame in row["frames"]:
            if not skipped < frame <= skipped + len(wanted):
                continue
            words = [COMMENT.match(c) for c in comments.get(frame - skipped, [])]
            mine = [w for w in words if w and w.group(1) == row["procedure"] and w.group(3) in (None, row.get("imsi"), row.get("msisdn"))]
            expect(mine, f"packet {frame}: no comment tells of {row}, only {comments.get(frame - skipped)}")
            seen += 1
    expect(seen > 1000, f"only {seen} packets of transactions are in the capture")
    fates = {c.split(" -> ")[1].split(",")[0] for them in comments.values() for c in them}
    expect({"success", "timeout"} <= fates, f"what became of requests: {sorted(fates)}")
    text = "\n".join(c for them in comments.values() for c in them)
    expect(not re.search(r"(?<![~x0-9a-f])\d{10,15}(?![0-9a-f])", text), "a comment names a subscriber in clear")


@check()
def a_capture_of_an_incident_does_not_depend_on_the_workers():
    paths = [cut("--workers", workers)[0] for workers in (1, 2, 5)]
    contents = []
    for path in paths:
        with open(path, "rb") as file:
            contents.append(file.read())
    for one in contents[1:]:
        expect(one == contents[0], "captures of an incident differ between 1, 2 and 5 workers")


@check()
def tshark_shows_the_comments_and_finds_nothing_malformed():
    path, _, _ = cut()
    shown = tshark(path, "-Y", "frame.comment", "-T", "fields", "-e", "frame.number", "-e", "frame.comment")
    same({int(line.split("\t")[0]) for line in shown}, set(comments_of(path)), "packets with a comment in tshark")
    expect(any(" -> timeout" in line for line in shown), "no request that nobody answered")
    same([], tshark(path, "-Y", "_ws.malformed"), "malformed packets")


def packed(number):
    """As in the signalling: two digits to an octet, the first in its low half."""
    padded = number + "F" * (len(number) % 2)
    return bytes.fromhex("".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2)))


@check()
def a_redacted_capture_names_nobody_and_stays_readable():
    clear, _, _ = cut()
    path, _, _ = cut("--redact")
    before, after = pcap.read(clear).packets, pcap.read(path).packets
    same([(p.nanos, p.wire_length, len(p.bytes)) for p in before], [(p.nanos, p.wire_length, len(p.bytes)) for p in after],
         "times and lengths")
    bytes_after = b"\0".join(p.bytes for p in after)
    rows = decode(clear, "--clear-identities")
    numbers = {n for row in rows for n in re.findall(r'"(?:imsi|msisdn|user_name)": "(\d{10,15})"', json.dumps(row))}
    expect(len(numbers) > 500, f"only {len(numbers)} subscribers in the capture")
    spelled = {number.encode() for number in numbers} | {packed(number) for number in numbers}
    for first in {one[:3] for one in spelled}:  # one pass for each beginning: subscribers of a network begin alike
        lengths = {len(one) for one in spelled if one[:3] == first}
        for at in re.finditer(re.escape(first), bytes_after):
            expect(not any(bytes_after[at.start():at.start() + length] in spelled for length in lengths), "a subscriber's number is still in the capture")
    same([], tshark(path, "-Y", "_ws.malformed"), "malformed packets")
    same([], tshark(path, "-o", "sctp.checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-Y",
                    "sctp.checksum.status == 0 || tcp.checksum.status == 0"), "wrong checksums")
    # All but identities is as it was.
    keys = ("frame", "stack", "mtp3", "sccp", "tcap")
    same([[row.get(key) for key in keys] for row in rows],
         [[row.get(key) for key in keys] for row in decode(path, "--clear-identities")], "what else the messages say")
    expect(any(c.startswith("redacted: ") for them in comments_of(path).values() for c in them), "no comment tells of redaction")


@check()
def a_capture_of_an_incident_is_no_larger_than_its_share():
    config = scratch_file(".yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write("evidence:\n  most: 1 MiB\n")
    path, _, _ = cut("-c", config)
    expect(200_000 < os.path.getsize(path) <= 2**20 // 4 + 4096, f"{os.path.getsize(path)} bytes where a quarter of 1 MiB is allowed")
    expect(len(pcap.read(path).packets) > 100, "hardly a packet")


class SocketConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def others_are_answered_meanwhile(pid, port, incident):
    """Who reads captures slowly, or goes away within one, keeps nobody waiting and leaves nothing open behind."""
    files = lambda: len(os.listdir(f"/proc/{pid}/fd"))
    before, slow = files(), [socket.create_connection(("127.0.0.1", port), timeout=UNDISTURBED_S) for _ in range(8)]
    for one in slow:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.sendall(f"GET /api/v1/incidents/{incident}/pcap HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    for one in slow:
        expect(one.recv(12).startswith(b"HTTP/1.1 200"), "a slow reader gets no capture")
    began = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=UNDISTURBED_S) as answer:
        answer.read()
    expect(time.monotonic() - began < UNDISTURBED_S, "another reader waits for those of captures")
    for one in slow:
        one.close()
    wait_until(lambda: files() <= before, "files and connections of readers that went away are closed")


@check()
def who_is_not_on_the_machine_gets_a_capture_without_identities():
    port, path, place = free_port(), scratch_file(".yaml"), folder()
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"metrics: {{ port: {port} }}\napi: {{ socket: {path}.sock }}\n")
    with Served(path, lab(*CAPTURE), "--evidence", place) as served:
        incident = served.lines()[0]["id"]
        url = f"http://127.0.0.1:{port}/api/v1/incidents/{incident}/pcap"
        with urllib.request.urlopen(url, timeout=30) as answer:
            same("application/x-pcapng", answer.headers["Content-Type"], "type")
            expect(incident + ".pcapng" in answer.headers["Content-Disposition"], "no name for the file")
            remote = answer.read()
        others_are_answered_meanwhile(served.process.pid, port, incident)
        local = SocketConnection(path + ".sock")
        local.request("GET", f"/api/v1/incidents/{incident}/pcap")
        clear = local.getresponse().read()
        for wrong in ("2001-0101-0001", "..%2f..%2fetc%2fpasswd", "x" * 100):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/incidents/{wrong}/pcap", timeout=30)
                expect(False, f"a capture of {wrong} was found")
    with open(os.path.join(place, incident + ".pcapng"), "rb") as file:
        expect(file.read().startswith(clear), "the machine's own socket does not give the file")
    same(len(clear), len(remote), "bytes")
    packets, others = pcap.read_pcapng(clear).packets, pcap.read_pcapng(remote).packets
    same(len(packets), len(others), "packets")
    expect(sum(a.bytes != b.bytes for a, b in zip(packets, others)) > len(packets) // 10, "nothing was overwritten for who is elsewhere")


def chunks_of(packet):
    """type -> value of a packet of HEP3."""
    same(b"HEP3", packet[:4], "start of a HEP packet")
    same(len(packet), struct.unpack(">H", packet[4:6])[0], "length of a HEP packet")
    found, at = {}, 6
    while at < len(packet):
        vendor, kind, length = struct.unpack(">HHH", packet[at:at + 6])
        expect(vendor == 0 and length >= 6 and at + length <= len(packet), f"chunk at {at} does not fit")
        found[kind] = packet[at + 6:at + length]
        at += length
    return found


def until_it_is_stopped(stop, take):
    """Takes what there is, and after the stop what is still there: nothing comes any more then."""
    while True:
        try:
            take()
        except socket.timeout:
            if stop.is_set():
                return


def listen_udp(port):
    """With room for all that a capture played at once makes, however late it is read."""
    inward = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inward.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
    inward.bind(("127.0.0.1", port))
    return inward


def receive_udp(inward, packets, stop):
    until_it_is_stopped(stop, lambda: packets.append(inward.recv(65536)))


def listen_tcp(port):
    return socket.create_server(("127.0.0.1", port))


def receive_tcp(server, packets, stop):
    pieces = []

    def take():
        connection, _ = server.accept()
        with connection:
            connection.settimeout(None)
            pieces.extend(iter(lambda: connection.recv(1 << 20), b""))

    until_it_is_stopped(stop, take)
    data = b"".join(pieces)
    while len(data) >= 6:
        length = struct.unpack(">H", data[4:6])[0]
        packets.append(data[:length])
        data = data[length:]


WAYS = (("udp", socket.SOCK_DGRAM, listen_udp, receive_udp), ("tcp", socket.SOCK_STREAM, listen_tcp, receive_tcp))


def collected(way, host, path, more="", before=()):
    """The packets that a collector gets of a probe whose port plays the capture."""
    kind, kind_of_socket, listen, receive = way
    port, config, packets, stop = free_port(kind_of_socket), scratch_file(".yaml"), [], threading.Event()
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"metrics: {{ port: 0 }}\nhep: {{ target: '{kind}:{host}:{port}'{more} }}\n")
    collector = listen(port)
    collector.settimeout(0.5)
    thread = threading.Thread(target=receive, args=(collector, packets, stop))
    thread.start()
    try:
        with Probe("--exit-when-idle", IDLE_S, "--", f"--vdev=net_pcap0,rx_pcap={path}", before=before, config=config) as probe:
            same(0, probe.wait_for_end(), f"exit code of {probe.tell()}")
    finally:
        stop.set()
        thread.join()
        collector.close()
    return packets


@check(each=lambda: [(way[0], way) for way in WAYS], alone=True)
def a_collector_of_homer_gets_the_messages_of_transactions(way):
    need_dpdk()
    path = lab(*SHORT)
    packets = collected(way, "127.0.0.1", path, ", capture_id: 77")
    rows = [chunks_of(packet) for packet in packets]
    m3ua = [row for row in rows if row[11] == b"\x09"]
    diameter = [row for row in rows if row[11] == b"\x38"]
    requests = [row for row in json_lines(replay(path).transactions, "transactions") if len(row["frames"]) == 2]
    maps = sum(row["procedure"].startswith("map.") for row in requests)
    expect(len(m3ua) >= 1.9 * maps > 0, f"{len(m3ua)} messages of M3UA for {maps} answered requests of MAP")
    expect(diameter, "nothing of Diameter")
    names = {}
    for row in m3ua:
        same((struct.pack(">I", 77), b"\x84", b"\x01\x00\x01\x01"), (row[12], row[2], row[15][:4]), "agent, transport, start of M3UA")
        expect(re.fullmatch(rb"[0-9a-f]{16}", row[17]), f"correlation {row[17]}")
        names.setdefault(row[17], []).append((row[3], row[4]))
    pairs = [them for them in names.values() if len(them) >= 2]
    expect(len(pairs) >= 0.9 * maps, f"{len(pairs)} transactions have both of their messages, {maps} were answered")
    imsis = {row["imsi"] for row in json_lines(replay(path, options=("--clear-identities",)).transactions, "transactions") if "imsi" in row}
    payloads = b"\0".join(row[15] for row in rows)
    for imsi in imsis:
        packed = bytes.fromhex("".join((imsi + "F")[i + 1] + (imsi + "F")[i] for i in range(0, 16, 2))) if len(imsi) == 15 else b"-"
        expect(imsi.encode() not in payloads and packed not in payloads, "a subscriber's number left the machine")
    same({"procedure", "outcome", "imsi", "latency_ms", "words"}, set(json.loads(diameter[0][15])), "keys of Diameter")


@check(each=lambda: [(way[0], way) for way in WAYS], alone=True)
def a_collector_is_met_at_the_address_where_it_listens(way):
    """Its name has an address of IPv6 and one of IPv4, in a mount namespace of its own; it listens on IPv4 only."""
    need_dpdk()
    need_root("unshare")
    if not os.path.exists("/proc/net/if_inet6") or not read("/proc/net/if_inet6"):
        raise Skip("this machine has no IPv6")
    hosts = scratch_file(".hosts")
    with open(hosts, "w", encoding="utf-8") as file:
        file.write("::1 two.example\n127.0.0.1 two.example\n")
    packets = collected(way, "two.example", lab(*SHORT), before=("unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts))
    expect(len(packets) > 100, f"{len(packets)} packets of HEP")


@check(alone=True)
def a_folder_that_cannot_be_used_is_said_at_the_start():
    need_dpdk()
    config = scratch_file(".yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write("metrics: { port: 0 }\nevidence: { directory: /proc/none }\n")
    result = run_well("run", "--seconds", 1, "-c", config, "--iface", "lo", codes=(1,))
    expect("/proc/none" in result.err, f"says '{result.err.strip()[:300]}'")
