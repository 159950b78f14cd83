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
        self.ends, self.tag, self.nanos, self.has_checksum = (CLIENT, SERVER), 0, None, True

    def capture(self):
        return pcap.Capture(self.link_type, self.packets)

    def frame(self, data, rows):
        nanos = FIRST_NANOS + len(self.packets) * STEP_NANOS if self.nanos is None else self.nanos
        self.packets.append(pcap.Packet(nanos, len(data), data))
        self.truth.append(rows)

    def bare(self, said):
        """A link type that begins with the message itself."""
        self.frame(said.data, said.rows)

    def ip(self, protocol, transport, is_back, rows):
        source, destination = self.ends[::-1] if is_back else self.ends
        header = struct.pack(">BBHHHBBH", 0x45, 0, 0, len(self.packets) & 0xFFFF, 0x4000, 64, protocol, 0) + source + destination
        self.frame(bytes(12) + b"\x08\x00" + pcap.network_join(header, transport), rows)

    def sctp(self, port, ppid, *messages, back=False, size=None):
        """One packet with a DATA chunk for each message. size: bytes per chunk, the messages then in fragments, a packet each."""
        way = self.ways.setdefault((port, back, self.ends), {"tsn": 1000 + 7 * port, "ssn": 0})
        ports = (port, 20000 + port % 10000) if back else (20000 + port % 10000, port)
        head = struct.pack(">HHII", *ports, port * 65537 + back + self.tag, 0)
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
            if self.has_checksum:
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


class Association:
    """Two ends by the last octets of their addresses; each end is on a tape of many associations what CLIENT and SERVER are on one."""

    def __init__(self, port, ppid, client, server):
        self.port, self.ppid, self.ends, self.tag = port, ppid, (CLIENT[:2] + bytes(client), SERVER[:2] + bytes(server)), 0


class Timeline:
    """Messages said at some second of a story, in any order: become a tape when all is said."""

    def __init__(self):
        self.events, self.associations = [], []

    def association(self, *words):
        found = Association(*words)
        self.associations.append(found)
        found.tag = len(self.associations) << 20
        return found

    def say(self, second, association, said, back=False):
        self.events.append((second, len(self.events), association, said, back))

    def capture(self):
        tape = Tape()
        tape.has_checksum = False
        for second, _, association, said, back in sorted(self.events, key=lambda event: event[:2]):
            tape.ends, tape.tag, tape.nanos = association.ends, association.tag, FIRST_NANOS + round(second * 10**9)
            tape.sctp(association.port, association.ppid, said, back=back)
        return tape.capture()
