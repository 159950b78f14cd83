# SPDX-License-Identifier: BSD-3-Clause
"""The story that the guest plays: osmo-stp, osmo-hlr and osmo-msc, a BSC of our own, tcpdump beside; then two faults.

usage: story.py FOLDER. Leaves a.pcap (both hops: BSC to STP, STP to MSC), account.json (what the BSC and osmo-msc counted, and when what was
done) and the daemons' logs. Registrations at a steady rate throughout; osmo-hlr is stopped and continued, osmo-msc is killed and started anew.
"""
import itertools
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(TREE, "tests", "capture"))

import bsc  # noqa: E402
from encode import nas  # noqa: E402

SEED, RATE = 1, 8.0
QUIET_S, HLR_STOPPED_S, AFTER_HLR_S, MSC_DEAD_S, AFTER_MSC_S = 8.0, 7.0, 5.0, 3.0, 9.0
DRAIN_S = 12.0
# Each in turn, so that nobody asks twice at a time: osmo-msc refuses the second request with cause 22 while the first one is open.
KNOWN, BARRED, UNKNOWN = range(1000, 1400), range(2000, 2060), range(3000, 3100)
MSC_VTY = ("127.0.0.1", 4254)
# What the phones do, by weight: kind, whose subscriber, and whether the phone names itself by a TMSI that the MSC does not know.
MIX = ((10, "update", KNOWN, False), (5, "update", KNOWN, True), (1, "update", BARRED, False), (2, "update", UNKNOWN, True),
       (2, "service", UNKNOWN, False), (2, "detach", KNOWN, False))


def imsi_of(number):
    return f"23410{number:010d}"


def vty(address, command):
    """What a daemon's terminal answers to one command, between two prompts."""
    with socket.create_connection(address, timeout=10) as terminal:
        terminal.settimeout(10)

        def until_prompt():
            text = b""
            while not re.search(rb"\w+[>#] $", text):
                part = terminal.recv(65536)
                if not part:
                    raise ConnectionError(f"the terminal {address} ended: {text[-200:]}")
                text += part
            return text
        until_prompt()
        terminal.sendall(command.encode() + b"\r\n")
        return until_prompt().decode("utf-8", errors="replace").replace("\r", "").replace("\0", "")


def wait_for_port(address, patience_s=20):
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            socket.create_connection(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing listens on {address}")


def make_database(path):
    subprocess.run(["osmo-hlr-db-tool", "-l", path, "create"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with sqlite3.connect(path) as database:
        for numbers, nam_cs in ((KNOWN, 1), (BARRED, 0)):
            database.executemany("INSERT INTO subscriber (imsi, msisdn, nam_cs, nam_ps) VALUES (?, ?, ?, 1)",
                                 [(imsi_of(number), f"44770090{number:04d}", nam_cs) for number in numbers])
    database.close()


class Story:
    def __init__(self, folder):
        self.folder, self.events, self.msc_counts, self.running, self.controller = folder, {}, [], {}, None
        self.next = {numbers: itertools.cycle(numbers) for numbers in (KNOWN, BARRED, UNKNOWN)}

    def note(self, name):
        self.events[name] = time.time()

    def daemon(self, name, *words):
        with open(os.path.join(self.folder, name + ".log"), "ab") as log:
            self.running[name] = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, cwd="/tmp")

    def start_msc(self):
        here = os.path.dirname(os.path.abspath(__file__))
        self.daemon("osmo-msc", "osmo-msc", "-c", os.path.join(here, "msc.cfg"))
        wait_for_port(MSC_VTY)

    def start(self):
        here = os.path.dirname(os.path.abspath(__file__))
        capture = os.path.join(self.folder, "a.pcap")
        self.daemon("tcpdump", "tcpdump", "-Z", "root", "-U", "-s", "0", "-B", "16384", "-i", "lo", "-w", capture, "sctp")
        self.daemon("osmo-stp", "osmo-stp", "-c", os.path.join(here, "stp.cfg"))
        make_database("/tmp/hlr.db")
        self.daemon("osmo-hlr", "osmo-hlr", "-c", os.path.join(here, "hlr.cfg"), "-l", "/tmp/hlr.db")
        wait_for_port(("127.0.0.1", 4239))
        wait_for_port(("10.77.0.4", 4222))
        self.start_msc()
        link = bsc.Link()
        link.register()
        self.controller = bsc.Controller(link, SEED)
        for _ in range(20):
            if self.controller.is_ready:
                return
            self.controller.reset()
            self.controller.serve(time.time() + 1)
        raise TimeoutError("osmo-msc acknowledges no Reset")

    def one(self):
        """The next phone, by the weights."""
        chance = self.controller.chance
        _, kind, numbers, is_by_tmsi = chance.choices(MIX, [row[0] for row in MIX])[0]
        imsi = imsi_of(next(self.next[numbers]))
        self.controller.start(kind, imsi, nas.tmsi(0xC0000000 + chance.randrange(1 << 20)) if is_by_tmsi else nas.identity(imsi))

    def phones(self, seconds):
        """Phones at the rate, for as long."""
        begun = time.time()
        for number in range(int(seconds * RATE)):
            self.controller.serve(begun + number / RATE)
            self.one()
        self.controller.serve(begun + seconds)

    def drain(self):
        until = time.time() + DRAIN_S
        while self.controller.waiting() and time.time() < until:
            self.controller.serve(time.time() + 0.2)
        self.controller.serve(time.time() + 0.5)

    def count_msc(self):
        """osmo-msc counts since its start; a new process begins anew."""
        text = vty(MSC_VTY, "show statistics")
        with open(os.path.join(self.folder, "statistics.txt"), "a", encoding="utf-8") as file:
            file.write(text)
        updates = re.search(r"Location Update\s*:\s*(\d+) attach, (\d+) normal, (\d+) periodic", text)
        results = re.search(r"Location Updating Results:\s*(\d+) completed, (\d+) failed", text)
        detaches = re.search(r"IMSI Detach Indications\s*:\s*(\d+)", text)
        self.msc_counts.append({"updates": sum(map(int, updates.groups())), "completed": int(results[1]), "failed": int(results[2]),
                                "detaches": int(detaches[1])})

    def stop_hlr(self):
        self.note("hlr stopped")
        self.running["osmo-hlr"].send_signal(signal.SIGSTOP)
        self.phones(HLR_STOPPED_S)
        self.note("hlr continued")
        self.running["osmo-hlr"].send_signal(signal.SIGCONT)
        self.phones(AFTER_HLR_S)
        self.drain()

    def kill_msc(self):
        """Nothing is open when the MSC has told its counts; what comes after is lost with it."""
        self.count_msc()
        self.note("msc killed")
        self.running["osmo-msc"].kill()
        self.running["osmo-msc"].wait()
        self.phones(MSC_DEAD_S)
        self.note("msc started")
        self.controller.is_ready = False
        self.start_msc()
        until = time.time() + 20
        while not self.controller.is_ready and time.time() < until:
            self.controller.serve(time.time() + 0.1)
        self.note("msc ready")
        self.controller.forget()
        self.phones(AFTER_MSC_S)
        self.drain()
        self.count_msc()

    def play(self):
        self.start()
        self.note("begun")
        self.phones(QUIET_S)
        self.stop_hlr()
        self.kill_msc()
        self.controller.forget()
        self.note("ended")

    def account(self):
        time.sleep(0.5)
        for name in ("tcpdump", "osmo-msc", "osmo-hlr", "osmo-stp"):
            if name in self.running:
                self.running[name].send_signal(signal.SIGTERM if name != "tcpdump" else signal.SIGINT)
                try:
                    self.running[name].wait(5)
                except subprocess.TimeoutExpired:
                    self.running[name].kill()
        found = {"events": self.events, "osmo-msc": self.msc_counts}
        if self.controller:
            found.update(bsc=dict(sorted(self.controller.tally.items())), answers=self.controller.answered_at)
        with open(os.path.join(self.folder, "account.json"), "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)


if __name__ == "__main__":
    story = Story(sys.argv[1])
    try:
        story.play()
    finally:
        story.account()
