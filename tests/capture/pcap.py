# SPDX-License-Identifier: BSD-3-Clause
"""Captures in plain Python: read pcap and pcapng, write every flavour of both, and rewrite packets so that they mean the same.

This is the tests' own reader; it shares nothing with the program. Packets keep their bytes, their lengths and their time in nanoseconds.
"""
import collections
import gzip
import struct

Packet = collections.namedtuple("Packet", "nanos wire_length bytes")
Capture = collections.namedtuple("Capture", "link_type packets")

ETHERNET, NULL, PPP, RAW, SLL, SLL2 = 1, 0, 9, 101, 113, 276
SCTP, EXPORTED = 248, 252
PCAP_MAGIC = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}
SECTION, INTERFACE, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 3, 6


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return read_pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else read_pcap(data)


def read_pcap(data):
    order = "<" if struct.unpack("<I", data[:4])[0] in PCAP_MAGIC else ">"
    unit = PCAP_MAGIC[struct.unpack(order + "I", data[:4])[0]]
    link_type = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, fraction, captured, wire = struct.unpack(order + "IIII", data[at:at + 16])
        packets.append(Packet(seconds * 10**9 + fraction * unit, wire, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return Capture(link_type, packets)


def read_pcapng(data):
    """Of one link type; the resolution of time is that of each interface."""
    packets, interfaces, at, order, link_type = [], [], 0, "<", None
    while at + 12 <= len(data):
        kind = struct.unpack("<I", data[at:at + 4])[0]
        if kind == SECTION:
            order = "<" if struct.unpack("<I", data[at + 8:at + 12])[0] == 0x1A2B3C4D else ">"
            interfaces = []
        kind, length = struct.unpack(order + "II", data[at:at + 8])
        body = data[at + 8:at + length - 4]
        if kind == INTERFACE:
            this = struct.unpack(order + "H", body[:2])[0]
            link_type = this if link_type is None else link_type
            interfaces.append(interface_unit(body[8:], order))
        elif kind == ENHANCED:
            number, high, low, captured, wire = struct.unpack(order + "IIIII", body[:20])
            numerator, denominator = interfaces[number]
            packets.append(Packet((high << 32 | low) * numerator // denominator, wire, body[20:20 + captured]))
        elif kind == SIMPLE:
            wire = struct.unpack(order + "I", body[:4])[0]
            packets.append(Packet(0, wire, body[4:4 + wire]))
        at += length
    return Capture(link_type, packets)


def interface_unit(options, order):
    """Nanoseconds per unit of time, as a fraction."""
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack(order + "HH", options[at:at + 4])
        if code == 9:
            exponent = options[at + 4]
            return (10**9, 2**(exponent & 0x7F)) if exponent & 0x80 else (10**9, 10**exponent)
        if code == 0:
            break
        at += 4 + (length + 3) // 4 * 4
    return 10**9, 10**6


def pcap_bytes(capture, order="<", nanos=True):
    magic, unit = (0xA1B23C4D, 1) if nanos else (0xA1B2C3D4, 1000)
    out = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, capture.link_type)]
    for p in capture.packets:
        out.append(struct.pack(order + "IIII", p.nanos // 10**9, p.nanos % 10**9 // unit, len(p.bytes), p.wire_length))
        out.append(p.bytes)
    return b"".join(out)


def pcapng_block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, 12 + len(body)) + body + struct.pack(order + "I", 12 + len(body))


def pcapng_bytes(capture, order="<", nanos=True):
    resolution = struct.pack(order + "HH", 9, 1) + bytes([9 if nanos else 6, 0, 0, 0]) + struct.pack(order + "HH", 0, 0)
    out = [pcapng_block(order, SECTION, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
           pcapng_block(order, INTERFACE, struct.pack(order + "HHI", capture.link_type, 0, 262144) + resolution)]
    for p in capture.packets:
        units = p.nanos if nanos else p.nanos // 1000
        body = struct.pack(order + "IIIII", 0, units >> 32, units & 0xFFFFFFFF, len(p.bytes), p.wire_length)
        out.append(pcapng_block(order, ENHANCED, body + p.bytes))
    return b"".join(out)


def write(path, capture, **flavour):
    with open(path, "wb") as file:
        file.write(pcap_bytes(capture, **flavour))
    return path


def in_microseconds(capture):
    """Times that every flavour can hold."""
    return capture._replace(packets=[p._replace(nanos=p.nanos // 1000 * 1000) for p in capture.packets])


def doubled(capture):
    return capture._replace(packets=[p for p in capture.packets for _ in range(2)])


def echoed(capture, nanos):
    """Every packet once more, so much later, as a second tap sees it."""
    return capture._replace(packets=sorted(capture.packets + [p._replace(nanos=p.nanos + nanos) for p in capture.packets],
                                           key=lambda p: p.nanos))


def played(capture, times, pause):
    """The whole capture so many times, one after the other, with so many nanoseconds in between."""
    length = capture.packets[-1].nanos - capture.packets[0].nanos + pause
    return capture._replace(packets=[p._replace(nanos=p.nanos + k * length) for k in range(times) for p in capture.packets])


def with_loss(capture, share, chance, until=1.0):
    """(what is left, what was lost) when a share of the packets of the first part of the time is lost."""
    end = capture.packets[0].nanos + (capture.packets[-1].nanos - capture.packets[0].nanos) * until
    fates = [p.nanos < end and chance.random() < share for p in capture.packets]
    left, lost = ([p for p, is_lost in zip(capture.packets, fates) if is_lost == wanted] for wanted in (False, True))
    return capture._replace(packets=left), capture._replace(packets=lost)


def with_taps_behind_each_other(capture, nanos):
    """In every such stretch of time all packets between one pair of addresses, then those of the next: time goes back in between."""
    def place(p):
        parts = link_split(capture.link_type, p.bytes)
        if parts is None:
            return p.nanos // nanos, b""
        version, network = parts[1][0] >> 4, parts[1]
        ends = (network[12:16], network[16:20]) if version == 4 else (network[8:24], network[24:40])
        return p.nanos // nanos, b"".join(sorted(ends))
    return capture._replace(packets=sorted(capture.packets, key=place))


def with_duplicates(capture, share, chance):
    return capture._replace(packets=[p for p in capture.packets for _ in range(2 if chance.random() < share else 1)])


def with_snap_length(capture, length):
    return capture._replace(packets=[p._replace(bytes=p.bytes[:length]) for p in capture.packets])


def with_flipped_bytes(capture, share, chance):
    """One byte of a share of the packets becomes another one."""
    packets = []
    for p in capture.packets:
        if p.bytes and chance.random() < share:
            at = chance.randrange(len(p.bytes))
            p = p._replace(bytes=p.bytes[:at] + bytes([p.bytes[at] ^ chance.randrange(1, 256)]) + p.bytes[at + 1:])
        packets.append(p)
    return capture._replace(packets=packets)


def dealt(capture, hands, chance):
    """The packets dealt to several captures; those of one instant stay together, so that merging by time has one answer."""
    chosen, parts = {}, [[] for _ in range(hands)]
    for p in capture.packets:
        parts[chosen.setdefault(p.nanos, chance.randrange(hands))].append(p)
    return [capture._replace(packets=part) for part in parts]


LINK_HEADER = {ETHERNET: 14, SLL: 16, SLL2: 20, RAW: 0, NULL: 4, PPP: 2}


def link_split(link_type, data):
    """(link header, network packet, Ethernet type); None where the packet is not IP."""
    length = LINK_HEADER.get(link_type)
    if length is None or len(data) < length + 1:
        return None
    if link_type == ETHERNET:
        while data[length - 2:length] in (b"\x81\x00", b"\x88\xa8"):
            length += 4
    version = data[length] >> 4 if len(data) > length else 0
    if version not in (4, 6):
        return None
    ether_type = b"\x08\x00" if version == 4 else b"\x86\xdd"
    if link_type == ETHERNET and data[length - 2:length] != ether_type:
        return None
    return data[:length], data[length:], ether_type


def with_link_type(capture, link_type):
    """The same network packets under another link layer; packets that are not IP are left out."""
    packets = []
    for p in capture.packets:
        parts = link_split(capture.link_type, p.bytes)
        if parts is None:
            continue
        _, network, ether_type = parts
        header = {
            ETHERNET: bytes(12) + ether_type,
            SLL: struct.pack(">HHH8s", 0, 1, 6, bytes(8)) + ether_type,
            SLL2: ether_type + struct.pack(">HIHBB8s", 0, 2, 1, 0, 6, bytes(8)),
            RAW: b"",
            NULL: struct.pack("<I", 2 if ether_type == b"\x08\x00" else 10),
            PPP: b"\x00\x21" if ether_type == b"\x08\x00" else b"\x00\x57",
        }[link_type]
        packets.append(Packet(p.nanos, len(header) + len(network), header + network))
    return Capture(link_type, packets)


def checksum(data):
    if len(data) % 2:
        data += b"\x00"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def network_split(network):
    """(header without its lengths mended, protocol, transport bytes); None for fragments, extensions and cut packets."""
    if network[0] >> 4 == 4:
        header, total = (network[0] & 15) * 4, struct.unpack(">H", network[2:4])[0]
        if len(network) < total or header < 20 or total < header or struct.unpack(">H", network[6:8])[0] & 0x3FFF:
            return None
        return network[:header], network[9], network[header:total]
    if len(network) < 40:
        return None
    payload = struct.unpack(">H", network[4:6])[0]
    if len(network) < 40 + payload or network[6] not in (6, 132):
        return None
    return network[:40], network[6], network[40:40 + payload]


def network_join(header, transport):
    if header[0] >> 4 == 4:
        header = header[:2] + struct.pack(">H", len(header) + len(transport)) + header[4:10] + b"\0\0" + header[12:]
        header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    else:
        header = header[:4] + struct.pack(">H", len(transport)) + header[6:]
    return header + transport


def pseudo_header(header, protocol, length):
    if header[0] >> 4 == 4:
        return header[12:20] + struct.pack(">BBH", 0, protocol, length)
    return header[8:40] + struct.pack(">II", length, protocol)


def tcp_pieces(header, segment, chance):
    """A TCP segment as several, cut at random; None when it has nothing to cut."""
    if len(segment) < 20:
        return None
    offset = (segment[12] >> 4) * 4
    payload = segment[offset:]
    if len(payload) < 2 or segment[13] & 0x06 or offset < 20:
        return None
    cuts = sorted(chance.sample(range(1, len(payload)), min(len(payload) - 1, chance.randrange(1, 5))))
    sequence = struct.unpack(">I", segment[4:8])[0]
    pieces = []
    for start, end in zip([0] + cuts, cuts + [len(payload)]):
        flags = segment[13] if end == len(payload) else segment[13] & ~0x09
        piece = (segment[:4] + struct.pack(">I", (sequence + start) & 0xFFFFFFFF) + segment[8:13] + bytes([flags]) +
                 segment[14:16] + b"\0\0" + segment[18:offset] + payload[start:end])
        total = checksum(pseudo_header(header, 6, len(piece)) + piece)
        pieces.append(piece[:16] + struct.pack(">H", total) + piece[18:])
    return pieces


CRC32C = []
for _n in range(256):
    for _ in range(8):
        _n = _n >> 1 ^ (0x82F63B78 if _n & 1 else 0)
    CRC32C.append(_n)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC32C[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def sctp_chunks(packet):
    chunks, at = [], 12
    while at + 4 <= len(packet):
        length = struct.unpack(">H", packet[at + 2:at + 4])[0]
        if length < 4 or at + length > len(packet):
            return None
        chunks.append(packet[at:at + length] + bytes(-length % 4))
        at += (length + 3) // 4 * 4
    return chunks


def sctp_pieces(packet):
    """An SCTP packet with several DATA chunks as one packet for each chunk; None when there is nothing to part."""
    chunks = sctp_chunks(packet) if len(packet) >= 16 else None
    if chunks is None or sum(chunk[0] == 0 for chunk in chunks) < 2 or any(chunk[0] not in (0, 3) for chunk in chunks):
        return None
    pieces = []
    for chunk in chunks:
        piece = packet[:8] + bytes(4) + chunk
        pieces.append(piece[:8] + struct.pack("<I", crc32c(piece)) + piece[12:])
    return pieces


def rewritten(capture, pieces_of):
    """Every packet replaced by what pieces_of(network header, protocol, transport bytes) makes of it, where that is not None."""
    packets = []
    for p in capture.packets:
        parts = link_split(capture.link_type, p.bytes) if len(p.bytes) == p.wire_length else None
        inner = network_split(parts[1]) if parts else None
        pieces = pieces_of(*inner) if inner else None
        if pieces is None:
            packets.append(p)
            continue
        for piece in pieces:
            data = parts[0] + piece
            packets.append(Packet(p.nanos, len(data), data))
    return capture._replace(packets=packets)


def with_tcp_cut(capture, chance):
    def pieces_of(header, protocol, transport):
        pieces = tcp_pieces(header, transport, chance) if protocol == 6 else None
        return pieces and [network_join(header, piece) for piece in pieces]
    return rewritten(capture, pieces_of)


def with_sctp_parted(capture):
    def pieces_of(header, protocol, transport):
        pieces = sctp_pieces(transport) if protocol == 132 else None
        return pieces and [network_join(header, piece) for piece in pieces]
    return rewritten(capture, pieces_of)


def with_ip_fragments(capture, chance):
    """IPv4 packets in two fragments, now and then the last one first, with identifications of their own."""
    number = 0

    def pieces_of(header, protocol, transport):
        nonlocal number
        if header[0] >> 4 != 4 or protocol not in (6, 132) or len(transport) < 64:
            return None
        number = (number + 1) & 0xFFFF
        cut = chance.randrange(1, len(transport) // 8) * 8
        fragments = []
        for start, end, more in ((0, cut, 0x2000), (cut, len(transport), 0)):
            this = header[:4] + struct.pack(">HH", number, more | start // 8) + header[8:]
            fragments.append(network_join(this, transport[start:end]))
        return fragments[::-1] if chance.random() < 0.2 else fragments
    return rewritten(capture, pieces_of)
