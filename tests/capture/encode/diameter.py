# SPDX-License-Identifier: BSD-3-Clause
"""Diameter (RFC 6733): header and AVPs, as builders."""
import struct

from encode.wire import Said

VENDOR_3GPP = 10415
REQUEST, PROXIABLE, ERROR, RETRANSMITTED = 0x80, 0x40, 0x20, 0x10


def avp(code, value, vendor=None, mandatory=True):
    """value: bytes, text, or an integer of 32 bits; a list is a grouped AVP."""
    if isinstance(value, (list, tuple)):
        value = b"".join(value)
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, int):
        value = struct.pack(">I", value)
    flags = (0x40 if mandatory else 0) | (0x80 if vendor is not None else 0)
    head = struct.pack(">IB", code, flags) + (8 + 4 * (vendor is not None) + len(value)).to_bytes(3, "big")
    return head + (struct.pack(">I", vendor) if vendor is not None else b"") + value + bytes(-len(value) % 4)


def avp3(code, value, mandatory=True):
    return avp(code, value, VENDOR_3GPP, mandatory)


def message(command, application, flags, hop, end, *avps, **fields):
    body = b"".join(avps)
    data = b"\x01" + (20 + len(body)).to_bytes(3, "big") + bytes([flags]) + command.to_bytes(3, "big") + struct.pack(">III", application, hop, end)
    row = {"code": command, "app": application, "request": bool(flags & REQUEST), "error": bool(flags & ERROR),
           "retransmit": bool(flags & RETRANSMITTED), "hop": hop, "end": end, **fields}
    return Said(data + body, [("diameter", row)])
