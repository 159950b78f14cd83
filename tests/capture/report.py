# SPDX-License-Identifier: BSD-3-Clause
"""`report` and `export`: the same bytes for the same input, nothing from outside, figures that add up."""
import csv
import io
import json
import os
import re
import subprocess
import threading
import xml.etree.ElementTree

from check import check, expect, same
from live import Probe, namespace, need_root
from program import TREE, free_port, json_lines, lab, read, replay, run, run_well, scratch_file, wait_until, whole_lines
from resume import send_in_life

FAULT = ("fault", "--seconds", 45, "--rate", 30, "--onset", 25, "--fault", "all:system-failure:0.6")
CONFIG = os.path.join(TREE, "tests/capture/small.yaml")
FAILED = ("network", "congestion", "abort", "timeout", "late")
once = threading.Lock()
made = []


def lines_of_alarms():
    """alarms of a replay as a file, and how many."""
    with once:
        if not made:
            text = replay(lab(*FAULT)).alarms
            path = scratch_file(".jsonl")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            made.append((path, json_lines(text, "alarms")))
    expect(made[0][1], "the fault raises no alarm: nothing to report")
    return made[0]


def report(*inputs, options=(), codes=(0,)):
    out = scratch_file(".html")
    result = run_well("report", "-o", out, *options, *inputs, codes=codes)
    same("", result.out, "standard output of report")
    return read(out)


def expect_page(text, what):
    """One document, well formed, without scripts and without anything from outside."""
    expect(text.startswith("<!DOCTYPE html>"), f"{what}: no HTML document")
    try:
        xml.etree.ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>"))
    except xml.etree.ElementTree.ParseError as error:
        expect(False, f"{what}: {error}")
    outside = re.findall(r"<script|\bsrc\s*=|<link|@import|url\(|\bon\w+\s*=|https?://", text)
    expect(not outside, f"{what}: {outside[:3]}")
    expect("@media print" in text, f"{what}: no style for paper")


@check()
def a_report_of_captures_counts_and_alarms_comes_out_the_same_each_time():
    path = lab(*FAULT)
    ticks = scratch_file(".csv")
    run_well("replay", "--quiet", "--ticks", ticks, path)
    alarms, lines = lines_of_alarms()
    for what, given in (("captures", path), ("counts", ticks), ("alarms", alarms)):
        text = report(given)
        expect_page(text, what)
        same(text, report(given), f"report of {what}, made twice")
        expect(lines[0]["id"] in text, f"report of {what}: does not name incident {lines[0]['id']}")
    by_replay = scratch_file(".html")
    run_well("replay", "--quiet", "--report", by_replay, path)
    same(read(by_replay), report(path), "replay --report, and report of the same capture")
    same(report(path), report(path, options=("--workers", 3)), "report with three workers")


@check()
def a_report_of_alarms_tells_all_that_was_announced():
    path, lines = lines_of_alarms()
    text = report(path)
    plain = re.sub(r"\s+", " ", "".join(xml.etree.ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>")).itertext()))
    for line in lines:
        expect(re.sub(r"\s+", " ", line["summary"]) in plain, f"not on the page: {line['summary']}")
    last = {line["id"]: line for line in lines}
    for line in last.values():
        for words in (line["alarm"]["alarmId"], line["alarm"]["proposedRepairActions"], *line["procedures"], *line["segments"]):
            expect(words in plain, f"not on the page: {words}")
    same(len(last), text.count('<section class="incident'), "incidents on the page")


@check()
def a_report_of_alarms_is_not_fooled_by_what_a_line_holds():
    evil = '<script>alert(1)</script>"\'><img src=x onerror=y>\u202e'
    line = {"id": evil, "time": "1.5", "state": evil, "severity": evil, "onset": "x", "detected": 7, "summary": evil, "kind": evil,
            "procedures": [evil, 3, None], "nodes": [evil, {"role": evil, "id": evil, "name": evil}], "causes": {"a": 1}, "segments": evil,
            "affected_subscribers": {"estimate": 1e308, "basis": evil}, "recovery": {"per_rat": {evil: evil}}, "alarm": [],
            "evidence": {"examples": [evil, {"imsi": evil, "time": evil}]}, "visibility": {"blind": [1]}, "observed_ratio": "much"}
    path = scratch_file(".jsonl")
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n" + json.dumps({**line, "time": "9", "state": "cleared"}) + "\n\n{}\nno JSON\n")
    text = report(path, codes=(4,))
    expect("<script" not in text and "<img" not in text, "what a line holds became markup")
    xml.etree.ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>"))
    result = run("report", "-o", scratch_file(".html"), path)
    expect(f"{path}:4:" in result.err, f"the place of the line that is none is not told: {result.err}")


@check()
def a_report_refuses_what_it_cannot_do_with_a_sentence():
    alarms, _ = lines_of_alarms()
    for code, arguments in ((2, ()), (2, (alarms, lab(*FAULT))), (2, ("-o", alarms, alarms)), (4, ("/nonexistent.pcap",))):
        result = run("report", *arguments)
        same(code, result.code, f"report {arguments}: {result.err}")
        expect(result.err.startswith("sigcanary report: "), f"report {arguments}: {result.err}")


def ask(inside, port, path):
    done = subprocess.run([*inside, "curl", "-sf", "-D", "-", f"http://127.0.0.1:{port}{path}"], stdout=subprocess.PIPE, check=False)
    head, _, body = done.stdout.decode().partition("\r\n\r\n")
    return done.returncode, head, body


def reported(inside, port, alarms):
    """What was announced until now, and the report of the first incident; None when there was more while the report was made."""
    before = whole_lines(alarms)
    answer = ask(inside, port, f"/api/v1/incidents/{json.loads(before[0])['id']}/report")
    expect(answer[0] == 0, f"no report: {answer}")
    return (json_lines("\n".join(before), alarms), answer) if whole_lines(alarms) == before else None


@check(alone=True)
def a_running_probe_reports_an_incident_as_its_file_of_alarms_does():
    need_root("ip", "curl")
    path = lab("fault", "--seconds", 50, "--rate", 60, "--onset", 25, "--fault", "all:system-failure:0.6")
    port, alarms, config = free_port(), scratch_file(".jsonl"), scratch_file(".yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"network: {{name: Lab}}\nmetrics: {{port: {port}}}\ndetection: {{warm_up: 1 s}}\nalarms: {{file: {alarms}}}\n")
    with namespace() as inside:
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        with Probe("--iface", "sig1", before=inside, config=config) as probe:
            probe.wait_until_it_watches()
            send_in_life(inside, path)
            wait_until(lambda: whole_lines(alarms), "an alarm is raised")
            lines, (code, head, body) = wait_until(lambda: reported(inside, port, alarms), "a report between two announcements")
            expect("text/html" in head and "style-src 'unsafe-inline'" in head, f"answer: {head}")
            expect_page(body, "a running probe's report")
            expect(ask(inside, port, "/api/v1/incidents/nonsense/report")[0] != 0, "there is a report of an incident that is none")
    with open(alarms, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines if line["id"] == lines[0]["id"])
    same(report(alarms, options=("-c", config)), body, "report of a running probe, and of its file")


def table_of(text, tabs=False):
    return list(csv.DictReader(io.StringIO(text), delimiter="\t" if tabs else ",", quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL))


@check()
def exported_transactions_are_the_lines_of_a_replay():
    path = lab(*FAULT)
    lines = json_lines(replay(path, options=("-c", CONFIG)).transactions, "transactions")
    expect(lines, "no transaction in the capture")
    wanted = [{key: " ".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in line.items()} for line in lines]
    for form in ("csv", "tsv", "ndjson"):
        text = run_well("export", "transactions", "--quiet", "-c", CONFIG, "--table", form, path).out
        if form == "ndjson":
            same(lines, json_lines(text, "ndjson"), "transactions as JSON lines")
            continue
        rows = [{key: value for key, value in row.items() if value != ""} for row in table_of(text, form == "tsv")]
        same(len(wanted), len(rows), f"rows of {form}")
        for one, other in zip(wanted, rows):
            one = {key: value for key, value in one.items() if value != ""}
            same({**one, "latency_ms": float(one.get("latency_ms", -1))}, {**other, "latency_ms": float(other.get("latency_ms", -1))},
                 f"a row of {form}")


@check()
def key_figures_are_what_their_formulas_say():
    path = lab(*FAULT)
    text = replay(path, options=("-c", CONFIG)).transactions
    lines = json_lines(text, "transactions")
    saved = scratch_file(".jsonl")
    with open(saved, "w", encoding="utf-8") as file:
        file.write(text)
    words = run_well("export", "kpis", "--period", 10, "--quiet", saved).out
    same(words, run_well("export", "kpis", "--period", 10, "--quiet", "-c", CONFIG, path).out, "figures of lines, and of the capture")
    rows = table_of(words)
    counted = 0
    for row in rows:
        begin = int(row["begin"])
        of = [line for line in lines if line["procedure"] == row["procedure"] and row["segment"] in line["segments"] and
              begin <= float(line["time"]) < begin + 10 and line["outcome"] not in ("open", "unmatched-answer")]
        latencies = [line["latency_ms"] for line in of if "latency_ms" in line]
        share = {name: sum(line["outcome"] in outcomes for line in of) for name, outcomes in
                 (("success", ("success",)), ("refused", ("user",)), ("network_failure", FAILED), ("no_answer", ("timeout", "late")))}
        wanted = {"requests": len(of), "success": share["success"], "latency_max": max(latencies, default=0),
                  "latency_mean": sum(latencies) / max(len(latencies), 1), **{f"{name}_ratio": count / len(of) for name, count in share.items()}}
        expect(abs(wanted[row["kpi"]] - float(row["value"])) <= 1e-6 * max(1, wanted[row["kpi"]]), f"{row}: {wanted[row['kpi']]} by hand")
        counted += row["kpi"] == "requests"
    failing = [row for row in rows if row["kpi"] == "network_failure_ratio" and float(row["value"]) > 0.1]
    expect(counted > 10 and failing, f"{counted} sums, {len(failing)} of them failing: too little for this check")


@check()
def the_tables_of_key_figures_are_those_of_the_program():
    folder = os.path.join(TREE, "control", "sink")
    script = os.path.join(TREE, "scripts", "generate-kpi")
    files = [os.path.join(folder, name) for name in ("kpi.tsv", "kpi_counters.tsv")]
    tables = subprocess.run([script, *files], stdout=subprocess.PIPE, check=True).stdout.decode()
    expect(read(os.path.join(TREE, "docs", "kpi.md")).endswith(tables), "docs/kpi.md is not what scripts/generate-kpi makes")
    known = set(re.findall(r"^(?:[^\t]+\t){2}([^\t]+)\t", "".join(read(os.path.join(TREE, "dataplane/codes", name)) for name in
                                                                   ("procedures.tsv", "procedures_ran.tsv", "procedures_access.tsv")), re.M))
    for line in read(files[1]).splitlines()[1:]:
        expect(line.split("\t")[0] in known, f"kpi_counters.tsv: there is no procedure {line.split(chr(9))[0]}")
