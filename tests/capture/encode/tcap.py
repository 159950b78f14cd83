# SPDX-License-Identifier: BSD-3-Clause
"""TCAP (Q.773, ANSI T1.114) with its dialogue portion, and the components of MAP (TS 29.002) and CAP (TS 29.078), as builders."""
from encode import ber
from encode.ber import enumerated, integer, oid, semi_octets, tlv
from encode.wire import Said

DIALOGUE_AS = oid(0, 0, 17, 773, 1, 1, 1)
UNIDIALOGUE_AS = oid(0, 0, 17, 773, 1, 2, 1)
MAP_DIALOGUE_AS = oid(0, 4, 0, 0, 1, 1, 1, 1)
VERSION_1 = tlv(0x80, b"\x07\x80")
MAP_CONTEXT = (0, 4, 0, 0, 1, 0)
CAP_CONTEXTS = {1: (0, 4, 0, 0, 1, 0, 50, 0), 2: (0, 4, 0, 0, 1, 0, 50, 1), 3: (0, 4, 0, 0, 1, 21, 3, 4), 4: (0, 4, 0, 0, 1, 23, 3, 4)}
ACCEPTED, REJECTED = 0, 1

IMSI, MSISDN = "234101234567890", "447700900123"


def dotted(context):
    return ".".join(map(str, context))


def external(abstract_syntax, pdu):
    return tlv(0x28, abstract_syntax, tlv(0xA0, pdu))


def dialogue(*pdu):
    return tlv(0x6B, external(DIALOGUE_AS, b"".join(pdu)))


def aarq(context):
    return dialogue(tlv(0x60, VERSION_1, tlv(0xA1, oid(*context))))


def aare(context, result=ACCEPTED, diagnostic=0, by_provider=False, user=b""):
    source = tlv(0xA2 if by_provider else 0xA1, integer(diagnostic))
    return dialogue(tlv(0x61, VERSION_1, tlv(0xA1, oid(*context)), tlv(0xA2, integer(result)), tlv(0xA3, source), user))


def abrt(source=0, user=b""):
    return dialogue(tlv(0x64, tlv(0x80, bytes([source])), user))


def map_user(pdu):
    """User information with one of the PDUs of MAP-DialogueInformation (TS 29.002 17.4.2)."""
    return tlv(0xBE, external(MAP_DIALOGUE_AS, pdu))


def message(kind, said=None, otid=None, dtid=None, dialogue_portion=b"", context=None, tlv=ber.tlv, extra=b"", **fields):
    """said: the components. kind: begin, end, continue, abort, unidirectional."""
    tags = {"unidirectional": 0x61, "begin": 0x62, "end": 0x64, "continue": 0x65, "abort": 0x67}
    said = said or Said(b"")
    row = {"type": kind, **fields}
    parts = []
    for name, tag, value in (("otid", 0x48, otid), ("dtid", 0x49, dtid)):
        if value is not None:
            parts.append(ber.tlv(tag, bytes.fromhex(value)))
            row[name] = value
    if context:
        row["ac"] = dotted(context)
    components = tlv(0x6C, said.data) if said.data else b""
    return said.under(tlv(tags[kind], *parts, extra, dialogue_portion, components), ("tcap", row))


def joined(*saids):
    return Said(b"".join(said.data for said in saids), [row for said in saids for row in said.rows])


def invoke(user, identity, operation, parameter=b"", linked=None, tlv=ber.tlv, **fields):
    parts = [integer(identity)] + ([integer(linked, 0x80)] if linked is not None else [])
    return Said(tlv(0xA1, *parts, integer(operation), parameter), [(user, {"type": "invoke", "id": identity, "op": operation, **fields})])


def result(user, identity, operation=None, parameter=b"", last=True, tlv=ber.tlv, **fields):
    inner = [ber.tlv(0x30, integer(operation), parameter)] if operation is not None else []
    row = {"type": "returnResultLast" if last else "returnResultNotLast", "id": identity, **fields}
    if operation is not None:
        row["op"] = operation
    return Said(tlv(0xA2 if last else 0xA7, integer(identity), *inner), [(user, row)])


def error(user, identity, code, parameter=b"", **fields):
    return Said(tlv(0xA3, integer(identity), integer(code), parameter), [(user, {"type": "returnError", "id": identity, "error": code, **fields})])


def reject(user, identity, kind, problem):
    """kind: 0 general, 1 invoke, 2 return result, 3 return error (Q.773 3.1)."""
    number = integer(identity) if identity is not None else b"\x05\x00"
    row = {"type": "reject"} if identity is None else {"type": "reject", "id": identity}
    return Said(tlv(0xA4, number, integer(problem, 0x80 | kind)), [(user, row)])


# ---- parameters of MAP

def number(digits, tag=0x04, nature=0x91):
    """ISDN-AddressString: extension, nature and plan, then TBCD (TS 29.002 17.7.8)."""
    return tlv(tag, bytes([nature]) + semi_octets(digits))


def imsi(tag=0x04, digits=IMSI):
    return tlv(tag, semi_octets(digits))


def sequence(*parts):
    return tlv(0x30, *parts)


NODE, SGSN, CENTRE, HLR_NUMBER = "447802000107", "447802000207", "447785016005", "447802000001"
IMEI = "3543210987654320"
SHORT_MESSAGE = bytes.fromhex("040c91447700091032000021513212900000" "03c8329b")
TRIPLET = sequence(tlv(0x04, bytes(range(16))), tlv(0x04, b"\1\2\3\4"), tlv(0x04, b"\5\6\7\x08\x09\x0a\x0b\x0c"))
QUINTUPLET = sequence(tlv(0x04, bytes(range(16))), tlv(0x04, bytes(8)), tlv(0x04, bytes(range(16, 32))), tlv(0x04, bytes(range(32, 48))),
                      tlv(0x04, bytes(16)))
WITH_IMSI, WITH_NUMBER = {"imsi": IMSI}, {"msisdn": MSISDN}

# (context, version, operation, argument, what the argument names, result). None: there is no result parameter; False: no result.
DIALOGUES = [
    (1, 1, 2, sequence(imsi(), number(NODE, 0x81), number(NODE)), WITH_IMSI, number(HLR_NUMBER)),
    (1, 2, 2, sequence(imsi(), number(NODE, 0x81), number(NODE), tlv(0x8A, b"\1\2\3\4")), WITH_IMSI, sequence(number(HLR_NUMBER))),
    (1, 3, 2, sequence(imsi(), number(NODE, 0x81), number(NODE), tlv(0xA6, tlv(0x80, b"\x04\xf0"))), WITH_IMSI, sequence(number(HLR_NUMBER))),
    (1, 3, 57, sequence(imsi()), WITH_IMSI, sequence(number(HLR_NUMBER))),
    (2, 2, 3, imsi(), WITH_IMSI, None),
    (2, 3, 3, tlv(0xA3, imsi(), enumerated(0)), WITH_IMSI, sequence()),
    (3, 3, 4, sequence(imsi(0x80), number(NODE, 0x81), number(MSISDN, 0x82)), WITH_IMSI, sequence(number("447700900999"))),
    (5, 3, 22, sequence(number(MSISDN, 0x80), tlv(0x83, b"\0"), number(NODE, 0x86)), WITH_NUMBER, tlv(0xA3, imsi(0x89), number("447700900999"))),
    (10, 2, 37, sequence(number(HLR_NUMBER), sequence(tlv(0x04, b"\x32\x14\x10"))), {}, False),
    (13, 2, 43, tlv(0x04, semi_octets(IMEI)), {}, enumerated(0)),
    (13, 3, 43, sequence(tlv(0x04, semi_octets(IMEI)), tlv(0x03, b"\x06\x80")), {}, sequence(enumerated(1))),
    (14, 2, 56, imsi(), WITH_IMSI, sequence(TRIPLET, TRIPLET)),
    (14, 3, 56, sequence(imsi(0x80), integer(2)), WITH_IMSI, tlv(0xA3, tlv(0xA1, QUINTUPLET, QUINTUPLET))),
    (14, 3, 56, sequence(imsi(0x80), integer(1)), WITH_IMSI, tlv(0xA3, tlv(0xA0, TRIPLET))),
    (16, 3, 7, sequence(imsi(0x80), number(MSISDN, 0x81), tlv(0x82, b"\x0a"), tlv(0x83, b"\0")), WITH_IMSI, sequence()),
    (16, 3, 8, sequence(imsi(0x80)), WITH_IMSI, sequence()),
    (20, 3, 45, sequence(number(MSISDN, 0x80), tlv(0x81, b"\xff"), number(CENTRE, 0x82)), WITH_NUMBER,
     sequence(imsi(), tlv(0xA0, number(NODE, 0x81)))),
    (21, 3, 46, sequence(number(CENTRE, 0x84), number(MSISDN, 0x82), tlv(0x04, SHORT_MESSAGE), imsi()), {}, sequence()),
    (25, 3, 44, sequence(imsi(0x80), number(CENTRE, 0x84), tlv(0x04, SHORT_MESSAGE)), WITH_IMSI, sequence()),
    (27, 2, 67, sequence(imsi(), number(NODE)), WITH_IMSI, None),
    (27, 3, 67, tlv(0xA3, imsi(), number(NODE, 0x80)), WITH_IMSI, sequence()),
    (32, 3, 23, sequence(imsi(), number(SGSN), tlv(0x04, b"\x04\x0a\x00\x00\x01")), WITH_IMSI, sequence(number(HLR_NUMBER))),
    (39, 3, 15, sequence(imsi(), enumerated(1)), WITH_IMSI, sequence()),
]


# ---- ANSI (T1.114.3), private tags

def ansi_message(tag, name, said, *identities):
    """identities: transaction ids of 4 octets, originating before responding."""
    components = tlv(0xE8, said.data) if said.data else b""
    row = {"type": name}
    ids = b"".join(bytes.fromhex(one) for one in identities)
    return said.under(tlv(tag, tlv(0xC7, ids), components), ("tcap", row))


def ansi_invoke(identity, family, operation):
    return Said(tlv(0xE9, tlv(0xCF, bytes([identity])), tlv(0xD1, bytes([family, operation])), tlv(0xF2)))


def ansi_result(identity):
    return Said(tlv(0xEA, tlv(0xCF, bytes([identity])), tlv(0xF2)))


def ansi_error(identity, code):
    return Said(tlv(0xEB, tlv(0xCF, bytes([identity])), tlv(0xD4, bytes([code])), tlv(0xF2)))
