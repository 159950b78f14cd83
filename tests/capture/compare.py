# SPDX-License-Identifier: BSD-3-Clause
"""decode against tshark, message by message: on the shared captures, on what the lab simulates and on what encode/ writes.

Both are told as rows (frame, layer, fields), see tshark.py. Everything has to be equal: the counts per layer, operation, error, result,
type and cause, and the fields of each frame. Where tshark is wrong, or shows something else by its nature, KNOWN says so with the
clause; an entry that no difference needs any more fails the check. What the encoder meant must be found by both.
"""
import collections
import fnmatch
import json
import os
import re

import pcap
import tshark
from check import Failure, check, expect
from encode import codes, stories
from program import decode, lab, scratch_file, settings, shared, shared_captures

QUICK_BYTES = 60_000
BIG_BYTES = 400_000
LONGEST_BYTES = 2_000_000  # of longer ones oracle.py compares the counts

Known = collections.namedtuple("Known", "capture layer field why frames", defaults=(None,))

# capture: a pattern of its label. field: of the rows of that layer, "*" for the rows as such. frames: None for all of them. In encoded
# captures a frame is "story/number".
KNOWN = [
    Known("encoded*", "diameter", "*", "RFC 6733 3: a message of a header alone, which tshark takes for nothing", ("diameter-between/14",)),
    Known("encoded*", "map", "imsi", "TS 29.002 (version 1) UpdateLocationRes, hlr-List of ResetArg: numbers of HLRs, which tshark shows as IMSIs",
          ("map-dialogues/2", "map-dialogues/17")),
    Known("encoded*", "nas", "cause", "TS 24.008 10.5.5.14: the value 0 is reserved; decode shows none", ("iu-attaches/21", "iu-attaches/26",
                                                                                                         "iu-attaches/31")),
    Known("map_live_*", "sccp", "*", "Q.713 4.1.1.2.3: with loss and both hops in one file, tshark puts segments of different messages together"),
    Known("map_live_*", "tcap", "*", "as sccp"), Known("map_live_*", "map", "*", "as sccp"),
    Known("map_live_*", "m3ua", "*", "RFC 9260 6.6: decode delivers in the order of the stream, tshark in that of the packets"),
    Known("map_live_*", "mtp3", "*", "as m3ua"),
]

# Frames that are well formed (TS 29.078 5: ReturnError with a parameter), in which tshark looks for the parameter behind it.
WRONGLY_MALFORMED = {"cap-errors/4", "cap-errors/12", "cap-errors/18", "cap-errors/24"}

FIRST_OF_SCMG = {row["name"]: int(row["code"]) for row in codes.table("scmg_messages")}
# What each layer's rows are compared by.
FIELDS = {
    "m3ua": ("class", "type"), "m2ua": ("class", "type"), "sua": ("class", "type"), "m2pa": ("class", "type"),
    "mtp3": ("opc", "dpc", "si", "ni", "sls"), "mtp3mg": ("h0", "h1"), "isup": ("cic", "type"),
    "sccp": ("type", "slr", "dlr", "cause", "return_cause", "called.ssn", "called.gt", "called.pc", "calling.ssn", "calling.gt", "calling.pc"),
    "scmg": ("type", "ssn", "pc"), "tcap": ("type", "otid", "dtid", "ac", "p_abort"),
    "map": ("type", "id", "op", "error", "imsi", "msisdn"), "cap": ("type", "id", "op", "error"),
    "diameter": ("code", "request", "error", "retransmit", "app", "hop", "end", "session", "origin_host", "origin_realm", "dest_host",
                 "dest_realm", "result", "experimental", "user_name"),
    "bssap": ("type",), "bssmap": ("type",), "ranap": ("procedure", "pdu"), "s1ap": ("procedure", "pdu"), "ngap": ("procedure", "pdu"),
    "sgsap": ("type",), "nas": ("pd", "type", "cause"),
}
# The counts that come first in what a failure says; of each the values of its fields are counted, joined by a slash.
COUNTS = [("m3ua", "class", "type"), ("m2ua", "class", "type"), ("sua", "class", "type"), ("m2pa", "type"), ("mtp3", "si"), ("mtp3mg", "h0", "h1"),
          ("isup", "type"), ("sccp", "type"), ("sccp", "called.ssn"), ("sccp", "calling.ssn"), ("sccp", "return_cause"), ("sccp", "cause"),
          ("scmg", "type"), ("tcap", "type"), ("tcap", "ac"), ("map", "type", "op"), ("map", "error"), ("cap", "type", "op"), ("cap", "error"),
          ("diameter", "code", "request"), ("diameter", "app"), ("diameter", "result"), ("diameter", "experimental"), ("diameter", "error"),
          ("diameter", "retransmit"), ("bssap", "type"), ("bssmap", "type"), ("ranap", "procedure", "pdu"), ("s1ap", "procedure", "pdu"),
          ("ngap", "procedure", "pdu"), ("sgsap", "type"), ("nas", "pd", "type"), ("nas", "pd", "cause")]


# Of ANSI packages only the type is compared: tshark has their transaction ids in fields of other meanings.
ITU = ("begin", "continue", "end", "abort", "unidirectional")


def rows_of(lines):
    """Lines of decode as rows."""
    rows = []
    for line in lines:
        for layer, fields in layers_of(line):
            known = {key: value for key, value in fields.items() if key in FIELDS[layer] and value is not None}
            if known:
                rows.append((line["frame"], layer, known))
    return rows


def layers_of(line):
    stack = line["stack"].split("/")
    if "m3ua" in stack:
        yield "m3ua", line.get("m3ua", {"class": 1, "type": 1})
    if "tcap" in line:
        yield "tcap", line["tcap"] if line["tcap"].get("type") in ITU else {"type": line["tcap"].get("type")}
    for layer in ("m2ua", "sua", "m2pa", "mtp3", "mtp3mg", "isup", "diameter", "ranap", "s1ap", "ngap", "sgsap"):
        if layer in line:
            yield layer, line[layer]
    if "sccp" in line and "sua" not in stack:
        yield "sccp", flat(line["sccp"])
    if "scmg" in line:
        yield "scmg", {**line["scmg"], "type": FIRST_OF_SCMG.get(line["scmg"].get("name"))}
    for user in ("map", "cap"):
        yield from ((user, component) for component in line.get("components", ()) if user in stack)
    if "bssap" in line:
        yield "bssap", {"type": line["bssap"].get("type")}
        if "bssmap" in line["bssap"]:
            yield "bssmap", {"type": line["bssap"]["bssmap"]}
    for message in nas_of(line):
        yield "nas", message


def flat(sccp):
    """called and calling with a dot; references as numbers."""
    found = {key: value for key, value in sccp.items() if not isinstance(value, dict)}
    for way in ("called", "calling"):
        found.update({f"{way}.{key}": value for key, value in sccp.get(way, {}).items()})
    for key in ("slr", "dlr"):
        if isinstance(found.get(key), str):
            found[key] = int(found[key], 16)
    return {"cause" if key in ("release_cause", "refusal_cause") else key: value for key, value in found.items()}


NAS = ("emm", "esm", "5gmm", "5gsm")


def nas_of(line):
    """The messages of phone and core, each before what is inside it; a protected one whose inside is its own protocol is that one."""
    waiting = ([line["nas"]] if "nas" in line else []) + line.get("nas_more", [])
    while waiting:
        message = waiting.pop(0)
        if "type" in message:
            yield message
        waiting[:0] = [value for key, value in message.items() if key in NAS and isinstance(value, dict)]


def identity_of(user_name):
    """decode shows an IMSI where a User-Name begins with one (TS 23.003 13.3 and 19.3: a digit before it says how to authenticate)."""
    found = re.match(r"(?:[0-9](?=[0-9]{15}@))?([0-9]{14,15})@", user_name)
    return found.group(1) if found else user_name


def as_compared(fields):
    return {**fields, "user_name": identity_of(fields["user_name"])} if "user_name" in fields else fields


def comparable(rows):
    """Rows with the fields that count, without the segments of a message that are not its last: decode has one line for it, at the last."""
    return [(frame, layer, as_compared({key: fields[key] for key in FIELDS[layer] if key in fields})) for frame, layer, fields in rows
            if not fields.get("is_segment")]


def hashable(rows):
    return collections.Counter((frame, layer, tuple(fields.items())) for frame, layer, fields in rows if fields)


def differences(expected, found):
    left, right = hashable(expected), hashable(found)
    return left - right, right - left


def without(rows, known, place_of):
    """The rows as an entry of KNOWN wants them compared."""
    kept = []
    for frame, layer, fields in rows:
        applies = layer == known.layer and (known.frames is None or place_of(frame) in known.frames)
        if applies and known.field == "*":
            continue
        kept.append((frame, layer, {key: value for key, value in fields.items() if key != known.field} if applies else fields))
    return kept


compared, needed = set(), set()


def expect_equal(label, expected, found, place_of=lambda frame: frame):
    expected, found = comparable(expected), comparable(found)
    for known in KNOWN:
        if not fnmatch.fnmatchcase(label, known.capture):
            continue
        before = size_of(differences(expected, found))
        left, right = without(expected, known, place_of), without(found, known, place_of)
        if size_of(differences(left, right)) < before:
            needed.add(known)
            expected, found = left, right
    missing, surplus = differences(expected, found)
    if missing or surplus:
        raise Failure(f"{label}: {counts_words(expected, found)}\n    " + "\n    ".join(row_words(missing, surplus, place_of)))
    compared.add(label)


def size_of(parts):
    return sum(sum(part.values()) for part in parts)


def counts_words(expected, found):
    words = []
    for layer, *keys in COUNTS:
        left, right = (collections.Counter("/".join(str(fields.get(key)) for key in keys) for _, name, fields in rows
                                           if name == layer and any(key in fields for key in keys)) for rows in (expected, found))
        differing = [f"{value}: {left[value]} became {right[value]}" for value in left | right if left[value] != right[value]]
        if differing:
            words.append(f"{layer}.{'/'.join(keys)} {', '.join(differing[:5])}{' and more' if len(differing) > 5 else ''}")
    return "; ".join(words) or "the counts are equal, the fields are not"


def row_words(missing, surplus, place_of):
    """The first rows that only tshark (-) or only decode (+) has, frame by frame; of one layer no more than four."""
    shown = collections.Counter()
    both = sorted([(row, "-") for row in missing] + [(row, "+") for row in surplus], key=lambda one: (one[0][0], one[0][1], one[1], str(one[0][2])))
    for (frame, layer, fields), sign in both:
        shown[layer] += 1
        if shown[layer] <= 6:
            yield f"{sign} frame {place_of(frame)} {layer} {dict(fields)}"
    yield f"{sum(missing.values())} rows only tshark has, {sum(surplus.values())} only decode"


def compare(label, path, preferences=(), decode_as=()):
    lines = decode(path, "--clear-identities", codes=(0, 4))
    found = rows_of(lines)
    is_light = os.path.getsize(path) >= BIG_BYTES and any(layer == "diameter" for _, layer, _ in found)
    seen = tshark.Seen(path, preferences, decode_as, is_light)
    try:
        expect_equal(label, seen.rows(), found)
    except Failure:
        if not seen.look_again():
            raise
        expect_equal(label, seen.rows(), found)


def shared_rows():
    rows = []
    for name, path in shared_captures():
        if os.path.getsize(path) <= (QUICK_BYTES if settings.is_quick else LONGEST_BYTES):
            rows.append((name, path))
    return rows


def decode_as_of(path):
    """What the summary beside a capture says of its ports."""
    summary = shared("captures", "summary", os.path.basename(path) + ".json")
    if not os.path.exists(summary):
        return ()
    with open(summary, encoding="utf-8") as file:
        return json.load(file)["oracle"]["decode_as"]


@check(each=shared_rows)
def decode_sees_in_shared_captures_what_tshark_sees(path):
    compare(os.path.basename(path), path, decode_as=decode_as_of(path))


LAB = [
    ("lab rough", ("fault", "--seconds", 10, "--rate", 20, "--seed", 21, "--qinq", "--ipv6", "--bundle", "--fragment", 60, "--mss", 90,
                   "--fault", "all:system-failure:0.3", "--from", 2)),
    ("lab long", ("o2-2012", "--seconds", 20, "--rate", 20, "--seed", 22, "--xudt", "--sctp-diameter", "--vlan")),
    ("lab both hops", ("fault", "--seconds", 10, "--rate", 20, "--seed", 23, "--both-hops", "--mid-start", "--fault", "stp:udts:0.3", "--from", 2)),
    ("lab fragments", ("split-brain-5001", "--seconds", 20, "--rate", 20, "--seed", 24, "--ip-fragment", 300, "--duplicate", 0.1)),
]


@check(each=lambda: LAB[:1] if settings.is_quick else LAB)
def decode_sees_in_the_lab_what_tshark_sees(words):
    compare(next(label for label, row in LAB if row is words), lab(*words))


def encoded():
    rows = []
    for (link_type, preferences, plan), tape in stories.tapes().items():
        words = f"encoded, link type {link_type}{''.join(' ' + one for one in preferences)}"
        rows.append((words, (words, tape, preferences, plan)))
    return rows


def plan_file(plan):
    path = scratch_file(".yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(plan) + "\n")
    return path


def expect_meant(label, tape, rows, who, place_of):
    """Everything that was meant is in the rows, in its frame and in its order, field by field; of what KNOWN names one of both is wrong."""
    found = collections.defaultdict(list)
    for frame, layer, fields in rows:
        found[frame, layer].append(fields)
    wrong = []
    for number, meant in enumerate(tape.truth, 1):
        position = collections.Counter()
        for layer, fields in meant:
            if who == "decode" and fields.get("is_segment"):
                continue
            index = position[layer]
            position[layer] += 1
            has = found[number, layer][index] if index < len(found[number, layer]) else None
            has = has and as_compared(has)
            left = {key: value for key, value in as_compared(fields).items() if key in FIELDS[layer] and not is_known(label, layer, key, place_of(number))}
            missed = {key: value for key, value in left.items() if has is None or has.get(key) != value}
            if missed:
                wrong.append(f"frame {place_of(number)} {layer}: meant {missed}, {who} has {has}")
    expect(not wrong, f"{label}: {len(wrong)} rows of what was meant are not what {who} has\n    " + "\n    ".join(wrong[:60]))


def is_known(label, layer, field, place):
    return any(fnmatch.fnmatchcase(label, known.capture) and known.layer == layer and known.field in ("*", field) and
               (known.frames is None or place in known.frames) for known in KNOWN)


@check(each=encoded)
def what_was_encoded_is_what_tshark_and_decode_see(row):
    label, tape, preferences, plan = row
    path = pcap.write(scratch_file(".pcap"), tape.capture())

    def place_of(frame):
        name, number = stories.story_of(tape, frame)
        return f"{name}/{number}"
    places = {place_of(frame) for frame in range(1, len(tape.packets) + 1)}
    seen = tshark.Seen(path, preferences)
    malformed = sorted({place_of(frame) for frame in seen.malformed} ^ {place for place in WRONGLY_MALFORMED if place in places})
    expect(not malformed, f"{label}: tshark finds these malformed, and should not, or should: {malformed[:20]}")
    options = ("-c", plan_file(plan)) if plan else ()
    found = rows_of(decode(path, "--clear-identities", *options))
    expect_meant(label, tape, seen.rows(), "tshark", place_of)
    expect_meant(label, tape, found, "decode", place_of)
    expect_equal(label, seen.rows(), found, place_of)


@check(quick=False, alone=True)
def no_known_difference_has_gone():
    """Runs behind all others. An entry is judged when every capture that it names was compared."""
    labels = {name for name, _ in shared_rows()} | {label for label, _ in LAB} | {label for label, _ in encoded()}
    for known in KNOWN:
        named = {label for label in labels if fnmatch.fnmatchcase(label, known.capture)}
        if named and named <= compared:
            expect(known in needed, f"nothing needs this entry of KNOWN any more: {known}")
