# SPDX-License-Identifier: BSD-3-Clause
"""Diameter: every command of the interfaces here with its answer, every result, and what agents and overloaded nodes put in between."""
import itertools

from encode import ber, codes, diameter
from encode.diameter import ERROR, PROXIABLE, REQUEST, RETRANSMITTED, VENDOR_3GPP, avp, avp3

PORT, PPID = 3868, 46
S6A, S13, SWX, S6C, SGD, CX, SH, SLH, GX, RX, GY = (16777251, 16777252, 16777265, 16777312, 16777313, 16777216, 16777217, 16777291, 16777238,
                                                    16777236, 4)
IMSI, MSISDN = "234101234567890", "447700900123"
CLIENT, SERVER, REALM = "mme1.epc.mnc010.mcc234.3gppnetwork.org", "hss1.epc.mnc010.mcc234.3gppnetwork.org", "epc.mnc010.mcc234.3gppnetwork.org"
PLMN = bytes.fromhex("32f401")
IMPI, IMPU = "234101234567890@ims.mnc010.mcc234.3gppnetwork.org", "sip:+447700900123@ims.mnc010.mcc234.3gppnetwork.org"

hops = itertools.count(0x1000)

# (application, command, AVPs of the request, User-Name, AVPs of the answer)
MSISDN_AVP = avp3(701, ber.semi_octets(MSISDN))
SERVER_NAME = avp3(602, "sip:scscf.example.org")
IDENTITY = avp3(601, IMPU)
# TS 23.040 9.2.2: what comes from the service centre, and what goes there.
DELIVER, SUBMIT = bytes.fromhex("040c91447700091032000021513212900000" "03c8329b"), bytes.fromhex("01070c91447700091032000003c8329b")
EXCHANGES = [
    (S6A, 318, [avp3(1408, [avp3(1410, 1), avp3(1412, 1)]), avp3(1407, PLMN)], IMSI, [avp3(1413, [avp3(1414, [avp3(1419, 1), avp3(1447, bytes(16))])])]),
    (S6A, 316, [avp3(1032, 1004), avp3(1405, 34), avp3(1407, PLMN)], IMSI, [avp3(1406, 1), avp3(1400, [MSISDN_AVP, avp3(1424, 0)])]),
    (S6A, 317, [avp3(1420, 0)], IMSI, []), (S6A, 319, [avp3(1400, [avp3(1424, 0)])], IMSI, []), (S6A, 320, [avp3(1421, 1)], IMSI, []),
    (S6A, 321, [], IMSI, [avp3(1442, 1)]), (S6A, 322, [avp(1, IMSI)], None, []), (S6A, 323, [avp3(1443, 1)], IMSI, []),
    (S13, 324, [avp3(1401, [avp3(1402, "35432109876543")])], None, [avp3(1445, 0)]),
    (SWX, 303, [avp3(607, 1), avp3(612, [avp3(608, "EAP-AKA")]), avp(1032, 1004, VENDOR_3GPP)], IMSI, [avp3(607, 1)]),
    (SWX, 301, [avp3(614, 1)], IMSI, []), (SWX, 304, [avp3(615, [avp3(616, 0)])], IMSI, []), (SWX, 305, [avp3(1500, [avp3(1501, 0)])], IMSI, []),
    (S6C, 8388647, [MSISDN_AVP, avp3(3300, "447785016005")], None, [avp3(2401, [avp3(1489, b"\x91" + ber.semi_octets("447802000107"))])]),
    (S6C, 8388648, [avp3(3300, "447785016005")], None, []), (S6C, 8388649, [MSISDN_AVP, avp3(3300, "447785016005")], None, []),
    (SGD, 8388646, [avp3(3300, "447785016005"), avp3(3301, DELIVER)], IMSI, []),
    (SGD, 8388645, [avp3(3300, "447785016005"), avp3(3301, SUBMIT)], None, []),
    (CX, 300, [IDENTITY, avp3(600, "ims.example.org")], IMPI, [SERVER_NAME]), (CX, 301, [IDENTITY, SERVER_NAME, avp3(614, 1), avp3(624, 0)], IMPI, []),
    (CX, 302, [IDENTITY], None, [SERVER_NAME]), (CX, 303, [IDENTITY, avp3(607, 1), SERVER_NAME], IMPI, [avp3(607, 1)]),
    (CX, 304, [IDENTITY, avp3(615, [avp3(616, 0)])], IMPI, []), (CX, 305, [], IMPI, []),
    (SH, 306, [avp3(700, [IDENTITY]), avp3(703, 10)], None, [avp3(702, "<x/>")]), (SH, 307, [avp3(700, [IDENTITY]), avp3(703, 0)], None, []),
    (SH, 308, [avp3(700, [IDENTITY]), avp3(705, 0)], None, []), (SH, 309, [avp3(700, [IDENTITY])], None, []),
    (SLH, 8388622, [MSISDN_AVP], IMSI, []),
    (GX, 272, [avp(416, 1), avp(415, 0)], None, [avp(416, 1), avp(415, 0)]), (GX, 258, [avp(285, 0)], None, []),
    (RX, 265, [], None, []), (RX, 275, [avp(295, 1)], None, []), (RX, 274, [avp3(500, 0)], None, []),
    (GY, 272, [avp(461, "32251@3gpp.org"), avp(416, 1), avp(415, 0)], None,
     [avp(416, 1), avp(415, 0), avp(456, [avp(432, 1), avp(268, 4012)])]),
]


def origin(host=CLIENT):
    return [avp(264, host), avp(296, REALM)]


def session(application, command, number):
    return f"{CLIENT};{application};{command};{number}"


def asked(application, command, avps, user, flags=REQUEST | PROXIABLE, end=None, extra=()):
    hop = next(hops)
    end = hop + 0x70000000 if end is None else end
    name = session(application, command, hop)
    fields = {"session": name, "origin_host": CLIENT, "origin_realm": REALM, "dest_realm": REALM, **({"user_name": user} if user else {})}
    parts = [avp(263, name), avp(260, [avp(266, VENDOR_3GPP), avp(258, application)]), avp(277, 1), *origin(), avp(283, REALM)]
    parts += ([avp(1, user)] if user else []) + list(avps) + list(extra)
    return diameter.message(command, application, flags, hop, end, *parts, **fields), hop, end, name


def answered(application, command, hop, end, name, result=2001, experimental=None, avps=(), flags=PROXIABLE, host=SERVER):
    outcome = [avp(268, result)] if experimental is None else [avp(297, [avp(266, VENDOR_3GPP), avp(298, experimental)])]
    fields = {"session": name, "origin_host": host, "origin_realm": REALM}
    fields.update({"result": result} if experimental is None else {"experimental": experimental})
    parts = [avp(263, name), avp(260, [avp(266, VENDOR_3GPP), avp(258, application)]), *outcome, avp(277, 1), *origin(host), *avps]
    return diameter.message(command, application, flags, hop, end, *parts, **fields)


def exchange(tape, row=EXCHANGES[1], over="sctp", request_extra=(), **named):
    application, command, avps, user, back = row
    request, hop, end, name = asked(application, command, avps, user, extra=request_extra)
    if "result" in named or "experimental" in named:
        back = []
    answer = answered(application, command, hop, end, name, avps=[*back, *named.pop("avps", ())], **named)
    send(tape, request, False, over)
    send(tape, answer, True, over)


def send(tape, said, back, over="sctp"):
    if over == "tcp":
        tape.tcp(PORT, said, back=back)
    else:
        tape.sctp(PORT, PPID, said, back=back)


def exchanges(tape):
    """Each over SCTP and over TCP."""
    for over in ("sctp", "tcp"):
        for row in EXCHANGES:
            exchange(tape, row, over)


def peers(tape):
    """CER, DWR, DPR with their answers (RFC 6733 5.3 to 5.5), and a CER that is refused."""
    capabilities = [avp(257, b"\x00\x01\x0a\x5a\x00\x01"), avp(266, VENDOR_3GPP), avp(269, "encoder", mandatory=False),
                    avp(260, [avp(266, VENDOR_3GPP), avp(258, S6A)])]
    for command, more in ((257, capabilities), (280, []), (282, [avp(273, 0)])):
        hop = next(hops)
        send(tape, diameter.message(command, 0, REQUEST, hop, hop, *origin(), *more, origin_host=CLIENT, origin_realm=REALM), False)
        send(tape, diameter.message(command, 0, 0, hop, hop, avp(268, 2001), *origin(SERVER), *(more if command == 257 else []), origin_host=SERVER,
                                    origin_realm=REALM, result=2001), True)
    hop = next(hops)
    send(tape, diameter.message(257, 0, REQUEST, hop, hop, *origin(), *capabilities, origin_host=CLIENT, origin_realm=REALM), False)
    send(tape, diameter.message(257, 0, ERROR, hop, hop, avp(268, 3010), *origin(SERVER), origin_host=SERVER, origin_realm=REALM, result=3010), True)


def results(tape):
    """Every result of RFC 6733 and of the 3GPP interfaces, as the answer to an update of the location."""
    for code in codes.numbers("diameter_result_base"):
        exchange(tape, result=code, flags=PROXIABLE | (ERROR if 3000 <= code < 4000 else 0))
    for code in codes.numbers("diameter_result_3gpp"):
        exchange(tape, experimental=code)
    for diagnostic in range(0, 5):
        exchange(tape, experimental=5420, avps=[avp3(1614, diagnostic, mandatory=False)])


def between(tape):
    """Failed-AVP, overload (RFC 7683), proxies, routes, redirects, retransmission, several results and a message with nothing readable."""
    exchange(tape, result=5005, avps=[avp(279, [avp(1, b"")])])
    exchange(tape, result=5004, avps=[avp(279, [avp3(1407, b"\1\2")])])
    overload = avp(623, [avp(624, b"\0\0\0\0\0\0\0\1", mandatory=False), avp(626, 0, mandatory=False), avp(627, 50, mandatory=False),
                         avp(625, 30, mandatory=False)], mandatory=False)
    features = avp(621, [avp(622, b"\0\0\0\0\0\0\0\1", mandatory=False)], mandatory=False)
    exchange(tape, avps=[features, overload], request_extra=[features])
    proxy = avp(284, [avp(280, "dra1.example.org"), avp(33, b"state")])
    exchange(tape, avps=[proxy], request_extra=[proxy, avp(282, CLIENT), avp(282, "dra1.example.org")])
    exchange(tape, result=3006, flags=ERROR, avps=[avp(292, "aaa://hss2.example.org"), avp(261, 1)], host="dra1.example.org")
    request, hop, end, name = asked(S6A, 316, EXCHANGES[1][2], IMSI)
    send(tape, request, False)
    again, hop, end, name = asked(S6A, 316, EXCHANGES[1][2], IMSI, REQUEST | PROXIABLE | RETRANSMITTED, end)
    send(tape, again, False)
    send(tape, answered(S6A, 316, hop, end, name), True)
    send(tape, diameter.message(316, S6A, REQUEST | PROXIABLE, next(hops), 1), False)
    send(tape, diameter.message(99999, 4294967295, REQUEST, next(hops), 1, *origin(), origin_host=CLIENT, origin_realm=REALM), False)


def bundled(tape):
    """Several messages in an SCTP packet, and in a TCP segment, and one over several chunks."""
    several = [asked(*row[:4])[0] for row in EXCHANGES[:4]]
    tape.sctp(PORT, PPID, *several)
    tape.sctp(PORT, PPID, asked(*EXCHANGES[1][:4])[0], size=100)
    tape.tcp(PORT, *[asked(*row[:4])[0] for row in EXCHANGES[:6]])


STORIES = [("diameter-interfaces", exchanges), ("diameter-peers", peers), ("diameter-results", results), ("diameter-between", between),
           ("diameter-bundled", bundled)]
