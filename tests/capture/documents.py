# SPDX-License-Identifier: BSD-3-Clause
"""README and docs/: command lines in them are such that the program takes, and those in blocks marked ```sh run are run."""
import os
import re
import shlex
import shutil
import subprocess

from check import check, expect, same
from program import TREE, environment, lab, read, run, scratch_folder, settings

CAPTURE = ("fault", "--seconds", 45, "--rate", 30, "--onset", 25, "--fault", "all:system-failure:0.6")


def documents():
    folder = os.path.join(TREE, "docs")
    return [os.path.join(TREE, "README.md")] + [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".md")]


def blocks(path):
    """(whether it is to be run, its text) of each block of shell."""
    return [(mark == " run", text) for mark, text in re.findall(r"^```sh( run)?\n(.*?)^```$", read(path), re.M | re.S)]


def lines_of(text):
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]


helps = {}


def help_of(command):
    if command not in helps:
        helps[command] = run(command, "--help").out
        if command == "lab":  # counts without packets are a lab of their own
            helps[command] += run("lab", "--ticks-only", "--help").out
    return helps[command]


@check()
def command_lines_in_documents_are_such_that_the_program_takes():
    commands = set(re.findall(r"^  sigcanary (\w+)", run("--help").out, re.M))
    seen = 0
    for path in documents():
        for _, text in blocks(path):
            for line in lines_of(text):
                words = shlex.split(line, comments=True)
                if not words or os.path.basename(words[0]) != "sigcanary" or len(words) < 2 or words[1].startswith("-"):
                    continue
                words = words[1:words.index("--")] if "--" in words else words[1:]
                words = words[:min([i for i, word in enumerate(words) if word in ("|", ">", "<", "&&")], default=len(words))]
                place = f"{os.path.relpath(path, TREE)}: {line.strip()[:100]}"
                expect(words[0] in commands, f"{place}: there is no command {words[0]}")
                for option in re.findall(r"(?<!\S)--([a-z][\w-]*)", " ".join(words[1:])):
                    expect(re.search(rf"--{option}\b", help_of(words[0])), f"{place}: {words[0]} has no --{option}")
                seen += 1
    expect(seen > 30, f"only {seen} command lines were found: the documents or this check are wrong")


@check(each=lambda: [(os.path.relpath(path, TREE), path) for path in documents() if any(is_run for is_run, _ in blocks(path))])
def command_lines_that_are_marked_as_run_do_run(path):
    folder = scratch_folder("documents-" + os.path.basename(path))
    tools = scratch_folder("documents-bin")
    for link, target in ((os.path.join(tools, "sigcanary"), settings.release), (os.path.join(folder, "config"), os.path.join(TREE, "config"))):
        if not os.path.lexists(link):
            try:
                os.symlink(target, link)
            except FileExistsError:
                pass
    shutil.copy(lab(*CAPTURE), os.path.join(folder, "trace.pcap"))
    for is_run, text in blocks(path):
        for line in lines_of(text) if is_run else ():
            done = subprocess.run(["sh", "-c", line], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env={**environment(), "PATH": f"{tools}:{os.environ['PATH']}"}, timeout=900, check=False)
            same(0, done.returncode, f"exit code of {line.strip()}: {done.stderr.decode(errors='replace')[-300:]}")


@check()
def links_in_documents_lead_somewhere():
    for path in documents():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(path)):
            expect(os.path.exists(os.path.join(os.path.dirname(path), target)), f"{os.path.relpath(path, TREE)}: {target} is not there")
