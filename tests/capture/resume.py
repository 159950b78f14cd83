# SPDX-License-Identifier: BSD-3-Clause
"""A live probe that is killed in the middle of an incident goes on with it: same id, no second page, and an end that is one.

As root only: frames are written into a network namespace at the pace of their capture, a probe listens, is killed with -9 and started
again, with its segments in another order. What was announced is read from its store, what people see from its socket.
"""
import base64
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pcap
from check import check, expect, same
from live import Probe, namespace, need_dpdk, need_root
from program import PATIENCE_S, free_port, lab, run, scratch_file, wait_until
from receivers import Listener

# The end of a fault is seen by what succeeds afterwards; the traffic ends with the check.
CALM_S, HOLD_S, AFTERWARDS_S = 12, 6, 150
SEGMENTS = [("o2", "23410"), ("tesco-mobile", "2341060-2341064"), ("giffgaff", "2341070-2341074")]


class LocalConnection(http.client.HTTPConnection):
    """HTTP over the socket of this machine."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


def ask(path, where, method="GET", body=None):
    """(status, object) of a running probe."""
    with contextlib.closing(LocalConnection(path)) as connection:
        connection.request(method, where, body=None if body is None else json.dumps(body), headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        return answer.status, json.loads(text) if text else None


def write_config(path, segments, store, end, baselines):
    lines = ["network: {name: O2 UK}", f"store: {{file: {store}}}", f"api: {{socket: {end}}}", "webhook: {url: 'http://127.0.0.1:9/'}",
             f"detection: {{warm_up: 1 s, restored_hold: {HOLD_S} s, baselines_file: {baselines}}}", "segments:"]
    lines += [f"  - {{name: {name}, imsi: {imsi}}}" for name, imsi in segments]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def announced(store):
    """(id, state, summary, whole line) of every announcement."""
    with contextlib.closing(sqlite3.connect(store)) as file:
        rows = file.execute("SELECT incident, state, summary, json FROM announcement ORDER BY rowid").fetchall()
    return [(i, state, summary, json.loads(line)) for i, state, summary, line in rows]


def states(store):
    return [state for _, state, _, _ in announced(store)]


def send_in_life(inside, path):
    """All of a capture at its own pace: a fault in it is one for the detector, however busy the machine is."""
    subprocess.run([*inside, sys.executable, os.path.abspath(__file__), "sig0", path], stdout=subprocess.DEVNULL, check=True)


@contextlib.contextmanager
def traffic(inside, path):
    """This file writes the capture into the namespace at its own pace, until the block ends; what comes is when it began."""
    sender = subprocess.Popen([*inside, sys.executable, os.path.abspath(__file__), "sig0", path], stdout=subprocess.PIPE)
    try:
        same(b"begins\n", sender.stdout.readline(), "what the sender says")
        yield time.monotonic()
    finally:
        sender.kill()
        sender.wait()


# What fails, for how long, when the probe is killed after it was raised, and in which second of the story it is back at the earliest. At 30
# requests a second the whole fault is not in the first line yet: what was known of one procedure in one second is too little to say that it
# has ended.
STORIES = {
    "the fault goes on": ("brand=tesco-mobile:system-failure:0.95", 70, 12, 0),
    "the fault ends while the probe is away": ("hss=1:silent:1", 24, 4, CALM_S + 24 + 2),
}


@check(each=lambda: list(STORIES.items()), alone=True, quick=False)
def a_probe_that_is_killed_in_an_incident_goes_on_with_it(story):
    need_root("ip")
    fault, lasts, after, back = story
    path = lab("fault", "--seconds", CALM_S + lasts + AFTERWARDS_S, "--rate", 30, "--seed", 5, "--fault", fault, "--from", CALM_S, "--until", CALM_S + lasts)
    store, end, config, baselines = (scratch_file(suffix) for suffix in (".db", ".sock", ".yaml", ".baselines"))
    write_config(config, SEGMENTS, store, end, baselines)
    with namespace() as inside:
        with Probe("--iface", "sig1", before=inside, config=config) as probe:
            probe.wait_until_it_watches()
            with traffic(inside, path) as begun:
                wait_until(lambda: "raised" in states(store), "the alarm")
                acknowledge(end, store, announced(store)[0][3]["alarm"]["alarmId"])
                time.sleep(after)
                probe.process.kill()
                probe.process.wait()
                before = announced(store)
                expect(time.monotonic() < begun + CALM_S + lasts, "the fault was over before the probe was killed: this machine is too slow for the story")
                time.sleep(max(0, begun + back - time.monotonic()))
                write_config(config, SEGMENTS[::-1], store, end, baselines)
                with Probe("--iface", "sig1", before=inside, config=config) as again:
                    # What was over meanwhile may be told as over before somebody asks.
                    again.wait_for_words("1 open incident of before this start goes on")
                    expect(back or time.monotonic() < begun + CALM_S + lasts - HOLD_S, "the fault was nearly over when the probe was back: this machine is too slow for the story")
                    wait_until(lambda: ask(end, "/api/v1/status"), "the probe answers again")
                    shown = ask(end, "/api/v1/incidents")[1]
                    same([before[0][0]], [alarm["id"] for alarm in shown], "incidents right after the restart")
                    same(("ACKNOWLEDGED", "anna"), acknowledged(end, shown[0]["id"]), "acknowledged before the restart")
                    wait_until(lambda: "cleared" in states(store), "the end of the incident", lasts + HOLD_S * 5 + PATIENCE_S)
                    expect_one_incident(before, announced(store), lasts > 30)
                    wait_until(lambda: ask(end, "/api/v1/incidents?state=open")[1] == [], "no incident is open at the end")
                    expect_outlets_told(store)


def acknowledge(end, store, alarm_id):
    status, record = ask(end, f"/api/v1/alarms/{alarm_id}", "PATCH", {"ackState": "ACKNOWLEDGED", "ackUserId": "anna"})
    same((200, "ACKNOWLEDGED", "anna"), (status, record["ackState"], record["ackUserId"]), "answer to an acknowledgement")
    same(201, ask(end, f"/api/v1/alarms/{alarm_id}/comments", "POST", {"commentText": "we are on it", "commentUserId": "bea"})[0], "comment")


def acknowledged(end, incident):
    """What is known of it by alarm and by incident, which must be the same."""
    known = ask(end, f"/api/v1/incidents/{incident}")[1]
    record = ask(end, f"/api/v1/alarms/{known['announcements'][0]['alarm']['alarmId']}")[1]
    same(["we are on it"], [comment["words"] for comment in known["comments"]], "comments of the incident")
    same([("we are on it", "bea")], [(c["commentText"], c["commentUserId"]) for c in record["comments"].values()], "comments of the alarm")
    same(record["ackUserId"], known["acknowledged"]["by"], "who acknowledged")
    return record["ackState"], record["ackUserId"]


def expect_one_incident(before, told, goes_on):
    ids = {i for i, _, _, _ in told}
    after = told[len(before):]
    words = [state for _, state, _, _ in after]
    lines = "\n    ".join(f"{state}: {summary}" for _, state, summary, _ in told)
    expect(len(ids) == 1, f"one fault became the incidents {sorted(ids)}:\n    {lines}")
    same(1, [state for _, state, _, _ in told].count("raised"), f"pages of one incident:\n    {lines}")
    same("cleared", words[-1], "last state")
    if goes_on:
        same("changed", words[0], f"first word after the restart:\n    {lines}")
    else:
        expect("changed" not in words, f"what was over before the restart is told as going on:\n    {lines}")
    last = before[-1][3]
    for _, _, _, line in after:
        same(last["onset"], line["onset"], "onset after the restart")
        same(last["segments"], sorted(line["segments"], key=[name for name, _ in SEGMENTS].index), "segments after the restart")
        same(last["nodes"], line["nodes"], "nodes after the restart")
        same(last["alarm"]["alarmId"], line["alarm"]["alarmId"], "alarmId after the restart")
        expect(line["affected_subscribers"]["estimate"] >= last["affected_subscribers"]["estimate"], f"fewer subscribers than before: {line}")


def expect_outlets_told(store):
    """The receiver is not there: everything that it is to hear waits, the words of users among it."""
    with contextlib.closing(sqlite3.connect(store)) as file:
        lines = [json.loads(row[0]) for row in file.execute("SELECT json FROM outbox ORDER BY number")]
    same(["anna"], sorted({line["alarm"].get("ackUserId") for line in lines} - {None}), "acknowledgements that the outlet is to hear")
    same(["we are on it"], [line["alarm"]["comment"]["commentText"] for line in lines if "comment" in line["alarm"]], "comments for the outlet")
    expect(all(line["state"] in ("raised", "changed") for line in lines if "ackState" in line["alarm"]), "an acknowledgement changed the state")


def make_store(config, store, end, state="cleared", severity="cleared", memory=None):
    """One that knows of an alarm, which is over or not; a probe makes the tables."""
    line = {"id": "2026-0101-0001", "time": "1767225600.000000000", "onset": "1767225590.000000000", "state": state, "severity": severity, "kind": "latency",
            "summary": "It was.", "alarm": {"alarmId": "0123456789abcdef", "perceivedSeverity": severity.upper(), "probableCause": "x",
                                            "alarmType": "QUALITY_OF_SERVICE_ALARM"}}
    with Probe("--", "--vdev=net_ring0", config=config):
        wait_until(lambda: ask(end, "/api/v1/status"), "the probe answers")
    with contextlib.closing(sqlite3.connect(store)) as file:
        file.execute("INSERT INTO announcement VALUES (?, ?, ?, ?, ?, 'latency', 'It was.', 0, ?)",
                     (line["id"], 1767225600 * 10**9, 1767225590 * 10**9, state, severity, json.dumps(line)))
        file.execute("INSERT INTO incident (id, alarm_id, is_open, json, memory) VALUES (?, ?, ?, ?, ?)",
                     (line["id"], "0123456789abcdef", state != "cleared", json.dumps(line), memory))
        file.commit()


@check(alone=True)
def an_incident_that_another_version_kept_is_over_for_everybody():
    """What cannot be gone on with is open nowhere for ever: receivers hear a last line, and once only."""
    need_dpdk()
    store, end, config = scratch_file(".db"), scratch_file(".sock"), scratch_file(".yaml")
    with Listener() as hook:
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"metrics: {{port: 0}}\nstore: {{file: {store}}}\napi: {{socket: {end}}}\nwebhook: {{url: 'http://127.0.0.1:{hook.port}/'}}\n")
        make_store(config, store, end, "raised", "major", '{"version": 0}')
        for _ in range(2):
            with Probe("--", "--vdev=net_ring0", config=config):
                wait_until(lambda: hook.requests, "the last line")
                record = wait_until(lambda: ask(end, "/api/v1/alarms/0123456789abcdef")[1], "the list of alarms")
                same("CLEARED", record["perceivedSeverity"], "in the list of alarms")
                same([], ask(end, "/api/v1/status")[1]["open"], "open incidents")
    (_, _, line), = hook.requests
    same(("2026-0101-0001", "cleared", "cleared", "CLEARED"), (line["id"], line["state"], line["severity"], line["alarm"]["perceivedSeverity"]), "the line")
    expect(re.fullmatch(r"Not followed any more: .* It was\.", line["summary"]), f"summary: {line['summary']}")
    same(["raised", "cleared"], states(store), "announcements")


@check(alone=True)
def what_a_user_says_is_answered_when_the_store_has_it():
    """A probe that is killed right after its answer knows it again; while the store takes nothing the answer is no, and others are served."""
    need_dpdk()
    store, end, config = scratch_file(".db"), scratch_file(".sock"), scratch_file(".yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"metrics: {{port: 0}}\nstore: {{file: {store}}}\napi: {{socket: {end}}}\n")
    make_store(config, store, end)
    where, said = "/api/v1/alarms/0123456789abcdef", []
    for turn in range(3):
        with Probe("--", "--vdev=net_ring0", config=config) as probe:
            wait_until(lambda: ask(end, "/api/v1/status"), "the probe answers")
            same(said, [c["commentText"] for c in ask(end, where)[1]["comments"].values()], f"comments after {turn} kills")
            said += [f"{turn}, {i}" for i in range(5)]
            for words in said[-5:]:
                status, record = ask(end, f"{where}/comments", "POST", {"commentText": words, "commentUserId": "bea"})
                same((201, words), (status, list(record["comments"].values())[-1]["commentText"]), "answer to a comment")
            probe.process.kill()
            probe.process.wait()
    with Probe("--", "--vdev=net_ring0", config=config):
        wait_until(lambda: ask(end, "/api/v1/status"), "the probe answers")
        with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as file:
            file.execute("BEGIN IMMEDIATE")  # nobody else writes
            expect_refused_while_others_are_served(end, where)
            file.execute("ROLLBACK")
        same((said, "UNACKNOWLEDGED"), ([c["commentText"] for c in ask(end, where)[1]["comments"].values()], ask(end, where)[1]["ackState"]), "kept")
        same(200, ask(end, where, "PATCH", {"ackState": "ACKNOWLEDGED"})[0], "said again when the store takes it")


def expect_refused_while_others_are_served(end, where):
    with contextlib.closing(LocalConnection(end)) as connection:
        connection.request("PATCH", where, body=json.dumps({"ackState": "ACKNOWLEDGED"}), headers={"Content-Type": "application/json"})
        began, slowest = time.monotonic(), 0
        connection.sock.setblocking(False)
        while not connection_has_answer(connection) and time.monotonic() < began + PATIENCE_S:
            asked = time.monotonic()
            same(200, ask(end, "/api/v1/status")[0], "a question meanwhile")
            slowest = max(slowest, time.monotonic() - asked)
        waited = time.monotonic() - began
        connection.sock.settimeout(5)
        answer = connection.getresponse()
        same(503, answer.status, "acknowledged when the store takes nothing")
        expect("store.file" in json.loads(answer.read())["error"], "the answer names the store")
    expect(waited > 0.5, f"the store was tried for {waited:.3f} s only: nobody could have waited")
    expect(slowest < 0.8 * waited, f"a question waited {slowest:.3f} s while another waited {waited:.3f} s for the store")


def connection_has_answer(connection):
    try:
        return connection.sock.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return False


@check(alone=True)
def alarms_are_acknowledged_by_users_who_prove_who_they_are():
    """Without traffic: the alarm is one that the store knows."""
    need_dpdk()
    store, end, users, port = scratch_file(".db"), scratch_file(".sock"), scratch_file(".users"), free_port()
    password = subprocess.run(["openssl", "passwd", "-6", "secret"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    with open(users, "w", encoding="utf-8") as file:
        file.write(f"noc:{password}\n")
    config = scratch_file(".yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"metrics: {{port: {port}}}\nstore: {{file: {store}}}\napi: {{socket: {end}, users_file: {users}}}\n")
    make_store(config, store, end)
    with Probe("--", "--vdev=net_ring0", config=config):
        wait_until(lambda: ask(end, "/api/v1/status"), "the probe answers")
        where = f"http://127.0.0.1:{port}/api/v1/alarms/0123456789abcdef"
        body = {"ackState": "ACKNOWLEDGED", "ackUserId": "somebody else"}
        same(401, change(where, "PATCH", body)[0], "acknowledged by nobody")
        same(401, change(where, "PATCH", body, "noc:wrong")[0], "acknowledged with a wrong password")
        same("UNACKNOWLEDGED", ask(end, "/api/v1/alarms/0123456789abcdef")[1]["ackState"], "after these")
        same(1, ask(end, "/api/v1/alarms/alarmCount")[1]["clearedCount"], "cleared alarms that nobody acknowledged")
        same(400, change(where, "PATCH", {"ackState": "yes"}, "noc:secret")[0], "no word for it")
        same(409, change(where, "PATCH", {"perceivedSeverity": "CLEARED"}, "noc:secret")[0], "cleared by hand")
        same(404, change(where + "0", "PATCH", body, "noc:secret")[0], "no such alarm")
        status, record = change(where, "PATCH", body, "noc:secret")
        same((200, "ACKNOWLEDGED", "noc"), (status, record["ackState"], record["ackUserId"]), "the name is that of who proved it")
        same({}, ask(end, "/api/v1/alarms")[1], "cleared and acknowledged alarms are not in the list")
        same(404, change(where, "POST", {"commentText": "x"}, "noc:secret")[0], "comment beside the place for it")
        same(400, change(where + "/comments", "POST", {"commentText": "x" * 1001}, "noc:secret")[0], "a comment too long")
        codes = [change(where + "/comments", "POST", {"commentText": f"n {i}"}, "noc:secret")[0] for i in range(101)]
        same([201] * 100 + [409], codes, "a hundred comments and one more")


MISTAKES = """network: {name: O2}
api: {socket: %s}
detection: {minor: many, page_interval: 5, no_such_key: 1, restored_hold: -3 s}
webhook: {url: 'ftp://nowhere'}
segments:
  - {name: 'Two Words', imsi: 234}
  - {name: same, imsi: 23x}
  - {name: same, imsi: 2341}
  - {imsi: 235}
limits: {names: 1}
"""


@check(alone=True)
def a_reload_says_what_it_changes_what_it_cannot_and_every_mistake():
    need_dpdk()
    end, config = scratch_file(".sock"), scratch_file(".yaml")

    def reload(text, code):
        with open(config, "w", encoding="utf-8") as file:
            file.write(text)
        result = run("reload", "-c", config, "--socket", end)
        same(code, result.code, f"exit code of reload: {result.out}{result.err}")
        return result.out + result.err

    good = f"network: {{name: O2}}\napi: {{socket: {end}}}\nsegments: [{{name: a, imsi: 1}}, {{name: b, imsi: 2}}]\n"
    with open(config, "w", encoding="utf-8") as file:
        file.write(good)
    with Probe("--", "--vdev=net_ring0", config=config) as probe:
        wait_until(lambda: ask(end, "/api/v1/status"), "the probe answers")
        said = reload(good, 0)
        expect("nothing that a reload applies has changed" in said, said)
        said = reload(good + "detection: {minor: 500}\nlimits: {names: 1000}\ndecode: {diameter_ports: [3868, 3869]}\n", 0)
        for words in ("detection.minor: 1000 became 500", "need a restart", "limits.names: 65536 stays, the file says 1000", "decode.diameter_ports"):
            expect(words in said, f"'{words}' is not said: {said}")
        said = reload(good.replace("name: b, imsi: 2", "name: c, imsi: 3") + "limits: {names: 1000}\n", 0)
        for words in ("segments: new c; gone b", "detection.minor: 500 became 1000", "limits.names: 65536 stays"):
            expect(words in said, f"'{words}' is not said: {said}")
        said = reload(MISTAKES % end, 3)
        places = re.findall(re.escape(config) + r":(\d+):\d+: ", said)
        same(["3"] * 4 + ["4", "6", "7", "8", "9", "10"], places, f"lines of the mistakes:\n{said}")
        same(10, len(re.findall(r"^ *\^", said, re.M)), "carets")
        expect("old configuration stays" in said, said)
        same("O2", ask(end, "/api/v1/status")[1]["network"], "network after a reload that was refused")
        probe.process.send_signal(signal.SIGTERM)
        same(0, probe.wait_for_end(), probe.tell())


def change(url, method, body, who=None):
    """(status, object)"""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
    if who:
        request.add_header("Authorization", "Basic " + base64.b64encode(who.encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, None


def main(interface, path):
    """Inside the namespace: writes every frame of the capture when its time has come."""
    packets = pcap.read(path).packets
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((interface, 0))
        print("begins", flush=True)
        started = time.monotonic()
        for packet in packets:
            wait = started + (packet.nanos - packets[0].nanos) / 1e9 - time.monotonic()
            if wait > 0.002:
                time.sleep(wait)
            out.send(packet.bytes)


if __name__ == "__main__":
    main(*sys.argv[1:])
