# SPDX-License-Identifier: BSD-3-Clause
"""S1 and NG (attach, tracking area update, registration, service, sessions: accepted, and refused with every cause) and SGs (TS 29.118)."""
from encode import codes, nas, per
from encode.wire import Said

S1AP, NGAP, SGSAP = (36412, 18), (38412, 60), (29118, 0)


def s1(tape):
    """One attach with everything in between, plain and protected, then what is left of EMM."""
    def up(said):
        tape.sctp(*S1AP, per.s1_uplink(said))

    def down(said):
        tape.sctp(*S1AP, per.s1_downlink(said), back=True)
    tape.sctp(*S1AP, per.s1_initial(nas.eps_attach_request()))
    for index, said in enumerate(nas.emm_messages()):
        (down, up)[index % 2](said)
        (down, up)[index % 2](nas.protected(said))
        (down, up)[index % 2](nas.protected(said, 2))
    down(nas.eps_attach_accept())
    request, command, complete = per.s1_release()
    tape.sctp(*S1AP, request)
    tape.sctp(*S1AP, command, back=True)
    tape.sctp(*S1AP, complete)


def s1_refusals(tape):
    for cause in codes.numbers("causes_ran", layer="emm"):
        tape.sctp(*S1AP, per.s1_initial(nas.eps_attach_request()))
        tape.sctp(*S1AP, per.s1_downlink(nas.emm(0x44, cause=cause)), back=True)
        tape.sctp(*S1AP, per.s1_initial(nas.tracking_area_request()))
        tape.sctp(*S1AP, per.s1_downlink(nas.emm(0x4B, cause=cause)), back=True)
        tape.sctp(*S1AP, per.s1_downlink(nas.emm(0x4E, cause=cause)), back=True)
        tape.sctp(*S1AP, per.s1_uplink(nas.emm(0x60, cause=cause)))
    for cause in (20, 21, 26):
        tape.sctp(*S1AP, per.s1_uplink(nas.emm(0x5C, cause=cause)))
    tape.sctp(*S1AP, per.s1_uplink(nas.emm(0x5F, cause=23)))


ESM_CAUSES = (8, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 38, 50, 51, 53, 54, 55, 65, 66, 95, 96, 101, 111, 112, 113)


def s1_sessions(tape):
    for cause in ESM_CAUSES:
        tape.sctp(*S1AP, per.s1_downlink(nas.eps_attach_reject_with_esm(19, cause)), back=True)
        tape.sctp(*S1AP, per.s1_downlink(nas.protected(nas.esm(0xD1, cause=cause), 2)), back=True)
    tape.sctp(*S1AP, per.s1_uplink(nas.protected(nas.esm(0xD0, b"\x11"), 2)))


def ng(tape):
    def up(said):
        tape.sctp(*NGAP, per.ng_uplink(said))

    def down(said):
        tape.sctp(*NGAP, per.ng_downlink(said), back=True)
    tape.sctp(*NGAP, per.ng_initial(nas.registration_request()))
    for index, said in enumerate(nas.fivegmm_messages()):
        (down, up)[index % 2](said)
        (down, up)[index % 2](nas.protected_5g(said))
    up(nas.protected_5g(nas.transport(0x67, nas.fivegsm(0xC1, b"\xff\xff"))))
    command, complete = per.ng_release()
    tape.sctp(*NGAP, command, back=True)
    tape.sctp(*NGAP, complete)


SESSION_CAUSES = (8, 26, 27, 28, 29, 31, 32, 33, 35, 36, 38, 39, 41, 42, 43, 44, 45, 46, 50, 51, 54, 57, 58, 59, 61, 67, 68, 69, 70, 81, 82, 83, 84, 85,
                  86, 95, 96, 97, 98, 99, 100, 101, 111)


def ng_refusals(tape):
    for cause in codes.numbers("causes_ran", layer="5gmm"):
        tape.sctp(*NGAP, per.ng_initial(nas.registration_request()))
        tape.sctp(*NGAP, per.ng_downlink(nas.fivegmm(0x44, cause=cause)), back=True)
        tape.sctp(*NGAP, per.ng_downlink(nas.fivegmm(0x4D, cause=cause)), back=True)
        tape.sctp(*NGAP, per.ng_uplink(nas.fivegmm(0x64, cause=cause)))
    for cause in (20, 21, 26, 71):
        tape.sctp(*NGAP, per.ng_uplink(nas.fivegmm(0x59, cause=cause)))
    tape.sctp(*NGAP, per.ng_uplink(nas.fivegmm(0x5F, cause=23)))
    for cause in SESSION_CAUSES:
        tape.sctp(*NGAP, per.ng_downlink(nas.protected_5g(nas.transport(0x68, nas.fivegsm(0xC3, cause=cause)))), back=True)


# ---- SGs

IDENTITY = bytes([1, 8]) + nas.identity()
LAI = b"\x04\x05" + nas.LAI
LABELS = (b"mmec01", b"mmegi0001", b"mme", b"epc", b"mnc010", b"mcc234", b"3gppnetwork", b"org")
MME_NAME = b"\x09" + nas.length_value(b"".join(nas.length_value(label) for label in LABELS))
SGS_CAUSES = range(1, 21)


def sgsap(kind, *elements, rows=()):
    return Said(bytes([kind]) + b"".join(elements), [("sgsap", {"type": kind}), *rows])


def unitdata(kind, said):
    """With a NAS message container (TS 29.118 9.4.15)."""
    return sgsap(kind, IDENTITY, bytes([0x16, len(said.data)]) + said.data, rows=said.rows)


def sgs(tape):
    tape.sctp(*SGSAP, sgsap(9, IDENTITY, MME_NAME, b"\x0a\x01\x01", LAI))
    tape.sctp(*SGSAP, sgsap(10, IDENTITY, LAI), back=True)
    for cause in codes.numbers("causes_access", layer="mm"):
        tape.sctp(*SGSAP, sgsap(11, IDENTITY, bytes([0x0F, 1, cause])), back=True)
    tape.sctp(*SGSAP, sgsap(12, IDENTITY))
    tape.sctp(*SGSAP, sgsap(17, IDENTITY, MME_NAME, b"\x10\x01\x01"))
    tape.sctp(*SGSAP, sgsap(18, IDENTITY), back=True)
    tape.sctp(*SGSAP, sgsap(19, IDENTITY, MME_NAME, b"\x11\x01\x01"))
    tape.sctp(*SGSAP, sgsap(20, IDENTITY), back=True)
    for cause in SGS_CAUSES:
        tape.sctp(*SGSAP, sgsap(27, IDENTITY, bytes([8, 1, cause])), back=True)
    tape.sctp(*SGSAP, unitdata(8, nas.layer3("sms", 4)))
    tape.sctp(*SGSAP, unitdata(7, nas.layer3("sms", 4)), back=True)
    tape.sctp(*SGSAP, sgsap(21, MME_NAME))
    tape.sctp(*SGSAP, sgsap(22, b"\x02" + nas.length_value(b"\x03vlr\x07example")), back=True)


STORIES = [("s1-attach", s1), ("s1-refusals", s1_refusals), ("s1-sessions", s1_sessions), ("ng-registration", ng), ("ng-refusals", ng_refusals),
           ("sgs", sgs)]
