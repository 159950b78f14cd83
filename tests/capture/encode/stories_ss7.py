# SPDX-License-Identifier: BSD-3-Clause
"""Below TCAP: adaptation layers, MTP3 and its management, every message of SCCP with every cause and address, ISUP."""
import struct

from encode import codes, ss7, tcap
from encode.ss7 import Address, xua, xua_parameter
from encode.wire import Said, nothing

LINK_MTP2, LINK_MTP2_WITH_HEADER, LINK_MTP3, LINK_SCCP = 140, 139, 141, 142


def begin(otid, imsi=tcap.IMSI):
    return tcap.message("begin", tcap.invoke("map", 1, 2, tcap.DIALOGUES[0][3], imsi=imsi), otid=otid)


def sccp_over_m3ua(tape, *saids, back=False, **label):
    for said in saids:
        tape.sctp(*ss7.M3UA, ss7.m3ua(said, **label), back=back)


def points(*codes_):
    """Affected Point Code (RFC 4666 3.4.1): a mask of 0, then 24 bits."""
    return xua_parameter(0x0012, b"".join(struct.pack(">I", code) for code in codes_))


def m3ua_management(tape):
    """Every message of the table but DATA, with what it needs (RFC 4666 3.4 to 3.8)."""
    context = xua_parameter(0x0006, struct.pack(">I", 7))
    bodies = {(0, 0): [xua_parameter(0x000C, struct.pack(">I", 25))], (0, 1): [xua_parameter(0x000D, struct.pack(">HH", 1, 2)), context],
              (2, 4): [context, points(2002), xua_parameter(0x0205, struct.pack(">I", 1))],
              (2, 5): [context, points(2002), xua_parameter(0x0204, struct.pack(">HH", 1, 3))],
              (3, 3): [xua_parameter(0x0009, b"are you there")], (3, 6): [xua_parameter(0x0009, b"are you there")],
              (9, 1): [xua_parameter(0x0207, xua_parameter(0x020A, struct.pack(">I", 1)) + xua_parameter(0x020B, struct.pack(">I", 1001)))],
              (9, 2): [xua_parameter(0x0208, xua_parameter(0x020A, struct.pack(">I", 1)) + xua_parameter(0x0212, bytes(4)) + context)],
              (9, 3): [context], (9, 4): [xua_parameter(0x0209, context + xua_parameter(0x0213, bytes(4)))]}
    for row in codes.table("m3ua_messages"):
        key = int(row["class"]), int(row["type"])
        if key == (1, 1):
            continue
        default = [context, points(2002, 2003)] if key[0] == 2 else [context] if key[0] == 4 else []
        tape.sctp(*ss7.M3UA, xua("m3ua", *key, *bodies.get(key, default)))


def bundled_and_fragmented(tape):
    """Several messages in a packet, and one in several packets."""
    tape.sctp(*ss7.M3UA, *[ss7.m3ua(ss7.udt(begin("2000000%d" % n))) for n in range(5)])
    tape.sctp(*ss7.M3UA, ss7.m3ua(ss7.udt(begin("20000010"))), size=40)
    tape.sctp(*ss7.M3UA, ss7.m3ua(ss7.udt(begin("20000011"))), ss7.m3ua(ss7.udt(begin("20000012"))), size=64)


def m2pa(tape):
    for status in range(1, 10):
        tape.sctp(*ss7.M2PA, ss7.m2pa_message(2, struct.pack(">I", status)))
    tape.sctp(*ss7.M2PA, ss7.m2pa_message(1))
    for n in range(4):
        tape.sctp(*ss7.M2PA, ss7.m2pa(ss7.mtp3(ss7.udt(begin("3000000%d" % n))), bsn=n, fsn=n + 1))
    tape.sctp(*ss7.M2PA, ss7.m2pa(ss7.mtp3(ss7.isup(1, 17, bytes.fromhex(ISUP[1])), si=ss7.SI_ISUP)))


M2UA_MANAGEMENT = [(0, 0, [(0x000C, 1)]), (0, 1, [(0x000D, 0x00010002)]), (3, 1, []), (3, 2, []), (3, 3, []), (3, 4, []), (3, 5, []), (3, 6, []),
                   (4, 1, [(0x000B, 1)]), (4, 2, []), (4, 3, [(0x000B, 1)]), (4, 4, []), (6, 2, [(1, 3)]), (6, 3, [(1, 3)]), (6, 4, [(1, 3)]),
                   (6, 5, [(1, 3)]), (6, 6, [(1, 3)]), (6, 7, [(1, 3), (0x0302, 1)]), (6, 8, [(1, 3), (0x0302, 1)]), (6, 9, [(1, 3), (0x0303, 1)]),
                   (6, 10, [(1, 3), (0x0306, 1)]), (6, 11, [(1, 3), (0x0306, 1), (0x0307, 0)]), (6, 12, [(1, 3), (0x0306, 1)]),
                   (6, 13, [(1, 3), (0x0306, 1), (0x0308, 0)]), (6, 14, [(1, 3), (0x0304, 0)]), (6, 15, [(1, 3), (0x0013, 5)])]


def m2ua(tape):
    for message_class, message_type, parameters in M2UA_MANAGEMENT:
        tape.sctp(*ss7.M2UA, xua("m2ua", message_class, message_type, *[xua_parameter(tag, struct.pack(">I", value)) for tag, value in parameters]))
    for n in range(4):
        tape.sctp(*ss7.M2UA, ss7.m2ua(ss7.mtp3(ss7.udt(begin("4000000%d" % n)))))


def sua(tape):
    context = xua_parameter(0x0006, struct.pack(">I", 5))
    affected = xua_parameter(0x0012, struct.pack(">I", 2002))
    ssn = xua_parameter(0x8003, struct.pack(">I", 6))
    management = [(0, 0, [ss7.sua_long(0x000C, 1)]), (0, 1, [xua_parameter(0x000D, struct.pack(">HH", 1, 2))]), (2, 1, [context, affected, ssn]),
                  (2, 2, [context, affected, ssn]), (2, 3, [context, affected]), (2, 4, [context, affected, ss7.sua_long(0x0118, 2)]),
                  (2, 5, [context, affected, xua_parameter(0x010C, struct.pack(">HH", 1, 3))]), (2, 6, [context, affected])]
    management += [(3, kind, []) for kind in (1, 2, 3, 4, 5, 6)] + [(4, kind, [context]) for kind in (1, 2, 3, 4)]
    for message_class, message_type, parameters in management:
        tape.sctp(*ss7.SUA, xua("sua", message_class, message_type, *parameters))
    for n in range(4):
        tape.sctp(*ss7.SUA, ss7.cldt(begin("5000000%d" % n)))
    for cause in codes.numbers("sccp_return_causes"):
        tape.sctp(*ss7.SUA, ss7.cldr(begin("500001%02x" % cause), cause), back=True)
    tape.sctp(*ss7.SUA, ss7.core(nothing(), 0x111))
    tape.sctp(*ss7.SUA, ss7.coak(0x111, 0x222), back=True)
    tape.sctp(*ss7.SUA, ss7.codt(Said(b"\x00\x01\x53"), 0x222))
    tape.sctp(*ss7.SUA, ss7.relre(0x222, 0x111, 3))
    tape.sctp(*ss7.SUA, ss7.relco(0x111, 0x222), back=True)
    tape.sctp(*ss7.SUA, ss7.coref(0x333, 4), back=True)


def mtp3_management(tape):
    """Q.704 15: heading codes with the fields behind them; over M3UA nobody sends them, so over M2PA."""
    destination = struct.pack("<H", 2003)
    messages = [(1, 1, b"\x01\x00"), (1, 2, b"\x01\x00"), (1, 5, b"\x00"), (1, 6, b"\x00"), (2, 1, b"\x00"), (2, 2, b"\x00"), (3, 1, b""),
                (3, 2, destination), (4, 1, destination), (4, 3, destination), (4, 5, destination), (5, 1, destination), (6, 1, b""),
                (6, 2, b""), (7, 1, b""), (10, 1, destination + b"\x03")]
    for h0, h1, body in messages:
        tape.sctp(*ss7.M2PA, ss7.m2pa(ss7.mtp3(ss7.management(h0, h1, body), si=ss7.SI_MANAGEMENT)))


def return_causes(tape):
    """UDTS, XUDTS and LUDTS with every return cause, each with the Begin that comes back."""
    for cause in codes.numbers("sccp_return_causes"):
        for index, make in enumerate((ss7.udts, ss7.xudts, ss7.ludts)):
            sccp_over_m3ua(tape, make(begin("6%d0000%02x" % (index, cause)), cause), back=True, opc=2002, dpc=1001)


def addresses(tape):
    """Global titles of every indicator, of even and odd length, with and without SSN and point code (Q.713 3.4)."""
    for indicator in (1, 2, 3, 4):
        for digits in ("447802000001", "4478020000012"):
            for pc in (None, 2002):
                for ssn in (6, None):
                    called = Address(ssn, digits if indicator != 2 or len(digits) % 2 == 0 else digits + "0", indicator, pc)
                    sccp_over_m3ua(tape, ss7.udt(begin("700000%d%d" % (indicator, len(digits) % 2)), called, ss7.VLR))
    sccp_over_m3ua(tape, ss7.udt(begin("70000100"), Address(6, pc=2002), Address(7, pc=1001)))
    sccp_over_m3ua(tape, ss7.udt(begin("70000101"), Address(6), Address(7)))
    for nature in range(0, 5):
        sccp_over_m3ua(tape, ss7.udt(begin("7000020%d" % nature), Address(6, "447802000001", nature=nature, plan=1), ss7.VLR))
    for plan in range(1, 8):
        sccp_over_m3ua(tape, ss7.udt(begin("7000030%d" % plan), Address(6, "234107802000001", plan=plan), ss7.VLR))


def segmented(tape):
    """XUDT and LUDT in segments, of several references at once, and whole ones with and without optional parameters."""
    long_one = tcap.message("end", tcap.result("map", 1, 56, tcap.tlv(0xA3, tcap.tlv(0xA1, *[tcap.QUINTUPLET] * 5))), dtid="71000001")
    for size, make, reference in ((150, ss7.xudt, 0x111111), (100, ss7.xudt, 0x222222), (210, ss7.xudt, 0x333333)):
        for part in ss7.segments(long_one, size, make, reference):
            sccp_over_m3ua(tape, part)
    one, other = ss7.segments(long_one, 200, ss7.xudt, 0x444444), ss7.segments(long_one, 200, ss7.xudt, 0x555555)
    for pair in zip(one, other):
        sccp_over_m3ua(tape, *pair)
    sccp_over_m3ua(tape, ss7.xudt(begin("71000002")), ss7.xudt(begin("71000003"), optional=ss7.optional_part(18, b"\x02")),
                   ss7.ludt(begin("71000004")), ss7.ludt(long_one))


def scmg(tape):
    for kind in range(1, 7):
        for ssn in (6, 7, 8, 149):
            sccp_over_m3ua(tape, ss7.udt(ss7.scmg(kind, ssn, 2002), Address(1), Address(1)))


def connections(tape):
    """Every message of connection-oriented SCCP, with and without what they may carry; every cause."""
    user = Said(b"\x01\x02\x03\x04")
    sccp_over_m3ua(tape, ss7.cr(nothing(), 0x010203, Address(142)), ss7.cc(nothing(), 0x010203, 0x040506), ss7.dt1(user, 0x040506),
                   ss7.dt2(user, 0x010203), *ss7.the_rest_of_connections(0x010203, 0x040506), ss7.rlsd(nothing(), 0x010203, 0x040506, 0),
                   ss7.rlc(0x040506, 0x010203))
    for number in codes.numbers("causes_ss7", layer="sccp-connection"):
        sccp_over_m3ua(tape, with_cause(*divmod(number, 256)))


def with_cause(kind, cause):
    """The table counts refusals from 0, releases from 256, resets from 512, errors from 768."""
    mine, theirs = 0x010203, 0x040506
    makers = (lambda: ss7.cref(nothing(), mine, cause), lambda: ss7.rlsd(nothing(), mine, theirs, cause), lambda: ss7.rsr(mine, theirs, cause),
              lambda: ss7.err(mine, cause))
    return makers[kind]()


# Q.763 4, Tables 21 to 49: fixed parts, pointers, variable parts.
ISUP = {1: "0000000a0002000603904477" + "0009", 2: "02000200" + "12", 6: "000000", 8: "00", 9: "00", 12: "0200028090", 13: "0000", 14: "0000",
        16: "00", 18: "", 19: "", 20: "", 21: "", 22: "", 23: "010103", 24: "000102030f", 25: "000102030f", 26: "000102030f", 27: "000102030f",
        41: "0102030f", 44: "0100"}


def isup(tape):
    for kind, body in ISUP.items():
        tape.sctp(*ss7.M3UA, ss7.m3ua(ss7.isup(kind, 4095 if kind == 1 else kind, bytes.fromhex(body)), si=ss7.SI_ISUP))


def ansi(tape):
    """Point codes of 24 bits over M2PA; addresses and management of T1.112.3, the routing messages 253 to 255 of which ITU has not."""
    called, calling = Address(6, "447802000001", 2, is_ansi=True), Address(7, pc=0x123456, is_ansi=True)
    for n in range(3):
        said = ss7.mtp3_ansi(ss7.udt(begin("7200000%d" % n), called, calling), opc=0x010203, dpc=0x123456)
        tape.sctp(*ss7.M2PA, ss7.m2pa(said))
    management = Address(1, is_ansi=True)
    for kind in set(codes.numbers("scmg_messages")) - {6}:
        tape.sctp(*ss7.M2PA, ss7.m2pa(ss7.mtp3_ansi(ss7.udt(ss7.scmg(kind, 6, 0x123456, 3), management, management), opc=0x010203, dpc=0x123456)))


def mtp3_link(tape):
    for n in range(3):
        tape.bare(ss7.mtp3(ss7.udt(begin("7300000%d" % n))))


def sccp_link(tape):
    for n in range(3):
        tape.bare(ss7.udt(begin("7400000%d" % n)))


def mtp2_link(tape):
    """Q.703 2.2: BSN, FSN, length indicator, then MTP3."""
    for n in range(3):
        said = ss7.mtp3(ss7.udt(begin("7500000%d" % n)))
        tape.bare(said.under(bytes([0x81, 0x82, 63]) + said.data))
    tape.bare(Said(b"\x81\x82\x01\x00"))
    tape.bare(Said(b"\x81\x82\x00"))


STORIES = [("m3ua-management", m3ua_management), ("m3ua-bundled", bundled_and_fragmented), ("m2pa", m2pa), ("m2ua", m2ua), ("sua", sua),
           ("mtp3-management", mtp3_management), ("sccp-return-causes", return_causes), ("sccp-addresses", addresses),
           ("sccp-segmented", segmented), ("sccp-management", scmg), ("sccp-connections", connections), ("isup", isup),
           ("ss7-ansi", ansi, 1, ("mtp3.standard:ANSI",), ("decode: {mtp3_variant: ansi}",)), ("link-mtp3", mtp3_link, LINK_MTP3), ("link-sccp", sccp_link, LINK_SCCP),
           ("link-mtp2", mtp2_link, LINK_MTP2)]
