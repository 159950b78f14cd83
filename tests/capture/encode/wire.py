# SPDX-License-Identifier: BSD-3-Clause
"""Packets around messages: SCTP DATA and TCP over IPv4 and Ethernet, with checksums, ordered streams and rising TSNs.

An association here has no beginning: a tap that starts when everything is open sees just this."""
import itertools
import struct

import pcap

CLIENT, SERVER = bytes([10, 90, 0, 1]), bytes([10, 90, 0, 2])
FIRST_NANOS = 1_800_000_000 * 10**9
STEP_NANOS = 10**6
TCP_MSS = 1200


class Said:
    """A message: its bytes, and what was meant, outermost layer first."""

    def __init__(self, data, rows=(), is_segment=False):
        self.data, self.is_segment = data, is_segment
        self.rows = [(layer, {**fields, "is_segment": True}) for layer, fields in rows] if is_segment else list(rows)

    def under(self, data, *rows):
        """The message of the layer below that carries this one. What carries a segment that is not the last is that as well."""
        return Said(data, list(rows) + self.rows, self.is_segment)


def nothing():
    return Said(b"")


class Tape:
    """A capture being written: frames, and the rows that each of them meant."""

    def __init__(self, link_type=pcap.ETHERNET):
        self.link_type, self.packets, self.truth, self.ways, self.stories = link_type, [], [], {}, []

    def capture(self):
        return pcap.Capture(self.link_type, self.packets)

    def frame(self, data, rows):
        self.packets.append(pcap.Packet(FIRST_NANOS + len(self.packets) * STEP_NANOS, len(data), data))
        self.truth.append(rows)

    def bare(self, said):
        """A link type that begins with the message itself."""
        self.frame(said.data, said.rows)

    def ip(self, protocol, transport, is_back, rows):
        source, destination = (SERVER, CLIENT) if is_back else (CLIENT, SERVER)
        header = struct.pack(">BBHHHBBH", 0x45, 0, 0, len(self.packets) & 0xFFFF, 0x4000, 64, protocol, 0) + source + destination
        self.frame(bytes(12) + b"\x08\x00" + pcap.network_join(header, transport), rows)

    def sctp(self, port, ppid, *messages, back=False, size=None):
        """One packet with a DATA chunk for each message. size: bytes per chunk, the messages then in fragments, a packet each."""
        way = self.ways.setdefault((port, back), {"tsn": 1000 + 7 * port, "ssn": 0})
        head = struct.pack(">HHII", *((port, 20000 + port % 10000) if back else (20000 + port % 10000, port)), port * 65537 + back, 0)
        chunks = []
        for said in messages:
            cuts = range(0, len(said.data), size or max(1, len(said.data)))
            for at in cuts:
                part = said.data[at:at + (size or len(said.data))]
                flags = (2 if at == 0 else 0) | (1 if at == cuts[-1] else 0)
                chunk = struct.pack(">BBHIHHI", 0, flags, 16 + len(part), way["tsn"], 1, way["ssn"], ppid) + part
                chunks.append((chunk + bytes(-len(chunk) % 4), said.rows if flags & 1 else []))
                way["tsn"] += 1
            way["ssn"] += 1
        for group in ([chunks] if size is None else [[chunk] for chunk in chunks]):
            packet = head + b"".join(chunk for chunk, _ in group)
            packet = packet[:8] + struct.pack("<I", pcap.crc32c(packet)) + packet[12:]
            self.ip(132, packet, back, [row for _, rows in group for row in rows])

    def tcp(self, port, *messages, back=False):
        """Messages one behind the other, in segments; a message is meant by the frame in which it ends."""
        data = b"".join(said.data for said in messages)
        ends = list(itertools.accumulate(len(said.data) for said in messages))
        for at in range(0, len(data), TCP_MSS):
            part = data[at:at + TCP_MSS]
            rows = [row for said, end in zip(messages, ends) if at < end <= at + len(part) for row in said.rows]
            self.ip(6, self.segment(port, part, back), back, rows)

    def segment(self, port, part, back):
        way, other = (self.ways.setdefault(("tcp", port, side), {"seq": 1 + side * 5000}) for side in (back, not back))
        ports = (port, 30000 + port % 10000) if back else (30000 + port % 10000, port)
        segment = struct.pack(">HHIIBBHHH", *ports, way["seq"], other["seq"], 0x50, 0x18, 65535, 0, 0) + part
        source, destination = (SERVER, CLIENT) if back else (CLIENT, SERVER)
        total = pcap.checksum(source + destination + struct.pack(">BBH", 0, 6, len(segment)) + segment)
        way["seq"] += len(part)
        return segment[:16] + struct.pack(">H", total) + segment[18:]
