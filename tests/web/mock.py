#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A probe without a network: plays a recording (tests/web/record) to the page, over the paths of the JSON API and in their shapes.

usage: mock.py --page DIR [--story brand|orange] [--at SECONDS] [--speed X] [--port N]

What `record` does not know (health, ladders, expected bands) is made up here, in the right shape. Switches for tests stand below /mock/:
POST /mock/hush and /mock/speak stop and resume the events, as a probe does that hangs; /mock/part closes all streams of events; /mock/jump/SECONDS
goes to another moment of the story, /mock/speed/X lets time go on so fast from now on; 0: it stands still.
Prints its address on standard output.
"""
import argparse
import http.server
import json
import mimetypes
import os
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
CALM_S = 110  # the start of each story, in which nothing is wrong yet
WINDOW_S = 10
# No exception for styles and scripts: the page must work with the strictest one.
POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
VERDICTS = ("ok", "warning", "minor", "major", "critical")


def stamp(t):
    return f"{t:.9f}"


class Story:
    """A recording at a moment that moves."""

    def __init__(self, name, at, speed):
        with open(os.path.join(HERE, "recorded", f"{name}.json"), encoding="utf-8") as file:
            self.__dict__.update(json.load(file))
        self.clock = (at, time.monotonic(), speed)  # changed as a whole: several threads look at it
        self.is_hushed, self.cut = False, 0
        self.remarks = {}
        for i, row in enumerate(self.transactions):
            row["key"] = f"{i:06x}"

    def now(self):
        at, begun, speed = self.clock
        return self.start + min(at + (time.monotonic() - begun) * speed, self.seconds - 1)

    def said(self, until=None):
        until = until or self.now()
        return [line for line in self.alarms if float(line["time"]) <= until]

    def newest(self):
        """The newest line of each incident, newest incident first."""
        return list({line["id"]: line for line in self.said()}.values())[::-1]

    def open(self):
        return [line for line in self.newest() if line["state"] != "cleared"]

    def expected(self, key, name):
        column = self.counts[key]
        return sum(column[name][:CALM_S]) / max(1, sum(column["requests"][:CALM_S]))

    def share(self, key, name, second, window=1):
        column = self.counts[key]
        span = slice(max(0, second - window + 1), second + 1)
        requests = sum(column["requests"][span])
        return sum(column[name][span]) / requests if requests else None

    def band(self, key, name, second):
        """Four standard deviations of a binomial of that many requests, for the look of it."""
        p = max(self.expected(key, name), 0.002)
        n = max(1, sum(self.counts[key]["requests"][max(0, second - WINDOW_S):second + 1]))
        reach = 4 * (p * (1 - p) / n) ** 0.5
        return max(0, p - reach), min(1, p + reach)

    def second(self):
        return int(self.now()) - self.start

    def status(self):
        worst = max(self.open(), key=lambda line: VERDICTS.index(line["severity"]), default=None)
        answer = {"time": stamp(self.now()), "network": self.network, "probe": self.probe, "version": "0.1.0", "state": worst["severity"] if worst else "ok",
                  "words": worst["summary"] if worst else "Nothing is wrong.", "since": worst["onset"] if worst else stamp(self.start),
                  "open": [line["id"] for line in self.open()], "blind": [], "requests_per_s": sum(self.counts["all"]["requests"][max(0, self.second() - 10):self.second()]) / 10}
        if worst:
            answer["subscribers_hit"] = worst["affected_subscribers"]["estimate"]
        return answer

    def row(self, key):
        second, column = self.second(), self.counts[key]
        reject, missing = (self.share(key, name, second, WINDOW_S) for name in ("reject", "no_answer"))
        usual = {name: self.expected(key, name) for name in ("reject", "no_answer")}
        excess = max((reject or 0) - usual["reject"], (missing or 0) - usual["no_answer"])
        row = {"requests_per_s": sum(column["requests"][max(0, second - WINDOW_S):second]) / WINDOW_S, "reject": reject, "reject_expected": usual["reject"],
               "no_answer": missing, "no_answer_expected": usual["no_answer"], "evidence": round(max(0, excess) * 100, 1)}
        return {name: value for name, value in row.items() if value is not None}

    def hit(self, kind, name):
        return [line["id"] for line in self.open() if name in (line.get(kind) or []) or name in [node["id"] for node in line.get("nodes", [])]]

    def state(self, ids):
        return max((line["severity"] for line in self.open() if line["id"] in ids), key=VERDICTS.index, default="ok")

    def rows(self, kind, field):
        found = []
        for key in self.counts:
            if not key.startswith(kind + ":"):
                continue
            name = key.split(":", 1)[1]
            ids = self.hit({"segment": "segments", "procedure": "procedures", "node": "nodes"}[kind], name)
            row = {field: name, **self.row(key), "incidents": ids}
            row["state"] = self.state(ids) if ids or kind == "segment" else "major" if row["evidence"] > 30 else "minor" if row["evidence"] > 8 else "ok"
            if kind == "segment":
                row |= {"label": self.labels.get(name, name), "subscribers": 2000 + 137 * len(name)}
            if kind == "node":
                row |= {"role": self.roles.get(name, "server"), "latency_ms": {"p50": 24.1, "p95": 61.5}}
            found.append(row)
        return found

    def series(self, key, span):
        if key not in self.counts:
            return {"step": 1, "times": [], "requests": [], "reject": [], "no_answer": []}
        until = self.second()
        seconds = range(max(0, until - span), until)
        answer = {"step": 1, "times": [self.start + s for s in seconds], "requests": [self.counts[key]["requests"][s] for s in seconds]}
        for name in ("reject", "no_answer"):
            answer[name] = [self.share(key, name, s) for s in seconds]
            bands = [self.band(key, name, s) for s in seconds]
            answer[f"{name}_low"], answer[f"{name}_high"] = [low for low, _ in bands], [high for _, high in bands]
        return answer

    def tick(self):
        second = max(0, self.second() - 1)
        values = lambda key: [self.counts[key]["requests"][second], self.share(key, "reject", second), self.share(key, "no_answer", second)]  # noqa: E731
        status = self.status()
        return {"time": status["time"], "state": status["state"], "words": status["words"], "all": values("all"),
                "segments": {key.split(":", 1)[1]: values(key) for key in self.counts if key.startswith("segment:")}}

    def find(self, query):
        def fits(row):
            return all([row["procedure"] == query.get("procedure", row["procedure"]), row["outcome"] == query.get("outcome", row["outcome"]),
                        query.get("segment", "all") in row["segments"], query.get("node") in (None, row.get("client"), row.get("server")),
                        query.get("imsi") in (None, row.get("imsi")), float(query.get("since", 0)) <= float(row["time"]) <= float(query.get("until", 1e12)),
                        float(row["time"]) <= self.now()])

        limit = int(query.get("limit", 100))
        found = [row for row in reversed(self.transactions) if fits(row)]
        return {"transactions": found[:limit], "more": len(found) > limit}

    def transaction(self, key):
        row = next((row for row in self.transactions if row["key"] == key), None)
        if row is None:
            return None
        begun, ends = float(row["time"]), (row.get("client", "?"), "10.20.0.11 (STP)", row.get("server", "?"))
        ladder = [{"time": stamp(begun), "from": ends[0], "to": ends[1], "words": row["procedure"]}, {"time": stamp(begun + 0.0004), "from": ends[1], "to": ends[2], "words": row["procedure"]}]
        if "latency_ms" in row:
            over, words = begun + row["latency_ms"] / 1000, row.get("cause_name") or row["outcome"]
            ladder += [{"time": stamp(over - 0.0004), "from": ends[2], "to": ends[1], "words": words}, {"time": stamp(over), "from": ends[1], "to": ends[0], "words": words}]
        return {**row, "ladder": ladder}

    def incident(self, wanted):
        lines = [line for line in self.said() if line["id"] == wanted]
        return {"id": wanted, "left_out": 0, "announcements": lines, **self.remarks.get(lines[-1]["alarm"]["alarmId"], {})} if lines else None

    def health(self):
        return {"workers": [{"worker": i, "lcore": i + 1, "busy": 0.31 + 0.04 * i, "packets": self.account["packets"] // 2, "pending": 412} for i in range(2)],
                "ports": [{"name": "stp1-a", "driver": "net_ice", "queues": 4, "packets": self.account["packets"], "missed": 0, "up": True},
                          {"name": "stp1-b", "driver": "net_ice", "queues": 4, "packets": 0, "missed": 0, "up": True}],
                "account": self.account,
                "outlets": [{"name": "alertmanager", "waiting": 0, "sent": len(self.said()), "failed": 1, "failing": False, "last_error": "was away"},
                            {"name": "snmp", "waiting": 3, "sent": len(self.said()) - 3, "failed": 5, "failing": True, "last_error": "nms1:162 does not acknowledge"},
                            {"name": "webhook", "waiting": 0, "sent": len(self.said()), "failed": 1, "refused": 1, "failing": False, "last_error": "HTTP 413"}],
                "memory": {"resident_bytes": 412 << 20, "transactions": 18211, "transactions_room": 1048576},
                "configuration": {"file": "/etc/sigcanary/sigcanary.yaml", "generation": 2, "loaded": stamp(self.start)},
                "store": {"file": "/var/lib/sigcanary/alarms.db", "announcements": len(self.said())},
                "evidence": {"folder": "/var/lib/sigcanary/evidence", "captures": len(self.newest()), "bytes": 18 << 20}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    story = page = None

    def log_message(self, *_):
        pass

    def answer(self, body, status=200, kind="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), ("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def file(self, path):
        whole = os.path.normpath(os.path.join(self.page, path or "index.html"))
        if not whole.startswith(self.page) or not os.path.isfile(whole):
            return self.answer({"error": "nothing is here"}, 404)
        with open(whole, "rb") as file:
            return self.answer(file.read(), kind={".js": "text/javascript; charset=utf-8"}.get(os.path.splitext(whole)[1]) or mimetypes.guess_type(whole)[0] or "text/plain")

    def events(self):
        story, cut = self.story, self.story.cut
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        last = story.now()
        number = int(self.headers.get("Last-Event-ID", 0))
        while story.cut == cut:
            if not story.is_hushed:
                now = story.now()
                for name, body in [("alarm", line) for line in story.said(now) if float(line["time"]) > last] + [("tick", story.tick())]:
                    number += 1
                    self.wfile.write(f"id: {number}\nevent: {name}\ndata: {json.dumps(body)}\n\n".encode())
                self.wfile.flush()
                last = now
            time.sleep(1 if story.clock[2] <= 1 else 0.25)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query, story = dict(urllib.parse.parse_qsl(url.query)), self.story
        path = urllib.parse.unquote(url.path)
        rest = path.rsplit("/", 1)[1]
        plain = {"status": story.status, "segments": lambda: story.rows("segment", "name"), "nodes": lambda: story.rows("node", "id"), "procedures": lambda: story.rows("procedure", "name"),
                 "health": story.health, "incidents": lambda: story.open() if query.get("state") == "open" else story.newest(), "transactions": lambda: story.find(query),
                 "series": lambda: story.series(query.get("of", "all"), int(query.get("span", 900)))}
        try:
            if not path.startswith("/api/v1/"):
                return self.file(path.lstrip("/"))
            if path == "/api/v1/events":
                return self.events()
            if path == f"/api/v1/{rest}" and rest in plain:
                return self.answer(plain[rest]())
            if path.endswith("-0001/pcap"):
                return self.answer(b"\n\r\r\n", kind="application/x-pcapng")
            found = story.incident(rest) if "/incidents/" in path else story.transaction(rest) if "/transactions/" in path else None
            return self.answer(found) if found else self.answer({"error": "there is nothing of that name"}, 404)
        except (BrokenPipeError, ConnectionResetError):
            return None

    def do_HEAD(self):
        # Of the files of an incident only the packets of the first are there.
        self.send_response(200 if self.path.endswith("-0001/pcap") else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def change(self):
        story, body = self.story, json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        if self.path.startswith("/mock/jump/"):
            story.clock = (float(self.path.rsplit("/", 1)[1]), time.monotonic(), story.clock[2])
            return self.answer({})
        if self.path.startswith("/mock/speed/"):
            story.clock = (story.now() - story.start, time.monotonic(), float(self.path.rsplit("/", 1)[1]))
            return self.answer({})
        switch = {"/mock/hush": ("is_hushed", True), "/mock/speak": ("is_hushed", False), "/mock/part": ("cut", story.cut + 1)}.get(self.path)
        if switch:
            setattr(story, *switch)
            return self.answer({})
        remarks = story.remarks.setdefault(self.path.split("/")[4], {"comments": []})
        if self.command == "PATCH":
            remarks.pop("acknowledged", None)
            if body["ackState"] == "ACKNOWLEDGED":
                remarks["acknowledged"] = {"by": "noc", "time": stamp(story.now())}
        else:
            remarks["comments"].append({"by": "noc", "time": stamp(story.now()), "words": body["commentText"]})
        return self.answer({})

    do_POST = do_PATCH = change


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a browser that has gone
            super().handle_error(request, client_address)


def serve(page, story, at, speed, port=0):
    """A server in its own thread; its address is server.server_address."""
    handler = type("Playing", (Handler,), {"story": Story(story, at, speed), "page": os.path.abspath(page)})
    server = Server(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--page", required=True)
    parser.add_argument("--story", default="orange", choices=("brand", "orange"))
    parser.add_argument("--at", type=float, default=0)
    parser.add_argument("--speed", type=float, default=1)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    server = serve(given.page, given.story, given.at, given.speed, given.port)
    print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
