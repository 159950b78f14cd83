# SPDX-License-Identifier: BSD-3-Clause
"""MTP3 (Q.704), its adaptation layers M3UA, M2UA, M2PA, SUA (RFC 4666, 3331, 4165, 3868), SCCP (Q.713) and ISUP (Q.763), as builders."""
import struct

from encode import ber
from encode.wire import Said

M3UA, M2PA, M2UA, SUA = (2905, 3), (3565, 5), (2904, 2), (14001, 4)
SI_MANAGEMENT, SI_SCCP, SI_ISUP = 0, 3, 5
CLASS_1_RETURN = 0x81


def xua_parameter(tag, value):
    return struct.pack(">HH", tag, 4 + len(value)) + value + bytes(-len(value) % 4)


def xua(layer, message_class, message_type, *parameters, said=None, rows=()):
    """A message of the common header of RFC 4666 3.1; M2UA and SUA have the same."""
    body = b"".join(parameters)
    data = struct.pack(">BBBBI", 1, 0, message_class, message_type, 8 + len(body)) + body
    return (said or Said(b"")).under(data, (layer, {"class": message_class, "type": message_type}), *rows)


def m3ua(said, opc=1001, dpc=2002, si=SI_SCCP, ni=2, sls=5, routing_context=7):
    protocol = struct.pack(">IIBBBB", opc, dpc, si, ni, 0, sls) + said.data
    parameters = (xua_parameter(0x0006, struct.pack(">I", routing_context)), xua_parameter(0x0210, protocol))
    return xua("m3ua", 1, 1, *parameters, said=said, rows=[("mtp3", {"opc": opc, "dpc": dpc, "si": si, "ni": ni, "sls": sls})])


def mtp3(said, opc=1001, dpc=2002, si=SI_SCCP, ni=2, sls=5):
    """The signalling information field with its label of Q.704 2.2: DPC 14 bits, OPC 14 bits, SLS 4 bits, lowest first."""
    label = struct.pack("<I", dpc | opc << 14 | sls << 28)
    return said.under(bytes([si | ni << 6]) + label + said.data, ("mtp3", {"opc": opc, "dpc": dpc, "si": si, "ni": ni, "sls": sls}))


def mtp3_ansi(said, opc, dpc, si=SI_SCCP, ni=2, sls=5):
    """T1.111.4: 24 bits each, then the SLS in an octet."""
    label = dpc.to_bytes(3, "little") + opc.to_bytes(3, "little") + bytes([sls])
    return said.under(bytes([si | ni << 6]) + label + said.data, ("mtp3", {"opc": opc, "dpc": dpc, "si": si, "ni": ni, "sls": sls}))


def m2pa(said, bsn=100, fsn=101):
    """User Data of RFC 4165 2.3.1: the priority octet, then MTP3."""
    return m2pa_message(1, b"\0" + said.data, said, bsn, fsn)


def m2pa_message(message_type, body=b"", said=None, bsn=100, fsn=101):
    data = struct.pack(">BBBBI", 1, 0, 11, message_type, 16 + len(body)) + struct.pack(">II", bsn, fsn) + body
    return (said or Said(b"")).under(data, ("m2pa", {"class": 11, "type": message_type}))


def m2ua(said):
    """MAUP Data of RFC 3331 3.3.1.1."""
    return xua("m2ua", 6, 1, xua_parameter(0x0001, struct.pack(">I", 3)), xua_parameter(0x0300, said.data), said=said)


def isup(message_type, cic, body=b""):
    """Q.763 1.2 and 1.3: CIC of 12 bits, lowest octet first, then the type."""
    return Said(struct.pack("<HB", cic, message_type) + body, [("isup", {"cic": cic, "type": message_type})])


def management(h0, h1, body=b""):
    """Signalling network management of Q.704 15: heading codes H0 (low half) and H1."""
    return Said(bytes([h0 | h1 << 4]) + body, [("mtp3mg", {"h0": h0, "h1": h1})])


# ---- SCCP

def odd_digits(digits):
    """Of an odd number of signals the last half octet is filler 0 (Q.713 3.4.2.3)."""
    return ber.semi_octets(digits, filler=0)


class Address:
    """A called or calling party address (Q.713 3.4, T1.112.3 in ANSI)."""

    def __init__(self, ssn=6, gt=None, indicator=4, pc=None, route_on_ssn=False, nature=4, plan=1, is_ansi=False):
        self.ssn, self.gt, self.indicator, self.pc, self.is_ansi = ssn, gt, indicator if gt else 0, pc, is_ansi
        self.route_on_ssn, self.nature, self.plan = route_on_ssn or gt is None, nature, plan

    def row(self):
        found = {"ssn": self.ssn, "pc": self.pc, "gt": self.gt}
        return {key: value for key, value in found.items() if value is not None}

    def global_title(self):
        if not self.gt:
            return b""
        scheme = 2 - len(self.gt) % 2
        digits, odd = odd_digits(self.gt), len(self.gt) % 2
        if self.is_ansi:
            return {1: bytes([0, self.plan << 4 | scheme]), 2: b"\0"}[self.indicator] + digits
        heads = {1: bytes([odd << 7 | self.nature]), 2: b"\0", 3: bytes([0, self.plan << 4 | scheme]),
                 4: bytes([0, self.plan << 4 | scheme, self.nature])}
        return heads[self.indicator] + digits

    def encoded(self):
        routing = 0x40 if self.route_on_ssn else 0
        ssn = b"" if self.ssn is None else bytes([self.ssn])
        if self.is_ansi:
            pc = b"" if self.pc is None else self.pc.to_bytes(3, "little")
            flags = 0x80 | routing | self.indicator << 2 | (2 if pc else 0) | (1 if ssn else 0)
            return bytes([flags]) + ssn + pc + self.global_title()
        pc = b"" if self.pc is None else struct.pack("<H", self.pc)
        flags = routing | self.indicator << 2 | (2 if ssn else 0) | (1 if pc else 0)
        return bytes([flags]) + pc + ssn + self.global_title()


HLR = Address(6, "447802000001")
VLR = Address(7, "447802000107")


def row_of(name, called=None, calling=None, **fields):
    row = {"type": name, **fields}
    for way, address in (("called", called), ("calling", calling)):
        if address:
            row.update({f"{way}.{key}": value for key, value in address.row().items()})
    return "sccp", row


def pointers(parts, optional=None, width=1):
    """Pointers to the mandatory variable parts and to the optional part (0: none), then those parts, each behind its length. A pointer counts
    from itself (Q.713 2.3): one octet of one octet, in long messages (LUDT) two octets, lowest first, counted from the second octet."""
    count = len(parts) + (optional is not None)
    out, body = b"", b""
    sizes = [1] * (len(parts) - 1) + [width] if width == 2 else [1] * len(parts)
    for index, (part, size) in enumerate(zip(parts, sizes)):
        out += (width * (count - index) + len(body) - (width - 1)).to_bytes(width, "little")
        body += len(part).to_bytes(size, "little") + part
    if optional is not None:
        distance = width + len(body) - (width - 1) if optional else 0
        out += distance.to_bytes(width, "little")
        body += optional + (b"\0" if optional else b"")
    return out + body


def optional_part(name, value):
    return bytes([name, len(value)]) + value


def segmentation(is_first, remaining, reference, protocol_class=1):
    """Q.713 3.17: F, C, and the number of segments to come; then the local reference."""
    return optional_part(16, bytes([is_first << 7 | (protocol_class & 1) << 6 | remaining]) + reference.to_bytes(3, "little"))


def udt(said, called=HLR, calling=VLR):
    body = pointers([called.encoded(), calling.encoded(), said.data])
    return said.under(bytes([9, CLASS_1_RETURN]) + body, row_of("UDT", called, calling))


def udts(said, cause, called=VLR, calling=HLR):
    body = pointers([called.encoded(), calling.encoded(), said.data])
    return said.under(bytes([10, cause]) + body, row_of("UDTS", called, calling, return_cause=cause))


def xudt(said, called=HLR, calling=VLR, optional=b"", hops=10):
    body = pointers([called.encoded(), calling.encoded(), said.data], optional)
    return said.under(bytes([17, CLASS_1_RETURN, hops]) + body, row_of("XUDT", called, calling))


def xudts(said, cause, called=VLR, calling=HLR, optional=b"", hops=10):
    body = pointers([called.encoded(), calling.encoded(), said.data], optional)
    return said.under(bytes([18, cause, hops]) + body, row_of("XUDTS", called, calling, return_cause=cause))


def ludt(said, called=HLR, calling=VLR, optional=b"", hops=10):
    body = pointers([called.encoded(), calling.encoded(), said.data], optional, width=2)
    return said.under(bytes([19, CLASS_1_RETURN, hops]) + body, row_of("LUDT", called, calling))


def ludts(said, cause, called=VLR, calling=HLR, optional=b"", hops=10):
    body = pointers([called.encoded(), calling.encoded(), said.data], optional, width=2)
    return said.under(bytes([20, cause, hops]) + body, row_of("LUDTS", called, calling, return_cause=cause))


def segments(said, size, make=xudt, reference=0x123456, **addresses):
    """A message in pieces; the last one means what is inside."""
    parts = [said.data[at:at + size] for at in range(0, len(said.data), size)]
    return [make(Said(part, said.rows) if index == len(parts) - 1 else Said(part, is_segment=True),
                 optional=segmentation(index == 0, len(parts) - 1 - index, reference), **addresses) for index, part in enumerate(parts)]


def reference(value):
    return value.to_bytes(3, "little")


def cr(said, slr, called=Address(254), calling=None):
    optional = (optional_part(4, calling.encoded()) if calling else b"") + (optional_part(15, said.data) if said.data else b"")
    body = bytes([1]) + reference(slr) + b"\x02" + pointers([called.encoded()], optional)
    return said.under(body, row_of("CR", called, calling, slr=slr))


def cc(said, dlr, slr):
    body = bytes([2]) + reference(dlr) + reference(slr) + b"\x02" + pointers([], optional_part(15, said.data) if said.data else b"")
    return said.under(body, row_of("CC", dlr=dlr, slr=slr))


def cref(said, dlr, cause):
    body = bytes([3]) + reference(dlr) + bytes([cause]) + pointers([], optional_part(15, said.data) if said.data else b"")
    return said.under(body, row_of("CREF", dlr=dlr, cause=cause))


def rlsd(said, dlr, slr, cause):
    body = bytes([4]) + reference(dlr) + reference(slr) + bytes([cause]) + pointers([], optional_part(15, said.data) if said.data else b"")
    return said.under(body, row_of("RLSD", dlr=dlr, slr=slr, cause=cause))


def plain(code, name, *parts, **fields):
    return Said(bytes([code]) + b"".join(parts), [row_of(name, **fields)])


def rlc(dlr, slr):
    return plain(5, "RLC", reference(dlr), reference(slr), dlr=dlr, slr=slr)


def dt1(said, dlr, more=0):
    return said.under(bytes([6]) + reference(dlr) + bytes([more]) + pointers([said.data]), row_of("DT1", dlr=dlr))


def dt2(said, dlr, sent=0, expected=0, more=0):
    return said.under(bytes([7]) + reference(dlr) + bytes([sent << 1, expected << 1 | more]) + pointers([said.data]), row_of("DT2", dlr=dlr))


def rsr(dlr, slr, cause):
    return plain(13, "RSR", reference(dlr), reference(slr), bytes([cause]), dlr=dlr, slr=slr, cause=cause)


def err(dlr, cause):
    return plain(15, "ERR", reference(dlr), bytes([cause]), dlr=dlr, cause=cause)


def the_rest_of_connections(dlr, slr):
    """AK, ED, EA, RSR, RSC, ERR, IT (Q.713 4.8 to 4.16)."""
    return [plain(8, "AK", reference(dlr), b"\x02\x04", dlr=dlr), plain(11, "ED", reference(dlr), pointers([b"\x55"]), dlr=dlr),
            plain(12, "EA", reference(dlr), dlr=dlr), rsr(dlr, slr, 0), plain(14, "RSC", reference(dlr), reference(slr), dlr=dlr, slr=slr), err(dlr, 0),
            plain(16, "IT", reference(dlr), reference(slr), b"\x02\x02\x04\x06", dlr=dlr, slr=slr)]


def scmg(kind, ssn, pc, width=2):
    """Q.713 5.3: affected SSN, affected PC, multiplicity; SSC has a congestion level behind."""
    body = bytes([kind, ssn]) + pc.to_bytes(width, "little") + b"\0" + (b"\x03" if kind == 6 else b"")
    return Said(body, [("scmg", {"type": kind, "ssn": ssn, "pc": pc})])


# ---- SUA

def sua_address(tag, address):
    """RFC 3868 3.10.2: routing indicator, what is inside, then the parameters."""
    inside = b""
    flags = 0
    if address.gt:
        digits = odd_digits(address.gt)
        inside += xua_parameter(0x8001, struct.pack(">BBBBBBBB", 0, 0, 0, address.indicator, len(address.gt), 0, address.plan, address.nature) + digits)
        flags |= 4
    if address.pc is not None:
        inside += xua_parameter(0x8002, struct.pack(">I", address.pc))
        flags |= 2
    if address.ssn is not None:
        inside += xua_parameter(0x8003, struct.pack(">I", address.ssn))
        flags |= 1
    return xua_parameter(tag, struct.pack(">HH", 2 if address.route_on_ssn else 1, flags) + inside)


SUA_CONTEXT = xua_parameter(0x0006, struct.pack(">I", 5))
SUA_CLASS = xua_parameter(0x0115, struct.pack(">I", 1))
SUA_SEQUENCE = xua_parameter(0x0116, struct.pack(">I", 9))


def sua_long(tag, value):
    return xua_parameter(tag, struct.pack(">I", value))


def cldt(said, called=HLR, calling=VLR):
    parts = (SUA_CONTEXT, SUA_CLASS, sua_address(0x0102, calling), sua_address(0x0103, called), SUA_SEQUENCE, xua_parameter(0x010B, said.data))
    return xua("sua", 7, 1, *parts, said=said)


def cldr(said, cause, called=VLR, calling=HLR):
    """RFC 3868 3.3.2; the cause with its type 1, return cause, in the octet above (3.10.6)."""
    parts = (SUA_CONTEXT, sua_long(0x0106, 1 << 8 | cause), sua_address(0x0102, calling), sua_address(0x0103, called), xua_parameter(0x010B, said.data))
    return xua("sua", 7, 2, *parts, said=said)


def core(said, slr, called=Address(254)):
    parts = (SUA_CONTEXT, sua_long(0x0115, 2), sua_long(0x0104, slr), sua_address(0x0103, called), SUA_SEQUENCE)
    return xua("sua", 8, 1, *parts, *((xua_parameter(0x010B, said.data),) if said.data else ()), said=said)


def coak(dlr, slr):
    return xua("sua", 8, 2, SUA_CONTEXT, sua_long(0x0115, 2), sua_long(0x0105, dlr), sua_long(0x0104, slr), SUA_SEQUENCE)


def coref(dlr, cause):
    return xua("sua", 8, 3, SUA_CONTEXT, sua_long(0x0105, dlr), sua_long(0x0106, 2 << 8 | cause))


def relre(dlr, slr, cause):
    return xua("sua", 8, 4, SUA_CONTEXT, sua_long(0x0105, dlr), sua_long(0x0104, slr), sua_long(0x0106, 3 << 8 | cause))


def relco(dlr, slr):
    return xua("sua", 8, 5, SUA_CONTEXT, sua_long(0x0105, dlr), sua_long(0x0104, slr))


def codt(said, dlr):
    return xua("sua", 8, 8, SUA_CONTEXT, sua_long(0x0105, dlr), xua_parameter(0x010B, said.data), said=said)
