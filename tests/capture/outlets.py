# SPDX-License-Identifier: BSD-3-Clause
"""Alarms reach the receivers that operators have: Alertmanager, snmptrapd, rsyslog, a mail server, web servers. Receivers are killed
meanwhile, and nothing is lost. Most of it with `sigcanary send`, whose way is that of a running probe from the store on."""
import contextlib
import email
import email.policy
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

from check import Skip, check, expect, same
from live import Probe, metrics_of, namespace, need_root
from program import PATIENCE_S, TREE, environment, free_port, json_lines, lab, read, replay, run, run_well, scratch_file, settings, wait_until
from receivers import Alertmanager, Listener, MailSink, Rsyslog, Trapd, program
from resume import send_in_life

CONFIG = os.path.join(TREE, "config/examples/o2-uk.yaml")
OWN = ".1.3.6.1.4.1.8072.9999.9999.7117.1."
UPTIME = re.compile(r"\.1\.3\.6\.1\.2\.1\.1\.3\.0 = [^\t]*\t")


once = threading.Lock()
made = []


def announcements():
    """The lines of a real incident, and one that ends it. Made once."""
    with once:
        if not made:
            made.extend(incident_lines())
    return list(made)


def incident_lines():
    lines = replay(lab("o2-2012"), options=("-c", CONFIG)).alarms.splitlines()
    last = json.loads(lines[-1])
    if last["state"] != "cleared":
        last.update(state="cleared", severity="cleared", time=f"{float(last['time']) + 60:.9f}", summary="All is well again. Ümläut \"]\\")
        last["alarm"]["perceivedSeverity"] = "CLEARED"
        lines.append(json.dumps(last))
    expect(len(lines) >= 4, f"{len(lines)} announcements are too few for these checks")
    return lines


def write(text, suffix):
    path = scratch_file(suffix)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def write_to(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def config(**outlets):
    rows = [f"{key}: {json.dumps(value)}" for key, value in outlets.items()]
    return write("network: {name: O2 UK}\napi: {url: 'https://probe1.noc.example/'}\n" + "\n".join(rows) + "\n", ".yaml")


def send(lines, seconds=PATIENCE_S, codes=(0,), **outlets):
    """name of the outlet -> its state at the end, which is when all has been sent, or so many seconds later."""
    result = run_well("send", "-c", config(**outlets), "--seconds", seconds, "--json", write("\n".join(lines) + "\n", ".jsonl"), codes=codes)
    return {state["name"]: state for state in json_lines(result.out, "send")}


def utc(text):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(float(text)))


def severities(manager):
    """Of what is open."""
    return [alert["labels"]["severity"] for alert in manager.alerts()]


@check()
def alertmanager_makes_one_alert_of_two_probes_and_ends_it():
    lines = announcements()
    alarms = [json.loads(line) for line in lines]
    with Listener() as hook, Alertmanager(hook) as manager:
        for _ in range(2):
            send(lines[:1], alertmanager={"urls": [manager.url() + "/"]})
        alerts = manager.alerts()
        same(1, len(alerts), "alerts of one fault that two probes saw")
        labels = alerts[0]["labels"]
        same(alarms[0]["severity"], labels["severity"], "label severity")
        same(alarms[0]["alarm"]["alarmId"], labels["alarm_id"], "label alarm_id")
        same(",".join(alarms[0]["segments"]), labels["segment"], "label segment")
        same("SigcanaryRejectRatio", labels["alertname"], "alertname")
        same(alarms[0]["summary"], alerts[0]["annotations"]["summary"], "annotation summary")
        same(f"https://probe1.noc.example/#/incidents/{alarms[0]['id']}", alerts[0]["generatorURL"], "generatorURL")
        same(utc(alarms[0]["onset"]), alerts[0]["startsAt"][:19], "startsAt")
        wait_until(lambda: hook.requests, "Alertmanager's notification")
        same(1, len(hook.requests), "notifications of one fault that two probes saw")
        send(lines[:-1], alertmanager={"urls": [manager.url()]})
        wait_until(lambda: [alarms[-2]["severity"]] == severities(manager), "severity of what is still open after the incident has grown")
        send(lines, alertmanager={"urls": [manager.url()]})
        wait_until(lambda: not manager.alerts(), "Alertmanager has nothing open after the end")
        wait_until(lambda: hook.requests[-1][2]["status"] == "resolved", "Alertmanager tells that it is over")


@check()
def an_alertmanager_that_was_restarted_hears_of_open_alarms_again():
    """It keeps alerts in memory only: nothing new is announced, and the probe repeats what is open."""
    log = scratch_file(".log")
    with Alertmanager() as manager, open(log, "w", encoding="utf-8") as err:
        path = config(alertmanager={"urls": [manager.url()], "resend": "1 s"})
        process = subprocess.Popen([settings.release, "send", "-c", path, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=err, env=environment())
        try:
            process.stdin.write((announcements()[0] + "\n").encode())
            process.stdin.flush()
            wait_until(manager.alerts, "the alarm arrives")
            manager.kill()
            wait_until(lambda: "fails" in read(log), "its absence is noticed")
            shutil.rmtree(manager.storage)
            manager.start()
            wait_until(manager.alerts, "the alarm is told again")
            wait_until(lambda: "takes announcements again" in read(log), "it is said to be well again")
            out, _ = process.communicate(timeout=PATIENCE_S)
            same(0, process.returncode, f"send: {read(log)}")
            expect(re.search(r"alertmanager/127\.0\.0\.1:\d+ +1 sent, 0 waiting", out.decode()), f"send says {out.decode()}")
        finally:
            process.kill()


@check()
def alarms_that_change_often_keep_no_other_from_being_told_again():
    quiet = json.loads(announcements()[0])
    loud = {**quiet, "id": "2012-0711-9999", "alarm": {**quiet["alarm"], "alarmId": "another"}}
    with Listener() as hook:
        path = config(alertmanager={"urls": [f"http://127.0.0.1:{hook.port}"], "resend": "1 s"})
        process = subprocess.Popen([settings.release, "send", "-c", path, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment())
        try:
            for line in (quiet, *[loud] * 20):
                process.stdin.write((json.dumps(line) + "\n").encode())
                process.stdin.flush()
                time.sleep(0.25)
            times = sum(body[0]["labels"]["alarm_id"] == quiet["alarm"]["alarmId"] for _, _, body in hook.requests)
            expect(times >= 2, f"in five seconds the alarm that does not change is told {times} times")
        finally:
            process.kill()
            process.wait()


def varbinds(line):
    return dict(re.findall(r"(\.1\.3[.\d]+) = ([\w ]+: .*?)(?=\t\.1\.3|$)", line, re.S))


def without_repeats(informs):
    """One whose acknowledgement comes late, or not before its receiver is killed, is sent once more, which RFC 3413 allows."""
    told = [UPTIME.sub("", text) for text in informs]
    return [text for i, text in enumerate(informs) if i == 0 or told[i] != told[i - 1]]


def expect_notifications(lines, trapd, is_inform=True):
    def has_come():
        return without_repeats(trapd.notifications()) if is_inform else trapd.notifications()

    wait_until(lambda: len(has_come()) >= len(lines), "snmptrapd has every notification")
    got = has_come()
    same(len(lines), len(got), "notifications that snmptrapd has")
    for line, text in zip(map(json.loads, lines), got):
        objects = varbinds(text)
        is_clear = line["state"] == "cleared"
        same(f"OID: .1.3.6.1.2.1.118.0.{3 if is_clear else 2}", objects[".1.3.6.1.6.3.1.1.4.1.0"], "alarmActiveState or alarmClearState")
        same(f'STRING: "{line["alarm"]["alarmId"]}"', objects[OWN + "1.0"], "sigcanaryAlarmId")
        same(f'STRING: "{line["id"]}"', objects[OWN + "2.0"], "sigcanaryIncident")
        numbers = {"cleared": 1, "critical": 3, "major": 4, "minor": 5, "warning": 6}
        same(f'INTEGER: {numbers[line["severity"]]}', objects[OWN + "4.0"], "sigcanarySeverity")
        same(f'Gauge32: {line["affected_subscribers"]["estimate"]}', objects[OWN + "9.0"], "sigcanaryAffected")
        causes = [value for name, value in objects.items() if name.startswith(".1.3.6.1.2.1.121.1.1.1.1.3.")]
        same(["INTEGER: 501"], causes, "ituAlarmProbableCause")
        expect(any(name.startswith(".1.3.6.1.2.1.118.1.2.2.1.13.0.11.") for name in objects), "no alarmActiveModelPointer")


@check(each=lambda: [("trap of v2c", False), ("inform of v2c", True)])
def snmptrapd_gets_every_announcement_with_a_community(is_inform):
    lines = announcements()
    with Trapd() as trapd:
        send(lines, snmp={"targets": [f"udp:127.0.0.1:{trapd.port}"], "inform": is_inform})
        expect_notifications(lines, trapd, is_inform)


def v3(trapd, **more):
    secrets = write(f"{Trapd.AUTHENTICATION}\n{Trapd.PRIVACY}\n", ".secrets")
    return {"targets": [f"udp:127.0.0.1:{trapd.port}"], "version": "v3", "user": Trapd.USER, "secrets_file": secrets, **more}


@check()
def snmptrapd_gets_every_announcement_from_a_user_of_v3():
    lines = announcements()
    with Trapd() as trapd:
        send(lines, snmp=v3(trapd))
        expect_notifications(lines, trapd)
    engine_id = "80001f8804" + os.uname().nodename[:27].encode().hex()
    with Trapd(engine_id) as trapd:
        send(lines[:1], snmp=v3(trapd, inform=False))
        expect_notifications(lines[:1], trapd, is_inform=False)


@check()
def an_inform_with_a_wrong_passphrase_is_not_taken_for_sent():
    with Trapd() as trapd:
        secrets = write("another-passphrase\nanother-privacy\n", ".secrets")
        states = send(announcements()[:1], seconds=4, codes=(1,), snmp={**v3(trapd), "secrets_file": secrets})
        same([], trapd.notifications(), "notifications with a wrong passphrase")
        same([1], [state["waiting"] for state in states.values()], "announcements that wait")


@check(each=lambda: [("udp", "udp"), ("tcp", "tcp"), ("unix", "unix")])
def rsyslog_reads_the_structure_of_every_message(transport):
    lines = announcements()
    with Rsyslog() as rsyslog:
        target = {"udp": f"udp:127.0.0.1:{rsyslog.udp}", "tcp": f"tcp:127.0.0.1:{rsyslog.tcp}", "unix": f"unix:{rsyslog.socket}"}[transport]
        send(lines, syslog={"target": target, "facility": "local3"})
        wait_until(lambda: len(rsyslog.messages()) >= len(lines), "rsyslog has every message")
        same(len(lines), len(rsyslog.messages()), "messages")
        for line, message in zip(map(json.loads, lines), rsyslog.messages()):
            levels = {"critical": 2, "major": 3, "minor": 4, "warning": 4, "cleared": 5}
            same(str(19 * 8 + levels[line["severity"]]), message["pri"], "facility and level")
            same("sigcanary", message["app-name"], "app-name")
            same(line["state"], message["msgid"], "msgid")
            same(line["summary"], message["msg"].lstrip("\ufeff "), "msg")
            same("1", message["protocol-version"], "version")
            data = message["structured-data"]
            expect(data.startswith("[sigcanary@32473 incident=\"" + line["id"] + '"'), f"structured data: {data[:120]}")
            expect(f'alarmId="{line["alarm"]["alarmId"]}"' in data and 'network="O2 UK"' in data, f"structured data: {data[:400]}")


@check()
def a_host_of_two_addresses_is_met_where_it_listens():
    """Its name has an address of IPv6 and one of IPv4, in a mount namespace of its own; the receiver listens on IPv4 only."""
    need_root("unshare")
    if not os.path.exists("/proc/net/if_inet6") or not read("/proc/net/if_inet6"):
        raise Skip("this machine has no IPv6")
    hosts, alarms = write("::1 two.example\n127.0.0.1 two.example\n", ".hosts"), write("\n".join(announcements()) + "\n", ".jsonl")
    with Rsyslog() as rsyslog, contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as plain:
        plain.bind(("127.0.0.1", 0))
        for target in (f"udp:two.example:{plain.getsockname()[1]}", f"tcp:two.example:{rsyslog.tcp}"):
            done = subprocess.run(["unshare", "-m", "sh", "-c", 'mount --bind "$1" /etc/hosts && shift && exec "$@"', "sh", hosts, settings.release,
                                   "send", "-c", config(syslog={"target": target}), "--seconds", "10", alarms],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), check=False)
            same(0, done.returncode, f"send to {target}: {done.stdout.decode()}")


JOURNALD = """
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal /run/log/journal || exit 77
"$0" > "$1" 2>&1 & journald=$!
for i in $(seq 600); do [ -S /run/systemd/journal/socket ] && break; sleep 0.1; done
"$2" send -c "$3" "$4" >&2
until journalctl -q -D /run/log/journal -o json MESSAGE_ID=8a7e6d4f3c1b4e0f9d2a5b7c6e8f1a03 | grep -q cleared || [ $((turns += 1)) -gt 300 ]; do sleep 0.1; done
journalctl -q -D /run/log/journal -o json MESSAGE_ID=8a7e6d4f3c1b4e0f9d2a5b7c6e8f1a03
kill $journald
wait
"""


@check()
def the_journal_finds_announcements_by_their_fields():
    """A journald of its own, in a mount namespace: that of this machine, if it has one, hears nothing."""
    need_root("unshare", "journalctl")
    journald = "/lib/systemd/systemd-journald"
    if not os.path.exists(journald):
        raise Skip("the program systemd-journald is missing")
    lines = announcements()
    done = subprocess.run(["unshare", "-m", "sh", "-c", JOURNALD, journald, scratch_file(".log"), settings.release,
                           config(journal={"enabled": True}), write("\n".join(lines) + "\n", ".jsonl")],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=2 * PATIENCE_S, env=environment(), check=False)
    if done.returncode == 77:
        raise Skip("no mount namespace here")
    entries = json_lines(done.stdout.decode(), f"journalctl {done.stderr.decode()[-300:]}")
    same(len(lines), len(entries), f"entries: {done.stderr.decode()[-300:]}")
    for line, entry in zip(map(json.loads, lines), entries):
        same(line["summary"], entry["MESSAGE"], "MESSAGE")
        same((line["id"], line["state"], line["alarm"]["alarmId"]),
             (entry["SIGCANARY_INCIDENT"], entry["SIGCANARY_STATE"], entry["SIGCANARY_ALARM_ID"]), "fields")
        same({"critical": "2", "major": "3", "minor": "4", "warning": "4", "cleared": "5"}[line["severity"]], entry["PRIORITY"], "PRIORITY")


@check()
def a_journal_that_is_not_there_is_not_taken_for_well():
    if os.path.exists("/run/systemd/journal/socket"):
        raise Skip("this machine has a journal")
    states = send(announcements()[:1], seconds=1, codes=(1,), journal={"enabled": True})
    same((0, 1), (states["journal"]["sent"], states["journal"]["waiting"]), "sent and waiting")


@check()
def mails_carry_the_sentence_as_subject_and_form_a_thread():
    lines = announcements()
    with MailSink() as sink:
        send(lines, mail={"server": f"smtp://127.0.0.1:{sink.port}", "to": ["noc@example.com", "lead@example.com"], "from": "probe@example.com"})
        same(len(lines), len(sink.requests), "mails")
        threads, ids = set(), set()
        for line, (sender, people, text) in zip(map(json.loads, lines), sink.requests):
            mail = email.message_from_bytes(text, policy=email.policy.default)
            same("probe@example.com", sender, "sender of the envelope")
            same(["noc@example.com", "lead@example.com"], people, "people of the envelope")
            same(line["summary"], mail["Subject"], "subject")
            expect(line["summary"] in mail.get_content(), "the text does not begin with the sentence")
            expect(max(map(len, text.split(b"\r\n"))) <= 998, "a line is too long for mail")
            expect(not mail.defects, f"defects: {mail.defects}")
            threads.add(mail["References"])
            ids.add(mail["Message-ID"])
        same((1, len(lines)), (len(threads), len(ids)), "threads and message ids")


@check()
def a_mailbox_that_is_gone_keeps_mails_from_nobody_else():
    lines = announcements()
    with MailSink() as sink:
        people = ["noc@example.com", "gone@example.com", "lead@example.com"]
        states = send(lines, codes=(1,), mail={"server": f"smtp://127.0.0.1:{sink.port}", "to": people})
        same([["noc@example.com", "lead@example.com"]] * len(lines), [people for _, people, _ in sink.requests], "who gets the mails")
        same((len(lines), len(lines), 0), tuple(states["mail"][key] for key in ("sent", "refused", "waiting")), "sent, refused, waiting")
        states = send(lines[:1], codes=(1,), mail={"server": f"smtp://127.0.0.1:{sink.port}", "to": ["gone@example.com"]})
        same((0, 1, 0), tuple(states["mail"][key] for key in ("sent", "refused", "waiting")), "of a mail that nobody gets")


@check()
def a_mail_whose_content_is_refused_holds_up_no_other():
    lines = announcements()
    with MailSink(refused_contents=1) as sink:
        states = send(lines, codes=(1,), mail={"server": f"smtp://127.0.0.1:{sink.port}", "to": ["noc@example.com"]})
        same(len(lines) - 1, len(sink.requests), "mails behind the one that is refused")
        same((len(lines) - 1, 1, 0), tuple(states["mail"][key] for key in ("sent", "refused", "waiting")), "sent, refused, waiting")


@check()
def web_servers_get_the_line_itself_and_a_fault_event():
    lines = announcements()
    token, password = write("t0ken\n", ".token"), write("pass word\n", ".password")
    with Listener() as hook, Listener() as ves:
        send(lines, webhook={"url": f"http://127.0.0.1:{hook.port}/hook", "token_file": token},
             ves={"url": f"http://127.0.0.1:{ves.port}/eventListener/v7", "user": "ves", "password_file": password})
        same([json.loads(line) for line in lines], [body for _, _, body in hook.requests], "what the webhook got")
        same({"Bearer t0ken"}, {headers["Authorization"] for _, headers, _ in hook.requests}, "the webhook's token")
        same({"/eventListener/v7"}, {path for path, _, _ in ves.requests}, "path of VES")
        same({"Basic dmVzOnBhc3Mgd29yZA=="}, {headers["Authorization"] for _, headers, _ in ves.requests}, "user of VES")
        numbers = [body["event"]["commonEventHeader"]["sequence"] for _, _, body in ves.requests]
        same(sorted(set(numbers)), numbers, "sequence of VES goes up")
        for line, (_, _, body) in zip(map(json.loads, lines), ves.requests):
            header, fault = body["event"]["commonEventHeader"], body["event"]["faultFields"]
            same(("fault", "4.1", "7.2"), (header["domain"], header["version"], header["vesEventListenerVersion"]), "header")
            same(int(float(line["onset"]) * 1e6) // 10, header["startEpochMicrosec"] // 10, "startEpochMicrosec")
            same("NORMAL" if line["state"] == "cleared" else line["severity"].upper(), fault["eventSeverity"], "eventSeverity")
            expect({"alarmCondition", "eventSeverity", "eventSourceType", "faultFieldsVersion", "specificProblem", "vfStatus"} <= set(fault),
                   f"fields that VES wants are missing: {sorted(fault)}")
            expect(all(isinstance(v, str) for v in fault["alarmAdditionalInformation"].values()), "VES takes a map of texts")


@check()
def what_a_receiver_refuses_for_good_is_given_up_and_told():
    lines = announcements()
    with Listener(503, 400) as hook:
        states = send(lines, codes=(1,), webhook={"url": f"http://127.0.0.1:{hook.port}/"})
        state = states["webhook"]
        same((len(lines) - 1, 1, 2, 0), (state["sent"], state["refused"], state["failed"], state["waiting"]), "sent, refused, failed, waiting")
        expect("HTTP 400" in state["last_error"], f"last error: {state['last_error']}")
        same([json.loads(line) for line in lines[1:]], [body for _, _, body in hook.requests], "what came after the refusal, in order")


@check(alone=True)
def receivers_that_are_killed_for_a_while_miss_nothing():
    """All at once: the first announcement arrives, every receiver is killed, the others are announced, the receivers come back."""
    lines = announcements()
    manager, trapd, rsyslog, hook, sink = Alertmanager(), Trapd(), Rsyslog(), Listener(), MailSink()
    receivers = (manager, trapd, rsyslog, hook, sink)
    path = config(alertmanager={"urls": [manager.url()]}, snmp=v3(trapd), syslog={"target": f"tcp:127.0.0.1:{rsyslog.tcp}"},
                  webhook={"url": f"http://127.0.0.1:{hook.port}/"}, outbox={"retry_most": "2 s"},
                  mail={"server": f"smtp://127.0.0.1:{sink.port}", "to": ["noc@example.com"]})
    err = scratch_file(".err")
    try:
        for receiver in receivers:
            receiver.start()
        with open(err, "wb") as told:
            process = subprocess.Popen([settings.release, "send", "-c", path, "--seconds", str(PATIENCE_S), "--json", "-"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=told, env=environment())
        process.stdin.write((lines[0] + "\n").encode())
        process.stdin.flush()
        arrived = (lambda: manager.alerts(), lambda: trapd.notifications(), lambda: rsyslog.messages(), lambda: hook.requests, lambda: sink.requests)
        for has_come in arrived:
            wait_until(has_come, "the first announcement arrives everywhere")
        for receiver in receivers:
            receiver.kill()
        process.stdin.write(("\n".join(lines[1:-1]) + "\n").encode())
        process.stdin.flush()
        wait_until(lambda: len(set(re.findall(r"outlet (\w+)\S* fails", read(err)))) == len(receivers), "every outlet fails")
        for receiver in receivers:
            receiver.start()
        out, _ = process.communicate(timeout=2 * PATIENCE_S)
        same(0, process.returncode, f"send after the receivers were killed: {read(err)[-600:]}{out.decode()}")
        for state in json_lines(out.decode(), "send"):
            same((len(lines) - 1, 0), (state["sent"], state["waiting"]), f"sent and waiting of {state['name']}")
            expect(state["failed"] > 0, f"{state['name']}: the receiver was away, but no attempt failed")
        alarms = [json.loads(line) for line in lines[:-1]]
        wait_until(lambda: len(rsyslog.messages()) >= len(alarms), "rsyslog has every message")
        same([a["summary"] for a in alarms], [m["msg"].lstrip("\ufeff ") for m in rsyslog.messages()], "what rsyslog has")
        same(alarms, [body for _, _, body in hook.requests], "what the webhook has")
        same(len(alarms), len(sink.requests), "mails")
        expect_notifications(lines[:-1], trapd)
        wait_until(lambda: [alarms[-1]["severity"]] == severities(manager), "what is open at Alertmanager")
    finally:
        for receiver in receivers:
            receiver.kill()


def rows(path, question):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as store:
        return store.execute(question).fetchall()


def samples_of(inside, port):
    """What /metrics, asked inside the namespace, says of the outlet syslog."""
    done = subprocess.run([*inside, "curl", "-s", f"http://127.0.0.1:{port}/metrics"], stdout=subprocess.PIPE, check=True)
    metrics_of(done.stdout.decode())
    return {name: int(value) for name, value in re.findall(r'^(sigcanary_\w+){output="syslog"} (\d+)$', done.stdout.decode(), re.M)}


@check(alone=True)
def a_probe_that_is_killed_sends_after_its_restart_what_its_outlet_has_not_had():
    """Live: an alarm is raised while the receiver is away, the probe is killed, comes back, and so does the receiver."""
    need_root("ip", "curl")
    path = lab("fault", "--seconds", 50, "--rate", 60, "--onset", 25, "--fault", "all:system-failure:0.6")
    store, end, port = scratch_file(".db"), scratch_file(".sock"), free_port()
    text = (f"metrics: {{port: {port}}}\ndetection: {{warm_up: 1 s}}\nstore: {{file: {store}}}\noutbox: {{retry_most: 1 s}}\n"
            f"syslog: {{target: 'unix:{end}'}}\n")
    settings_path = write(text, ".yaml")
    with namespace() as inside:
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        with Probe("--iface", "sig1", before=inside, config=settings_path) as probe:
            probe.wait_until_it_watches()
            send_in_life(inside, path)
            wait_until(lambda: rows(store, "SELECT count(*) FROM outbox WHERE tries > 0") != [(0,)], "an announcement waits")
            probe.wait_for_words("outlet syslog fails")
            wait_until(lambda: samples_of(inside, port)["sigcanary_alerts_failed_total"] > 0, "/metrics tells of failures")
            samples = samples_of(inside, port)
            expect(samples["sigcanary_outbox_entries"] > 0 and samples["sigcanary_alerts_sent_total"] == 0, f"metrics: {samples}")
            write_to(settings_path, text + "webhook: {url: 'http://127.0.0.1/', token_file: /nonexistent}\n")
            probe.process.send_signal(signal.SIGHUP)
            probe.wait_for_words("webhook.*No such file.*old configuration stays")
            write_to(settings_path, text)
            probe.process.kill()
            probe.process.wait()
        waiting = rows(store, "SELECT json FROM outbox ORDER BY number")
        expect(waiting, "nothing waits in the store of a killed probe")
        told = rows(store, "SELECT count(*) FROM announcement")[0][0]
        same(told, len(waiting), "announcements and what waits")
        same([(2,)], rows(store, "PRAGMA user_version"), "layout of the store")
        same([(1,)], rows(store, "SELECT count(*) FROM incident WHERE is_open = 1"), "open incidents of the store")
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as receiver:
            receiver.bind(end)
            receiver.settimeout(PATIENCE_S)
            with Probe("--iface", "sig1", before=inside, config=settings_path):
                for (line,) in waiting:
                    expect(json.loads(line)["summary"].encode() in receiver.recv(65536), "another message than the one that waited")
                wait_until(lambda: rows(store, "SELECT count(*) FROM outbox") == [(0,)], "nothing waits any more")


SMALL_DISK = """
mount -t tmpfs -o size=64k tmpfs "$1" || exit 77
printf 'alarms: {file: %s/alarms}\\ndetection: {warm_up: 1 s}\\n' "$1" > "$1/yaml"
head -c 57344 /dev/zero > "$1/fill"
"$2" replay -c "$1/yaml" --quiet --speed 4 "$3" > "$4" 2>&1 & replay=$!
until grep -q raised "$4"; do kill -0 $replay || exit 1; sleep 0.05; done
sleep 0.5; rm "$1/fill"; wait $replay; cat "$1/alarms"
"""


@check(alone=True)
def a_full_disk_leaves_the_file_of_alarms_readable():
    """A line has room for its half; then there is room again."""
    need_root("unshare", "mount")
    path = lab("fault", "--seconds", 40, "--rate", 60, "--onset", 20, "--fault", "all:system-failure:0.6")
    folder, said = scratch_file(".disk"), scratch_file(".out")
    os.mkdir(folder)
    done = subprocess.run(["unshare", "-m", "sh", "-c", SMALL_DISK, "sh", folder, settings.release, path, said], stdout=subprocess.PIPE, timeout=60,
                          env=environment(), check=False)
    if done.returncode == 77:
        raise Skip("no mount namespace here")
    same(["changed"], [line["state"] for line in json_lines(done.stdout.decode(), "file of alarms")], "lines behind the one that had no room")
    expect(re.search(r"takes no alarms: No space.*\n(.*\n)*.*changed", read(said)), f"said at once: {read(said)[-600:]}")


NO_NAMES = """
ip link set lo up && ip link add d0 type veth peer name d1 && ip link set d1 up && ip addr add 10.9.9.1/24 dev d0 && ip link set d0 up arp off || exit 77
mount --bind "$2" /etc/resolv.conf || exit 77
"$1" run --quiet --iface lo -c "$3" > /dev/null & probe=$!
until "$1" status --socket "$4" > /dev/null 2>&1; do kill -0 $probe || exit 1; sleep 0.1; done
sleep 1.5
cp "$5" "$3"
date +%s.%N; "$1" reload --socket "$4" > /dev/null; date +%s.%N
kill -9 $probe
"""


@check(alone=True)
def a_name_server_that_is_silent_holds_up_no_reload():
    """The outlet that goes is looking up its host meanwhile, which takes ten seconds; ticks are judged by the thread that reloads."""
    need_root("unshare", "ip")
    store, end, names = scratch_file(".db"), scratch_file(".sock"), write("nameserver 10.9.9.9\n", ".resolv")
    text = f"metrics: {{port: 0}}\napi: {{socket: {end}}}\nstore: {{file: {store}}}\n"
    old, new = write(text + "syslog: {target: 'udp:log.noc.example:514'}\n", ".yaml"), write(text, ".yaml")
    run_well("run", "--quiet", "--seconds", 1, "--iface", "lo", "-c", old)
    with contextlib.closing(sqlite3.connect(store)) as rows_of:
        rows_of.execute("INSERT INTO outbox (outlet, incident, time_ns, json) VALUES ('syslog', 'one', 1, ?)", (announcements()[0],))
        rows_of.commit()
    done = subprocess.run(["unshare", "-m", "-n", "sh", "-c", NO_NAMES, "sh", settings.release, names, old, end, new], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=90, env=environment(), check=False)
    if done.returncode == 77:
        raise Skip("no namespaces here")
    began, ended = map(float, done.stdout.split())
    expect(ended - began < 5, f"the reload took {ended - began:.1f} s: {done.stderr.decode()[-300:]}")


@check()
def a_configuration_whose_outlet_cannot_work_is_refused_with_a_sentence():
    alarms = write(announcements()[0] + "\n", ".jsonl")
    for words, outlets in (
            (r"webhook\.url", {"webhook": {"url": "ftp://nowhere"}}),
            (r"no such file", {"webhook": {"url": "http://nowhere/", "token_file": "/nonexistent/token"}}),
            (r"syslog\.target", {"syslog": {"target": "log.example:514"}}),
            (r"snmp\.user", {"snmp": {"targets": ["udp:127.0.0.1:162"], "version": "v3"}}),
            (r"mail\.to", {"mail": {"server": "smtp://127.0.0.1"}}),
            (r"twice", {"alertmanager": {"urls": ["http://am1:9093", "http://am1:9093/"]}}),
            (r"names no outlet", {})):
        result = run("send", "-c", config(**outlets), alarms)
        same(3, result.code, f"exit code with {outlets}: {result.err}")
        expect(re.search(words, result.err, re.I), f"{outlets}: says '{result.err.strip()}'")
        if outlets and words != "twice":
            result = run("check", config(**outlets))
            same(3, result.code, f"check with {outlets}: {result.err}")
            expect(re.search(words, result.err, re.I), f"check with {outlets}: says '{result.err.strip()}'")
    state = scratch_file(".state")
    result = run_well("check", config(snmp={"targets": ["udp:127.0.0.1:162"]}, evidence={"directory": "kept"}), extra={"SNMP_PERSISTENT_DIR": state})
    same("", result.err, "what a check says beside its answer")
    expect(not os.path.exists(state), "net-snmp leaves a folder behind")
    expect("are kept in kept." in result.out, f"check does not say where packets are kept: {result.out[-300:]}")


@check(quick=False)
def a_program_without_the_libraries_says_what_it_lacks():
    """The build without DPDK has none of libcurl, net-snmp and libsystemd; syslog needs none."""
    if settings.without_dpdk is None:
        raise Skip("the build without libraries was not made")
    alarms = write(announcements()[0] + "\n", ".jsonl")
    for library, outlets in (("libcurl", {"webhook": {"url": "http://127.0.0.1/"}}), ("libcurl", {"mail": {"server": "smtp://127.0.0.1", "to": ["a@b.c"]}}),
                             ("net-snmp", {"snmp": {"targets": ["udp:127.0.0.1:162"]}}), ("libsystemd", {"journal": {"enabled": True}})):
        result = run("send", "-c", config(**outlets), alarms, binary=settings.without_dpdk)
        same(3, result.code, f"exit code with {outlets}: {result.err}")
        expect(f"without {library}" in result.err, f"{outlets}: says '{result.err.strip()}'")
    with Rsyslog() as rsyslog:
        result = run_well("send", "-c", config(syslog={"target": f"udp:127.0.0.1:{rsyslog.udp}"}), alarms, binary=settings.without_dpdk)
        wait_until(rsyslog.messages, f"syslog without libraries: {result.err}")


def source(*path):
    with open(os.path.join(TREE, *path), encoding="utf-8") as file:
        return file.read()


@check()
def the_alarm_reference_explains_every_kind_as_it_is_announced():
    kinds = re.findall(r'\[INCIDENT_\w+\] = \{ "([\w-]+)", "(\w+)", "(\w+)" \}', source("control", "incident", "json.c"))
    causes = dict(re.findall(r'\{ "(\w+)", (\d+) \}', source("control", "outlet", "snmp_notification.c")))
    text = source("docs", "alarms.md")
    expect(len(kinds) >= 10, f"kinds found in the source: {kinds}")
    table = "\n".join(f"| `{kind}` | `{cause}` | {causes[cause]} | `{kind_of_alarm}` |" for kind, cause, kind_of_alarm in kinds)
    expect(table in text, f"docs/alarms.md: the table of kinds should be\n{table}")
    for kind, _, _ in kinds:
        part = re.search(rf"^### {kind}\n(.*?)(?=^##|\Z)", text, re.M | re.S)
        expect(part, f"docs/alarms.md does not explain {kind}")
        words = part.group(1)
        expect("**Means**" in words and "**Evidence**" in words and len(re.findall(r"^\d\. ", words, re.M)) == 3,
               f"docs/alarms.md: {kind} needs meaning, evidence and three things to look at")


@check()
def the_mib_names_every_object_that_is_sent():
    """With net-snmp's reader and no other file of a MIB."""
    tool = program("snmptranslate")
    names = re.findall(r"^(sigcanary\w+) OBJECT-TYPE", source("docs", "mib", "SIGCANARY-MIB.txt"), re.M)
    same(18, len(names), "objects of the MIB")
    done = subprocess.run([tool, "-M", os.path.join(TREE, "docs/mib"), "-m", "SIGCANARY-MIB", "-On", *(f"SIGCANARY-MIB::{name}.0" for name in names)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    same([f"{OWN}{number}.0" for number in range(1, 19)], done.stdout.decode().split(), f"numbers of {names}: {done.stderr.decode()}")
    with Trapd() as trapd:
        send(announcements()[:1], snmp={"targets": [f"udp:127.0.0.1:{trapd.port}"]})
        sent = {name for name in varbinds(wait_until(trapd.notifications, "the notification")[0]) if name.startswith(OWN)}
        expect(sent <= {f"{OWN}{number}.0" for number in range(1, 19)} and len(sent) >= 15, f"objects that are sent: {sorted(sent)}")
