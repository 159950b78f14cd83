# SPDX-License-Identifier: BSD-3-Clause
"""Stories over time on the A interface, Iu, S1, SGs, S13 and Cx: which procedure, radio access, services and node an alarm names, and that
quiet ones raise none. The lab has other interfaces, so these captures are the encoder's own."""
import pcap
from check import check, expect, same
from encode import stories_diameter
from encode.faults import Fault, Story
from encode.wire import FIRST_NANOS
from program import alarms_of, scratch_file

BEGIN, END, SECONDS = 40, 55, 70
DETECTED_WITHIN_S = 8
MME, OTHER_MME, MSC, SGSN = "10.90.21.1", "10.90.21.2", "pc:3002", "pc:4100"
REALM = "epc.mnc010.mcc234.3gppnetwork.org"


def second_of(row):
    return float(row["time"]) - FIRST_NANOS / 1e9


def told(story, options=()):
    """The lines of all incidents, in order."""
    path = pcap.write(scratch_file(".pcap"), story.line.capture())
    return alarms_of(path, options=options)


def raised(story, options=(), **named):
    """The first line of the one incident, which must be about `named`; and all lines."""
    rows = told(story, options)
    same(1, len({row["id"] for row in rows}), "incidents")
    first = rows[0]
    expect(BEGIN <= second_of(first) <= BEGIN + DETECTED_WITHIN_S, f"told after {second_of(first) - BEGIN:.1f} s: {first['summary']}")
    found = {**{key: first[key] for key in ("procedures", "services", "rats")}, "nodes": [node["id"] for node in first["nodes"]]}
    same({**found, **{key: [value] if isinstance(value, str) else value for key, value in named.items()}}, found, first["summary"])
    return first, rows


def row_of(application, command):
    return next(row for row in stories_diameter.EXCHANGES if row[:2] == (application, command))


@check()
def an_msc_that_is_silent_and_then_refuses_is_named():
    story = Story(100)
    story.location_updates(35, [Fault(40, 46), Fault(46, 85, (17, 22))])
    first, rows = raised(story, procedures="a.location-update", rats="2g", services=["calls", "texts"], nodes=MSC)
    same("no-answer", first["kind"], "kind")
    expect(f"all asked of {MSC}" in first["summary"], first["summary"])
    causes = {cause["cause"] for row in rows for cause in row["causes"]}
    expect({"timeout", "mm-cause:17", "mm-cause:22"} <= causes, f"causes {causes}")


@check()
def quiet_location_updates_and_attaches_raise_nothing():
    story = Story(SECONDS)
    story.location_updates(30)
    story.attaches(20)
    rows = told(story)
    expect(not rows, rows and rows[0]["summary"])


@check()
def an_sgsn_that_refuses_attaches_is_a_fault_of_3g_alone():
    story = Story(SECONDS)
    story.location_updates(25)
    story.attaches(25, [Fault(BEGIN, END, (17,))])
    first, _ = raised(story, procedures="iups.attach", rats="3g", services="data", nodes=SGSN)
    same("reject-ratio", first["kind"], "kind")
    same({"cause": "gmm-cause:17", "share": 1.0, "name": "Network failure"}, first["causes"][0], "cause")


@check()
def when_2g_comes_back_before_3g_the_recovery_says_so():
    story = Story(90)
    story.location_updates(25, [Fault(BEGIN, END, (17,))])
    story.attaches(25, [Fault(BEGIN, 80, (17,))])
    _, rows = raised(story, rats=["2g", "3g"], procedures=["iups.attach", "a.location-update"])
    restoring = [row for row in rows if row["state"] == "restoring"]
    expect(restoring and second_of(restoring[0]) < 80, f"states {[row['state'] for row in rows]}")
    access = restoring[0]["recovery"]["per_rat"]
    expect(access["2g"] >= 95 and access["3g"] <= 5, restoring[0]["summary"])
    expect("of attach (3G data) still fail" in restoring[0]["summary"], restoring[0]["summary"])


@check()
def one_mme_of_two_that_refuses_attaches_is_named_as_the_operator_does():
    story, plan = Story(SECONDS), scratch_file(".yaml")
    with open(plan, "w", encoding="utf-8") as file:
        file.write(f"nodes:\n  - name: MME Slough\n    host: {MME}\n")
    story.eps_attaches(25, 1, [Fault(BEGIN, END, (17,))])
    story.eps_attaches(25, 2)
    first, _ = raised(story, ("-c", plan), procedures="s1.attach", rats="4g", services=["texts", "data"], nodes=MME)
    expect(f"Requests to MME Slough ({MME})" in first["summary"], first["summary"])


@check()
def tracking_area_updates_that_name_nobody_are_told_without_a_size():
    story = Story(SECONDS)
    story.tracking_area_updates(30, 1, [Fault(BEGIN, END, (17,))])
    story.tracking_area_updates(30, 2)
    first, _ = raised(story, procedures="s1.tracking-area-update", nodes=MME)
    same(0, first["affected_subscribers"]["estimate"], "subscribers")
    expect("name no subscriber" in first["summary"], first["summary"])
    same("critical", first["severity"], "severity")


@check()
def an_msc_that_refuses_phones_of_4g_is_named():
    story = Story(SECONDS)
    story.sgs_updates(25, [Fault(BEGIN, END, (17,))])
    story.sgs_updates(25, msc=2)
    raised(story, procedures="sgs.location-update", rats="4g", services=["calls", "texts"], nodes="10.90.31.1")


@check()
def one_equipment_register_of_two_that_fails_is_named():
    story = Story(SECONDS, user_causes=(5001,))
    for number, faults in ((1, [Fault(BEGIN, END, (5012,))]), (2, ())):
        story.diameter(25, row_of(stories_diameter.S13, 324), f"eir{number}.{REALM}", faults)
    raised(story, procedures="s13.ecr", rats="4g", nodes=f"eir1.{REALM}")


@check()
def one_hss_of_two_that_is_silent_to_ims_is_named():
    story = Story(SECONDS, user_causes=(5001,))
    for number, faults in ((1, [Fault(BEGIN, END)]), (2, ())):
        story.diameter(25, row_of(stories_diameter.CX, 303), f"hss{number}.{REALM}", faults)
    first, _ = raised(story, procedures="cx.mar", rats="ims", services=["calls", "texts"], nodes=f"hss1.{REALM}")
    same("no-answer", first["kind"], "kind")
