# SPDX-License-Identifier: BSD-3-Clause
"""The outside of the program: every exit code with its words, outputs that cannot be written, configurations, and no identity in clear."""
import glob
import json
import os
import re
import stat

import pcap
from check import check, expect, same, same_lines
from program import TREE, decode, json_lines, lab, read, replay, run, run_well, scratch_file, scratch_folder, settings, shared, shared_captures, wait_until

SMALL_CAPTURE = ("fault", "--seconds", 20, "--rate", 20)
COMMANDS = ("replay", "run", "decode", "explain", "bench", "lab", "backtest", "check", "config")
HLR_REFUSES = ("fault", "--seconds", 90, "--rate", 40, "--seed", 31, "--fault", "all:system-failure:0.5", "--from", 40)


def expect_refusal(code, words, *arguments, **named):
    """The exit code, and one of the words in what is said on standard error."""
    result = run(*arguments, **named)
    shown = " ".join(map(str, arguments))
    expect(result.code == code, f"sigcanary {shown}: ended with {result.code}, promised is {code}: {result.err.strip()[:200]}")
    expect(re.search(words, result.err), f"sigcanary {shown}: says '{result.err.strip()[:200]}' where '{words}' is expected")
    return result


@check()
def help_and_version_are_told_on_standard_output():
    for arguments in (("--version",), ("--help",), *((name, "--help") for name in COMMANDS)):
        result = run_well(*arguments)
        expect(result.out.strip(), f"sigcanary {' '.join(arguments)}: nothing on standard output")
    top = run_well("--help").out
    for name in COMMANDS:
        expect(re.search(rf"sigcanary {name}\b", top), f"--help does not name the command {name}")


@check()
def wrong_usage_ends_with_2():
    path = lab(*SMALL_CAPTURE)
    expect_refusal(2, "frobnicate", "frobnicate")
    expect_refusal(2, "'replya'; did you mean 'replay'", "replya")
    expect_refusal(2, "'--sped=5'; did you mean '--speed'", "replay", "--sped=5", path)
    expect_refusal(2, "replay", "replay")
    expect_refusal(2, "decode", "decode")
    expect_refusal(2, "--frobnicate", "replay", "--frobnicate", path)
    expect_refusal(2, "--stats", "replay", "--stats")
    expect_refusal(2, "0", "replay", "--workers", "0", path)
    expect_refusal(2, "1.5", "replay", "--workers", "1.5", path)
    expect_refusal(2, "-1", "replay", "--speed", "-1", path)
    expect_refusal(2, "extreme", "replay", "--fail-on", "extreme", path)
    expect_refusal(2, "scenario", "lab", "-o", scratch_file(".pcap"))
    expect_refusal(2, "atlantis", "lab", "atlantis", "-o", scratch_file(".pcap"))
    expect_refusal(2, "-o", "lab", "o2-2012")
    expect_refusal(2, "nowhere", "lab", "fault", "--fault", "nowhere:silent:1", "-o", scratch_file(".pcap"))
    expect_refusal(2, "configuration", "check")
    expect_refusal(2, "dump", "config")


@check()
def an_unreadable_input_ends_with_4_and_is_named():
    empty, text, noise = (scratch_file(suffix) for suffix in (".empty.pcap", ".txt", ".noise.pcap"))
    with open(empty, "wb"), open(text, "w", encoding="utf-8") as words, open(noise, "wb") as bytes_:
        words.write("this is a letter, not a capture\n" * 20)
        bytes_.write(bytes(range(256)) * 4)
    for path, words in ((scratch_file(".missing"), "No such file"), (empty, "empty"), (text, "no capture"), (noise, "no capture"),
                        (scratch_folder("files"), "directory")):
        for command in ("replay", "decode"):
            result = expect_refusal(4, words, command, path)
            expect(path in result.err, f"sigcanary {command} {path}: the message does not name the file")


@check()
def of_a_cut_capture_everything_readable_is_processed_and_written_first():
    path = lab(*SMALL_CAPTURE)
    cut = scratch_file(".cut.pcap")
    with open(path, "rb") as whole, open(cut, "wb") as part:
        data = whole.read()
        part.write(data[:len(data) // 2 + 3])
    result = replay(cut, codes=(4,))
    expect(cut in result.err, f"the message does not name the file: {result.err}")
    s = json.loads(result.stats)
    expect(s["packets"] > 100 and s["transactions"]["answered"] > 10, f"the readable half was not processed: {result.stats}")
    expect(result.transactions.count("\n") > 10 and result.ticks.count("\n") > 10, "--transactions or --ticks hold nothing of the readable half")
    whole_lines = run_well("decode", path).out.splitlines()
    part_lines = run_well("decode", cut, codes=(4,)).out.splitlines()
    expect(len(part_lines) > 100, "decode wrote nothing of the readable half")
    same_lines([re.sub(r'"\w+~[^"]*"', "", line) for line in whole_lines[:len(part_lines) - 3]],
               [re.sub(r'"\w+~[^"]*"', "", line) for line in part_lines[:-3]], "decode of the readable half")


@check()
def one_damaged_file_among_several_does_not_hide_the_others():
    path = lab(*SMALL_CAPTURE)
    result = run("decode", path, scratch_file(".missing"))
    expect(result.code == 4, f"ended with {result.code} where 4 is promised")


@check()
def an_output_that_cannot_be_written_ends_with_1():
    path = lab(*SMALL_CAPTURE)
    for option in ("--transactions", "--ticks", "--stats", "--report"):
        expect_refusal(1, "nowhere", "replay", "--quiet", option, os.path.join(scratch_folder("files"), "nowhere", "x"), path)
        expect_refusal(1, "/dev/full", "replay", "--quiet", option, "/dev/full", path)
    expect_refusal(1, "nowhere", "lab", *SMALL_CAPTURE, "-o", os.path.join(scratch_folder("files"), "nowhere", "x"))
    expect_refusal(1, "/dev/full", "lab", *SMALL_CAPTURE, "-o", "/dev/full", "--truth", scratch_file(".json"))


@check()
def an_alarm_ends_with_10_when_asked_to():
    path = lab(*HLR_REFUSES)
    expect(run("replay", "--quiet", "--json", path).code == 0, "without --fail-on an alarm is no failure")
    result = replay(path, options=("--fail-on", "warning"), codes=(10,))
    expect(result.alarms, "ended with 10 without an alarm")
    run_well("replay", "--quiet", "--fail-on", "warning", lab(*SMALL_CAPTURE))


def config_file(text):
    path = scratch_file(".yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


MISTAKES = """network:
  nam: Somewhere
limits:
  transactions: many
  names: 12
decode:
  diameter_ports: [3868, 70000]
segments:
  - name: brand
    imsi: 12x
  - label: without a name
  - name: wrong-expression
    host: '(unclosed'
detection:
  tick: 3 s
  min_fault_share: 140 %
"""
PLACES = {2: "nam", 4: "many", 5: "12", 7: "70000", 10: "12x", 11: "name", 13: "unclosed", 15: "3 s", 16: "140"}


@check()
def every_mistake_of_a_configuration_is_told_with_line_and_column():
    path = config_file(MISTAKES)
    for arguments in (("check", path), ("replay", "-c", path, lab(*SMALL_CAPTURE)), ("config", "dump", "-c", path)):
        result = expect_refusal(3, re.escape(path) + r":\d+:\d+: ", *arguments)
        places = dict(re.findall(re.escape(path) + r":(\d+):\d+: (.*)", result.err))
        for line, word in PLACES.items():
            expect(word in places.get(str(line), ""), f"sigcanary {arguments[0]}: line {line}: '{places.get(str(line))}' does not speak of {word}")


@check()
def a_configuration_that_is_no_yaml_or_not_there_ends_with_3():
    expect_refusal(3, r":\d+:\d+: ", "check", config_file("network: [unclosed\n"))
    expect_refusal(3, r":\d+:\d+: ", "check", config_file("- a list\n- instead of keys\n"))
    expect_refusal(3, r":\d+:\d+: ", "check", scratch_file(".missing"))
    twice = expect_refusal(3, r":3:\d+: ", "check", config_file("network:\n  name: A\nnetwork:\n  name: B\n"))
    expect("network" in twice.err, "a key given twice is not named")
    run_well("check", config_file(""))


def examples():
    return [(os.path.basename(path), path) for path in sorted(glob.glob(os.path.join(TREE, "config/examples/*.yaml")))]


@check(each=examples)
def the_shipped_example_is_valid_and_explained(path):
    expect(run_well("check", path).out.strip(), "check explains nothing")
    for line in run_well("check", "--json", path).out.splitlines():
        json.loads(line)
    dumped = run_well("config", "dump", "-c", path).out
    again = run_well("config", "dump", "-c", config_file(dumped)).out
    same_lines(dumped, again, f"{path}: the dumped configuration, read and dumped again")
    run_well("replay", "--quiet", "-c", path, lab(*SMALL_CAPTURE))


@check()
def the_dumped_defaults_change_nothing():
    defaults = run_well("config", "dump", "--defaults").out
    path = config_file(defaults)
    same_lines(defaults, run_well("config", "dump", "-c", path).out, "the defaults, read and dumped again")
    capture = lab(*SMALL_CAPTURE)
    one, other = replay(capture), replay(capture, options=("-c", path))
    same_lines(one.transactions, other.transactions, "--transactions with no and with the default configuration")
    same_lines(one.ticks, other.ticks, "--ticks with no and with the default configuration")


@check()
def no_subscriber_stands_in_clear_unless_asked_for():
    path = lab(*HLR_REFUSES)
    report = scratch_file(".html")
    clear = decode(path, "--clear-identities")
    identities = set()
    for row in clear:
        for component in row.get("components", ()):
            identities |= {component[key] for key in ("imsi", "msisdn") if key in component}
        identities |= {row["diameter"]["user_name"]} if "user_name" in row.get("diameter", {}) else set()
    identities = {identity for identity in identities if re.fullmatch(r"\d{10,15}", identity)}
    expect(len(identities) > 100, f"only {len(identities)} identities in clear with --clear-identities")
    result = replay(path, options=("--report", report), codes=(0,))
    text = run_well("replay", "--quiet", path)
    outputs = {"alarms": result.alarms, "--transactions": result.transactions, "--ticks": result.ticks, "--stats": result.stats,
               "messages": result.err, "--report": read(report), "alarms for people": text.out + text.err, "decode": run_well("decode", path).out}
    for name, words in outputs.items():
        told = identities & set(re.findall(r"\d{10,15}", words))
        expect(not told, f"{name} tells {len(told)} of {len(identities)} identities in clear, such as {sorted(told)[:2]}")
    expect(replay(path, options=("--clear-identities",)).transactions != result.transactions, "--clear-identities changes nothing in --transactions")


@check()
def a_watch_list_is_found_in_the_bytes_of_messages():
    path = lab(*HLR_REFUSES)
    rows = decode(path, "--clear-identities")
    wanted = next(c["imsi"] for row in rows for c in row.get("components", ()) if "imsi" in c)
    frames = sorted({row["frame"] for row in rows if any(c.get("imsi") == wanted for c in row.get("components", ()))
                     or row.get("diameter", {}).get("user_name") == wanted})
    watch = scratch_file(".txt")
    with open(watch, "w") as f:
        f.write(f"# one subscriber\nimsi {wanted} somebody\ntext NOWHERE.in-this.capture\n")
    seen = {}
    for workers in (1, 3):
        sightings = scratch_file(".jsonl")
        run_well("replay", "--quiet", "--workers", workers, "--watch", watch, "--sightings", sightings, path)
        seen[workers] = read(sightings)
        expect(wanted not in seen[workers], "the watched IMSI stands in clear")
    expect(seen[1] == seen[3], "sightings depend on the number of workers")
    lines = [json.loads(line) for line in seen[1].splitlines()]
    expect(lines and all(line["name"] == "somebody" and line["line"] == 2 for line in lines), f"sightings of something else: {lines[:3]}")
    expect(sorted({line["frame"] for line in lines}) == frames, f"seen in frames {[line['frame'] for line in lines]}, decoded in {frames}")
    with open(watch, "a") as f:
        f.write("imsi 12\n")
    expect_refusal(3, ":4: a number of fewer than six digits", "replay", "--watch", watch, path)


@check()
def the_key_of_the_pseudonyms_is_readable_for_its_owner_only():
    run_well("decode", lab(*SMALL_CAPTURE))
    for folder, _, names in os.walk(os.path.join(settings.scratch, "home")):
        for name in names:
            mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
            expect(not mode & 0o077 or "wireshark" in folder, f"{os.path.join(folder, name)} has mode {mode:o}")


@check()
def no_colour_and_no_progress_bar_without_a_terminal():
    path = lab(*HLR_REFUSES)
    for extra in ({}, {"NO_COLOR": "1"}):
        result = run_well("replay", path, extra=extra)
        expect("\x1b" not in result.out + result.err, "escape sequences although nothing is a terminal")
        expect("\r" not in result.out + result.err, "a progress bar although nothing is a terminal")


@check()
def the_report_is_one_file_with_a_plot_and_nothing_from_outside():
    report = scratch_file(".html")
    replay(lab(*HLR_REFUSES), options=("--report", report), codes=(0,))
    text = read(report)
    expect(text.lstrip().lower().startswith("<!doctype html"), "no HTML document")
    expect("<svg" in text, "no plot")
    outside = re.findall(r'(?:src|href)\s*=\s*["\']?(?:https?:)?//[^"\' >]+|@import[^;]+|url\(\s*["\']?http[^)]+', text)
    expect(not outside, f"the report loads something from outside: {outside[:3]}")


@check()
def a_bench_tells_its_figures_as_json():
    figures = json.loads(run_well("bench", "--quiet", "--json", "--seconds", 1, lab(*SMALL_CAPTURE)).out.splitlines()[-1])
    for key in ("packets", "messages", "workers", "seconds", "mpps", "mmsgs", "gbps", "stages", "rss_mib"):
        expect(key in figures, f"bench does not tell {key}")
    expect(figures["packets"] > 0 and figures["mpps"] > 0, f"bench counted nothing: {figures}")


def bench_holds(workers):
    """A bench that keeps 20,000 open: whether it did, and lost nothing."""
    capture = lab("fault", "--seconds", 3, "--rate", 500, "--quiet-all", "--onset", 2)
    arguments = ("bench", "--quiet", "--json", "--seconds", 0.5, "--workers", workers, "--live", 20000, "--line-rate", 0.5, capture)
    figures = json.loads(run_well(*arguments).out.splitlines()[-1])
    live = figures["live"]
    expect(live["holds"] and 19000 <= live["open_least"] <= live["open_most"] <= 22000, f"open: {live}")
    expect(figures["fresh"] > (0.999 if workers == 1 else 0.95), f"later rounds lost messages: {figures['fresh']}")
    expect(abs(figures["opened_per_round"] - figures["answered_per_round"]) <= 0.02 * figures["opened_per_round"],
           f"what is opened is not answered: {figures}")
    expect(figures["evicted"] == 0 and figures["memory"]["per_million_transactions"] > 1e6, f"memory: {figures}")
    return True


@check()
def a_bench_keeps_as_many_transactions_open_as_it_was_asked_to():
    bench_holds(1)
    # A round of two workers is uneven when one of them is kept from its processor. Messages that are lost are lost in every bench.
    wait_until(lambda: bench_holds(2), "two workers keep them open and lose nothing")


@check()
def a_bench_without_requests_cannot_keep_any_open():
    capture = shared("captures", "sctp-megaco-4pkt.pcap")
    if capture is None:
        return
    done = run("bench", "--live", 10, "--seconds", 0.1, capture)
    expect(done.code == 4 and "no request is in these captures" in done.err, f"code {done.code}, said: {done.err!r}")


def components(row, key):
    return [c[key] for c in row.get("components", ()) if key in c]


# Expression -> whether a line of decode (with identities in clear) is wanted.
WANTED_MESSAGES = {
    "proto==map && op==updateLocation": lambda r: "updateLocation" in components(r, "op_name"),
    "op==2 || op==316": lambda r: 2 in components(r, "op") or r.get("diameter", {}).get("code") == 316,
    "op==Update-Location && !diameter.request==true": lambda r: r.get("diameter", {}).get("code") == 316 and not r["diameter"]["request"],
    "diameter.result>=3000 || components.error": lambda r: r.get("diameter", {}).get("result", 0) >= 3000 or bool(components(r, "error")),
    "imsi=~^23410": lambda r: any(i.startswith("23410") for i in components(r, "imsi") + [r.get("diameter", {}).get("user_name", "")]),
    "sccp.called.gt==447802000003": lambda r: r.get("sccp", {}).get("called", {}).get("gt") == "447802000003",
    "frame<100 && transport!=tcp": lambda r: r["frame"] < 100 and r["transport"] != "tcp",
    "port==3868 && (src==10.20.22.11 || dst==10.20.22.11)": lambda r: 3868 in (r["sport"], r["dport"]) and "10.20.22.11" in (r["src"], r["dst"]),
    "!proto==map && !proto==diameter": lambda r: not {"map", "diameter"} & set(r["stack"].split("/")),
}


@check()
def a_filter_leaves_the_lines_that_it_is_true_of():
    path = lab(*HLR_REFUSES)
    shown, clear = run_well("decode", path).out.splitlines(), decode(path, "--clear-identities")
    for expression, is_wanted in WANTED_MESSAGES.items():
        left = [line for line, row in zip(shown, clear) if is_wanted(row)]
        expect(left, f"{expression}: is true of no line of the capture; the check is in vain")
        same_lines(left, run_well("decode", "--filter", expression, path).out, f"decode --filter '{expression}'")


@check()
def a_filter_finds_an_identity_that_the_output_hides():
    path = lab(*HLR_REFUSES)
    clear = decode(path, "--clear-identities")
    imsi = next(i for row in clear for i in components(row, "imsi"))
    result = run_well("decode", "--filter", f"imsi=={imsi}", path).out
    frames = [row["frame"] for row in clear if imsi in components(row, "imsi") or row.get("diameter", {}).get("user_name") == imsi]
    same(frames, [row["frame"] for row in json_lines(result, "decode")], f"frames with {imsi}")
    expect(imsi not in result, "an identity stands in clear because it was filtered for")
    transactions = replay(path, options=("--filter", f"imsi=={imsi}")).transactions
    expect(transactions.count("\n") >= 1 and imsi not in transactions, f"transactions of {imsi}: {transactions[:200]}")


@check()
def a_filter_chooses_among_transactions_whatever_the_number_of_workers():
    path = lab(*HLR_REFUSES)
    every = replay(path).transactions.splitlines()
    for expression, is_wanted in {
            "proto==map && op==updateLocation && outcome!=success":
                lambda t: t["procedure"] == "map.updateLocation" and t["outcome"] != "success",
            "error==34 || outcome==timeout": lambda t: t.get("cause") == "map-error:34" or t["outcome"] == "timeout",
            "latency>20 && proto==diameter": lambda t: t.get("latency_ms", 0) > 20 and t["procedure"].startswith("s6a.")}.items():
        left = [line for line in every if is_wanted(json.loads(line))]
        expect(left, f"{expression}: is true of no transaction")
        for workers in (1, 3):
            same_lines(left, replay(path, options=("--filter", expression, "--workers", workers)).transactions, f"--filter '{expression}'")


def paths_of(value, so_far=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths_of(inner, f"{so_far}.{key}" if so_far else key)
    elif isinstance(value, list):
        for inner in value:
            yield from paths_of(inner, so_far)
    else:
        yield so_far


@check()
def every_key_of_a_line_can_be_filtered_by():
    small, paths = lab(*SMALL_CAPTURE), set()
    for capture in [small] + [path for _, path in shared_captures() if os.path.getsize(path) < 2**20]:
        for row in decode(capture, codes=(0, 4)):
            paths |= set(paths_of(row))
    expect(len(paths) > 40, f"only {len(paths)} keys were seen")
    paths = sorted(paths)
    for at in range(0, len(paths), 40):
        run_well("decode", "--filter", " || ".join(paths[at:at + 40]), small)
    same_lines(run_well("decode", small).out, run_well("decode", "--filter", "frame", small).out, "a filter that is true of every line")


@check()
def a_mistake_in_a_filter_ends_with_2_and_a_mark_under_its_place():
    path = lab(*SMALL_CAPTURE)
    result = expect_refusal(2, "did you mean 'imsi'", "decode", "--filter", "op==2 && imsy==1", path)
    said = result.err.splitlines()
    same(said[1].index("imsy"), said[2].index("^"), "column of the mark")
    expect(result.out == "", "lines were written although the filter is wrong")
    expect_refusal(2, "did you mean 'outcome'", "replay", "--transactions", scratch_file(".jsonl"), "--filter", "outcom==success", path)
    expect_refusal(2, "--transactions", "replay", "--filter", "outcome==success", path)
    expect_refusal(2, "expected", "decode", "--filter", "", path)


def explained(path, frame, *options):
    rows = json_lines(run_well("explain", "--json", path, "--frame", frame, *options).out, f"explain {path} --frame {frame}")
    same(1, len(rows), "lines of explain --json")
    return rows[0]


@check()
def a_frame_is_explained_with_the_messages_that_decode_finds_in_it():
    path = lab(*SMALL_CAPTURE)
    rows, packets = decode(path), pcap.read(path).packets
    for frame in [1, 2, 3, 5, *range(40, len(packets), len(packets) // 12), len(packets)]:
        told = explained(path, frame)
        same(frame, told["frame"]["number"], "number of the frame")
        same(len(packets[frame - 1].bytes), told["frame"]["length"], f"length of frame {frame}")
        same([row for row in rows if row["frame"] == frame], told.get("messages", []), f"messages of frame {frame}")
        expect("sctp" in told or "tcp" in told, f"frame {frame}: no transport is told")
        expect(told["verdict"]["kind"] in ("decoded", "ignored"), f"frame {frame}: {told['verdict']}")
        for chunk in told.get("sctp", {}).get("chunks", ()):
            expect(chunk["fate"] in ("delivered", "passed over", "an event of the association"), f"frame {frame}: {chunk}")
        text = run_well("explain", path, "--frame", frame).out
        expect(told["verdict"]["name"] in text and "link" in text, f"explain for people: {text[-300:]}")


def damaged(change):
    """The small capture with one frame changed: (path, number of that frame). change(bytes) returns new bytes, or None for another frame."""
    capture = pcap.read(lab(*SMALL_CAPTURE))
    for number, packet in enumerate(capture.packets):
        changed = change(packet.bytes) if packet.bytes[12:14] == b"\x08\x00" else None
        if changed is not None:
            packets = list(capture.packets)
            packets[number] = packet._replace(bytes=changed, wire_length=len(changed))
            return pcap.write(scratch_file(".pcap"), capture._replace(packets=packets)), number + 1
    raise AssertionError("no frame to change")


def with_bytes(data, at, new):
    return data[:at] + new + data[at + len(new):]


def is_data(data):
    """A frame of Ethernet and IPv4 with a DATA chunk of M3UA first."""
    return data[23] == 132 and data[46] == 0 and data[58:62] == b"\0\0\0\3"


# Change -> name of the verdict, clause, and the place of the refusal in the frame.
REFUSALS = {
    "a chunk longer than its packet": (lambda b: with_bytes(b, 48, b"\xff\xff") if is_data(b) else None, "sctp-chunk-length", "RFC 9260 3.2", 46),
    "a chunk without its fixed part": (lambda b: with_bytes(b, 48, b"\0\x08") if is_data(b) else None, "sctp-chunk-value", "RFC 9260 3.3", 46),
    "an IP packet shorter than its header": (lambda b: with_bytes(b, 16, b"\0\x08") if is_data(b) else None, "ip-length", "RFC 791 3.1", 14),
    "a link header that ends": (lambda b: b[:10] if is_data(b) else None, "link-truncated", "IEEE 802.3", 0),
    "a parameter of M3UA that does not fit": (lambda b: with_bytes(b, 72, b"\xff\xff") if is_data(b) and b[64:66] == b"\1\1" else None, "m3ua-parameter", "RFC 4666 3.2", 62),
    "TCP with a data offset of 1": (lambda b: with_bytes(b, 46, b"\x10") if b[23] == 6 else None, "tcp-data-offset", "RFC 9293 3.1", 34),
    "ARP": (lambda b: with_bytes(b, 12, b"\x08\x06") if is_data(b) else None, "not-ip", "IEEE 802.3", 0),
    "UDP": (lambda b: with_bytes(b, 23, b"\x11") if is_data(b) else None, "other-transport", "IANA", 14),
}


@check(each=lambda: list(REFUSALS.items()))
def a_refusal_is_explained_by_its_clause_and_its_place(refusal):
    change, name, clause, at = refusal
    path, frame = damaged(change)
    told = explained(path, frame)
    same(name, told["verdict"]["name"], "name of the verdict")
    expect(told["verdict"]["clause"].startswith(clause), f"clause: {told['verdict']}")
    same((at, "frame"), (told["verdict"].get("at"), told["verdict"].get("in")), f"place of the refusal: {told['verdict']}")
    clear = explained(path, frame, "--clear-identities")["verdict"]
    expect(any(">" in line for line in clear["bytes"]), f"no byte is marked: {clear}")
    expect(name in run_well("explain", path, "--frame", frame).out, "the text does not name the verdict")
    after = explained(path, frame + 1)
    expect(after["verdict"]["kind"] in ("decoded", "ignored"), f"the frame behind it: {after['verdict']}")


@check()
def a_duplicate_and_a_cut_frame_are_explained():
    capture = pcap.read(lab(*SMALL_CAPTURE))
    first = next(i for i, p in enumerate(capture.packets) if i > 100 and is_data(p.bytes))
    twice = capture._replace(packets=capture.packets[:first + 1] + capture.packets[first:])
    path = pcap.write(scratch_file(".pcap"), twice)
    same("delivered", explained(path, first + 1)["sctp"]["chunks"][0]["fate"], "first time")
    told = explained(path, first + 2)
    same(("duplicate", "duplicate"), (told["sctp"]["chunks"][0]["fate"], told["verdict"]["name"]), "second time")
    cut = pcap.write(scratch_file(".pcap"), pcap.with_snap_length(capture, 70))
    told = explained(cut, first + 1)
    same((True, "frame-cut"), (told["frame"].get("cut"), told["verdict"]["name"]), "a frame cut by its snap length")


@check()
def a_frame_that_is_not_there_ends_with_2_and_one_behind_damage_with_4():
    path = lab(*SMALL_CAPTURE)
    count = len(pcap.read(path).packets)
    result = expect_refusal(2, rf"has {count} frames", "explain", path, "--frame", count + 1)
    expect(result.out == "", "something was told of a frame that is not there")
    for arguments in ((path,), ("--frame", "1"), (path, path, "--frame", "1"), (path, "--frame", "0"), (path, "--frame", "x")):
        expect_refusal(2, "frame", "explain", *arguments)
    expect_refusal(4, "No such file", "explain", scratch_file(".missing"), "--frame", 1)
    cut = scratch_file(".cut.pcap")
    with open(path, "rb") as whole, open(cut, "wb") as part:
        part.write(whole.read()[:5000])
    run_well("explain", cut, "--frame", 3)
    expect_refusal(4, re.escape(cut), "explain", cut, "--frame", count)


@check()
def an_explanation_tells_no_subscriber_in_clear_unless_asked_for():
    path = lab(*SMALL_CAPTURE)
    row = next(r for r in decode(path, "--clear-identities") if components(r, "imsi"))
    imsi = components(row, "imsi")[0]
    for options in ((), ("--json",)):
        expect(imsi not in run_well("explain", path, "--frame", row["frame"], *options).out, "an IMSI stands in clear")
        expect(imsi in run_well("explain", path, "--frame", row["frame"], "--clear-identities", *options).out, "no IMSI although asked for")
    # The octets of an identity must not stand in the bytes around a refusal either.
    swapped = "".join(b + a for a, b in zip(imsi[::2], (imsi + "f")[1::2]))
    bad, frame = damaged(lambda b: with_bytes(b, 72, b"\xff\xff") if is_data(b) and bytes.fromhex(swapped) in b else None)
    for options, is_told in (((), False), (("--clear-identities",), True)):
        told = "".join(re.findall(r"(?<=[ >])[0-9a-f]{2}(?![0-9a-f])", " ".join(explained(bad, frame, *options)["verdict"].get("bytes", []))))
        expect(is_told or swapped not in told, "the octets of an IMSI are told")
        expect(bool(told) == is_told, f"bytes of a message with {options}: {told}")
