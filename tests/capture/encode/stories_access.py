# SPDX-License-Identifier: BSD-3-Clause
"""The A interface (BSSAP, TS 48.008) and Iu (RANAP): connections of SCCP with location updates, attaches, and every cause of refusal."""
import itertools

from encode import ber, codes, nas, per, ss7
from encode.ss7 import Address
from encode.wire import nothing

references = itertools.count(0x100)
BSSAP, RANAP = Address(254), Address(142)
CELL = bytes.fromhex("050800") + nas.LAI + b"\x00\x02"
RADIO_PORT = {"opc": 3001, "dpc": 3002}


def bssmap(kind, body=b"", said=None):
    """TS 48.006 9.1: discrimination 0, length, then BSSMAP."""
    return (said or nothing()).under(bytes([0, 1 + len(body), kind]) + body, ("bssap", {"type": 0}), ("bssmap", {"type": kind}))


def dtap(said, link=0):
    return said.under(bytes([1, link, len(said.data)]) + said.data, ("bssap", {"type": 1}))


def complete_layer3(said):
    return bssmap(0x57, CELL + bytes([0x17, len(said.data)]) + said.data, said)


CLEAR = [bssmap(0x20, b"\x04\x01\x09"), bssmap(0x21)]
CIPHER = [bssmap(0x53, bytes.fromhex("0a0903") + bytes(8)), bssmap(0x55)]


def connection(tape, ssn, first, *others, release=True):
    """CR with the first message, CC, the others from the network (and, in a pair, then from the phone), RLSD and RLC."""
    mine, theirs = next(references), next(references)

    def send(said, back=False):
        label = {"opc": 3002, "dpc": 3001} if back else RADIO_PORT
        tape.sctp(*ss7.M3UA, ss7.m3ua(said, **label), back=back)
    send(ss7.cr(first, mine, ssn))
    send(ss7.cc(nothing(), mine, theirs), back=True)
    for index, said in enumerate(others):
        is_back = index % 2 == 0
        send(ss7.dt1(said, mine if is_back else theirs), is_back)
    if release:
        send(ss7.rlsd(nothing(), mine, theirs, 3), back=True)
        send(ss7.rlc(theirs, mine))


def location_updates(tape):
    """Accepted with everything in between, then refused with every cause of the table."""
    between = [dtap(one) for one in nas.mm_messages()[:6]]
    connection(tape, BSSAP, complete_layer3(nas.location_update_request()), *between, *CIPHER, dtap(nas.layer3("mm", 2, nas.LAI)),
               dtap(nas.layer3("mm", 0x1B, sent=1)), *CLEAR)
    for cause in codes.numbers("causes_access", layer="mm"):
        connection(tape, BSSAP, complete_layer3(nas.location_update_request(cause % 3)), dtap(nas.layer3("mm", 4, cause=cause)))


def services(tape):
    """CM service requests: accepted, refused with every cause; the messages left of MM."""
    connection(tape, BSSAP, complete_layer3(nas.cm_service_request()), dtap(nas.layer3("mm", 0x21)))
    for cause in codes.numbers("causes_access", layer="mm"):
        connection(tape, BSSAP, complete_layer3(nas.cm_service_request(1 + cause % 2 * 3)), dtap(nas.layer3("mm", 0x22, cause=cause)))
    connection(tape, BSSAP, complete_layer3(nas.layer3("mm", 1, b"\x57" + nas.length_value(nas.identity()))), *CLEAR)
    for cause in (20, 21, 23):
        connection(tape, BSSAP, complete_layer3(nas.cm_service_request()), dtap(nas.layer3("mm", 0x12, b"\x00" + nas.ZEROS)),
                   dtap(nas.layer3("mm", 0x1C, cause=cause)), dtap(nas.layer3("mm", 0x11)))


def bssmap_of_no_connection(tape):
    for said in (bssmap(0x30, b"\x04\x01\x01"), bssmap(0x31), bssmap(0x52, b"\x08" + nas.length_value(nas.identity()) + bytes.fromhex("1a0106")),
                 bssmap(0x40, bytes.fromhex("01000b040109")), bssmap(0x41, bytes.fromhex("01000b"))):
        tape.sctp(*ss7.M3UA, ss7.m3ua(ss7.udt(said, BSSAP, BSSAP), **RADIO_PORT))


def attaches(tape):
    """Iu of packets: attach and routing area update, accepted and refused with every cause."""
    release = per.iu_release()
    accept = nas.layer3("gmm", 2, b"\x01\x49\x04" + nas.RAI)
    connection(tape, RANAP, per.initial_ue(nas.attach_request(), per.PS), per.common_id(ber.semi_octets(nas.IMSI)),
               per.direct_transfer(nas.layer3("gmm", 0x16, nas.length_value(nas.identity()))), per.direct_transfer(accept),
               per.direct_transfer(nas.layer3("gmm", 3)), *release)
    connection(tape, RANAP, per.initial_ue(nas.routing_area_request(), per.PS), per.direct_transfer(nas.layer3("gmm", 9, b"\x00\x49" + nas.RAI)),
               per.direct_transfer(nas.layer3("gmm", 10)), *release)
    for cause in codes.numbers("causes_access", layer="gmm"):
        connection(tape, RANAP, per.initial_ue(nas.attach_request(), per.PS), per.direct_transfer(nas.layer3("gmm", 4, cause=cause)))
        connection(tape, RANAP, per.initial_ue(nas.routing_area_request(), per.PS),
                   per.direct_transfer(nas.layer3("gmm", 11, b"\x00", cause=cause)))
        service = nas.layer3("gmm", 12, b"\x10" + nas.length_value(nas.tmsi()))
        connection(tape, RANAP, per.initial_ue(service, per.PS), per.direct_transfer(nas.layer3("gmm", 14, cause=cause)))


def iu_of_circuits(tape):
    release = per.iu_release()
    for cause in codes.numbers("causes_access", layer="mm"):
        connection(tape, RANAP, per.initial_ue(nas.location_update_request()), per.direct_transfer(nas.layer3("mm", 4, cause=cause)))
    connection(tape, RANAP, per.initial_ue(nas.location_update_request()), per.direct_transfer(nas.layer3("mm", 2, nas.LAI)),
               per.direct_transfer(nas.layer3("mm", 0x1B)), *release)


STORIES = [("a-location-updates", location_updates), ("a-services", services), ("a-connectionless", bssmap_of_no_connection),
           ("iu-attaches", attaches), ("iu-location-updates", iu_of_circuits)]
