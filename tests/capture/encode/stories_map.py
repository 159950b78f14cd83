# SPDX-License-Identifier: BSD-3-Clause
"""TCAP and its users: every dialogue of tcap.DIALOGUES with its result, every operation and error, aborts, rejects, CAP, ANSI."""
import itertools

from encode import ber, codes, ss7, tcap
from encode.ber import enumerated, integer, oid, tlv
from encode.ss7 import Address
from encode.tcap import message

numbers = itertools.count(0x10000001)


def fresh():
    return "%08x" % next(numbers)


def send(tape, said, back=False, called=ss7.HLR, calling=ss7.VLR):
    addresses = {"called": calling, "calling": called} if back else {"called": called, "calling": calling}
    label = {"opc": 2002, "dpc": 1001} if back else {}
    tape.sctp(*ss7.M3UA, ss7.m3ua(ss7.udt(said, **addresses), **label), back=back)


def exchange(tape, context, asked, answered, dialogue_back=None, **addresses):
    """Begin and End of one dialogue."""
    one, other = fresh(), fresh()
    portion = tcap.aarq(context) if context else b""
    send(tape, message("begin", asked, otid=one, dialogue_portion=portion, context=context), **addresses)
    del other
    back = dialogue_back if dialogue_back is not None else (tcap.aare(context) if context else b"")
    send(tape, message("end", answered, dtid=one, dialogue_portion=back, context=context if back else None), back=True, **addresses)


def dialogues(tape):
    for number, version, operation, argument, names, result in tcap.DIALOGUES:
        context = tcap.MAP_CONTEXT + (number, version) if version > 1 else None
        asked = tcap.invoke("map", 1, operation, argument, **names)
        if result is False:
            send(tape, message("begin", asked, otid=fresh(), dialogue_portion=tcap.aarq(context), context=context))
            continue
        answered = tcap.result("map", 1) if result is None else tcap.result("map", 1, operation, result)
        exchange(tape, context, asked, answered)


def dialogue_in_four(tape):
    """Begin, Continue, Continue, End: a location update with its subscriber data."""
    context = tcap.MAP_CONTEXT + (1, 3)
    one, other = fresh(), fresh()
    update, data = tcap.DIALOGUES[2], tcap.DIALOGUES[14]
    send(tape, message("begin", tcap.invoke("map", 1, 2, update[3], imsi=tcap.IMSI), otid=one, dialogue_portion=tcap.aarq(context), context=context))
    send(tape, message("continue", tcap.invoke("map", 2, 7, data[3], imsi=tcap.IMSI), otid=other, dtid=one, dialogue_portion=tcap.aare(context),
                       context=context), back=True)
    send(tape, message("continue", tcap.result("map", 2, 7, data[5]), otid=one, dtid=other))
    send(tape, message("end", tcap.result("map", 1, 2, update[5]), dtid=one), back=True)


def in_several_results(tape):
    """returnResultNotLast, then the last one; and an end without components; transaction ids of one to four octets."""
    context = tcap.MAP_CONTEXT + (14, 2)
    one = fresh()
    send(tape, message("begin", tcap.invoke("map", 1, 56, tcap.imsi(), imsi=tcap.IMSI), otid=one, dialogue_portion=tcap.aarq(context), context=context))
    answer = tcap.joined(tcap.result("map", 1, 56, tcap.sequence(tcap.TRIPLET), last=False), tcap.result("map", 1, 56, tcap.sequence(tcap.TRIPLET)))
    send(tape, message("end", answer, dtid=one), back=True)
    for otid in ("01", "0102", "010203", "01020304"):
        send(tape, message("begin", tcap.invoke("map", 1, 2, tcap.DIALOGUES[0][3], imsi=tcap.IMSI), otid=otid))
        send(tape, message("end", dtid=otid), back=True)


def all_operations(tape):
    """Every operation of the table without parameters, several in one message too."""
    operations = codes.numbers("map_operations")
    for operation in operations:
        send(tape, message("begin", tcap.invoke("map", 1, operation), otid=fresh()))
    for at in range(0, len(operations), 8):
        group = [tcap.invoke("map", index, operation) for index, operation in enumerate(operations[at:at + 8], 1)]
        send(tape, message("begin", tcap.joined(*group), otid=fresh()))


# Parameters that are no SEQUENCE, or whose SEQUENCE cannot be empty (TS 29.002 17.7.7).
PARAMETERS = {17: tlv(0x04, b"\x01"), 37: enumerated(0), 52: tcap.sequence(), 34: enumerated(0), 32: tcap.sequence(enumerated(0)),
              13: enumerated(0), 19: tcap.sequence(), 20: tcap.sequence()}
NOTHING_BEHIND = (2, 3, 7, 22, 23, 24, 25, 26, 33, 38, 42, 43, 71, 72)


def diagnostic(error, value):
    """The diagnostic of one error: an ENUMERATED in its SEQUENCE, of absentSubscriber and systemFailure's kin with a tag."""
    if error == 27:
        return tcap.sequence(tlv(0x80, bytes([value])))
    return tcap.sequence(enumerated(value))


def all_errors(tape):
    """Every error without, with an empty and with each diagnostic parameter, as the answer to a location update."""
    context = tcap.MAP_CONTEXT + (1, 3)
    asked = tcap.invoke("map", 1, 2, tcap.DIALOGUES[2][3], imsi=tcap.IMSI)
    for error in codes.numbers("map_errors"):
        parameters = [b""] if error in NOTHING_BEHIND else [b"", PARAMETERS.get(error, tcap.sequence())]
        parameters += [diagnostic(error, value) for value in codes.numbers("map_diagnostics", "value", error=str(error))]
        for parameter in parameters:
            exchange(tape, context, asked, tcap.error("map", 1, error, parameter))
    network_resources(tape, context, asked)


def network_resources(tape, context, asked):
    """systemFailure with each NetworkResource, as an ENUMERATED of version 2 and as the SEQUENCE of version 3."""
    for resource in range(8):
        exchange(tape, context, asked, tcap.error("map", 1, 34, enumerated(resource)))
        exchange(tape, context, asked, tcap.error("map", 1, 34, tcap.sequence(enumerated(resource))))


def rejects(tape):
    for row in codes.table("map_problems"):
        one = fresh()
        send(tape, message("begin", tcap.invoke("map", 1, 2, tcap.DIALOGUES[2][3], imsi=tcap.IMSI), otid=one))
        send(tape, message("end", tcap.reject("map", 1, int(row["kind"]), int(row["code"])), dtid=one), back=True)
    send(tape, message("end", tcap.reject("map", None, 0, 2), dtid=fresh()), back=True)


def aborts(tape):
    """P-Abort causes, refused dialogues, ABRT with each of the MAP-UserAbort choices, and one that says nothing."""
    context = tcap.MAP_CONTEXT + (1, 3)
    for cause in codes.numbers("tcap_p_aborts"):
        send(tape, message("abort", dtid=fresh(), extra=tlv(0x4A, bytes([cause])), p_abort=cause), back=True)
    for diagnostic_value in range(3):
        for by_provider in (False, True):
            portion = tcap.aare(context, tcap.REJECTED, diagnostic_value, by_provider)
            send(tape, message("abort", dtid=fresh(), dialogue_portion=portion, context=context, u_abort=True), back=True)
    choices = [tlv(0xA4, tlv(0x80)), tlv(0xA4, tlv(0x81)), tlv(0xA4, enumerated(0, 0x82)), tlv(0xA4, enumerated(1, 0x82)),
               tlv(0xA4, enumerated(0, 0x83)), tlv(0xA5, enumerated(0)), tlv(0xA3, enumerated(0))]
    for pdu in choices:
        portion = tcap.abrt(0, tcap.map_user(pdu))
        send(tape, message("abort", dtid=fresh(), dialogue_portion=portion, u_abort=True), back=True)
    for source in (0, 1):
        send(tape, message("abort", dtid=fresh(), dialogue_portion=tcap.abrt(source), u_abort=True), back=True)
    send(tape, message("abort", dtid=fresh()), back=True)


def contexts(tape):
    """Every application context in each of its versions, as an empty Begin and its refusal."""
    for row in codes.table("map_application_contexts"):
        for version in (1, 2, 3, 4) if row["version"] == "*" else (int(row["version"]),):
            context = tcap.MAP_CONTEXT + (int(row["context"]), version)
            exchange(tape, context, None, None, tcap.aare(context, tcap.REJECTED, 2))


def indefinite_lengths(tape):
    """X.690 8.1.3.6 at every level: message, components, invoke; and long forms of length that are longer than they need be."""
    one = fresh()
    invoke = tcap.invoke("map", 1, 2, ber.indefinite(0x30, tcap.imsi(), tcap.number(tcap.NODE, 0x81), tcap.number(tcap.NODE)), tlv=ber.indefinite,
                         imsi=tcap.IMSI)
    context = tcap.MAP_CONTEXT + (1, 3)
    send(tape, message("begin", invoke, otid=one, dialogue_portion=tcap.aarq(context), context=context, tlv=ber.indefinite))
    send(tape, message("end", tcap.result("map", 1, 2, tcap.sequence(tcap.number(tcap.HLR_NUMBER)), tlv=ber.indefinite), dtid=one,
                       tlv=ber.indefinite), back=True)

    def long_form(tag, *contents):
        body = b"".join(contents)
        return ber.tag_bytes(tag) + b"\x82" + len(body).to_bytes(2, "big") + body
    send(tape, message("begin", tcap.invoke("map", 1, 2, tcap.DIALOGUES[0][3], tlv=long_form, imsi=tcap.IMSI), otid=fresh(), tlv=long_form))


def global_operations(tape):
    """Several invoke ids, negative ones too, and linked invokes (X.219)."""
    for identity in (-128, -1, 0, 1, 127):
        exchange(tape, None, tcap.invoke("map", identity, 2, tcap.DIALOGUES[0][3], imsi=tcap.IMSI), tcap.result("map", identity, 2, tcap.DIALOGUES[1][5]))
    one = fresh()
    send(tape, message("begin", tcap.invoke("map", 1, 59, tcap.sequence(tlv(0x04, b"\x0f"), tlv(0x04, b"\xaa\x18\x0d"))), otid=one,
                       dialogue_portion=tcap.aarq(tcap.MAP_CONTEXT + (19, 2)), context=tcap.MAP_CONTEXT + (19, 2)))
    send(tape, message("continue", tcap.invoke("map", 2, 60, tcap.sequence(tlv(0x04, b"\x0f"), tlv(0x04, b"\xaa\x18\x0d")), linked=1), otid=fresh(),
                       dtid=one), back=True)


def unidirectional(tape):
    portion = tlv(0x6B, tcap.external(tcap.UNIDIALOGUE_AS, tlv(0x60, tcap.VERSION_1, tlv(0xA1, oid(*tcap.MAP_CONTEXT, 23, 1)))))
    send(tape, message("unidirectional", tcap.invoke("map", 1, 49), dialogue_portion=portion))
    send(tape, message("unidirectional", tcap.invoke("map", 1, 49)))


# ---- CAP

CAP = {"called": Address(146, "447802000301"), "calling": Address(146, "447802000401")}
CAP_ERRORS = (0, 1, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 17, 18, 50, 51, 52)
INITIAL = tcap.sequence(tlv(0x80, b"\x0a"), tlv(0x83, b"\x03\x10" + ber.semi_octets(tcap.MSISDN)), tlv(0x85, b"\x0a"), tlv(0x9C, b"\x02"),
                        tlv(0x9F32, ber.semi_octets(tcap.IMSI)))
REPORT = tcap.sequence(tlv(0xA0, tcap.sequence(enumerated(7, 0x80), enumerated(0, 0x81))))
RELEASE = tlv(0x04, b"\x80\x90")


def cap_dialogues(tape):
    for version, context in tcap.CAP_CONTEXTS.items():
        one, other = fresh(), fresh()
        send(tape, message("begin", tcap.invoke("cap", 1, 0, INITIAL), otid=one, dialogue_portion=tcap.aarq(context), context=context), **CAP)
        orders = tcap.joined(tcap.invoke("cap", 1, 23, REPORT), tcap.invoke("cap", 2, 31))
        send(tape, message("continue", orders, otid=other, dtid=one, dialogue_portion=tcap.aare(context), context=context), back=True, **CAP)
        if version == 1:
            send(tape, message("end", tcap.invoke("cap", 3, 22, RELEASE), dtid=one), back=True, **CAP)
            continue
        send(tape, message("continue", tcap.invoke("cap", 3, 55), otid=other, dtid=one), back=True, **CAP)
        send(tape, message("continue", tcap.result("cap", 3), otid=one, dtid=other), **CAP)
        send(tape, message("end", tcap.invoke("cap", 4, 22, RELEASE), dtid=one), back=True, **CAP)


def cap_errors(tape):
    for number in CAP_ERRORS:
        parameter = {1: tlv(0x30, enumerated(0, 0x80), integer(1, 0x81)), 6: enumerated(0), 10: enumerated(0), 13: enumerated(0)}.get(number, b"")
        one = fresh()
        send(tape, message("begin", tcap.invoke("cap", 1, 0, INITIAL), otid=one, dialogue_portion=tcap.aarq(tcap.CAP_CONTEXTS[2]),
                           context=tcap.CAP_CONTEXTS[2]), **CAP)
        send(tape, message("end", tcap.error("cap", 1, number, parameter), dtid=one), back=True, **CAP)
    for row in codes.table("map_problems"):
        send(tape, message("end", tcap.reject("cap", 1, int(row["kind"]), int(row["code"])), dtid=fresh()), back=True, **CAP)


# ---- ANSI (T1.114)

ANSI = {"called": Address(6, "447802000001"), "calling": Address(5, "447802000107")}


def ansi(tape):
    """Each package type of T1.114.3 Table 8, and IS-41 operations of family 9 inside."""
    kinds = [(0xE1, "ansi unidirectional", 0), (0xE2, "query with permission", 1), (0xE3, "query without permission", 1), (0xE4, "response", 1),
             (0xE5, "conversation with permission", 2), (0xE6, "conversation without permission", 2)]
    for tag, name, count in kinds:
        said = tcap.ansi_result(1) if tag == 0xE4 else tcap.ansi_invoke(1, 9, 200)
        send(tape, tcap.ansi_message(tag, name, said, *[fresh() for _ in range(count)]), **ANSI)
    send(tape, tcap.ansi_message(0xE4, "response", tcap.ansi_error(1, 0x83), fresh()), **ANSI)
    send(tape, tcap.ansi_message(0xF6, "ansi abort", tcap.Said(b""), fresh()), **ANSI)


STORIES = [("map-dialogues", dialogues), ("map-four-messages", dialogue_in_four), ("map-several-results", in_several_results),
           ("map-operations", all_operations), ("map-errors", all_errors), ("map-rejects", rejects), ("tcap-aborts", aborts),
           ("map-contexts", contexts), ("tcap-indefinite", indefinite_lengths), ("map-invoke-ids", global_operations),
           ("tcap-unidirectional", unidirectional), ("cap-dialogues", cap_dialogues), ("cap-errors", cap_errors), ("tcap-ansi", ansi)]
