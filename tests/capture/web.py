# SPDX-License-Identifier: BSD-3-Clause
"""The page in headless Chromium, by playwright-core: against tests/web/mock.py, which plays what a real program has said of two stories, and of a
running probe.

Chromium is a package of Debian; playwright-core and axe-core come from npm, pinned by tests/web/package-lock.json, into build-test/web.
"""
import os
import re
import shutil
import subprocess
import sys

from check import Failure, Skip, check, expect
from api import LASTING_FAULT, answer, faulty_network, fetch
from live import config_file, need_root, Probe
from program import TREE, free_port, lab, scratch_file, wait_until
from served import Served, config

WEB = os.path.join(TREE, "tests", "web")
MODULES = os.path.join(TREE, "build-test", "web")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1", "--fetch-timeout=20000")
BROWSER_PATIENCE_S = 900

sys.path.insert(0, WEB)
import mock  # noqa: E402


def browser():
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        raise Skip("the program chromium-headless-shell is missing")
    return found


def modules():
    """The folder of the packages of npm; fetched once."""
    folder, lock = os.path.join(MODULES, "node_modules"), os.path.join(WEB, "package-lock.json")
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Skip("the program npm is missing")
    known = os.path.join(MODULES, "package-lock.json")
    if os.path.isdir(folder) and os.path.isfile(known) and open(known, "rb").read() == open(lock, "rb").read():
        return folder
    os.makedirs(MODULES, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(WEB, name), MODULES)
    done = subprocess.run(NPM, cwd=MODULES, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        os.unlink(known)
        raise Skip("playwright-core cannot be fetched by npm")
    return folder


def page(wish):
    """A folder with the page, put together as the build does it, and whether it has the library for charts."""
    folder = scratch_file(".page")
    done = subprocess.run([sys.executable, os.path.join(TREE, "scripts", "generate-page"), os.path.join(TREE, "control", "web"), folder, folder + ".c", wish],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    expect(done.returncode == 0, f"generate-page {wish}: {done.stdout.decode()[-300:]}")
    return folder, os.path.isfile(os.path.join(folder, "assets", "uplot-licence.txt"))


def address(server):
    return f"http://127.0.0.1:{server.server_address[1]}/"


def in_browser(script, least, *words, more=()):
    """Runs a script of tests/web; each of its checks must say ok, and there must be as many as are expected."""
    environment = {**os.environ, "NODE_MODULES": modules(), "CHROMIUM": browser(), **dict(more)}
    try:
        done = subprocess.run(["node", os.path.join(WEB, script), *words], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=BROWSER_PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failure(f"more than {BROWSER_PATIENCE_S} s: {(late.stdout or b'').decode(errors='replace')[-600:]}") from None
    said = done.stdout.decode(errors="replace")
    wrong = [line for line in said.splitlines() if not line.startswith("ok ")]
    expect(done.returncode == 0 and not wrong and len(re.findall("^ok ", said, re.MULTILINE)) >= least, "\n    ".join(wrong) or said[-600:])


@check()
def the_page_tells_of_an_outage_in_a_browser():
    browser(), modules()
    (whole, has_library), (plain, _) = page("auto"), page("disabled")
    # Time stands still but where a check lets it go on: what the page shows and what the story says are then of one moment.
    servers = [mock.serve(whole, "brand", 100, 0), mock.serve(whole, "orange", 810, 0), mock.serve(plain, "orange", 810, 0)]
    try:
        in_browser("page.mjs", 16, *map(address, servers), more={"HAS_LIBRARY": "1" if has_library else "0"}.items())
    finally:
        for server in servers:
            server.shutdown()


@check()
def the_page_says_numbers_as_the_probe_does():
    if shutil.which("node") is None:
        raise Skip("the program node is missing")
    done = subprocess.run(["node", "--test", os.path.join(WEB, "words.mjs")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    expect(done.returncode == 0, done.stdout.decode(errors="replace")[-600:])


@check(alone=True)
def the_page_is_carried_by_the_program():
    need_root()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    folder, _ = page("disabled")
    with Probe("--iface", "lo", config=config_file(port)):
        wait_until(lambda: fetch(f"{base}/healthz")[0] == 200, f"{base} answers")
        for path, name in (("/", "index.html"), ("/assets/app.js", "assets/app.js"), ("/assets/style.css", "assets/style.css")):
            status, headers, body = fetch(base + path)
            with open(os.path.join(folder, name), "rb") as file:
                expect(status == 200 and body == file.read(), f"{path}: {status}, and not the file of the sources")
            expect("default-src 'self'" in headers["Content-Security-Policy"] and "unsafe" not in headers["Content-Security-Policy"],
                   f"{path}: {headers['Content-Security-Policy']}")
            status, _, again = fetch(base + path, headers=[("If-None-Match", headers["ETag"])])
            expect(status == 304 and again == b"", f"{path}: {status} for who has it already")
        status, _, body = fetch(base + "/assets/../../etc/passwd")
        expect(status == 404 and b"root" not in body, f"a path that leaves the page: {status}")


@check(alone=True, quick=False)
def the_page_shows_what_a_running_probe_sees():
    browser(), modules()
    path, replayed = config()
    with faulty_network(fault=LASTING_FAULT) as (base, _), Served(path, lab("o2-2012")):
        wait_until(lambda: answer(f"{base}/api/v1/status")["open"], "an incident is open")
        in_browser("real.mjs", 3, base + "/", replayed + "/")


@check()
def the_page_is_the_same_bytes_each_time():
    (one, _), (other, _) = page("disabled"), page("disabled")
    with open(one + ".c", "rb") as first, open(other + ".c", "rb") as second:
        expect(first.read() == second.read(), "generate-page makes other bytes of the same sources")
