# SPDX-License-Identifier: BSD-3-Clause
"""The live probe: DPDK ports made of software, a kernel interface in a network namespace of its own, signals, metrics.

As root only (a namespace, packet sockets). No hugepages, no network card. Frames are written with a packet socket by this file itself.
"""
import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pcap
from check import Failure, Skip, check, expect, same
from program import PATIENCE_S, TREE, environment, free_port, judge, lab, read, replay, run_well, scratch_file, settings, wait_until, Result

CAPTURE = ("fault", "--seconds", 20, "--rate", 20)
# Of ports that play a capture to its end, and of an interface whose sender may be late: longer than a busy machine lets one of them wait.
IDLE_S, SENDER_IDLE_S = 5, 10
# Slower than the smallest machine can take: what is tested is that nothing is lost or counted twice, not how fast it goes.
FRAMES_PER_S = 2000
LATE_S = 0.1


def need_root(*programs):
    if os.geteuid() != 0:
        raise Skip("live checks need root")
    for name in programs:
        if shutil.which(name) is None:
            raise Skip(f"the program {name} is missing")


def need_dpdk():
    need_root()
    if settings.release is None:
        raise Skip("this binary is not built")


def config_file(port, more=""):
    path = scratch_file(".yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"metrics:\n  port: {port}\n{more}")
    return path


class Probe:
    """A running probe; ends with the block."""

    def __init__(self, *arguments, config=None, before=(), binary=None, more=()):
        self.stats_path = scratch_file(".stats")
        self.out, self.err = scratch_file(".out"), scratch_file(".err")
        self.config = config or config_file(0)
        self.words = [*before, binary or settings.release, "run", "-c", self.config, "--json", "--stats", self.stats_path, *map(str, more),
                      *map(str, arguments)]

    def __enter__(self):
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(self.words, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=environment())
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def tell(self):
        return f"{' '.join(self.words[-4:])}: {read(self.err).strip()[-500:]}"

    def wait_for_end(self, seconds=PATIENCE_S):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"still running after {seconds} s: {self.tell()}") from None
        judge(Result(self.process.returncode, "", read(self.err)), " ".join(self.words))
        return self.process.returncode

    def wait_for_words(self, words):
        until = time.monotonic() + PATIENCE_S
        while not re.search(words, read(self.err)):
            if self.process.poll() is not None or time.monotonic() > until:
                raise Failure(f"'{words}' is never said: {self.tell()}")
            time.sleep(0.05)

    def wait_until_it_watches(self):
        """Nothing that is sent from now on is missed."""
        self.wait_for_words("sigcanary run: watching ")

    def stats(self):
        s = json.loads(read(self.stats_path))
        ended = s["decoded"] + sum(s["ignored"].values()) + sum(s["malformed"].values()) + sum(s["dropped"].values())
        same(s["packets"], ended, "packets = decoded + ignored + malformed + dropped")
        return s


def expect_all_seen(probe, path, received=None):
    """Ends by itself, with 0; every packet counted, and as many messages as a replay finds."""
    same(0, probe.wait_for_end(), f"exit code of {probe.tell()}")
    s = probe.stats()
    offline = json.loads(replay(path).stats)
    same(received or offline["packets"], s["packets"], f"{path}: packets sent and counted")
    same(offline["messages"], s["messages"], f"{path}: messages of a replay and live")


@check(each=lambda: [("1 worker", 1)], alone=True)
def a_port_that_plays_a_capture_counts_every_packet(workers):
    need_dpdk()
    path = lab(*CAPTURE)
    with Probe("--exit-when-idle", IDLE_S, "--workers", workers, "--", f"--vdev=net_pcap0,rx_pcap={path}") as probe:
        expect_all_seen(probe, path)


@check(alone=True, quick=False)
def a_port_without_end_is_accounted_for():
    need_dpdk()
    with Probe("--seconds", 2, "--", "--vdev=net_null0,size=64") as probe:
        same(0, probe.wait_for_end(), f"exit code of {probe.tell()}")
        s = probe.stats()
        expect(s["packets"] > 1000 and s["decoded"] == 0, f"net_null: {s}")


@check(alone=True, quick=False)
def a_port_without_traffic_ends_in_time():
    need_dpdk()
    with Probe("--seconds", 2, "--", "--vdev=net_ring0") as probe:
        same(0, probe.wait_for_end(), f"exit code of {probe.tell()}")
        same(0, probe.stats()["packets"], "packets of an idle port")


@check(each=lambda: [("probe is the server", "0"), ("probe is the client, started first", "1")], alone=True, quick=False)
def testpmd_sends_over_memif_and_every_packet_is_counted(is_client):
    need_dpdk()
    script = os.path.join(TREE, "tests/live/testpmd_memif.sh")
    if not os.path.exists(script):
        raise Skip("tests/live/testpmd_memif.sh is missing")
    done = subprocess.run(["bash", script, settings.release, lab(*CAPTURE)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=2 * PATIENCE_S,
                          env={**environment(), "SIGCANARY_MEMIF_CLIENT": is_client}, check=False)
    words = done.stdout.decode("utf-8", errors="replace").strip()
    if done.returncode == 77:
        raise Skip(words)
    expect(done.returncode == 0, f"{script}: {words[-600:]}")


namespaces = itertools.count(1)


@contextlib.contextmanager
def namespace():
    """A network namespace with the two ends of a cable, sig0 and sig1, on which nobody else speaks."""
    name = f"sigcanary-{os.getpid()}-{next(namespaces)}"
    inside = ("ip", "netns", "exec", name)

    def ip(*words):
        done = subprocess.run(["ip", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise Skip(f"no network namespace here: {done.stdout.decode(errors='replace').strip()[:120]}")

    ip("netns", "add", name)
    try:
        for key in ("all", "default"):
            subprocess.run([*inside, "sysctl", "-qw", f"net.ipv6.conf.{key}.disable_ipv6=1"], stderr=subprocess.DEVNULL, check=False)
        ip("-n", name, "link", "add", "sig0", "type", "veth", "peer", "name", "sig1")
        for end in ("sig0", "sig1"):
            ip("-n", name, "link", "set", end, "mtu", "1800", "arp", "off", "up")
        yield inside
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)


def send_frames(inside, interface, path):
    """Writes the frames of a capture; this file, run inside the namespace, does it."""
    subprocess.run([*inside, sys.executable, os.path.abspath(__file__), interface, path], check=True, timeout=2 * PATIENCE_S)


@check(alone=True)
def a_kernel_interface_counts_every_frame():
    need_root("ip")
    path = lab(*CAPTURE)
    with namespace() as inside, Probe("--iface", "sig1", "--exit-when-idle", SENDER_IDLE_S, before=inside) as probe:
        probe.wait_until_it_watches()
        send_frames(inside, "sig0", path)
        expect_all_seen(probe, path)


@check(alone=True, quick=False)
def a_kernel_interface_is_free_of_data_races():
    need_root("ip")
    if settings.threads is None:
        raise Skip("the ThreadSanitizer binary is not built")
    path = lab(*CAPTURE)
    with namespace() as inside, Probe("--iface", "sig1", "--exit-when-idle", SENDER_IDLE_S, before=inside, binary=settings.threads) as probe:
        probe.wait_until_it_watches()
        send_frames(inside, "sig0", path)
        same(0, probe.wait_for_end(), f"exit code of {probe.tell()}")
        expect(probe.stats()["packets"] > 0, "no frame was seen")


@check(alone=True, quick=False)
def an_af_packet_port_counts_every_frame():
    need_dpdk()
    need_root("ip")
    path = lab(*CAPTURE)
    # The ring has room for all that is sent.
    with namespace() as inside, Probe("--exit-when-idle", SENDER_IDLE_S, "--", "--vdev=net_af_packet0,iface=sig1,framecnt=16384",
                                      before=inside) as probe:
        probe.wait_until_it_watches()
        send_frames(inside, "sig0", path)
        expect_all_seen(probe, path)


def fetch(url):
    """(status, text); waits for the server."""
    def ask():
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")

    return wait_until(ask, f"{url} answers")


METRIC_LINE = re.compile(r'[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_]\w*="(?:[^"\\\n]|\\.)*",?)*\})? (NaN|[-+]?(?:Inf|[0-9.]+(?:e[-+]?\d+)?))( \d+)?$', re.I)


def metrics_of(text):
    """name -> sum; Prometheus' text format, each line checked, each family with its type before it."""
    sums, typed = {}, set()
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        if line.startswith("#") or not line:
            continue
        expect(METRIC_LINE.match(line), f"/metrics line {number} is not in Prometheus' format: {line}")
        name = re.match(r"[\w:]+", line).group(0)
        expect(name in typed or re.sub(r"_(total|bucket|sum|count)$", "", name) in typed, f"/metrics: {name} has no TYPE line")
        sums[name] = sums.get(name, 0.0) + float(re.search(r" (\S+)$", line).group(1))
    return sums


def counts_packets(base):
    return any(value for name, value in metrics_of(fetch(base + "/metrics")[1]).items() if "packets" in name)


@check(alone=True)
def metrics_signals_and_the_end_of_a_running_probe():
    """One life: metrics answer, a broken configuration is refused and a good one taken, SIGTERM ends with the summary."""
    need_root("ip")
    port = free_port()
    config = config_file(port)
    path = lab(*CAPTURE)
    with Probe("--", f"--vdev=net_pcap0,rx_pcap={path},infinite_rx=1", config=config) as probe:
        base = f"http://127.0.0.1:{port}"
        status, text = fetch(base + "/metrics")
        same(200, status, "/metrics")
        expect(metrics_of(text), "/metrics is empty")
        same(404, fetch(base + "/nowhere")[0], "/nowhere")
        with open(config, "a", encoding="utf-8") as file:
            file.write("detection:\n  minor: many\n")
        probe.process.send_signal(signal.SIGHUP)
        probe.wait_for_words(re.escape(config) + r":\d+:\d+: .*many")
        probe.wait_for_words("old configuration stays")
        config_text = read(config).replace("many", "500")
        with open(config, "w", encoding="utf-8") as file:
            file.write(config_text)
        probe.process.send_signal(signal.SIGHUP)
        probe.wait_for_words("reloaded")
        wait_until(lambda: counts_packets(base), "/metrics counts packets")
        probe.process.send_signal(signal.SIGTERM)
        same(0, probe.wait_for_end(), f"exit code after SIGTERM: {probe.tell()}")
        expect(probe.stats()["packets"] > 0, "no summary after SIGTERM")


@check(alone=True, quick=False)
def promtool_finds_nothing_to_say_about_the_metrics():
    need_dpdk()
    if shutil.which("promtool") is None:
        raise Skip("the program promtool is missing")
    port = free_port()
    with Probe("--", f"--vdev=net_pcap0,rx_pcap={lab(*CAPTURE)},infinite_rx=1", config=config_file(port)):
        wait_until(lambda: counts_packets(f"http://127.0.0.1:{port}"), "/metrics counts packets")
        text = fetch(f"http://127.0.0.1:{port}/metrics")[1]
    done = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    expect(done.returncode == 0, f"promtool: {done.stdout.decode(errors='replace')[:500]}")


@check(alone=True)
def a_live_start_that_cannot_work_says_why():
    need_dpdk()
    for code, words, arguments in ((1, "nosuch0", ("--iface", "nosuch0")), (2, "exclude", ("--iface", "lo", "--", "--vdev=net_null0")),
                                   (3, r":\d+:\d+: ", ("-c", config_file("many"), "--iface", "lo"))):
        result = run_well("run", "--seconds", 1, *arguments, codes=(code,))
        expect(re.search(words, result.err), f"run {arguments}: says '{result.err.strip()[:200]}'")


def main(interface, path):
    """Inside the namespace: writes every frame of the capture, evenly. What was late is not caught up with: calm would become a burst."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((interface, 0))
        started = time.monotonic()
        for number, packet in enumerate(pcap.read(path).packets):
            wait = started + number / FRAMES_PER_S - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            elif wait < -LATE_S:
                started -= wait
            out.send(packet.bytes)


if __name__ == "__main__":
    main(*sys.argv[1:])
