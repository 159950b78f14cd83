# SPDX-License-Identifier: BSD-3-Clause
"""The tree against its own rules: who may include whom (docs/architecture.md), and how a file looks.

Alone: python3 tests/capture/style.py prints every violation and ends with 1 when there is one. `scripts/dev check` does that.
"""
import os
import re
import shutil
import subprocess
import sys

from check import Failure, Skip, check

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
TEST_LINES_MAX = 1000  # a test reads from top to bottom, story after story
HEAD_WITHIN_LINES = 3

# A room is a folder, or a single file that several rooms share; the most exact row counts. Each with what it may include besides itself.
BASE = ["dataplane/base"]
WORDS = BASE + ["dataplane/codes", "dataplane/frame.h", "dataplane/indication.h", "dataplane/tally.h", "dataplane/verdict.def",
                "dataplane/verdict.h", "dataplane/node.h", "dataplane/notice.h", "dataplane/outcome.h", "dataplane/plmn.h"]
BOOKS = WORDS + ["config", "dataplane/transaction", "dataplane/segment"]
DECODERS = ["dataplane/link", "dataplane/ip", "dataplane/transport", "dataplane/sigtran", "dataplane/ss7", "dataplane/diameter", "dataplane/ran"]
ADDRESS = ["dataplane/ip/address.h"]  # an address is a word that transport and bookkeeping share with ip
CONTROL = BOOKS + ["control/detect", "control/incident", "control/tick", "control/sink", "control/api", "control/store"]
RULES = {
    "dataplane/base": [],
    "config": WORDS,
    "dataplane/codes": WORDS,
    "dataplane": WORDS + ["config"] + ADDRESS,
    **{decoder: WORDS + ADDRESS for decoder in DECODERS},
    "dataplane/sigtran": WORDS + ["dataplane/ss7/mtp3.h", "dataplane/ss7/sccp.h"],  # the forms that adaptation layers fill in
    "dataplane/transaction": BOOKS + ADDRESS,
    "dataplane/segment": BOOKS + ADDRESS,
    "dataplane/source": BOOKS,
    "dataplane/worker": BOOKS + DECODERS + ["dataplane/source"],
    "control/detect": WORDS + ["config", "dataplane/transaction/book.h"],
    "control/incident": CONTROL,
    "control/tick": CONTROL + ["dataplane/notice.h", "dataplane/source/inflate.h", "dataplane/source/source.h"],  # tick files are files
    "control/sink": CONTROL + ["dataplane/worker", "dataplane/notice.h"],
    "control/board": CONTROL + ["dataplane/worker"],
    "control/api": CONTROL + ["dataplane/worker", "control/board", "control/evidence", "control/web"],
    "control/ask": CONTROL,
    "control/web": [],  # the files of the page; no code
    "control/outlet": CONTROL,
    "control/evidence": CONTROL + ADDRESS + ["dataplane/worker"],
    "control/hep": CONTROL + ADDRESS + ["control/evidence", "dataplane/worker"],
    "control/store": CONTROL,
}
# Composition: may include everything.
COMPOSITION = ("control/command", "control/main.c", "lab", "tests")
# Libraries that only some rooms may see.
LIBRARIES = {
    "rte_": ("dataplane/source", "control/api/telemetry.c", "control/command/ports.c"),
    "pcap/": ("dataplane/source",), "pcap.h": ("dataplane/source",),
    "hs.h": ("dataplane/segment", "config"), "hs/": ("dataplane/segment", "config"),
    "libfyaml.h": ("config",), "sqlite3.h": ("control/store",), "microhttpd.h": ("control/api",), "jansson.h": ("control",),
    "curl/": ("control/outlet", "control/ask"), "net-snmp/": ("control/outlet",), "systemd/": ("control/outlet", "control/command"),
    "pthread.h": ("control", "dataplane/worker", "dataplane/source", "tests"),
    # Only sources read a clock; stages.h measures for bench, and is not there for a live probe.
    "time.h": ("control", "dataplane/source", "dataplane/worker/stages.h", "lab", "tests"),
}


def sources(*suffixes):
    """Paths below the tree, as git would see them."""
    found = []
    for top in ("config", "control", "dataplane", "lab", "tests"):
        for folder, _, names in os.walk(os.path.join(TREE, top)):
            found += [os.path.relpath(os.path.join(folder, name), TREE) for name in names if name.endswith(suffixes)]
    return sorted(found)


def lines_of(path):
    with open(os.path.join(TREE, path), encoding="utf-8") as file:
        return file.read().split("\n")


def room_of(path):
    rooms = [room for room in RULES if path == room or path.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def is_inside(path, places):
    return any(path == place or path.startswith(place + "/") for place in places)


def layer_violations():
    found = []
    for path in sources(".c", ".h"):
        if is_inside(path, COMPOSITION):
            continue
        room = room_of(path)
        if room is None:
            found.append(f"{path}: belongs to no room of the table")
            continue
        for number, line in enumerate(lines_of(path), 1):
            own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            foreign = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
            if own and not may_include(path, room, own.group(1)):
                found.append(f"{path}:{number}: {room} may not include {own.group(1)}")
            if foreign and not may_use(path, foreign.group(1)):
                found.append(f"{path}:{number}: {room} may not use <{foreign.group(1)}>")
    return found


def may_include(path, room, header):
    if "/" not in header or room_of(header) == room and (room != "dataplane" or os.path.dirname(header) == "dataplane"):
        return True
    return is_inside(header, RULES[room])


def may_use(path, header):
    for start, places in LIBRARIES.items():
        if header == start or (start.endswith(("/", "_")) and header.startswith(start)):
            return is_inside(path, places)
    return True


def head_violations():
    found = []
    for path in sources(".c", ".h", ".def", ".py", ".sh"):
        lines = lines_of(path)
        if not any("SPDX-License-Identifier: BSD-3-Clause" in line for line in lines[:2]):
            found.append(f"{path}:1: no SPDX line")
        if path.endswith(".c") and not any(line.startswith("/*") for line in lines[1:1 + HEAD_WITHIN_LINES]):
            found.append(f"{path}:2: no comment at its head that says what lives here")
    return found


def length_violations():
    found = []
    for path in sources(".c", ".h"):
        lines = lines_of(path)
        if len(lines) - 1 > (TEST_LINES_MAX if path.startswith("tests/") else FILE_LINES_MAX):
            found.append(f"{path}: {len(lines) - 1} lines; look for the second noun")
        start = None
        for number, line in enumerate(lines, 1):
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start is not None:
                if number - start - 1 > FUNCTION_LINES_MAX:
                    found.append(f"{path}:{start}: a function of {number - start - 1} lines")
                start = None
    return found


def word_violations():
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
    return [f"{path}:{number}: {words.search(line).group(0)}" for path in sources(".c", ".h", ".def", ".py", ".sh")
            for number, line in enumerate(lines_of(path), 1) if words.search(line)]


def formatter():
    for name in ("clang-format-14", "clang-format"):
        program = shutil.which(name)
        if program and b"version 14." in subprocess.run([program, "--version"], stdout=subprocess.PIPE, check=False).stdout:
            return program
    return None


def format_violations():
    program = formatter()
    if program is None:
        raise Skip("clang-format 14 is missing")
    done = subprocess.run([program, "--dry-run", *sources(".c", ".h")], cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    first = {}
    for line in done.stdout.decode("utf-8", errors="replace").splitlines():
        place = re.match(r"([^:\s]+):(\d+):\d+: warning: code should be clang-formatted", line)
        if place:
            first.setdefault(place.group(1), place.group(2))
    return [f"{path}:{number}: clang-format would change it" for path, number in first.items()]


def none_of(violations):
    if violations:
        raise Failure(f"{len(violations)} places\n    " + "\n    ".join(violations[:25]))


@check()
def rooms_include_only_what_they_may_know():
    none_of(layer_violations())


@check()
def every_file_has_its_licence_and_says_what_lives_in_it():
    none_of(head_violations())


@check()
def functions_and_files_are_short_enough_to_read():
    none_of(length_violations())


@check()
def nothing_is_left_for_later_in_the_code():
    none_of(word_violations())


@check()
def the_code_is_formatted_as_the_tree_decides():
    none_of(format_violations())


def main():
    found = layer_violations() + head_violations() + length_violations() + word_violations()
    try:
        found += format_violations()
    except Skip as why:
        print(why, file=sys.stderr)
    print("\n".join(found) if found else "layers and style: nothing to mend")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
