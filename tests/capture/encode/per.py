# SPDX-License-Identifier: BSD-3-Clause
"""Aligned PER (X.691) as far as RANAP (TS 25.413), S1AP (TS 36.413) and NGAP (TS 38.413) need it: their PDUs and the elements in them."""
from encode.nas import PLMN
from encode.wire import Said

INITIATING, SUCCESSFUL, UNSUCCESSFUL = 0, 1, 2
REJECT, IGNORE = 0, 1


def length(n):
    return bytes([n]) if n < 128 else (0x8000 | n).to_bytes(2, "big")


def opened(value):
    return length(len(value)) + value


def element(identity, value, criticality=IGNORE):
    return identity.to_bytes(2, "big") + bytes([criticality << 6]) + opened(value)


def pdu(layer, procedure, kind, *elements, said=None):
    """CHOICE of the outcome, procedure code, criticality, then the SEQUENCE of elements as an open type."""
    value = b"\x00" + len(elements).to_bytes(2, "big") + b"".join(elements)
    data = bytes([kind << 5, procedure, IGNORE << 6]) + opened(value)
    return (said or Said(b"")).under(data, (layer, {"procedure": procedure, "pdu": kind}))


def number(value, width_bits=2):
    """An INTEGER of more than 64 K values: how many octets, in so many bits, then those (X.691 11.5.7.4)."""
    body = value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")
    return bytes([len(body) - 1 << 8 - width_bits]) + body




# ---- RANAP
CS, PS = 0, 1


def ranap(procedure, kind, *elements, said=None):
    return pdu("ranap", procedure, kind, *elements, said=said)


def initial_ue(said, domain=CS):
    elements = [element(3, bytes([domain << 7])), element(15, b"\x00" + PLMN + b"\x00\x01")]
    elements += [element(55, b"\x01")] if domain == PS else []
    elements += [element(58, b"\x00" + PLMN + b"\x00\x01\x00\x02"), element(16, opened(said.data)), element(79, b"\x00\x00\x07"),
                 element(86, PLMN + b"\x00\x01")]
    return ranap(19, INITIATING, *elements, said=said)


def direct_transfer(said):
    return ranap(20, INITIATING, element(16, opened(said.data)), element(51, b"\x00"), said=said)


def common_id(imsi_octets):
    return ranap(15, INITIATING, element(23, b"\x28" + imsi_octets))


def iu_release():
    """The command with cause NAS normal release (83), and the answer without elements."""
    return ranap(1, INITIATING, element(4, b"\x22")), ranap(1, SUCCESSFUL)


# ---- S1AP
TAI = element(67, b"\x00" + PLMN + b"\x00\x01")
ECGI = element(100, b"\x00" + PLMN + b"\x00\x00\x01\x00")


def s1ap(procedure, kind, *elements, said=None):
    return pdu("s1ap", procedure, kind, *elements, said=said)


def s1_initial(said, enb=7):
    return s1ap(12, INITIATING, element(8, number(enb)), element(26, opened(said.data)), TAI, ECGI, element(134, b"\x30"), said=said)


def s1_downlink(said, mme=300, enb=7):
    return s1ap(11, INITIATING, element(0, number(mme)), element(8, number(enb)), element(26, opened(said.data)), said=said)


def s1_uplink(said, mme=300, enb=7):
    return s1ap(13, INITIATING, element(0, number(mme)), element(8, number(enb)), element(26, opened(said.data)), ECGI, TAI, said=said)


def s1_release(mme=9, enb=7):
    """The command with cause NAS normal release, the answer, and the request that may come before."""
    return (s1ap(18, INITIATING, element(0, number(mme)), element(8, number(enb)), element(2, b"\x02\x80")),
            s1ap(23, INITIATING, element(99, b"\x00" + bytes([mme]) + b"\x00" + bytes([enb])), element(2, b"\x20")),
            s1ap(23, SUCCESSFUL, element(0, number(mme)), element(8, number(enb))))


# ---- NGAP
NR_LOCATION = element(121, b"\x40" + PLMN + b"\x00\x00\x00\x00\x10" + PLMN + b"\x00\x00\x01")


def ngap(procedure, kind, *elements, said=None):
    return pdu("ngap", procedure, kind, *elements, said=said)


def ng_initial(said, ran=7):
    return ngap(15, INITIATING, element(85, number(ran)), element(38, opened(said.data)), NR_LOCATION, element(90, b"\x18"), said=said)


def ng_downlink(said, amf=300, ran=7):
    return ngap(4, INITIATING, element(10, number(amf, 3)), element(85, number(ran)), element(38, opened(said.data)), said=said)


def ng_uplink(said, amf=300, ran=7):
    return ngap(46, INITIATING, element(10, number(amf, 3)), element(85, number(ran)), element(38, opened(said.data)), NR_LOCATION, said=said)


def ng_release(amf=9, ran=7):
    return (ngap(41, INITIATING, element(114, b"\x00" + bytes([amf]) + b"\x00" + bytes([ran])), element(15, b"\x40")),
            ngap(41, SUCCESSFUL, element(10, number(amf, 3)), element(85, number(ran))))
