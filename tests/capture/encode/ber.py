# SPDX-License-Identifier: BSD-3-Clause
"""Tag, length, value of X.690: definite lengths in the short form where they fit, the indefinite form on request."""


def length(n):
    if n < 0x80:
        return bytes([n])
    body = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(body)]) + body


def tag_bytes(tag):
    """A tag as an integer of as many octets as it takes: 0x9f32 is two."""
    return tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big")


def tlv(tag, *contents):
    body = b"".join(contents)
    return tag_bytes(tag) + length(len(body)) + body


def indefinite(tag, *contents):
    return tag_bytes(tag) + b"\x80" + b"".join(contents) + b"\0\0"


def integer(value, tag=0x02):
    size = 1
    while not -(1 << 8 * size - 1) <= value < 1 << 8 * size - 1:
        size += 1
    return tlv(tag, value.to_bytes(size, "big", signed=True))


def enumerated(value, tag=0x0A):
    return integer(value, tag)


def oid(*arcs, tag=0x06):
    out = bytearray([arcs[0] * 40 + arcs[1]])
    for arc in arcs[2:]:
        groups = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            groups.append(0x80 | arc & 0x7F)
        out += bytes(reversed(groups))
    return tlv(tag, bytes(out))


def semi_octets(digits, filler=0xF):
    """TBCD of TS 29.002: the first digit in the lower half."""
    halves = [int(digit, 16) for digit in digits] + [filler] * (len(digits) % 2)
    return bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2]))
