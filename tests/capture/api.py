# SPDX-License-Identifier: BSD-3-Clause
"""What a running probe answers: each route of docs/api.md asked of a probe that sees a fault, events, changes, many readers."""
import contextlib
import http.client
import json
import os
import re
import resource
import selectors
import socket
import time
import urllib.error
import urllib.request

from check import Failure, check, expect, same
from feed import Feed
from live import config_file, need_dpdk, need_root, Probe
from program import PATIENCE_S, TREE, free_port, lab, scratch_file, wait_until

DOCS = os.path.join(TREE, "docs", "api.md")
ROUTES = os.path.join(TREE, "control", "api", "api.c")
OPERATOR = os.path.join(TREE, "tests", "capture", "operator.yaml")
FAULT = ("fault", "--seconds", 110, "--rate", 50, "--fault", "brand=giffgaff:system-failure:0.9", "--from", 70, "--until", 110)
FAULT_FROM, FAULT_UNTIL = 1342008070, 1342008110
# What is asked for while it lasts, however long a busy machine takes to ask.
LASTING_FAULT = ("fault", "--seconds", 600, "--rate", 50, "--fault", "brand=giffgaff:system-failure:0.9", "--from", 70, "--until", 600)
SPEED = 7
READERS, STALLED, TICKS = 500, 5, 100
# Of the probe's memory while they read: the connections' own, see docs/api.md, and what else it takes into use meanwhile.
READERS_MIB = 40


def fetch(url, method="GET", body=None, headers=()):
    """Status, headers and body of an answer, also of one that refuses."""
    asked = urllib.request.Request(url, method=method, data=body, headers=dict(headers))
    try:
        with urllib.request.urlopen(asked, timeout=30) as got:
            return got.status, got.headers, got.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def answer(url):
    status, _, body = fetch(url)
    expect(status == 200, f"{url}: {status} {body[:200]}")
    return json.loads(body)


def plan(port, more=""):
    with open(OPERATOR, encoding="utf-8") as file:
        return config_file(port, f"api: {{socket: {scratch_file('.sock')}}}\n{more or file.read()}")


@contextlib.contextmanager
def faulty_network(more="", fault=FAULT):
    """The address of a probe that sees a fault, seven times as fast as in life, and the probe."""
    need_dpdk()
    port = free_port()

    def judged():
        """The seconds of the story; none before the probe answers."""
        with contextlib.suppress(OSError, Failure, http.client.HTTPException):
            return float(answer(f"http://127.0.0.1:{port}/api/v1/status")["time"]) - (FAULT_FROM - 70)
        return 0

    with Feed(lab(*fault), scratch_file(".fifo"), SPEED, judged) as feed, Probe("--", f"--vdev=net_pcap0,rx_pcap={feed.fifo}", config=plan(port, more)) as probe:
        base = f"http://127.0.0.1:{port}"
        wait_until(lambda: fetch(f"{base}/readyz")[0] == 200, f"{base} is ready")
        yield base, probe


def fault_is_over(base):
    """Whether the probe has come to the last second of the fault, of one that lasts: to that second."""
    return float(answer(f"{base}/api/v1/status")["time"]) >= FAULT_UNTIL - 1


def sections():
    """The routes of docs/api.md: (method, path) -> (commands to try, examples, all its words)."""
    with open(DOCS, encoding="utf-8") as file:
        parts = re.split(r"^## (GET|POST|PATCH) (\S+)$", file.read(), flags=re.MULTILINE)
    found = {}
    for method, path, words in zip(parts[1::3], parts[2::3], parts[3::3]):
        commands = re.findall(r"^curl (?:-N )?'?(http://127\.0\.0\.1:9464\S*?)'?$", words, re.MULTILINE)
        found[method, path] = (commands, [json.loads(each) for each in re.findall(r"```json\n(.*?)\n```", words, re.DOTALL)], words)
    return found


def told(path):
    """A route of the program as the documents write it: /incidents/ID for /incidents/."""
    names = {"/api/v1/incidents/": "ID", "/api/v1/transactions/": "KEY", "/api/v1/alarms/": "ID"}
    return path.replace("*", "ID") + names.get(path, "")


@check()
def every_route_is_described_and_nothing_else():
    with open(ROUTES, encoding="utf-8") as file:
        routes = {(method, told(path)) for method, path in re.findall(r'\{ "(GET|POST|PATCH)", "([^"]+)", ROUTE_', file.read())}
    expect(len(routes) > 10, f"the table of routes of {ROUTES} cannot be read")
    routes.discard(("GET", "/assets/"))
    same(sorted(routes), sorted(sections()), "routes of the program, and those of docs/api.md")


def compare(documented, real, words, where):
    """Each key of the example is there with a value of the same kind; each key that is there is in the example or in the words around."""
    kinds = (str, bool, (int, float), list, dict)
    kind = next(each for each in kinds if isinstance(documented, each))
    expect(isinstance(real, kind) or real is None, f"{where}: {documented!r} in the documents, {real!r} of the probe")
    if isinstance(documented, list):
        for row in documented[:1]:
            expect(real, f"{where}: empty")
            twin = next((each for each in real if not isinstance(row, dict) or all(each.get(name) == row[name] for name in ("name", "id", "role") if name in row)), real[0])
            compare(row, twin, words, f"{where}[]")
        return
    if isinstance(documented, dict) and real:
        for name, value in documented.items():
            expect(name in real, f"{where}.{name} is in the documents and not in the answer {str(real)[:300]}")
            compare(value, real[name], words, f"{where}.{name}")
        # The account is that of --stats, which docs/formats.md describes.
        for name in real if where.count(".") < 2 and not where.endswith(".account") else ():
            expect(name in documented or f"`{name}`" in words, f"{where}.{name} is answered and not described")


@check(alone=True, quick=False)
def every_question_of_the_documents_is_answered_as_they_say():
    asked = 0
    with faulty_network(fault=LASTING_FAULT) as (base, _):
        wait_until(lambda: fault_is_over(base), "the fault is as old as in the documents")
        key = answer(f"{base}/api/v1/transactions?segment=giffgaff&outcome=network&limit=1")["transactions"][0]["key"]
        for (method, path), (commands, examples, words) in sections().items():
            if method != "GET" or path in ("/", "/api/v1/events"):
                continue
            if not commands:  # what there is one more of, or only where it is configured
                continue
            url = commands[0].replace("http://127.0.0.1:9464", base)
            status, headers, body = fetch(re.sub(r"(/transactions/)[0-9a-f]+$", rf"\g<1>{key}", url))
            expect(status == 200, f"{commands[0]}: {status} {body[:200]}")
            if path.startswith("/api/v1/") and "json" in headers["Content-Type"]:
                real = json.loads(body)
                expect(real, f"{path}: nothing in the answer")
                for example in examples:
                    compare(example, real, words, path)
                asked += 1
    expect(asked >= 10, f"only {asked} answers could be compared")


def columns_are_right(series, health):
    requests = health["account"]["transactions"]["opened"]
    expect(len(series["times"]) >= 105 and all(b - a == 1 for a, b in zip(series["times"], series["times"][1:])), f"times: {series['times'][:5]} …")
    for name, column in series.items():
        expect(name == "step" or len(column) == len(series["times"]), f"{name}: not as long as times")
    expect(abs(sum(series["requests"]) - requests) <= 3, f"{sum(series['requests'])} requests in the series, {requests} in the account")
    return True


def mean(series, name, since, until):
    pairs = [(n, share) for t, n, share in zip(series["times"], series["requests"], series[name]) if since < t <= until and share is not None]
    return sum(n * share for n, share in pairs) / max(1, sum(n for n, _ in pairs))


@check(alone=True, quick=False)
def what_each_part_of_the_network_did_is_told_with_what_is_usual():
    """A brand fails: its series leaves the band when the fault begins and not before, another brand's does not, all requests are in the sum."""
    with faulty_network() as (base, _):
        wait_until(lambda: fault_is_over(base), "the fault is over")
        wait_until(lambda: answer(f"{base}/api/v1/status")["open"], "an incident is open")
        series, other, whole = (answer(f"{base}/api/v1/series?of={of}") for of in ("segment:giffgaff", "segment:tesco-mobile", "all"))
        by_minute = answer(f"{base}/api/v1/series?of=all&span=86400")
        rows = {row["name"]: row for row in answer(f"{base}/api/v1/segments")}
        wait_until(lambda: columns_are_right(answer(f"{base}/api/v1/series?of=all"), answer(f"{base}/api/v1/health")), "all requests are in the series")
    before, during = (mean(series, "reject", *span) for span in ((FAULT_FROM - 50, FAULT_FROM), (FAULT_FROM + 10, FAULT_UNTIL)))
    expect(before < 0.02 < 0.5 < during, f"giffgaff refused: {before:.3f} before, {during:.3f} during the fault")
    high = mean(series, "reject_high", FAULT_FROM + 10, FAULT_UNTIL)
    expect(0 < high < 0.2, f"the usual range reaches to {high:.3f} while the brand fails")
    expect(mean(other, "reject", FAULT_FROM, FAULT_UNTIL) < 0.02, "the other brand is as usual")
    same(("major", "reject-ratio", ["2012-0711-0001"]), tuple(rows["giffgaff"].get(name) for name in ("state", "condition", "incidents")), "giffgaff")
    same("ok", rows["tesco-mobile"]["state"], "Tesco Mobile")
    seconds = sum(n for t, n in zip(whole["times"], whole["requests"]) if t <= by_minute["times"][0])
    same(seconds, by_minute["requests"][0], "requests of the first minute, and of its seconds")


@check(alone=True)
def changes_over_the_network_must_be_json():
    """A form of another site's page, which a browser would send with the user's password, changes nothing."""
    need_root()
    port = free_port()
    with Probe("--iface", "lo", config=plan(port)):
        base = f"http://127.0.0.1:{port}"
        wait_until(lambda: fetch(f"{base}/healthz")[0] == 200, "the probe answers")
        with open(ROUTES, encoding="utf-8") as file:
            changes = re.findall(r'\{ "(POST|PATCH)", "(/api/v1/[^"]+)", ROUTE_WRITER', file.read())
        for method, path in changes:
            status, _, _ = fetch(f"{base}{path}x", method, b"ackState=ACKNOWLEDGED", [("Content-Type", "application/x-www-form-urlencoded")])
            expect(status in (401, 415), f"{method} {path} as a form: {status}")
        status, _, _ = fetch(f"{base}/api/v1/status", "POST", b"{}", [("Content-Type", "application/json")])
        same(405, status, "a change of what cannot be changed")


class Reader:
    """One connection that listens to the events, and wants those since one of them first."""

    def __init__(self, port, last, buffer=None):
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {last}\r\n\r\n".encode())
        self.socket.setblocking(False)
        self.ticks, self.octets = 0, 0

    def take(self):
        piece = self.socket.recv(1 << 20)
        self.ticks += piece.count(b"event: tick")
        self.octets += len(piece)


def next_event(base):
    with urllib.request.urlopen(f"{base}/api/v1/events", timeout=PATIENCE_S) as events:
        return next(int(line[4:]) for line in events if line.startswith(b"id: "))


def resident_mib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


def busy_s(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def listen(readers, is_over):
    selector = selectors.DefaultSelector()
    for reader in readers:
        selector.register(reader.socket, selectors.EVENT_READ, reader)
    while not is_over():
        for key, _ in selector.select(0.2):
            key.data.take()


@check(alone=True, quick=False)
def many_readers_and_some_that_stall_take_bounded_memory():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, READERS * 2 + 200)), hard))
    segments = "segments:\n" + "".join(f"  - {{name: range-{i}, label: Range {i}, kind: range, imsi: {2341000 + i}}}\n" for i in range(60))
    with faulty_network(segments) as (base, probe):
        port, first = int(base.rsplit(":", 1)[1]), next_event(base)
        # In its first minutes a probe takes memory of its own into use.
        wait_until(lambda: float(answer(f"{base}/api/v1/status")["time"]) > FAULT_UNTIL - 10, "the probe is at work")
        before, busy, begun = resident_mib(probe.process), busy_s(probe.process), time.monotonic()
        stalled = [Reader(port, first, 2304) for _ in range(STALLED)]
        readers = [Reader(port, first) for _ in range(READERS)]
        listen(readers, lambda: min(reader.ticks for reader in readers) >= TICKS or time.monotonic() - begun > PATIENCE_S)
        after, busy = resident_mib(probe.process), busy_s(probe.process) - busy
        status = answer(f"{base}/api/v1/status")
        least, most = min(reader.ticks for reader in readers), max(reader.octets for reader in readers)
        words = (f"{READERS} readers and {STALLED} stalled ones: {after - before:.1f} MiB more, {busy:.1f} s of processor in {time.monotonic() - begun:.1f} s; "
                 f"each reader had at least {least} ticks, at most {most / 1024:.0f} KiB")
        if os.environ.get("SIGCANARY_TELL"):
            print(words)
        expect(least >= TICKS and after - before < READERS_MIB, words)
        expect(float(status["time"]) > 0, "the probe still answers")
        for reader in (*stalled, *readers):
            reader.socket.close()
