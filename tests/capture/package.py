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
from live import IDLE_S, Probe, config_file, namespace, need_root, send_frames
from program import PATIENCE_S, TREE, lab, read, scratch_file, scratch_folder, settings

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


def output(*words, seconds=300):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False)
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
def user_and_folders_are_those_that_the_unit_wants():
    """Read, not run: a program that makes folders has no business on the machine of a test."""
    users = [line.split()[1] for line in read(os.path.join(PACKAGING, "sigcanary.sysusers")).splitlines() if line.startswith("u ")]
    same(users, unit_values("User"), "User of the unit, and of sysusers")
    same(users, unit_values("Group"), "Group of the unit")
    for key in ("StateDirectory", "LogsDirectory", "RuntimeDirectory"):
        same(users, unit_values(key), f"{key} of the unit, one folder")
        same(["0750"], unit_values(f"{key}Mode"), f"{key}Mode of the unit")


@check()
def a_package_holds_the_program_and_what_belongs_to_it():
    for name in ("dpkg-buildpackage", "dh", "scdoc", "dpkg-deb"):
        need(name)
    folder = scratch_folder("package")
    code, text = output(os.path.join(TREE, "scripts/package"), "--output", folder, "--program", settings.release, seconds=900)
    expect(code == 0, f"scripts/package: {text[-600:]}")
    packages = [name for name in os.listdir(folder) if re.fullmatch(r"sigcanary_.*\.deb", name)]
    same(1, len(packages), f"packages in {folder}")
    path = os.path.join(folder, packages[0])
    files = {line.split()[5].lstrip("."): line.split()[0] for line in output("dpkg-deb", "-c", path)[1].splitlines() if len(line.split()) > 5}
    for wanted in ("/usr/bin/sigcanary", "/lib/systemd/system/sigcanary.service", "/usr/lib/sysusers.d/sigcanary.conf",
                   "/etc/logrotate.d/sigcanary", "/etc/default/sigcanary",
                   "/usr/share/snmp/mibs/SIGCANARY-MIB.txt", "/usr/share/man/man1/sigcanary-run.1.gz",
                   "/usr/share/man/man5/sigcanary.yaml.5.gz", "/usr/share/bash-completion/completions/sigcanary",
                   "/usr/share/doc/sigcanary/examples/o2-uk.yaml"):
        expect(wanted in files, f"{wanted} is not in the package; it has {sorted(files)[:12]}")
    expect(not [name for name in files if name.startswith(("/tmp", "/build", "/home", "/usr/local"))], "the package brings files of the build")
    root = scratch_folder("unpacked")
    same(0, output("dpkg-deb", "-x", path, root)[0], "exit code of dpkg-deb -x")
    code, text = output(os.path.join(root, "usr/bin/sigcanary"), "check", os.path.join(TREE, "config/examples/minimal.yaml"))
    same(0, code, f"check by the packed program: {text[-300:]}")
    need("lintian")
    code, text = output("lintian", "--allow-root", "--fail-on", "error,warning", path, seconds=900)
    same(0, code, f"lintian: {text[-600:]}")


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

    def expect(self, words, seconds=PATIENCE_S):
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
    began = time.monotonic()
    with namespace() as inside, Probe("--iface", "sig1", before=(*inside, *as_the_unit_runs_it(manager))) as probe:
        manager.expect("READY=1")
        send_frames(inside, "sig0", path)
        manager.expect("STATUS=1 worker, ")
        expect("nothing is wrong" in manager.said[-1], f"status: {manager.said[-1]}")
        for _ in range(5):
            manager.expect("WATCHDOG=1")
        # How often it is fed depends on who else wants the processor; not more often than is due.
        feeds, most = manager.said.count("WATCHDOG=1"), (time.monotonic() - began) / (WATCHDOG_S / 20)
        expect(feeds <= most, f"the watchdog is fed far more often than is due: {feeds} times where {most:.0f} are the most")
        probe.process.send_signal(signal.SIGHUP)
        manager.expect("RELOADING=1")
        manager.expect("READY=1")
        thread = worker_thread(probe.process.pid)
        ptrace(PTRACE_SEIZE, thread)
        ptrace(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, 0x40000000)  # __WALL
        probe.wait_for_words("worker 0 has not polled")
        manager.listen(0.5)  # what was said before that
        same(0, manager.listen(2 * WATCHDOG_S).count("WATCHDOG=1"), "feeds of the watchdog while a worker hangs")
        ptrace(PTRACE_DETACH, thread)
        manager.expect("WATCHDOG=1")
        probe.process.send_signal(signal.SIGTERM)
        manager.expect("STOPPING=1")
        same(0, probe.wait_for_end(), f"exit code of {probe.tell()}")
        expect(probe.stats()["packets"] > 0, "no frame was seen")


@check(alone=True)
def a_port_of_dpdk_works_with_what_the_unit_leaves():
    need_root("setpriv")
    manager = Manager()
    path = lab("fault", "--seconds", 20, "--rate", 20)
    with Probe("--exit-when-idle", IDLE_S, "--", f"--vdev=net_pcap0,rx_pcap={path}", config=config_file(0),
               before=as_the_unit_runs_it(manager)) as probe:
        manager.expect("READY=1")
        same(0, probe.wait_for_end(), f"exit code of {probe.tell()}")
        expect(probe.stats()["packets"] > 0, "no packet was seen")
