# SPDX-License-Identifier: BSD-3-Clause
"""What a check is: a function whose name is a sentence, run once or once for each of several things.

A check passes by returning, fails by Failure (any other exception is a failure too) and is skipped by name by Skip. The modules of
this folder register their checks with the decorator; tests/run collects and counts them.
"""
import collections


class Failure(Exception):
    """What was expected and what came instead, in words that say where to look."""


class Skip(Exception):
    """What is missing."""


class Vacuous(Exception):
    """The law says nothing about this thing; it is not counted."""


Check = collections.namedtuple("Check", "name function is_quick is_alone is_waiting")
# Their probes live at the pace of their captures and leave a core idle: not beside checks that take all of it, but two at a time.
WAITING = ("outlets", "resume", "api", "evidence", "web", "metrics", "package", "report")
registered = []


def check(each=None, quick=True, alone=False):
    """Registers a function. each: a function that lists (label, argument), one check per row. quick: also with --quick.
    alone: nothing else may run beside it (live checks, where time matters)."""
    def take(function):
        registered.append((function, each, quick, alone))
        return function
    return take


def collect():
    """Every check as a row; listing the rows of `each` may look at files."""
    checks = []
    for function, each, quick, alone in registered:
        name = function.__name__
        is_waiting = alone and function.__module__ in WAITING
        if each is None:
            checks.append(Check(name, function, quick, alone, is_waiting))
            continue
        rows = list(each())
        if not rows:
            checks.append(Check(name, nothing_to_run, quick, alone, is_waiting))
        for label, argument in rows:
            checks.append(Check(f"{name} [{label}]", (lambda f, a: lambda: f(a))(function, argument), quick, alone, is_waiting))
    return checks


def nothing_to_run():
    raise Skip("no shared captures; SIGCANARY_SHARED names their folder")


def expect(condition, words):
    if not condition:
        raise Failure(words)


def same(expected, found, what):
    """Two values that must be equal; of dictionaries only the keys that differ are shown."""
    if expected == found:
        return
    if isinstance(expected, dict) and isinstance(found, dict):
        differing = [key for key in list(expected) + [k for k in found if k not in expected]
                     if expected.get(key) != found.get(key)]
        shown = ", ".join(f"{key}: {expected.get(key)} became {found.get(key)}" for key in differing[:8])
        raise Failure(f"{what}: {shown}{' and more' if len(differing) > 8 else ''}")
    raise Failure(f"{what}: expected {str(expected)[:200]}, found {str(found)[:200]}")


def same_lines(expected, found, what):
    """Two texts or lists of lines; the first line that differs is shown."""
    left = expected.splitlines() if isinstance(expected, str) else expected
    right = found.splitlines() if isinstance(found, str) else found
    if left == right:
        return
    for number, (one, other) in enumerate(zip(left, right), 1):
        if one != other:
            raise Failure(f"{what}: line {number} differs ({len(left)} and {len(right)} lines)\n    - {one[:300]}\n    + {other[:300]}")
    extra = left[len(right):] or right[len(left):]
    raise Failure(f"{what}: {len(left)} lines became {len(right)}; the first one more or less is {extra[0][:300]}")
