# SPDX-License-Identifier: BSD-3-Clause
"""/metrics and what is built on it: the reference in docs/, the rules for Prometheus, the dashboard, a real Prometheus; and the recent
transactions that a running probe shows."""
import http.client
import json
import os
import re
import socket
import subprocess
import urllib.parse

from check import check, expect, same
from live import Probe, metrics_of, namespace, need_root
from program import TREE, environment, free_port, json_lines, lab, read, replay, scratch_file, wait_until
from receivers import Program, program
from resume import send_in_life

RULES = os.path.join(TREE, "config/prometheus/sigcanary.rules.yml")
FAULT = ("fault", "--seconds", 50, "--rate", 60, "--onset", 25, "--fault", "all:system-failure:0.6")
ROW = re.compile(r"\| `([a-z_]+)` \| (counter|gauge|histogram) \| (.*?) ?\| (.*) \|$")


def source(*path):
    return read(os.path.join(TREE, *path))


def families():
    """name -> (type, labels, meaning) of all that the program can export, from its tables."""
    found = {}
    text = source("control", "api", "metrics.def")
    for name, kind, labels, words in re.findall(r'METRIC\(\w+,\s*"([^"]*)",\s*"([^"]*)",\s*"([^"]*)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', text):
        meaning = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', words)).replace('\\"', '"')
        found[name] = (kind, [label for label in labels.split(", ") if label], meaning)
    same(len(re.findall(r"^METRIC\(", text, re.M)), len(found), "rows of metrics.def that can be read")
    for name, kind, meaning in re.findall(r'\{ "(sigcanary_\w+)", "(\w+)", "([^"]*)"', source("control", "outlet", "outlets.c")):
        found[name] = (kind, ["output"], meaning)
    for name, kind, meaning in re.findall(r'\{ "(sigcanary_\w+)", "(\w+)", "([^"]*)"', source("control", "evidence", "evidence.c")):
        found[name] = (kind, [], meaning)
    for name, kind, meaning in re.findall(r'\{ "(sigcanary_\w+)", "(\w+)", "([^"]*)"', source("control", "api", "seats.c")):
        found[name] = (kind, [], meaning)
    for name, meaning, kind in re.findall(r'# HELP (sigcanary_hep_\w+) ([^"\\]*)\\n(?:"\s*")?# TYPE \w+ (\w+)', source("control", "hep", "hep_export.c")):
        found[name] = (kind, [], meaning)
    return found


def is_optional(name, facts):
    """Whether a family is there only when something is configured."""
    return facts[1] == ["output"] or name.startswith(("sigcanary_evidence_", "sigcanary_hep_"))


def records():
    return re.findall(r"record: (\S+)", read(RULES))


def promtool(*words):
    done = subprocess.run([program("promtool"), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env=environment())
    expect(done.returncode == 0, f"promtool {' '.join(words[:2])}: {done.stdout.decode(errors='replace')[-800:]}")


@check()
def the_reference_of_metrics_is_the_table_of_the_program():
    rows = [ROW.match(line) for line in source("docs", "metrics.md").splitlines() if line.startswith("| `")]
    told = {row.group(1): (row.group(2), re.findall(r"`(\w+)`", row.group(3)), row.group(4)) for row in rows if row}
    same(len(rows), len(told), "rows of docs/metrics.md that can be read")
    for name, facts in families().items():
        same(facts, told.get(name), f"docs/metrics.md, row of {name}")
    same(set(), set(told) - set(families()), "rows of docs/metrics.md that nothing exports")


@check()
def the_rules_for_prometheus_do_what_their_tests_say():
    promtool("check", "rules", RULES)
    promtool("test", "rules", RULES.replace(".yml", ".test.yml"))
    tests = read(RULES.replace(".yml", ".test.yml"))
    for alert in re.findall(r"alert: (\w+)", read(RULES)):
        expect(re.search(rf"alertname: {alert}\n", tests), f"{alert} has no test in which it fires")


def names_used(expression):
    without_labels = re.sub(r"\{[^}]*\}|\b(?:by|without|on|ignoring)\s*\([^)]*\)", "", expression)
    return set(re.findall(r"\b(?:sigcanary|process)_\w+|\b\w+:sigcanary_[\w:]+", without_labels))


@check()
def rules_and_dashboard_ask_for_metrics_that_are_exported():
    known = families()
    exported = set(known) | {f"{name}_{part}" for name, (kind, _, _) in known.items() if kind == "histogram" for part in ("bucket", "sum", "count")} | set(records())
    dashboard = json.loads(source("config", "grafana", "sigcanary.json"))
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    same(len(dashboard["panels"]), len({panel["id"] for panel in dashboard["panels"]}), "ids of panels")
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    expressions += [note["expr"] for note in dashboard["annotations"]["list"]]
    asked = [variable["definition"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    lines = "\n".join(line for line in read(RULES).splitlines() if not re.match(r"\s*(#|- alert|- record|- name|summary|description)", line))
    used = set().union(*(names_used(words) for words in [*expressions, *asked, lines]))
    same(set(), used - exported, "metrics that are asked for and not exported")
    expect(len(used) > 20, f"only {len(used)} metrics are asked for: is this read rightly?")
    known_labels = {label for _, labels, _ in known.values() for label in labels} | {"instance", "job", "le"}
    for words in [*expressions, lines]:
        for label in re.findall(r"[{,]\s*(\w+)\s*(?:=~|!=|!~|=)", words):
            expect(label in known_labels, f"no metric has the label {label}: {words[:120]}")
    plain = [re.sub(r"\$__rate_interval", "1m", re.sub(r"\$\{?(?!__)\w+\}?", ".*", words)) for words in expressions]
    path = scratch_file(".yml")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"groups": [{"name": "panels", "rules": [{"record": f"panel:number_{i}", "expr": words} for i, words in enumerate(plain)]}]}, file)
    promtool("check", "rules", path)


class Unix(http.client.HTTPConnection):
    """HTTP over the socket of a probe on this machine."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


def ask(path, way, **query):
    """(status, text) of the probe behind a socket."""
    connection = Unix(path)
    try:
        connection.request("GET", way + ("?" + urllib.parse.urlencode(query) if query else ""))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def ask_json(path, way, **query):
    status, text = ask(path, "/api/v1/" + way, **query)
    same(200, status, f"{way} {query}: {text[:200]}")
    return json.loads(text)


class Prometheus(Program):
    """A real one, inside a namespace, that scrapes every second."""

    def __init__(self, inside, target):
        self.inside, self.port = inside, free_port()
        config, folder = scratch_file(".yml"), scratch_file(".prometheus")
        with open(config, "w", encoding="utf-8") as file:
            file.write("global: {scrape_interval: 1s, evaluation_interval: 1s}\n" f"rule_files: ['{RULES}']\n"
                       f"scrape_configs: [{{job_name: sigcanary, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}]\n")
        super().__init__(*inside, program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder}",
                         f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn")

    def get(self, path):
        done = subprocess.run([*self.inside, "curl", "-s", "-f", "--max-time", "30", f"http://127.0.0.1:{self.port}{path}"], stdout=subprocess.PIPE,
                              check=False)
        return done.stdout.decode() if done.returncode == 0 else None

    def is_ready(self):
        return self.get("/-/ready") is not None

    def ask(self, expression):
        answer = self.get("/api/v1/query?query=" + urllib.parse.quote(expression))
        return json.loads(answer)["data"]["result"] if answer else []

    def firing(self):
        answer = self.get("/api/v1/alerts")
        return [alert["labels"] for alert in json.loads(answer)["data"]["alerts"] if alert["state"] == "firing"] if answer else []


def subscribers(path):
    """The numbers in clear of all subscribers of a capture."""
    rows = json_lines(replay(path, options=("--clear-identities",)).transactions, "transactions")
    return {row[key] for row in rows for key in ("imsi", "msisdn") if key in row}


def expect_only_what_is_told(text):
    """Every family of a running probe with the type, labels and meaning of the reference; nothing that cannot be read."""
    metrics_of(text)
    known, exported = families(), {}
    for name, words in re.findall(r"^# HELP (\S+) (.*)$", text, re.M):
        exported[name] = words
        same(known[name][2], words, f"meaning of {name}")
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M):
        same(known[name][0], kind, f"type of {name}")
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", text, re.M):
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        wanted = known[family if family in exported else name]
        found = [label for label in re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', labels) if not (label == "le" and wanted[0] == "histogram")]
        same(wanted[1], found, f"labels of {name}")
    optional = {name for name, facts in known.items() if is_optional(name, facts)}
    same(set(known) - optional, set(exported) - optional, "families exported")


def expect_transactions(socket_path, inside, port, clear):
    """The searches of a running probe, and that nobody is named in clear."""
    failed = ask_json(socket_path, "transactions", outcome="failed", limit=5)
    expect(failed["more"] and len(failed["transactions"]) == 5, f"failed transactions: {failed}")
    # The newest is what ended last; when a silent one did, its line does not say.
    ended = [float(row["time"]) + row["latency_ms"] / 1000 for row in failed["transactions"] if "latency_ms" in row]
    expect(all(one >= other - 0.002 for one, other in zip(ended, ended[1:])), f"not newest first: {ended}")
    one = ask_json(socket_path, "transactions", outcome="network", limit=1)["transactions"][0]
    whole = ask_json(socket_path, "transactions/" + one["key"])
    same(one, {key: value for key, value in whole.items() if key != "ladder"}, "the line of one transaction")
    same((one["client"], one["client"]), (whole["ladder"][0]["from"], whole["ladder"][-1]["to"]), "ends of the ladder")
    same("systemFailure", whole["ladder"][-1]["words"], "last step of the ladder")
    rows = ask_json(socket_path, "transactions", limit=1000)["transactions"]
    expect({"success", "network"} <= {row["outcome"] for row in rows}, "successes and failures are kept")
    oldest = rows[-1]["key"]
    after = ask_json(socket_path, "transactions", after=oldest, limit=3)["transactions"]
    same([row["key"] for row in rows[-2:-5:-1]], [row["key"] for row in after], "what followed the oldest of these")
    number = next(number for number in sorted(clear) if ask_json(socket_path, "transactions", imsi=number)["transactions"])
    found = ask_json(socket_path, "transactions", imsi=number)["transactions"]
    same(1, len({row["imsi"] for row in found}), "pseudonyms of one subscriber")
    expect("~" in found[0]["imsi"], f"a pseudonym: {found[0]['imsi']}")
    over_network = [*inside, "curl", "-s", "-w", "%{http_code}", f"http://127.0.0.1:{port}/api/v1/transactions?limit=100&imsi="]
    fetch = lambda who: subprocess.run([*over_network[:-1], over_network[-1] + who], stdout=subprocess.PIPE, check=True).stdout.decode()  # noqa: E731
    same([row["key"] for row in found], [row["key"] for row in json.loads(fetch(found[0]["imsi"])[:-3])["transactions"]], "the same by the pseudonym")
    expect(fetch(number).endswith("400"), "a number is taken over the network")
    for query, words in (({"procedure": "map.dance"}, "procedures"), ({"outcome": "bad"}, "success"), ({"since": "noon"}, "seconds"), ({"after": "?"}, "key")):
        status, text = ask(socket_path, "/api/v1/transactions", **query)
        expect(status == 400 and words in text, f"{query}: {status} {text}")
    same(404, ask(socket_path, "/api/v1/transactions/f1")[0], "a key that is none")
    return json.dumps([rows, whole])


@check(alone=True)
def a_real_prometheus_scrapes_a_probe_and_fires_a_rule():
    """A planted outage on a cable: the alert of the shipped rules fires, shares are recorded, the text is what the reference says."""
    need_root("ip", "curl")
    program("prometheus")
    path, port, end, config = lab(*FAULT), free_port(), scratch_file(".sock"), scratch_file(".yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"metrics: {{port: {port}}}\napi: {{socket: {end}}}\ndetection: {{warm_up: 1 s}}\n"
                   "segments: [{name: home, imsi: 234}]\n")
    with namespace() as inside:
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        with Probe("--iface", "sig1", before=inside, config=config) as probe, Prometheus(inside, port) as prometheus:
            probe.wait_until_it_watches()
            # Who scrapes for the first time when the traffic is over sees no rate.
            wait_until(lambda: prometheus.ask("sigcanary_build_info"), "Prometheus has scraped")
            send_in_life(inside, path)
            wait_until(lambda: '"raised"' in read(probe.out), "an alarm")
            wait_until(lambda: [one for one in prometheus.firing() if one["alertname"] == "SigcanaryIncident"], "SigcanaryIncident fires")
            # The traffic may be longer ago than what the rate is taken of.
            wait_until(lambda: prometheus.ask('max_over_time(segment:sigcanary_failed:ratio_rate1m{segment="home"}[15m]) > 0.05'), "the share of a segment is recorded")
            for name in ("sigcanary_outcomes_total", "sigcanary_server_duration_seconds_bucket", "sigcanary_reject_ratio_expected"):
                wait_until(lambda name=name: prometheus.ask(name), f"Prometheus has {name}")
            # What is open still becomes a failure, and a search for those would find more the second time.
            wait_until(lambda: metrics_of(ask(end, "/metrics")[1])["sigcanary_transactions_open"] == 0, "no transaction is open")
            text = ask(end, "/metrics")[1]
            expect_only_what_is_told(text)
            clear = subscribers(path)
            shown = text + expect_transactions(end, inside, port, clear)
            named = [number for number in clear if number in shown]
            expect(clear and not named, f"subscribers in clear: {named[:3]} of {len(clear)}")
            same(None, probe.process.poll(), "the probe's end")


@check(alone=True, quick=False)
def a_reload_that_is_refused_is_told():
    need_root("ip")
    end, config = scratch_file(".sock"), scratch_file(".yaml")
    good = f"metrics: {{port: 0}}\napi: {{socket: {end}}}\n"
    value = lambda: metrics_of(ask(end, "/metrics")[1])["sigcanary_config_last_reload_successful"]  # noqa: E731
    with open(config, "w", encoding="utf-8") as file:
        file.write(good)
    with namespace() as inside, Probe("--iface", "sig1", before=inside, config=config) as probe:
        wait_until(lambda: value() == 1, "sigcanary_config_last_reload_successful at the start")
        for words, told in ((good + "nonsense: 1\n", 0), (good, 1)):
            with open(config, "w", encoding="utf-8") as file:
                file.write(words)
            probe.process.send_signal(1)
            wait_until(lambda told=told: value() == told, f"sigcanary_config_last_reload_successful becomes {told}")
