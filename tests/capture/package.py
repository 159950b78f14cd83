# SPDX-License-Identifier: BSD-3-Clause
"""sigcanary as a service: what the service manager hears, what the unit takes away, and that the probe works without it."""
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

from check import Skip, check, expect, same
from live import Probe, config_file, namespace, need_root, send_frames
from program import TREE, lab, read, scratch_file, scratch_folder

PACKAGING = os.path.join(TREE, "packaging")
UNIT = os.path.join(PACKAGING, "sigcanary.service")
EXPOSURE_MOST = 3.0
WATCHDOG_S = 1.2
# The kernel refuses memory that is writable and executable from here on (MemoryDenyWriteExecute of the unit); older ones know nothing of it.
DENY_WRITE_EXECUTE = "import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])"
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17


def need(name):
    if shutil.which(name) is None:
        raise Skip(f"the program {name} is missing")


def output(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


def unit_values(key):
    return " ".join(re.findall(rf"^{key}=(.*)$", read(UNIT), re.M)).split()


@check()
def the_unit_leaves_little_to_an_intruder():
    need("systemd-analyze")
    code, text = output("systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_MOST * 10:.0f}", UNIT)
    found = re.search(r"Overall exposure level for sigcanary.service: ([\d.]+)", text)
    expect(found and float(found.group(1)) <= EXPOSURE_MOST and code == 0, f"exposure above {EXPOSURE_MOST}: {text.strip()[-300:]}")
    text = output("systemd-analyze", "verify", UNIT)[1]
    wrong = [line for line in text.splitlines() if "sigcanary" in line and not re.search(r"is not executable: No such file|man sigcanary", line)]
    expect(not wrong, f"systemd-analyze verify: {wrong[:3]}")


@check()
def user_and_folders_are_made_as_the_unit_wants_them():
    """Only in a folder of this check: both programs are given a root and a file of their own."""
    need("systemd-sysusers")
    need("systemd-tmpfiles")
    need_root()
    root = scratch_folder("sysroot")
    os.makedirs(os.path.join(root, "etc"), exist_ok=True)
    for program, suffix, words in (("systemd-sysusers", "sysusers", ()), ("systemd-tmpfiles", "tmpfiles", ("--create",))):
        code, text = output(program, *words, f"--root={root}", os.path.join(PACKAGING, f"sigcanary.{suffix}"))
        expect(code == 0, f"{program}: {text[-300:]}")
    user = re.search(r"^sigcanary:[^:]*:(\d+):(\d+):", read(os.path.join(root, "etc/passwd")), re.M)
    expect(user is not None, "no user sigcanary was made")
    same(["sigcanary"], unit_values("User"), "User of the unit")
    for folder in ("var/lib/sigcanary", "var/lib/sigcanary/evidence", "var/log/sigcanary"):
        status = os.stat(os.path.join(root, folder))
        same((0o750, *map(int, user.groups())), (status.st_mode & 0o777, status.st_uid, status.st_gid), f"mode and owner of /{folder}")


class Manager:
    """The socket that a service manager listens on."""

    def __init__(self):
        self.path = scratch_file(".notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.said = []

    def listen(self, seconds, until=None):
        """What is said within so many seconds, or until a message has this in it."""
        end = time.monotonic() + seconds
        heard = []
        while (left := end - time.monotonic()) > 0 and not (until and any(until in text for text in heard)):
            self.socket.settimeout(left)
            try:
                heard.append(self.socket.recv(4096).decode())
            except TimeoutError:
                break
        self.said += heard
        return heard

    def expect(self, words, seconds=20):
        expect(any(words in text for text in self.listen(seconds, words)), f"the manager never hears {words}; it heard {self.said[-5:]}")


def worker_thread(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        if read(f"/proc/{pid}/task/{thread}/comm").startswith("worker-"):
            return int(thread)
    raise Skip("the worker's thread is not to be found")


def ptrace(request, thread):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    if libc.ptrace(request, thread, None, None) != 0:
        raise Skip(f"a thread cannot be stopped here: {os.strerror(ctypes.get_errno())}")


def as_the_unit_runs_it(manager):
    """The words before the probe's: its capabilities and nothing else, no memory that is written and run, the manager's environment."""
    kept = ",".join("+" + name.lower().removeprefix("cap_") for name in unit_values("CapabilityBoundingSet"))
    return ("setpriv", f"--bounding-set=-all,{kept}", "--no-new-privs", "env", f"NOTIFY_SOCKET={manager.path}",
            f"WATCHDOG_USEC={WATCHDOG_S * 1e6:.0f}", sys.executable, "-c", DENY_WRITE_EXECUTE)


@check(alone=True)
def the_service_manager_hears_of_a_live_probe():
    need_root("ip", "setpriv")
    manager = Manager()
    path = lab("fault", "--seconds", 20, "--rate", 20)
    with namespace() as inside, Probe("--iface", "sig1", before=(*inside, *as_the_unit_runs_it(manager))) as probe:
        manager.expect("READY=1")
        send_frames(inside, "sig0", path)
        manager.expect("STATUS=1 worker, ")
        expect("nothing is wrong" in manager.said[-1], f"status: {manager.said[-1]}")
        manager.listen(0.2)
        fed = manager.listen(2 * WATCHDOG_S).count("WATCHDOG=1")
        expect(5 <= fed <= 9, f"the watchdog was fed {fed} times in {2 * WATCHDOG_S} s where every {WATCHDOG_S / 4} s is due")
        probe.process.send_signal(signal.SIGHUP)
        manager.expect("RELOADING=1")
        manager.expect("READY=1")
        thread = worker_thread(probe.process.pid)
        ptrace(PTRACE_SEIZE, thread)
        ptrace(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, 0x40000000)  # __WALL
        manager.listen(0.5)
        same(0, manager.listen(2 * WATCHDOG_S).count("WATCHDOG=1"), "feeds of the watchdog while a worker hangs")
        expect("worker 0 has not polled" in read(probe.err), f"nothing is said of the worker that hangs: {read(probe.err)[-300:]}")
        ptrace(PTRACE_DETACH, thread)
        manager.expect("WATCHDOG=1", 5)
        probe.process.send_signal(signal.SIGTERM)
        manager.expect("STOPPING=1")
        same(0, probe.wait_for_end(), f"exit code of {probe.tell()}")
        expect(probe.stats()["packets"] > 0, "no frame was seen")


@check(alone=True)
def a_port_of_dpdk_works_with_what_the_unit_leaves():
    need_root("setpriv")
    manager = Manager()
    path = lab("fault", "--seconds", 20, "--rate", 20)
    with Probe("--exit-when-idle", 1, "--", f"--vdev=net_pcap0,rx_pcap={path}", config=config_file(0),
               before=as_the_unit_runs_it(manager)) as probe:
        manager.expect("READY=1")
        same(0, probe.wait_for_end(), f"exit code of {probe.tell()}")
        expect(probe.stats()["packets"] > 0, "no packet was seen")
