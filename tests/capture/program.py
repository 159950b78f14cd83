# SPDX-License-Identifier: BSD-3-Clause
"""Runs the program under test, and makes and keeps the captures that several checks share.

The settings are filled in by tests/run before any check runs: which binaries there are and where to write. Every run has a time limit,
a home of its own (the pseudonyms' key is made there) and no terminal; a signal, or a sanitizer's exit code, fails the check.
"""
import collections
import contextlib
import http.client
import json
import os
import random
import socket
import sqlite3
import subprocess
import threading
import time

from check import Failure, Skip, expect

SANITIZER_EXIT = 86
# What is waited for comes in a moment; this is for a machine that has other things to do.
PATIENCE_S = 120
PORTS = range(10000, 65536)
TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

Result = collections.namedtuple("Result", "code out err")


class Settings:
    release = sanitized = threads = without_dpdk = None  # paths of binaries, None when not built
    scratch = None
    is_quick = False
    only = ""  # the pattern of --only


settings = Settings()


def wait_until(question, words, seconds=PATIENCE_S):
    """The first answer that is true. Who does not answer yet, or cannot at this moment, is asked again."""
    until, last = time.monotonic() + seconds, ""
    while True:
        try:
            found = question()
            if found:
                return found
            last = ""
        except (OSError, http.client.HTTPException, sqlite3.OperationalError, Failure) as error:
            last = f" ({error})"
        expect(time.monotonic() < until, f"not within {seconds} s: {words}{last}")
        time.sleep(0.1)


ports_given = set()


def free_port(kind=socket.SOCK_STREAM):
    """One that nobody of this run has been given, and that no connection outwards is given by the kernel: it stays free until it is used."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        first, last = map(int, file.read().split())
    quiet = [port for port in PORTS if not first <= port <= last] or list(PORTS)
    while True:
        port = random.choice(quiet)
        with counter_lock, socket.socket(socket.AF_INET, kind) as one, contextlib.suppress(OSError):
            one.bind(("", port))
            if port not in ports_given:
                ports_given.add(port)
                return port


def shared(*path):
    """A path in the shared folder, or None when there is no such folder."""
    folder = os.environ.get("SIGCANARY_SHARED") or os.path.join(TREE, "..", "shared")
    return os.path.join(os.path.abspath(folder), *path) if os.path.isdir(folder) else None


def shared_captures():
    """(label, path) of every capture in the shared folder."""
    rows = []
    for folder in (shared("captures"), shared("captures", "real-stacks")):
        if folder and os.path.isdir(folder):
            rows += [(name, os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name.endswith((".pcap", ".pcapng"))]
    return rows


def environment():
    home = os.path.join(settings.scratch, "home")
    os.makedirs(home, exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "SIGCANARY_", "ASAN_", "UBSAN_"))}
    return {**kept, "HOME": home, "LC_ALL": "C.UTF-8",
            "ASAN_OPTIONS": f"exitcode={SANITIZER_EXIT}:detect_leaks=1:abort_on_error=0",
            "UBSAN_OPTIONS": f"halt_on_error=1:print_stacktrace=1:exitcode={SANITIZER_EXIT}",
            "TSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}:halt_on_error=1"}


def judge(result, words):
    """Crashes and sanitizer reports fail whatever the check is about."""
    text = result.err if isinstance(result.err, str) else result.err.decode(errors="replace")
    marks = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer")
    if result.code < 0 or result.code == SANITIZER_EXIT or any(mark in text for mark in marks):
        raise Failure(f"{words}: ended with {result.code}\n    " + "\n    ".join(text.strip().splitlines()[:14]))


def run(*arguments, binary=None, stdin=None, timeout=900, text=True, extra=None):
    """Runs the program to its end. stdin: bytes, or an open file."""
    command = [binary or settings.release] + [str(a) for a in arguments]
    if command[0] is None:
        raise Skip("this binary is not built")
    given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin or subprocess.DEVNULL}
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                              env={**environment(), **(extra or {})}, **given)
    except subprocess.TimeoutExpired:
        raise Failure(f"{' '.join(command)}: not done after {timeout} s") from None
    out = done.stdout.decode("utf-8", errors="replace") if text else done.stdout
    result = Result(done.returncode, out, done.stderr.decode("utf-8", errors="replace"))
    judge(result, " ".join(command))
    return result


def run_well(*arguments, codes=(0,), **named):
    """Runs and expects one of the exit codes."""
    result = run(*arguments, **named)
    expect(result.code in codes, f"sigcanary {' '.join(map(str, arguments))}: ended with {result.code}: {result.err.strip()[:300]}")
    return result


def json_lines(text, what):
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            rows.append(json.loads(line))
        except ValueError as error:
            raise Failure(f"{what}: line {number} is not JSON ({error}): {line[:200]}") from None
    return rows


def decode(path, *options, codes=(0,), **named):
    """The lines of `decode` as objects."""
    result = run_well("decode", *options, path, codes=codes, **named)
    return json_lines(result.out, f"decode {path}")


Replayed = collections.namedtuple("Replayed", "code alarms transactions ticks stats err")


def scratch_folder(name):
    path = os.path.join(settings.scratch, name)
    os.makedirs(path, exist_ok=True)
    return path


counter_lock = threading.Lock()
counter = 0


def scratch_file(suffix):
    global counter
    with counter_lock:
        counter += 1
        return os.path.join(scratch_folder("files"), f"{counter}{suffix}")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def whole_lines(path):
    """Of a file that somebody is writing."""
    return read(path).split("\n")[:-1]


def replay(*inputs, options=(), codes=(0, 4), **named):
    """All that `replay` writes, as text."""
    base = scratch_file("")
    files = {name: f"{base}.{name}" for name in ("transactions", "ticks", "stats")}
    outputs = [word for name, path in files.items() for word in (f"--{name}", path)]
    result = run_well("replay", "--quiet", "--json", *outputs, *options, *inputs, codes=codes, **named)
    texts = {}
    for name, path in files.items():
        texts[name] = read(path) if os.path.exists(path) else ""
        if os.path.exists(path):
            os.remove(path)
    return Replayed(result.code, result.out, texts["transactions"], texts["ticks"], texts["stats"], result.err)


def alarms_of(*inputs, options=(), codes=(0,), **named):
    """The lines of alarms of a replay that writes nothing else: half as long as replay() where there is much traffic."""
    return json_lines(run_well("replay", "--quiet", "--json", *options, *inputs, codes=codes, **named).out, f"alarms of {' '.join(map(str, inputs))}")


def stats(replayed, what):
    rows = json_lines(replayed.stats, f"--stats of {what}")
    expect(len(rows) == 1, f"--stats of {what}: {len(rows)} lines where one is promised")
    return rows[0]


lab_lock = threading.Lock()
lab_locks = {}


def lab(*words):
    """The capture of `sigcanary lab WORDS...`, made once. The truth lies beside it as PATH.truth.json."""
    name = "_".join(str(w) for w in words).replace("--", "").replace("/", "-").replace("%", "")
    path = os.path.join(scratch_folder("lab"), name[:180] + ".pcap")
    with lab_lock:
        lock = lab_locks.setdefault(path, threading.Lock())
    with lock:
        if not os.path.exists(path):
            run_well("lab", *words, "--quiet", "-o", path + ".part", "--truth", path + ".truth.json")
            os.rename(path + ".part", path)
    return path


def lab_truth(path):
    with open(path + ".truth.json", encoding="utf-8") as file:
        return json.load(file)
