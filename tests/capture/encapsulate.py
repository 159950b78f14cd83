# SPDX-License-Identifier: BSD-3-Clause
"""The same packets inside what taps, mirrors and clouds put around them, and without what is below their signalling.

Each row of ENCAPSULATIONS makes one frame out of an Ethernet frame (addresses, EtherType, packet); the names say what of. LINKS are link
types whose frames begin above the link.
"""
import struct

import pcap

MAC = bytes.fromhex("0200000000010200000000" "02")


def ethernet(ether_type, payload):
    return MAC + struct.pack(">H", ether_type) + payload


def ipv4(protocol, payload):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2]))
    return header[:10] + struct.pack(">H", pcap.checksum(header)) + header[12:] + payload


def ipv6(protocol, payload):
    return struct.pack(">IHBB16s16s", 0x60000000, len(payload), protocol, 64, bytes(15) + b"\x01", bytes(15) + b"\x02") + payload


def udp(port, payload, source=50000):
    return struct.pack(">HHHH", source, port, 8 + len(payload), 0) + payload


def over_ipv4(protocol, payload):
    return ethernet(0x0800, ipv4(protocol, payload))


def over_udp(port, payload):
    return over_ipv4(17, udp(port, payload))


def gre(ether_type, payload, flags=0, options=b""):
    return over_ipv4(47, struct.pack(">HH", flags, ether_type) + options + payload)


def ether_type_of(frame):
    return struct.unpack(">H", frame[12:14])[0]


def number_of_ip(frame):
    return 4 if frame[14] >> 4 == 4 else 41


ERSPAN_II = struct.pack(">II", 0x1000_0000 | 5 << 16 | 9, 3)
ERSPAN_III = struct.pack(">III", 0x2000_0000 | 5 << 16 | 9, 77, 0)
ERSPAN_III_PLATFORM = ERSPAN_III[:8] + struct.pack(">I", 1) + bytes(8)
VXLAN = bytes([8, 0, 0, 0, 0, 0, 99, 0])
LABELS = struct.pack(">II", 17 << 12 | 64, 18 << 12 | 1 << 8 | 64)

ENCAPSULATIONS = {
    "802.1Q priority tag": lambda f: f[:12] + b"\x81\x00\xe0\x00" + f[12:],
    "three tags": lambda f: f[:12] + b"\x88\xa8\x00\x05\x91\x00\x00\x06\x81\x00\x00\x07" + f[12:],
    "802.1ah": lambda f: ethernet(0x88E7, b"\x00\x00\x00\x63" + f),
    "VN-Tag": lambda f: f[:12] + b"\x89\x26\x80\x01\x00\x02" + f[12:],
    "LLC and SNAP": lambda f: MAC + struct.pack(">H", len(f) - 6) + b"\xaa\xaa\x03\0\0\0" + f[12:],
    "PPPoE": lambda f: ethernet(0x8864, struct.pack(">BBHHH", 0x11, 0, 4, len(f) - 12, 0x21 if number_of_ip(f) == 4 else 0x57) + f[14:]),
    "MPLS": lambda f: ethernet(0x8847, LABELS + f[14:]),
    "pseudowire with a control word": lambda f: ethernet(0x8847, LABELS + b"\0\0\0\x09" + f),
    "pseudowire without": lambda f: ethernet(0x8847, LABELS + b"\x02" + f[1:]),
    "GRE": lambda f: gre(ether_type_of(f), f[14:]),
    "GRE with checksum, key and sequence": lambda f: gre(ether_type_of(f), f[14:], 0xB000, bytes(12)),
    "Ethernet in GRE": lambda f: gre(0x6558, f, 0x2000, bytes(4)),
    "MPLS in GRE": lambda f: gre(0x8847, LABELS + f[14:]),
    "ERSPAN I": lambda f: gre(0x88BE, f),
    "ERSPAN II": lambda f: gre(0x88BE, ERSPAN_II + f, 0x1000, bytes(4)),
    "ERSPAN III": lambda f: gre(0x22EB, ERSPAN_III + f, 0x1000, bytes(4)),
    "ERSPAN III of a platform": lambda f: gre(0x22EB, ERSPAN_III_PLATFORM + f, 0x1000, bytes(4)),
    "VXLAN": lambda f: over_udp(4789, VXLAN + f),
    "VXLAN over IPv6": lambda f: ethernet(0x86DD, ipv6(17, udp(4789, VXLAN + f))),
    "VXLAN-GPE with Ethernet": lambda f: over_udp(4790, bytes([0x0C, 0, 0, 3, 0, 0, 99, 0]) + f),
    "GENEVE with options": lambda f: over_udp(6081, bytes([2, 0, 0x65, 0x58, 0, 0, 9, 0]) + bytes([1, 3, 2, 1, 0, 0, 0, 7]) + f),
    "IP in IPv4": lambda f: over_ipv4(number_of_ip(f), f[14:]),
    "IP in IPv6": lambda f: ethernet(0x86DD, ipv6(number_of_ip(f), f[14:])),
    "AH over IP": lambda f: over_ipv4(51, bytes([number_of_ip(f), 4, 0, 0]) + bytes(20) + f[14:]),
    "Ethernet in IP": lambda f: over_ipv4(97, b"\x30\0" + f),
    "MPLS in IP": lambda f: over_ipv4(137, LABELS + f[14:]),
    "TZSP": lambda f: over_udp(37008, b"\x01\0\0\x01\x0a\x01\x05\0\x01" + f),
    "VXLAN in GRE in IPv6, all of it tagged":
        lambda f: ethernet(0x8100, b"\0\x05\x86\xdd" + ipv6(47, b"\0\0\x08\0" + over_udp(4789, VXLAN + f)[14:])),
}


def with_encapsulation(capture, around):
    """Ethernet frames that are not IP, or whose packet is not whole, are left out."""
    packets = []
    for p in capture.packets:
        parts = pcap.link_split(capture.link_type, p.bytes)
        if parts is None or len(p.bytes) != p.wire_length:
            continue
        frame = around(MAC + parts[2] + parts[1])
        packets.append(p._replace(wire_length=len(frame), bytes=frame))
    return capture._replace(link_type=pcap.ETHERNET, packets=packets)


def bare(capture):
    """The same packets, and no others, in plain Ethernet."""
    return with_encapsulation(capture, lambda frame: frame)


def user_messages(capture):
    """(time, addresses as tags, ports, PPID, bytes) of every unfragmented DATA chunk of SCTP over IPv4."""
    found = []
    for p in capture.packets:
        parts = pcap.link_split(capture.link_type, p.bytes)
        inner = pcap.network_split(parts[1]) if parts else None
        if inner is None or inner[1] != 132 or inner[0][0] >> 4 != 4:
            continue
        header, _, transport = inner
        for chunk in pcap.sctp_chunks(transport) or []:
            if chunk[0] == 0 and chunk[1] & 3 == 3:
                length = struct.unpack(">H", chunk[2:4])[0]
                ports = struct.unpack(">HH", transport[:4])
                found.append((p.nanos, header[12:16], header[16:20], ports, struct.unpack(">I", chunk[12:16])[0], chunk[16:length]))
    return found


def exported(capture, names):
    """User messages as Wireshark exports them, PPIDs named by `names`."""
    packets = []
    for nanos, source, destination, ports, ppid, data in user_messages(capture):
        if ppid not in names:
            continue
        name = names[ppid].encode()
        name += bytes(-len(name) % 4)
        tags = [(12, name), (20, source), (21, destination), (24, struct.pack(">I", 1)), (25, struct.pack(">I", ports[0])),
                (26, struct.pack(">I", ports[1])), (0, b"")]
        frame = b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in tags) + data
        packets.append(pcap.Packet(nanos, len(frame), frame))
    return pcap.Capture(pcap.EXPORTED, packets)


def transports(capture):
    """SCTP packets of their own, from the common header on."""
    packets = []
    for p in capture.packets:
        parts = pcap.link_split(capture.link_type, p.bytes)
        inner = pcap.network_split(parts[1]) if parts else None
        if inner is not None and inner[1] == 132:
            packets.append(pcap.Packet(p.nanos, len(inner[2]), inner[2]))
    return pcap.Capture(pcap.SCTP, packets)
