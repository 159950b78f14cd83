# SPDX-License-Identifier: BSD-3-Clause
"""Messages between phone and core: MM, GMM, SM (TS 24.008), EMM, ESM (TS 24.301), 5GMM, 5GSM (TS 24.501), as builders."""
from encode import ber
from encode.wire import Said

IMSI = "234101234567890"
PLMN = bytes.fromhex("32f401")
LAI = PLMN + b"\x00\x01"
RAI = LAI + b"\x01"
ZEROS = bytes(16)
DISCRIMINATORS = {"cc": 3, "mm": 5, "rr": 6, "gmm": 8, "sms": 9, "sm": 10, "ss": 11}


def length_value(value, width=1):
    return len(value).to_bytes(width, "big") + value


def identity(digits=IMSI, kind=1):
    """Mobile identity of TS 24.008 10.5.1.4: first digit, odd indication and type in one octet."""
    return bytes([int(digits[0]) << 4 | len(digits) % 2 << 3 | kind]) + ber.semi_octets(digits[1:])


# MS radio access capability (TS 24.008 10.5.5.12a): three access technologies, each with its length in bits.
CAPABILITY = bytes.fromhex("1933432b259662" "00609ac2c6620060" "bac8c66200600000")


def tmsi(value=0x11223344):
    return b"\xf4" + value.to_bytes(4, "big")


def layer3(protocol, kind, body=b"", cause=None, sent=0):
    """sent: N(SD) in the two highest bits of the type (TS 24.007 11.2.3.2.1)."""
    row = {"pd": protocol, "type": kind, **({} if cause is None else {"cause": cause})}
    return Said(bytes([DISCRIMINATORS[protocol], kind | sent << 6]) + (b"" if cause is None else bytes([cause])) + body, [("nas", row)])


def location_update_request(kind=0, imsi=IMSI):
    return layer3("mm", 8, bytes([0x70 | kind]) + LAI + b"\x57" + length_value(identity(imsi)))


def cm_service_request(service=1):
    return layer3("mm", 0x24, bytes([0x70 | service]) + bytes.fromhex("0357198a") + length_value(identity()))


def mm_messages():
    """What follows a request, one of each; those of the network and of the phone in turn."""
    return [layer3("mm", 0x18, b"\x01"), layer3("mm", 0x19, length_value(identity())), layer3("mm", 0x12, b"\x00" + ZEROS),
            layer3("mm", 0x14, b"\1\2\3\4", sent=1), layer3("mm", 0x1A, LAI + length_value(tmsi())), layer3("mm", 0x1B, sent=2),
            layer3("mm", 0x21), layer3("mm", 0x11), layer3("mm", 0x23)]


def attach_request(imsi=IMSI):
    return layer3("gmm", 1, bytes.fromhex("02e5e0") + b"\x71\x00\x00" + length_value(identity(imsi)) + RAI + length_value(CAPABILITY))


def routing_area_request():
    return layer3("gmm", 8, b"\x70" + RAI + length_value(CAPABILITY))


def emm(kind, body=b"", cause=None, inner=()):
    row = {"pd": "emm", "type": kind, **({} if cause is None else {"cause": cause})}
    return Said(bytes([7, kind]) + (b"" if cause is None else bytes([cause])) + body, [("nas", row), *inner])


def esm(kind, body=b"", cause=None, bearer=0, transaction=1):
    row = {"pd": "esm", "type": kind, **({} if cause is None else {"cause": cause})}
    return Said(bytes([bearer << 4 | 2, transaction, kind]) + (b"" if cause is None else bytes([cause])) + body, [("nas", row)])


def with_esm(kind, before, inner, tag=None):
    """An EMM message with an ESM message container (TS 24.301 9.9.3.15)."""
    head = b"" if tag is None else bytes([tag])
    return emm(kind, before + head + length_value(inner.data, 2), inner=inner.rows)


PDN_REQUEST = esm(0xD0, b"\x11")
DEFAULT_BEARER = esm(0xC1, bytes.fromhex("0109" "050461706e31" "05010a000001"), bearer=5)
EPS_IDENTITY = length_value(identity())
GUTI = length_value(b"\xf6" + PLMN + b"\x00\x01\x02\x11\x22\x33\x44")


def eps_attach_request(imsi=IMSI):
    return with_esm(0x41, b"\x71" + length_value(identity(imsi)) + bytes.fromhex("02e0e0"), PDN_REQUEST)


def eps_attach_accept():
    return with_esm(0x42, b"\x01\x21" + length_value(b"\x00" + PLMN + b"\x00\x01"), DEFAULT_BEARER)


def eps_attach_reject_with_esm(cause, esm_cause):
    inner = esm(0xD1, cause=esm_cause)
    return Said(bytes([7, 0x44, cause, 0x78]) + length_value(inner.data, 2), [("nas", {"pd": "emm", "type": 0x44, "cause": cause})] + inner.rows)


def tracking_area_request():
    return emm(0x48, b"\x70" + GUTI)


def emm_messages():
    return [emm(0x55, b"\x01"), emm(0x56, EPS_IDENTITY), emm(0x52, b"\x00" + ZEROS + length_value(ZEROS)), emm(0x53, length_value(bytes(8))),
            emm(0x5D, bytes.fromhex("020002e0e0")), emm(0x5E), emm(0x54), emm(0x45, b"\x79" + EPS_IDENTITY), emm(0x46),
            with_esm(0x43, b"", esm(0xC2, bearer=5)), emm(0x49, b"\x00"), emm(0x4A)]


def protected(said, header=1):
    """TS 24.301 9.2: security header type, a code nobody checks here, and the sequence number."""
    return said.under(bytes([header << 4 | 7]) + b"\x12\x34\x56\x78\x01" + said.data)


def fivegmm(kind, body=b"", cause=None, inner=()):
    row = {"pd": "5gmm", "type": kind, **({} if cause is None else {"cause": cause})}
    return Said(bytes([0x7E, 0, kind]) + (b"" if cause is None else bytes([cause])) + body, [("nas", row), *inner])


def fivegsm(kind, body=b"", cause=None, session=1):
    row = {"pd": "5gsm", "type": kind, **({} if cause is None else {"cause": cause})}
    return Said(bytes([0x2E, session, 1, kind]) + (b"" if cause is None else bytes([cause])) + body, [("nas", row)])


SUCI = length_value(b"\x01" + PLMN + bytes.fromhex("f0ff0000") + ber.semi_octets(IMSI[5:]), 2)
FIVEG_TMSI = length_value(b"\xf4\x00\x41\x11\x22\x33\x44", 2)


def registration_request():
    return fivegmm(0x41, b"\x79" + SUCI + bytes.fromhex("2e02e0e0"))


def transport(kind, inner):
    """UL and DL NAS transport: payload container type 1, N1 SM information (TS 24.501 9.11.3.40)."""
    return fivegmm(kind, b"\x01" + length_value(inner.data, 2) + b"\x12\x01", inner=inner.rows)


def fivegmm_messages():
    return [fivegmm(0x5B, b"\x01"), fivegmm(0x5C, SUCI), fivegmm(0x56, b"\x00\x02\x00\x00\x21" + ZEROS + b"\x20" + length_value(ZEROS)),
            fivegmm(0x57, b"\x2d" + length_value(ZEROS)), fivegmm(0x58), fivegmm(0x5D, bytes.fromhex("020002e0e0")), fivegmm(0x5E),
            fivegmm(0x42, b"\x01\x01"), fivegmm(0x43), fivegmm(0x45, b"\x01" + SUCI), fivegmm(0x46), fivegmm(0x4C, b"\x10" + FIVEG_TMSI),
            fivegmm(0x4E), fivegmm(0x54), fivegmm(0x55)]


def protected_5g(said, header=2):
    """TS 24.501 9.1.1, ciphered with the null algorithm."""
    return said.under(bytes([0x7E, header]) + b"\x12\x34\x56\x78\x01" + said.data)
