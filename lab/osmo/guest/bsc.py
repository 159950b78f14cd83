# SPDX-License-Identifier: BSD-3-Clause
"""A base station controller with phones, for osmo-msc behind osmo-stp: BSSAP over SCCP connections over M3UA over the kernel's SCTP.

What it sends is made by tests/capture/encode; what it receives it reads itself, by the standards' pages (RFC 4666 3, Q.713 4, TS 48.006 9,
TS 24.008 9.2), with nothing of the program under test. It counts every message that it sent and received, and how each procedure ended.
"""
import collections
import random
import select
import socket
import struct
import time

from encode import nas, ss7, stories_access as access

IPPROTO_SCTP, SCTP_NODELAY, SCTP_SNDINFO, PPID_M3UA = 132, 3, 2, 3
BSC_PC, MSC_PC, BSSAP_SSN = 187, 185, 254
BSC_ADDRESS, STP_ADDRESS = ("10.77.0.3", 0), ("10.77.0.1", 2905)
CC, CREF, RLSD, RLC, DT1, UDT = 2, 3, 4, 5, 6, 9
SCCP_NAMES = {CC: "CC", CREF: "CREF", RLSD: "RLSD", RLC: "RLC", DT1: "DT1", UDT: "UDT"}
RESET, RESET_ACK, CLEAR_COMMAND = 0x30, 0x31, 0x20
LU_ACCEPT, LU_REJECT, IDENTITY_REQUEST, CM_REJECT, CM_ACCEPT = 0x02, 0x04, 0x18, 0x22, 0x21
MM, DAVA = 5, (2, 2)
KINDS = {"update": 0x08, "service": 0x24, "detach": 0x01}


def parameters(data):
    """{tag: value} of an M3UA message behind its header; the first of a tag counts."""
    found, at = {}, 0
    while at + 4 <= len(data):
        tag, length = struct.unpack_from(">HH", data, at)
        found.setdefault(tag, data[at + 4:at + length])
        at += max(4, length + -length % 4)
    return found


class Link:
    """The association with the STP: an ASP that registers its point code and then sends and receives user data."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_SCTP)
        self.socket.setsockopt(IPPROTO_SCTP, SCTP_NODELAY, 1)
        self.socket.bind(BSC_ADDRESS)
        self.socket.connect(STP_ADDRESS)
        self.context = 0

    def write(self, said):
        """Management on stream 0, user data on stream 1 (RFC 4666 1.4.7)."""
        stream = 1 if said.data[2] == 1 else 0
        self.socket.sendmsg([said.data], [(IPPROTO_SCTP, SCTP_SNDINFO, struct.pack("=HHIII", stream, 0, socket.htonl(PPID_M3UA), 0, 0))])

    def read(self, patience_s):
        """(class, type, parameters) of the next message, None when none came in time."""
        if not select.select([self.socket], [], [], max(0.0, patience_s))[0]:
            return None
        data = self.socket.recv(65536)
        if len(data) < 8:
            raise ConnectionError("the STP ended the association")
        return data[2], data[3], parameters(data[8:])

    def expect(self, message_class, message_type):
        until = time.monotonic() + 10
        while time.monotonic() < until:
            message = self.read(until - time.monotonic())
            if message and message[:2] == (message_class, message_type):
                return message[2]
        raise TimeoutError(f"no M3UA message {message_class}/{message_type} from the STP")

    def register(self):
        self.write(ss7.xua("m3ua", 3, 1))
        self.expect(3, 4)
        number = struct.pack(">I", 1)
        key = ss7.xua_parameter(0x020A, number) + ss7.xua_parameter(0x000B, number) + ss7.xua_parameter(0x020B, struct.pack(">I", BSC_PC))
        self.write(ss7.xua("m3ua", 9, 1, ss7.xua_parameter(0x0207, key)))
        result = parameters(self.expect(9, 2)[0x0208])
        if struct.unpack(">I", result[0x0212])[0] != 0:
            raise ConnectionError("the STP registers no routing key")
        self.context = struct.unpack(">I", result[0x0006])[0]
        self.write(ss7.xua("m3ua", 4, 1, ss7.xua_parameter(0x0006, result[0x0006])))
        self.expect(4, 3)

    def send(self, said):
        self.write(ss7.m3ua(said, opc=BSC_PC, dpc=MSC_PC, ni=0, sls=0, routing_context=self.context))


class Phone:
    """One connection: what was asked, who asks, and what became of it."""

    def __init__(self, kind, imsi):
        self.kind, self.imsi, self.remote, self.sent, self.ending = kind, imsi, None, 0, None
        self.is_released = False


class Controller:
    """The BSC. tally counts messages as `way layer type [cause]`, endings as `ended kind ending`."""

    def __init__(self, link, seed):
        self.link, self.tally, self.phones = link, collections.Counter(), {}
        self.chance, self.reference, self.is_ready = random.Random(seed), 0, False
        self.answered_at = []  # (time, "accept" or the cause) of location updates, for the account of the faults

    def near(self):
        return ss7.Address(BSSAP_SSN, pc=BSC_PC)

    def far(self):
        return ss7.Address(BSSAP_SSN, pc=MSC_PC)

    def send(self, name, said):
        self.tally[f"sent sccp {name}"] += 1
        self.link.send(said)

    def reset(self):
        self.tally["sent bssmap 48"] += 1
        self.send("UDT", ss7.udt(access.bssmap(RESET, b"\x04\x01\x20"), self.far(), self.near()))

    def start(self, kind, imsi, identity):
        """A phone begins a procedure with its first message inside CR."""
        bodies = {"update": lambda: bytes([0x70]) + nas.LAI + b"\x57" + nas.length_value(identity),
                  "service": lambda: bytes([0x71]) + bytes.fromhex("0357198a") + nas.length_value(identity),
                  "detach": lambda: b"\x57" + nas.length_value(identity)}
        self.reference += 1
        self.phones[self.reference] = Phone(kind, imsi)
        self.tally[f"sent mm {KINDS[kind]}"] += 1
        self.tally["sent bssmap 87"] += 1
        first = nas.layer3("mm", KINDS[kind], bodies[kind]())
        self.send("CR", ss7.cr(access.complete_layer3(first), self.reference, self.far(), self.near()))

    def dtap(self, phone, kind, body=b""):
        """Uplink messages are numbered; the first one behind the initial one is 1 (TS 24.007 11.2.3.2.3)."""
        phone.sent = (phone.sent + 1) % 4
        self.tally[f"sent mm {kind}"] += 1
        self.send("DT1", ss7.dt1(access.dtap(nas.layer3("mm", kind, body, sent=phone.sent)), phone.remote))

    def end(self, phone, ending):
        if phone.ending is None:
            phone.ending = ending
            self.tally[f"ended {phone.kind} {ending}"] += 1
        elif phone.ending == "accept" and ending.startswith("cause"):  # osmo-msc does, when its own timeout ends in between
            self.tally[f"accepted {phone.kind} {ending}"] += 1

    def serve(self, until):
        """Takes what comes until then."""
        while (left := until - time.time()) > 0:
            message = self.link.read(left)
            if message and message[:2] == (1, 1) and 0x0210 in message[2]:
                self.sccp(message[2][0x0210][12:])
            elif message and message[:2] == DAVA:
                self.reset()

    def sccp(self, data):
        kind = data[0]
        self.tally[f"received sccp {SCCP_NAMES.get(kind, kind)}"] += 1
        if kind == UDT:
            at = 4 + data[4]
            self.connectionless(data[at + 1:at + 1 + data[at]])
            return
        local = int.from_bytes(data[1:4], "little")
        phone = self.phones.get(local)
        if phone is None:
            return
        if kind == CC:
            phone.remote = int.from_bytes(data[4:7], "little")
        elif kind == CREF:
            self.end(phone, "refused")
            phone.is_released = True
        elif kind == RLSD:
            remote = int.from_bytes(data[4:7], "little")
            self.send("RLC", ss7.rlc(remote, local))
            self.end(phone, "released")
            phone.is_released = True
        elif kind == DT1:
            at = 5 + data[5]
            self.bssap(phone, data[at + 1:at + 1 + data[at]])

    def connectionless(self, data):
        self.tally[f"received bssmap {data[2]}"] += 1
        if data[2] == RESET:
            self.tally["sent bssmap 49"] += 1
            self.send("UDT", ss7.udt(access.bssmap(RESET_ACK), self.far(), self.near()))
        self.is_ready = self.is_ready or data[2] in (RESET, RESET_ACK)

    def bssap(self, phone, data):
        if data[0] == 1 and len(data) > 4 and data[3] & 15 == MM:
            self.mobility(phone, data[4] & 0x3F, data[5] if len(data) > 5 else None)
        elif data[0] == 0:
            self.tally[f"received bssmap {data[2]}"] += 1
            if data[2] == CLEAR_COMMAND:
                self.end(phone, "cleared")
                self.tally["sent bssmap 33"] += 1
                self.send("DT1", ss7.dt1(access.bssmap(0x21), phone.remote))

    def mobility(self, phone, kind, cause):
        is_refusal = kind in (LU_REJECT, CM_REJECT)
        self.tally[f"received mm {kind} {cause}" if is_refusal else f"received mm {kind}"] += 1
        if kind in (LU_ACCEPT, LU_REJECT):
            self.answered_at.append((time.time(), cause if kind == LU_REJECT else "accept"))
        if is_refusal:
            self.end(phone, f"cause {cause}")
        elif kind in (LU_ACCEPT, CM_ACCEPT):
            self.end(phone, "accept")
            self.dtap(phone, 0x1B)
        elif kind == IDENTITY_REQUEST:
            self.dtap(phone, 0x19, nas.length_value(nas.identity(phone.imsi)))

    def waiting(self):
        return [phone for phone in self.phones.values() if not phone.is_released]

    def forget(self):
        """The other side is new: what is open will not be answered."""
        for phone in self.waiting():
            self.end(phone, "unanswered")
            phone.is_released = True
