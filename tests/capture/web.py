# SPDX-License-Identifier: BSD-3-Clause
"""The page in headless Chromium, by playwright-core: against tests/web/mock.py, which plays what a real program has said of two stories.

Chromium is a package of Debian; playwright-core and axe-core come from npm, pinned by tests/web/package-lock.json, into build-test/web.
"""
import os
import re
import shutil
import subprocess
import sys

from check import Failure, Skip, check, expect
from program import TREE, scratch_file

WEB = os.path.join(TREE, "tests", "web")
MODULES = os.path.join(TREE, "build-test", "web")
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1", "--fetch-timeout=20000")
PATIENCE_S = 240

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


@check()
def the_page_tells_of_an_outage_in_a_browser():
    chromium, node_modules = browser(), modules()
    (whole, has_library), (plain, _) = page("auto"), page("disabled")
    servers = [mock.serve(whole, "brand", 100, 1), mock.serve(whole, "orange", 800, 0.2), mock.serve(plain, "orange", 800, 0.2)]
    environment = {**os.environ, "NODE_MODULES": node_modules, "CHROMIUM": chromium, "HAS_LIBRARY": "1" if has_library else "0"}
    try:
        done = subprocess.run(["node", os.path.join(WEB, "page.mjs"), *map(address, servers)], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failure(f"more than {PATIENCE_S} s: {(late.stdout or b'').decode(errors='replace')[-600:]}") from None
    finally:
        for server in servers:
            server.shutdown()
    words = done.stdout.decode(errors="replace")
    wrong = [line for line in words.splitlines() if not line.startswith("ok ")]
    expect(done.returncode == 0 and not wrong and len(re.findall("^ok ", words, re.MULTILINE)) >= 15, "\n    ".join(wrong) or words[-600:])


@check()
def the_page_is_the_same_bytes_each_time():
    (one, _), (other, _) = page("disabled"), page("disabled")
    with open(one + ".c", "rb") as first, open(other + ".c", "rb") as second:
        expect(first.read() == second.read(), "generate-page makes other bytes of the same sources")
