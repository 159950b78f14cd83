# SPDX-License-Identifier: BSD-3-Clause
"""The commands that ask a running probe, against a served replay of an outage; `top` on a terminal of 80 columns and 24 lines; what needs no
probe: `tail` of captures, `doctor`, completion, pages of the manual."""
import atexit
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import stat
import struct
import subprocess
import sys
import termios
import threading
import time

from check import Skip, check, expect, same, same_lines
from program import PATIENCE_S, TREE, environment, json_lines, lab, read, replay, run, run_well, scratch_file, scratch_folder, settings
from served import Served, config

# One brand is refused everywhere for a minute; the end of the capture is in it.
OUTAGE = ("fault", "--seconds", 100, "--seed", 7, "--fault", "brand=giffgaff:system-failure:0.9", "--from", 60)
COMMANDS = re.compile(r"^  sigcanary (\S+) ", re.M)
COLUMNS, LINES = 80, 24


def commands():
    return COMMANDS.findall(run_well("--help").out)


class Probe:
    """One served replay for all checks of this file; they only look, but for those that acknowledge."""
    lock = threading.Lock()
    served = socket = None

    @classmethod
    def get(cls):
        with cls.lock:
            if cls.served is None:
                path, _ = config(evidence={"directory": scratch_folder("terminal-evidence")})
                cls.socket = re.search(r'"socket": "([^"]+)"', read(path)).group(1)
                cls.served = Served(path, lab(*OUTAGE))
                cls.served.__enter__()
                atexit.register(cls.served.__exit__)
            return cls.socket


def ask(*words, codes=(0,), **named):
    return run_well(*words, "--socket", Probe.get(), codes=codes, **named)


def incidents():
    rows = json_lines(ask("incident", "list", "--json").out, "incident list")
    expect(rows, "the outage raised no incident; the check is in vain")
    return rows


@check()
def the_state_of_a_running_probe_is_told_in_few_lines():
    text, told = ask("status").out, json.loads(ask("status", "--json").out)
    expect(5 <= len(text.splitlines()) <= 20, f"{len(text.splitlines())} lines: {text}")
    expect(told["words"] in text and told["state"] in text.split("\n")[0], f"state and its sentence: {text}")
    for row in incidents():
        same(row["state"] != "cleared", row["id"] in told["open"], f"{row['id']} is open")
    expect(re.search(r"^traffic .* packets: ", text, re.M), f"no packets are told: {text}")
    expect(re.search(r"^memory +[\d.]+ MiB; \d+ transactions open, room for \d+", text, re.M), f"no memory is told: {text}")


@check()
def incidents_are_listed_shown_and_fetched():
    row = incidents()[0]
    text = ask("incident", "list").out
    expect(row["id"] in text and row["summary"] in text, f"list: {text}")
    shown = ask("incident", "show", "last").out
    expect(row["summary"] in shown and "giffgaff" in shown and "raised" in shown, f"show: {shown}")
    whole = json.loads(ask("incident", "show", row["id"], "--json").out)
    same(row, whole["announcements"][-1], "the newest announcement")
    same(1, run("incident", "show", "2099-0101-0001", "--socket", Probe.get()).code, "exit code of an incident that is not there")
    same(2, run("incident", "burn", row["id"], "--socket", Probe.get()).code, "exit code of a word that is not there")


@check()
def segments_come_worst_first():
    rows = json_lines(ask("segments", "--json").out, "segments")
    lines = ask("segments").out.splitlines()
    expect(lines[0].startswith("SEGMENT"), f"head: {lines[0]}")
    same(sorted(row["name"] for row in rows), sorted(line.split()[0] for line in lines[1:]), "names")
    evidence = {row["name"]: row.get("evidence", 0) for row in rows}
    shown = [evidence[line.split()[0]] for line in lines[1:]]
    same(sorted(shown, reverse=True), shown, "evidence, in the order of the lines")


@check()
def an_alarm_is_acknowledged_and_commented_by_the_id_of_its_incident():
    row = incidents()[-1]
    ask("alarms", "ack", row["id"], "-m", "the vendor is called", extra={"SUDO_USER": "anna"})
    record = json.loads(ask("alarms", "show", row["id"], "--json").out)
    same((row["alarm"]["alarmId"], "ACKNOWLEDGED"), (record["alarmId"], record["ackState"]), "the alarm")
    expect("the vendor is called" in json.dumps(record), f"no comment: {record}")
    expect("the vendor is called" in ask("alarms", "show", row["id"]).out, "the comment is not shown")
    ask("alarms", "unack", record["alarmId"])
    same("UNACKNOWLEDGED", json.loads(ask("alarms", "show", row["id"], "--json").out)["ackState"], "taken back")
    same(row["id"], record["incident"], "the incident of an alarm")
    expect((record["alarmId"], row["id"]) in {(line["alarmId"], line["incident"]) for line in json_lines(ask("alarms", "--json").out, "alarms")},
           "not in the list with its incident")
    expect(re.search(rf"^{record['alarmId']} +{row['id']} ", ask("alarms").out, re.M), f"the list has not both ids: {ask('alarms').out}")
    expect(re.search(rf"^incident +{row['id']}$", ask("alarms", "show", record["alarmId"]).out, re.M), "the record does not name its incident")
    ask("incident", "show", record["incident"])
    same(1, run("alarms", "ack", "nothing", "--socket", Probe.get()).code, "exit code of an alarm that is not there")
    same(2, run("alarms", "comment", row["id"], "--socket", Probe.get()).code, "exit code of a comment without words")


@check()
def who_asks_where_no_probe_is_ends_with_5_and_a_sentence():
    for words in (("status",), ("alarms",), ("incident",), ("segments",), ("reload",), ("tail",)):
        result = run(*words, "--socket", scratch_file(".sock"))
        same(5, result.code, f"exit code of {words[0]} ({result.err})")
        expect("no probe answers" in result.err and result.out == "", f"{words[0]}: {result}")
    if os.geteuid() == 0 and shutil.which("setpriv"):
        closed = scratch_folder("closed")
        os.chmod(closed, 0o700)
        result = run("--reuid=65534", "--regid=65534", "--clear-groups", settings.release, "status", "--socket", os.path.join(closed, "a.sock"),
                     binary="setpriv")
        expect("members of its group" in result.err or "failed to execute" in result.err, f"a stranger is told '{result.err}'")


@check()
def a_tail_of_captures_is_what_replay_writes():
    path = lab(*OUTAGE)
    every = replay(path).transactions.splitlines()
    same_lines(every, run_well("tail", "-r", path, "--json").out, "tail --json")
    wanted = "outcome!=success && rat==3g || procedure==s6a.ulr"
    left = replay(path, options=("--filter", wanted)).transactions.splitlines()
    expect(0 < len(left) < len(every), "the filter is in vain")
    same_lines(left, run_well("tail", "-r", path, "--format", "json", wanted).out, "a filter")
    same(left[:7], run_well("tail", "-r", path, "--json", "-n", 7, wanted).out.splitlines(), "seven lines")


@check()
def a_tail_has_the_fields_that_were_asked_for():
    path = lab(*OUTAGE)
    rows = [json.loads(line) for line in replay(path).transactions.splitlines()]
    table = run_well("tail", "-r", path, "--format", "tsv", "--fields", "procedure,outcome,segments").out.splitlines()
    same("#fields\tprocedure\toutcome\tsegments", table[0], "the head of a table")
    same_lines([f"{row['procedure']}\t{row['outcome']}\t{','.join(row['segments'])}" for row in rows], table[1:], "its lines")
    text = run_well("tail", "-r", path, "-n", 5).out.splitlines()
    for row, line in zip(rows, text):
        expect(row["procedure"] in line and row["outcome"] in line and time.strftime("%H:%M:%S", time.gmtime(float(row["time"]))) in line, f"{row}: {line}")
    result = run("tail", "-r", path, "--fields", "procedur")
    expect(result.code == 2 and "did you mean 'procedure'" in result.err, f"a field that is not there: {result}")


@contextlib.contextmanager
def terminal(words, **more):
    """A screen of 80 columns and 24 lines with a program on it: (what types keys and gives the lines, the process)."""
    sys.path.append("/usr/lib/python3/dist-packages")
    try:
        import pyte
    except ImportError:
        raise Skip("python3-pyte is missing") from None
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = subprocess.Popen(words, stdin=far, stdout=far, stderr=far, start_new_session=True, cwd=more.pop("cwd", None),
                               env={**environment(), "TERM": "xterm", **more})

    def see(keys, wanted, seconds=PATIENCE_S):
        """Types, and waits until the screen, which arrives in pieces, has all of the pattern, or is as a function of its lines wants it."""
        is_there = wanted if callable(wanted) else lambda lines: re.search(wanted, "\n".join(lines))
        os.write(near, keys.encode())
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            is_more = bool(select.select([near], [], [], 0.1)[0])
            if is_more:
                with contextlib.suppress(OSError):
                    stream.feed(os.read(near, 65536))
            if not is_more and is_there(screen.display):
                return list(screen.display)
        raise AssertionError(f"after {keys!r} there is no '{wanted}' on the screen:\n" + "\n".join(screen.display))

    try:
        yield see, process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(far)
        os.close(near)


def top_words():
    return [settings.release, "top", "--socket", Probe.get()]


@check()
def top_goes_from_the_worst_segment_to_the_ladder_of_a_failure():
    names = [row["name"] for row in json_lines(ask("segments", "--json").out, "segments")]
    with terminal(top_words(), LC_ALL="C.UTF-8") as (see, process):
        see("", lambda lines: lines[5].startswith(">") and sorted([name] for name in names) == sorted(line[1:24].split()[:1] for line in lines[5:5 + len(names)]))
        see("a", ">" + sorted(names)[0])
        for _ in range(sorted(names).index("giffgaff")):
            see("j", "\n>")
        see("", ">giffgaff")
        see("\r", r"(?s)Recent failures of giffgaff.*\n>\d\d:\d\d:\d\d.*systemFailure")
        see("\r", r"(?s)(?=.*[─]{3}.*[>X<])(?=.*\d\d:\d\d:\d\d\.\d{3})")
        see("\x1b", "Recent failures")
        see("\x1b", "SEGMENT")
        for table in ("NODE ", "PROCEDURE ", "INCIDENT "):
            see("\t", table)
        see("?", "choose a row")
        see("q", "INCIDENT ")
        same(0, quit_code(see, process), "exit code")


def quit_code(see, process):
    with contextlib.suppress(AssertionError):
        see("q", "(?!)", 0.5)
    return process.wait(PATIENCE_S)


@check()
def top_draws_in_ascii_where_the_terminal_has_nothing_else():
    with terminal(top_words(), LC_ALL="C", TERM="vt100") as (see, process):
        lines = see("", "SEGMENT")
        expect(all(ord(c) < 128 for line in lines for c in line), "characters beyond ASCII:\n" + "\n".join(lines))
        same(0, quit_code(see, process), "exit code")
    same(2, run("top", "--socket", Probe.get()).code, "exit code without a terminal")


@check()
def packets_of_an_incident_are_its_owners_only():
    row = incidents()[0]
    path = scratch_file(".pcapng")
    ask("incident", "pcap", row["id"], "-o", path)
    with open(path, "rb") as file:
        same(b"\x0a\x0d\x0d\x0a", file.read(4), "first block of the capture")
    same(0o600, stat.S_IMODE(os.stat(path).st_mode), "mode of the file")


def machine(**files):
    """A folder with some of another machine's files."""
    root = scratch_folder(os.path.basename(scratch_file(".root")))
    usual = {"/proc/meminfo": "MemAvailable: 8000000 kB\nHugePages_Total: 0\nHugePages_Free: 0\nHugepagesize: 2048 kB\n", "/proc/mounts": "proc /proc proc rw 0 0\n",
             "/proc/cpuinfo": "flags : fpu sse2 ssse3 avx2\n", "/proc/net/route": "Iface Destination\neth0 00000000 1 3\n",
             "/sys/devices/system/cpu/isolated": "\n", "/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n"}
    for number, (name, driver) in enumerate((("eth0", "virtio-pci"), ("eth1", "ice"), (None, "vfio-pci"))):
        device = f"/sys/bus/pci/devices/0000:0{number}:00.0"
        usual |= {f"{device}/class": "0x020000\n", f"{device}/numa_node": "-1\n"}
        os.makedirs(f"{root}{device}", exist_ok=True)
        os.symlink(f"../../../../bus/pci/drivers/{driver}", f"{root}{device}/driver")
        if name:
            usual[f"{device}/net/{name}/mtu"] = "1500\n"
    for path, text in {**usual, **files}.items():
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        with open(root + path, "w", encoding="utf-8") as file:
            file.write(text)
    return root


@check()
def the_doctor_finds_what_is_wrong_and_says_what_mends_it():
    result = run_well("doctor", "--json", "--root", machine(), codes=(1,))
    found = {}
    for line in json_lines(result.out, "doctor"):
        found.setdefault(line["name"], []).append(line)
    same(("wrong", "sysctl -w vm.nr_hugepages=512"), (found["huge pages"][0]["state"], found["huge pages"][0]["mend"]), "huge pages")
    same("wrong", found["hugetlbfs"][0]["state"], "hugetlbfs")
    same(["good", "note", "good"], [line["state"] for line in found["port"]], "ports: the way out, the kernel's, DPDK's")
    expect("dpdk-devbind.py -b vfio-pci 0000:01:00.0" in found["port"][1]["mend"], f"the kernel's port: {found['port'][1]}")
    same("note", found["isolation"][0]["state"], "isolation")
    well = machine(**{"/proc/meminfo": "HugePages_Total: 1024\nHugePages_Free: 1024\nHugepagesize: 2048 kB\n", "/proc/mounts": "none /dev/hugepages hugetlbfs rw 0 0\n",
                      "/sys/devices/system/cpu/isolated": "2-5\n", "/sys/bus/pci/drivers/vfio-pci/bind": "", "/sys/kernel/iommu_groups/0/type": "DMA\n"})
    text = run_well("doctor", "--root", well).out
    expect(text.rstrip().split("\n")[-1].startswith("0 wrong, 1 to note"), f"a machine that is well but for one port: {text}")
    expect("cores 2-5" in text, f"isolation: {text}")


@check()
def bash_completes_commands_words_and_options():
    script = scratch_file(".bash")
    with open(script, "w", encoding="utf-8") as file:
        file.write(run_well("completion", "bash").out)

    def completed(*words):
        shown = " ".join(f"'{word}'" for word in words)
        done = subprocess.run(["bash", "-c", f"source {script}; COMP_WORDS=({shown}); COMP_CWORD={len(words) - 1}; _sigcanary; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
                              stdout=subprocess.PIPE, cwd=scratch_folder("empty"), check=True)
        return set(done.stdout.decode().split())

    expect(set(commands()) <= completed("sigcanary", ""), "not all commands")
    same({"list", "show", "ack", "unack", "comment"}, completed("sigcanary", "alarms", ""), "words of alarms")
    same({"dump"}, completed("sigcanary", "config", "du"), "a word that was begun")
    for name in commands():
        offered = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", "\n".join(re.findall(r"^\s+(?:-\w, )?--.*?(?=  )", run_well(name, "--help").out, re.M))))
        expect(offered and offered <= completed("sigcanary", name, "-"), f"options of {name}: {offered - completed('sigcanary', name, '-')}")


@check()
def every_command_has_a_page_of_the_manual_with_all_its_options():
    if not shutil.which("scdoc"):
        raise Skip("scdoc is missing")
    folder = scratch_folder("man")
    for name in ["", *commands()]:
        source = os.path.join(TREE, "docs/man", f"sigcanary-{name}.1.scd" if name else "sigcanary.1.scd")
        expect(os.path.exists(source), f"{name} has no page; write {source}")
        page = os.path.join(folder, os.path.basename(source)[:-4])
        subprocess.run([os.path.join(TREE, "scripts/generate-man"), settings.release, source, page], check=True)
        text = read(page).replace("\\&", "").replace("\\-", "-").replace("\\", "")
        wanted = commands() if not name else set(re.findall(r"^\s+(?:-\w, )?(--[a-z][\w-]*)", run_well(name, "--help").out, re.M))
        missing = [word for word in wanted if word not in text]
        expect(not missing, f"the page of {name or 'the program'} does not tell {missing}")
        expect("@" not in re.sub(r"\S+@\S+", "", text), f"a place of {source} was not filled")
    page = os.path.join(folder, "sigcanary.yaml.5")
    subprocess.run([os.path.join(TREE, "scripts/generate-man"), settings.release, os.path.join(TREE, "docs/man/sigcanary.yaml.5.scd"), page], check=True)
    text = read(page).replace("\\&", "").replace("\\", "")
    for key in re.findall(r"^(\S+)$", run_well("config", "explain").out, re.M):
        expect(key in text, f"sigcanary.yaml(5) does not tell {key}")


@check()
def the_schema_of_the_configuration_knows_every_key_of_a_dump():
    schema = json.loads(run_well("config", "schema").out)
    sections = [line[:-1] for line in run_well("config", "dump").out.splitlines() if re.fullmatch(r"[a-z_]+:", line)]
    expect(len(sections) > 8 and set(sections) <= set(schema["properties"]), f"sections: {set(sections) - set(schema['properties'])}")
    expect("Port" in run_well("config", "explain", "metrics.port").out, "a key is not explained")
    same(2, run("config", "explain", "metrics.prot").code, "exit code of a key that is not there")
