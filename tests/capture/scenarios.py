# SPDX-License-Identifier: BSD-3-Clause
"""Every story of the lab, pressed into minutes, and what the probe says of it: the right kind, weight and place by its deadline, nothing that
must not be said, no end before the end. What is right stands in the truth beside the capture.

By itself it prints a table of all stories, of what was expected, found, and how long it took:

  python3 tests/capture/scenarios.py PROGRAM [--seconds N] [--rate N] [--seed N] [STORY ...]
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

if __name__ == "__main__":
    sys.dont_write_bytecode = True

from check import Failure, check, expect  # noqa: E402
from program import TREE, alarms_of, lab, lab_truth, run_well, settings  # noqa: E402

PLAN = os.path.join(TREE, "tests", "capture", "operator.yaml")
SECONDS, RATE, SUBSCRIBERS = 400, 60, 20000
PLACE_WITHIN_S = 15  # after the alarm, for the first right answer to where
PAGES = ("minor", "major", "critical")
BRANDS = {"o2", "tesco-mobile", "giffgaff", "iot"}
QUICK = ("hlr-silent", "mass-event", "mvno-small", "probe-half-blind", "stp-linkset-down")


class Alarm:
    """A line of an alarm, with its time in seconds from the start of the capture."""

    def __init__(self, row, start):
        self.row, self.id, self.kind, self.state = row, row["id"], row["kind"], row["state"]
        self.time = float(row["time"]) - start
        self.is_operations = self.kind == "probe-blind"
        self.is_page = row["severity"] in PAGES and not self.is_operations
        self.is_said = self.state in ("raised", "changed")

    def blamed(self):
        """Everything that is named as the place, and nothing that is only said to be well."""
        row = self.row
        words = [*row["procedures"], *row["services"], *row["rats"], *row["segments"], *row["imsi_prefixes"], *(n["id"] for n in row["nodes"])]
        words += [row["summary"].split("; other")[0]]
        return " ".join(map(str, words))

    def shows(self, alternatives):
        return any(word in self.blamed() for word in alternatives.split("|"))

    def names(self, word):
        """Whether the words are one of those it blames in its fields; the sentence may mention others."""
        row = self.row
        return any(word in str(value) for value in (*row["procedures"], *row["segments"], *row["imsi_prefixes"], *(n["id"] for n in row["nodes"])))

    def is_one_brand(self):
        brands = BRANDS & set(self.row["segments"])
        return len(brands) == 1 and brands != {"o2"}

    def short(self):
        row = self.row
        where = ",".join([*row["segments"], *row["imsi_prefixes"][:3], *(n["id"].split(".")[0] for n in row["nodes"][:3])]) or "everywhere"
        return f"{self.time:.1f} s {self.state} {row['severity']} {self.kind} at {where}"


def is_right_weight(demand, alarm):
    if demand == "operations":
        return alarm.is_operations
    return alarm.is_page if demand == "page" else not alarm.is_operations


def is_put_right(alarm, alarms):
    """Whether a better line of the same alarm took its place while the first answer to where may still be found."""
    raised = next(a for a in alarms if a.id == alarm.id)
    return any(a.id == alarm.id and alarm.time < a.time <= raised.time + PLACE_WITHIN_S for a in alarms)


def broken_bans(wanted, alarms, since, until):
    """What was said between two moments although it must not be."""
    said = [a for a in alarms if a.is_said and since <= a.time < until]
    bans = {
        "page": lambda a: a.is_page, "network-page": lambda a: a.is_page, "ticket": lambda a: not a.is_operations,
        "only-brand": lambda a: a.is_page and a.is_one_brand(), "only-o2": lambda a: set(a.row["segments"]) == {"o2"},
        "second-incident": lambda a: a.is_page and a.id != next(b.id for b in said if b.is_page),
    }
    for ban in wanted.get("must_not", ()):
        if ban.startswith("kind:"):
            hits = [a for a in said if a.kind == ban[5:]][:1] if said and said[0].kind == ban[5:] else []
        elif ban in bans:
            hits = [a for a in said if bans[ban](a)]
        elif ban == "restoring":
            hits = [a for a in alarms if a.state == "restoring" and since <= a.time < until]
        else:
            hits = [a for a in said if a.names(ban) and not is_put_right(a, alarms)]
        if hits:
            yield f"'{ban}' must not be: {hits[0].short()}"


def ends_too_early(alarms, first, until):
    """A page is cleared while it lasts, and no other page is open in its place."""
    open_now = set()
    for alarm in alarms:
        if alarm.is_page and alarm.is_said:
            open_now.add(alarm.id)
        if alarm.state == "cleared":
            open_now.discard(alarm.id)
            if first.time <= alarm.time < until and not open_now:
                yield f"cleared at {alarm.time:.1f} s, {until - alarm.time:.1f} s before the end"


class Verdict:
    """One expectation: what is wrong, and the alarm that fulfilled it."""

    def __init__(self, wanted):
        self.wanted, self.alarm, self.delay, self.wrong = wanted, None, None, []


def judge(wanted, until, alarms, start):
    verdict, demand = Verdict(wanted), wanted["demand"]
    since = float(wanted["from"]) - start
    # The last tick before the moment may already have judged.
    deadline = since + wanted["deadline_s"] + 0.2
    verdict.wrong += broken_bans(wanted, alarms, since, deadline if demand == "silent" and wanted["deadline_s"] else until)
    if demand == "silent":
        return verdict
    said = [a for a in alarms if a.is_said and is_right_weight(demand, a) and a.time >= since and a.time <= deadline]
    kinds = wanted.get("kinds")
    right = [a for a in said if not kinds or a.kind in kinds]
    if not right:
        later = [a for a in alarms if a.is_said and is_right_weight(demand, a) and a.time > deadline and (not kinds or a.kind in kinds)]
        verdict.wrong.append(f"no {demand}{' of kind ' + '|'.join(kinds) if kinds else ''} within {wanted['deadline_s']:.0f} s"
                             + (f", but {said[0].short()}" if said else "") + (f"; later: {later[0].short()}" if later else ""))
        verdict.alarm = (said or later or [None])[0]
        return verdict
    shown = [a for a in alarms if a.is_said and a.time <= right[0].time + PLACE_WITHIN_S and any(a.id == b.id for b in right)]
    placed = [a for a in shown if all(a.shows(words) for words in wanted.get("place", ()))]
    if not placed:
        verdict.wrong.append(f"the place is not {' and '.join(wanted['place'])}: {right[-1].short()}")
    verdict.alarm, verdict.delay = right[0], right[0].time - since
    if "open_until" in wanted:
        verdict.wrong += ends_too_early(alarms, verdict.alarm, float(wanted["open_until"]) - start)
    return verdict


def better_from(truth):
    """The first moment, in seconds, at which a part of what happens begins to get better."""
    starts = [access["starts_s"] for fault in truth["faults"] for access in fault.get("recovery", {}).values()]
    ends = [float(event["at"]) - float(truth["start"]) for event in truth.get("events", ()) if event["event"] == "tap-sees"]
    return min(starts + ends, default=truth["seconds"])


def judge_all(rows, truth):
    """A verdict for each expectation, and what is wrong before anything has happened."""
    start = float(truth["start"])
    alarms = [Alarm(row, start) for row in rows]
    onset = float(truth["onset"]) - start
    early = [a for a in alarms if a.time < onset]
    wanted = truth["expectations"]
    moments = [float(w["from"]) - start for w in wanted] + [truth["seconds"]]
    verdicts = []
    for index, one in enumerate(wanted):
        until = next((m for m in moments[index + 1:] if m > moments[index]), truth["seconds"])
        verdicts.append(judge(one, until, alarms, start))
    hasty = [a for a in alarms if a.state == "restoring" and a.time < better_from(truth)]
    if hasty:
        verdicts[0].wrong.append(f"nothing gets better before {better_from(truth):.0f} s: {hasty[0].short()}, {hasty[0].row['recovery']['percent']:.0f} %")
    if early:
        verdicts[0].wrong.append(f"before anything happened: {early[0].short()}")
    return verdicts


def stories():
    """(name, what must be said of it) of each story that has expectations, from the program's own list."""
    text = run_well("lab", "--help").out.split("\n\n")
    listed = next(part for part in text if part.startswith("scenarios"))
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    return [(row[0], row[1]) for row in rows if row[1] in ("page", "ticket", "operations", "silent")]


def plan_of(name):
    """Work that is announced is in the calendar of that run."""
    if name != "maintenance-window":
        return PLAN
    path = os.path.join(settings.scratch, "maintenance.yaml")
    with open(PLAN, encoding="utf-8") as source, open(path, "w", encoding="utf-8") as file:
        file.write(source.read() + MAINTENANCE)
    return path


MAINTENANCE = """
calendar:
  maintenance:
    - from: 2012-07-11T11:00:00Z
      until: 2012-07-11T15:00:00Z
      nodes:
        - hss2.epc.mnc010.mcc234.3gppnetwork.org
"""

told = {}


def verdicts_of(name, words=()):
    """Each story is made and replayed once."""
    words = words or ("--seconds", SECONDS, "--rate", RATE, "--subscribers", SUBSCRIBERS)
    path = lab(name, *words)
    if path not in told:
        rows = alarms_of(path, options=("-c", plan_of(name)))
        told[path] = judge_all(rows, lab_truth(path))
    return path, told[path]


def story_rows():
    if settings.release is None:
        return []
    return [(f"{name}, {demand}", name) for name, demand in stories() if not settings.is_quick or name in QUICK]


@check(each=story_rows)
def the_story_is_told_as_it_must_be(name):
    path, verdicts = verdicts_of(name)
    wrong = [words for verdict in verdicts for words in verdict.wrong]
    expect(not wrong, f"{path}: " + "; ".join(wrong))


def table_row(name, verdicts):
    for verdict in verdicts:
        wanted = verdict.wanted
        expected = wanted["demand"] + (f" {'|'.join(wanted['kinds'])}" if "kinds" in wanted else "")
        expected += f" in {wanted['deadline_s']:.0f} s" if wanted["deadline_s"] else ""
        found = verdict.alarm.short() if verdict.alarm else "nothing"
        delay = f"{verdict.delay:.1f}" if verdict.delay is not None else "-"
        yield f"{name:27} {'FAIL' if verdict.wrong else 'ok':5}{delay:>7}  {expected:48} {found}"
        for words in verdict.wrong:
            yield f"{'':41} ! {words[:220]}"
        name = ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("story", nargs="*")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--subscribers", type=int, default=SUBSCRIBERS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_intermixed_args()
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        settings.release, settings.scratch = os.path.abspath(options.program), scratch
        print(f"{'story':27} {'':5}{'delay':>7}  {'expected':48} found")
        for name, _ in stories():
            if options.story and name not in options.story:
                continue
            words = ("--seconds", options.seconds, "--rate", options.rate, "--subscribers", options.subscribers, "--seed", options.seed)
            try:
                path, verdicts = verdicts_of(name, words)
            except Failure as failure:
                print(f"{name:27} FAIL         {failure}")
                failed += 1
                continue
            failed += any(verdict.wrong for verdict in verdicts)
            print("\n".join(table_row(name, verdicts)), flush=True)
            os.remove(path)
    print(f"{failed} stories are not told as they must be" if failed else "all stories are told as they must be")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
