# SPDX-License-Identifier: BSD-3-Clause
"""tshark as the oracle: what it sees in a capture, as rows.

A row is (frame, layer, {field: value}); rows stand in the order of the capture. Layers and fields are those of FIELDS below, by names of
our own, so that lines of decode (compare.py) and what the encoder meant (encode/) can be told in the same words. Numbers are integers,
transaction ids hex, digits text. Two runs: one for everything but Diameter, whose whole tree is printed, one for Diameter with only the
fields that count (`-j`), since a tree of Diameter is a hundred times its message. Diameter over TCP has a third: with out-of-order
reassembly tshark waits for ever behind a gap of the capture, without it a request captured after its own acknowledgement is dropped; what
only the third one shows is taken in by the identity of the message.
"""
import os
import re
import shutil
import subprocess

from check import Failure, Skip
from program import scratch_folder

PREFERENCES = ("ip.defragment:TRUE", "ipv6.defragment:TRUE", "sctp.reassembly:TRUE", "sctp.tsn_analysis:TRUE", "sctp.ulp_dissection:TRUE",
               "sctp.checksum:None", "tcp.desegment_tcp_streams:TRUE", "tcp.reassemble_out_of_order:TRUE",
               "tcp.analyze_sequence_numbers:TRUE", "tcp.check_checksum:FALSE", "diameter.desegment:TRUE", "sccp.defragment_xudt:TRUE",
               "nas-eps.null_decipher:TRUE", "nas-5gs.null_decipher:TRUE")
SIGNALLING = ("m3ua || m2pa || m2ua || sua || mtp2 || mtp3 || sccp || tcap || gsm_map || camel || isup || bssap || ranap || sgsap || s1ap || "
              "ngap || nas-eps || nas-5gs")
# A packet quoted, the user plane, and what functions of a 5G core write to each other (TS 29.502): nothing of it is signalling here.
STOPPED_BY = ("icmp", "icmpv6", "gtp", "http", "http2")

# Fields that are values of a row: tshark's name -> (layer, our name).
PLAIN = {
    "m3ua.message_class": ("m3ua", "class"), "m3ua.message_type": ("m3ua", "type"),
    "m2ua.message_class": ("m2ua", "class"), "m2ua.message_type": ("m2ua", "type"),
    "sua.message_class": ("sua", "class"), "sua.message_type": ("sua", "type"),
    "m2pa.class": ("m2pa", "class"), "m2pa.type": ("m2pa", "type"), "m2pa.type_v8": ("m2pa", "type"),
    "m3ua.protocol_data_opc": ("mtp3", "opc"), "m3ua.protocol_data_dpc": ("mtp3", "dpc"),
    "m3ua.protocol_data_si": ("mtp3", "si"), "m3ua.protocol_data_ni": ("mtp3", "ni"), "m3ua.protocol_data_sls": ("mtp3", "sls"),
    "mtp3mg.h0": ("mtp3mg", "h0"), "mtp3mg.h1": ("mtp3mg", "h1"),
    "isup.cic": ("isup", "cic"), "isup.message_type": ("isup", "type"),
    "sccp.slr": ("sccp", "slr"), "sccp.dlr": ("sccp", "dlr"), "sccp.return_cause": ("sccp", "return_cause"),
    "sccp.release_cause": ("sccp", "cause"), "sccp.refusal_cause": ("sccp", "cause"),
    "sccp.reset_cause": ("sccp", "cause"), "sccp.error_cause": ("sccp", "cause"),
    "sccpmg.message_type": ("scmg", "type"), "sccpmg.ssn": ("scmg", "ssn"), "sccpmg.pc": ("scmg", "pc"), "sccpmg.ansi_pc": ("scmg", "pc"),
    "bssap.pdu_type": ("bssap", "type"), "gsm_a.bssmap.msgtype": ("bssmap", "type"),
    "ranap.procedureCode": ("ranap", "procedure"), "ranap.RANAP_PDU": ("ranap", "pdu"),
    "s1ap.procedureCode": ("s1ap", "procedure"), "s1ap.S1AP_PDU": ("s1ap", "pdu"),
    "ngap.procedureCode": ("ngap", "procedure"), "ngap.NGAP_PDU": ("ngap", "pdu"),
    "sgsap.msg_type": ("sgsap", "type"),
}
MTP3 = {"mtp3.opc": "opc", "mtp3.dpc": "dpc", "mtp3.service_indicator": "si", "mtp3.network_indicator": "ni", "mtp3.sls": "sls",
        "mtp3.ansi_opc": "opc", "mtp3.ansi_dpc": "dpc"}
ADDRESS = {f"sccp.{way}.{field}": f"{way}.{name}" for way in ("called", "calling")
           for field, name in (("ssn", "ssn"), ("pc", "pc"), ("ansi_pc", "pc"), ("digits", "gt"))}
NAS_TYPE = {"gsm_a.dtap.msg_mm_type": "mm", "gsm_a.dtap.msg_gmm_type": "gmm", "gsm_a.dtap.msg_cc_type": "cc", "gsm_a.dtap.msg_sm_type": "sm",
            "gsm_a.dtap.msg_sms_type": "sms", "gsm_a.dtap.msg_ss_type": "ss", "gsm_a.dtap.msg_rr_type": "rr", "nas_eps.nas_msg_emm_type": "emm",
            "nas_eps.nas_msg_esm_type": "esm", "nas_5gs.mm.message_type": "5gmm", "nas_5gs.sm.message_type": "5gsm"}
NAS_CAUSE = {"gsm_a.dtap.rej_cause": "mm", "gsm_a.gm.gmm.cause": "gmm", "gsm_a.gm.sm.cause": "sm", "nas_eps.emm.cause": "emm",
             "nas_eps.esm.cause": "esm", "nas_5gs.mm.5gmm_cause": "5gmm", "nas_5gs.sm.5gsm_cause": "5gsm"}
TCAP_TYPE = {f"tcap.{kind}_element": kind for kind in ("begin", "continue", "end", "abort", "unidirectional")}
ANSI_TYPE = {"ansi_tcap.unidirectional_element": "ansi unidirectional", "ansi_tcap.queryWithPerm_element": "query with permission",
             "ansi_tcap.queryWithoutPerm_element": "query without permission", "ansi_tcap.response_element": "response",
             "ansi_tcap.conversationWithPerm_element": "conversation with permission",
             "ansi_tcap.conversationWithoutPerm_element": "conversation without permission", "ansi_tcap.abort_element": "ansi abort"}
COMPONENTS = {"invoke": "invoke", "returnResultLast": "returnResultLast", "returnResult": "returnResultLast", "returnError": "returnError",
              "reject": "reject", "returnResultNotLast": "returnResultNotLast"}
COMPONENT = {f"{proto}.{kind}_element": (layer, name) for proto, layer in (("gsm_old", "map"), ("camel", "cap")) for kind, name in COMPONENTS.items()}
CODE_NEXT = {"gsm_old.opCode": "op", "gsm_old.errorCode": "error", "camel.opcode": "op", "camel.errcode": "error"}
MSISDN = ("gsm_map.ms.msisdn", "gsm_map.sm.msisdn", "gsm_map.ch.msisdn", "gsm_map.msisdn")
INSIDE = ("tcap.otid", "tcap.dtid", "tcap.application_context_name", "tcap.p_abortCause", "gsm_old.invokeID", "gsm_old.localValue",
          "camel.invokeID", "camel.present", "camel.local", "camel.error_code_local", "gsm_old.derivable", "e212.imsi", "sccp.message_type", "sccp.segmentation.remaining", *MSISDN)
WANTED = {name.encode() for group in (PLAIN, MTP3, ADDRESS, NAS_TYPE, NAS_CAUSE, TCAP_TYPE, ANSI_TYPE, COMPONENT, CODE_NEXT, INSIDE) for name in group}

DIAMETER = {"diameter.cmd.code": "code", "diameter.applicationId": "app", "diameter.hopbyhopid": "hop", "diameter.endtoendid": "end",
            "diameter.flags.request": "request", "diameter.flags.error": "error", "diameter.flags.T": "retransmit"}
AVPS = {"diameter.Session-Id": "session", "diameter.Origin-Host": "origin_host", "diameter.Origin-Realm": "origin_realm",
        "diameter.Destination-Host": "dest_host", "diameter.Destination-Realm": "dest_realm", "diameter.Result-Code": "result",
        "diameter.User-Name": "user_name"}
EXPERIMENTAL = "diameter.Experimental-Result-Code"
DIAMETER_WANTED = {name.encode() for group in (DIAMETER, AVPS, (EXPERIMENTAL, "diameter.avp", "diameter.avp.code")) for name in group}
SHOWN = "diameter diameter.flags diameter.Experimental-Result " + " ".join(sorted(name.decode() for name in DIAMETER_WANTED))
TOP_LEVEL = 4  # blanks before an AVP that is a direct child of its message

SCCP_NAMES = {1: "CR", 2: "CC", 3: "CREF", 4: "RLSD", 5: "RLC", 6: "DT1", 7: "DT2", 8: "AK", 9: "UDT", 10: "UDTS", 11: "ED", 12: "EA", 13: "RSR",
              14: "RSC", 15: "ERR", 16: "IT", 17: "XUDT", 18: "XUDTS", 19: "LUDT", 20: "LUDTS"}
XML = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'"}


def program():
    found = shutil.which("tshark")
    if found is None:
        raise Skip("tshark is missing")
    return found


def lines(path, wanted, *arguments, preferences=()):
    """The lines of tshark's trees that begin a packet or a protocol or show a wanted field. Of a big capture there are millions of others,
    which grep leaves out ten times faster than could be done here. Standard error goes nowhere, for a full pipe would stop tshark."""
    words = [word for preference in (*PREFERENCES, *preferences) for word in ("-o", preference)]
    environment = {**os.environ, "HOME": scratch_folder("home"), "LC_ALL": "C"}
    pattern = '^ *<(proto|field) name="(num|' + "|".join(sorted(re.escape(name.decode()) for name in wanted)) + ')" |^ *<proto '
    with subprocess.Popen([program(), "-n", "-r", path, *words, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env=environment) as running:
        with subprocess.Popen(["grep", "-aE", pattern], stdin=running.stdout, stdout=subprocess.PIPE, env=environment, bufsize=1 << 20) as kept:
            running.stdout.close()
            yield from kept.stdout
    if running.returncode != 0:
        raise Failure(f"tshark {path}: ended with {running.returncode}")


def attribute(line, name):
    start = line.find(name)
    if start < 0:
        return ""
    start += len(name)
    text = line[start:line.index(b'"', start)].decode("utf-8", errors="replace")
    return re.sub(r"&[^;]+;", lambda found: XML.get(found.group(0), "?"), text) if "&" in text else text


def shown(line):
    return attribute(line, b' show="')


def whole(text):
    """tshark's number, whichever way it shows it; the text itself where it is none."""
    if text in ("True", "False"):
        return int(text == "True")
    try:
        return int(text, 0)
    except ValueError:
        return int(text, 16) if re.fullmatch(r"(0x)?[0-9a-fA-F]+", text) else text


def semi_octets(hexadecimal):
    return "".join(pair[1] + pair[0] for pair in re.findall("..", hexadecimal)).rstrip("f")


def point_code(line):
    """ANSI point codes are shown as network-cluster-member first."""
    parts = shown(line).split("-")
    return int(parts[0]) << 16 | int(parts[1]) << 8 | int(parts[2]) if len(parts) == 3 else whole(shown(line))


class Reader:
    """Takes the wanted lines of a tree of everything but Diameter, and leaves rows."""

    def __init__(self):
        self.rows, self.frame, self.proto = [], 0, ""
        self.last = {}      # layer -> fields of its newest row in this frame
        self.code = None    # whether the next number is an operation or an error
        self.is_over = False
        self.malformed = []

    def packet(self, frame):
        self.frame, self.last, self.is_over, self.code = frame, {}, False, None

    def protocol(self, name, _):
        self.proto = name
        if name in STOPPED_BY:
            self.is_over = True
        elif name == "_ws.malformed":
            self.malformed.append(self.frame)
        elif name in ("m3ua", "m2ua", "m2pa", "sua", "sccp", "mtp3mg", "isup", "ranap", "s1ap", "ngap", "sgsap", "bssap"):
            self.begin(name)
        elif name == "sccpmg":
            self.begin("scmg")
        elif name == "mtp3":
            self.begin("mtp3")
        elif name in ("gsm_map", "camel"):
            self.last.pop("component", None)

    def begin(self, layer, **fields):
        self.last[layer] = dict(fields)
        self.rows.append((self.frame, layer, self.last[layer]))
        return self.last[layer]

    def put(self, layer, key, value):
        """The first value of a field counts; of layers that have no protocol of their own it begins the row."""
        if self.last.get(layer) is None:
            self.begin(layer)
        self.last[layer].setdefault(key, value)

    def field(self, name, line):
        if self.is_over:
            return
        if name in PLAIN:
            layer, key = PLAIN[name]
            if name == "m3ua.protocol_data_opc" or name == "gsm_a.bssmap.msgtype":
                self.begin(layer)
            self.put(layer, key, point_code(line))
        elif name in MTP3 and self.proto == "mtp3":
            self.put("mtp3", MTP3[name], point_code(line))
        elif name == "sccp.message_type":
            self.put("sccp", "type", SCCP_NAMES.get(whole(shown(line)), shown(line)))
        elif name == "sccp.segmentation.remaining" and whole(shown(line)) > 0:
            for layer in ("m3ua", "m2ua", "m2pa", "mtp3", "sccp"):
                self.last.get(layer, {})["is_segment"] = True
        elif name in ADDRESS and self.proto == "sccp":
            text = shown(line)
            self.put("sccp", ADDRESS[name], text if ADDRESS[name].endswith("gt") else point_code(line))
        elif name in NAS_TYPE:
            self.begin("nas", pd=NAS_TYPE[name], type=whole(shown(line)))
        elif name in NAS_CAUSE:
            self.nas_cause(NAS_CAUSE[name], whole(shown(line)))
        else:
            self.transaction(name, line)

    def nas_cause(self, protocol, value):
        for frame, layer, fields in reversed(self.rows):
            if frame != self.frame:
                return
            if layer == "nas" and fields["pd"] == protocol:
                fields.setdefault("cause", value)
                return

    def transaction(self, name, line):
        if name in TCAP_TYPE and self.proto == "tcap":
            self.begin("tcap", type=TCAP_TYPE[name])
        elif name in ANSI_TYPE and self.proto == "ansi_tcap":
            self.begin("tcap", type=ANSI_TYPE[name])
        elif name in ("tcap.otid", "tcap.dtid") and self.proto == "tcap":
            self.put("tcap", name[5:], attribute(line, b' value="'))
        elif name == "tcap.application_context_name" and self.proto == "tcap":
            self.put("tcap", "ac", shown(line).split(" ")[0])
        elif name == "tcap.p_abortCause":
            self.put("tcap", "p_abort", whole(shown(line)))
        elif name in COMPONENT and self.last.get("component") is None:
            layer, kind = COMPONENT[name]
            self.last["component"] = self.begin(layer, type=kind)
        elif self.last.get("component") is not None:
            self.component(self.last["component"], name, line)

    def component(self, fields, name, line):
        if name in ("gsm_old.invokeID", "gsm_old.derivable", "camel.invokeID", "camel.present"):
            if isinstance(whole(shown(line)), int) and name != "camel.invokeID":
                fields.setdefault("id", whole(shown(line)))
        elif name in CODE_NEXT:
            self.code = CODE_NEXT[name]
        elif name in ("gsm_old.localValue", "camel.local", "camel.error_code_local") and self.code:
            fields.setdefault(self.code, whole(shown(line)))
            self.code = None
        elif name == "e212.imsi":
            fields.setdefault("imsi", shown(line))
        elif name in MSISDN:
            fields.setdefault("msisdn", semi_octets(attribute(line, b' value="')[2:]))


class DiameterReader:
    """Takes the lines of the trees of Diameter; a message ends where the next one or the packet ends."""

    def __init__(self):
        self.rows, self.frame, self.ends, self.fields, self.avp = [], 0, [], None, 0
        self.is_over = False

    def packet(self, frame):
        self.frame, self.fields, self.ends, self.is_over = frame, None, [], False

    def protocol(self, name, line):
        if name == "diameter" and not self.is_over:
            self.fields = {"ends": tuple(self.ends)}
            self.rows.append((self.frame, "diameter", self.fields))
        elif name in STOPPED_BY:
            self.is_over = True
        elif name in ("ip", "ipv6", "tcp", "sctp"):
            text = attribute(line, b' showname="')
            ends = re.findall(r"(?:Src|Dst)(?: Port)?: ([^\s,]+)", text)
            self.ends = (self.ends[:2] if name in ("tcp", "sctp") else []) + ([name] if name in ("tcp", "sctp") else []) + ends

    def field(self, name, line):
        if self.fields is None or self.is_over:
            return
        depth = len(line) - len(line.lstrip())
        if name in DIAMETER:
            value = whole(shown(line))
            self.fields.setdefault(DIAMETER[name], bool(value) if name.startswith("diameter.flags") else value)
        elif name == "diameter.avp" and depth == TOP_LEVEL:
            self.avp = 0
        elif name == "diameter.avp.code" and depth == TOP_LEVEL + 2:
            self.avp = whole(shown(line))
        elif name == EXPERIMENTAL and self.avp == 297:
            self.fields.setdefault("experimental", whole(shown(line)))
        elif name in AVPS and depth == TOP_LEVEL + 2:
            self.fields.setdefault(AVPS[name], whole(shown(line)) if AVPS[name] == "result" else shown(line))


def name_of(line):
    start = line.find(b' name="') + 7
    return line[start:line.index(b'"', start)]


def trees(path, filter_text, readers, *arguments, preferences=(), decode_as=()):
    """Shows each reader, {wanted names: reader}, what it wants of the trees."""
    words = [word for rule in decode_as for word in ("-d", rule)]
    for line in lines(path, set().union(*(wanted for wanted, _ in readers)), "-Y", filter_text, "-T", "pdml", *arguments, *words, preferences=preferences):
        text = line.lstrip()
        if text.startswith(b"<field"):
            name = name_of(line)
            for wanted, reader in readers:
                if name in wanted:
                    reader.field(name.decode(), line)
            if name == b"num":
                for _, reader in readers:
                    reader.packet(int(shown(line)))
        elif text.startswith(b"<proto"):
            name = name_of(line).decode()
            for _, reader in readers:
                reader.protocol(name, line)


def identity(fields):
    return (fields["ends"], *[fields.get(key) for key in ("request", "code", "hop", "end")])


def without_ends(rows):
    return [(frame, layer, {key: value for key, value in fields.items() if key != "ends"}) for frame, layer, fields in rows]


class Seen:
    """What tshark sees in one capture: rows, and the frames in which something is malformed. is_light: only the fields of Diameter that
    count, and the rest by a run of its own when there is a rest."""

    def __init__(self, path, preferences=(), decode_as=(), is_light=False):
        self.path, self.told = path, {"preferences": tuple(preferences), "decode_as": tuple(decode_as)}
        rest, diameter = Reader(), DiameterReader()
        readers = [(WANTED, rest), (DIAMETER_WANTED, diameter)]
        trees(path, f"diameter || {SIGNALLING}", readers, *(("-j", SHOWN) if is_light else ()), **self.told)
        if is_light and rest.rows:
            rest = Reader()
            trees(path, f"({SIGNALLING}) && !diameter", [(WANTED, rest)], **self.told)
        self.rest, self.diameter = [row for row in rest.rows if row[2]], diameter.rows
        self.malformed = rest.malformed

    def rows(self):
        return self.rest + without_ends(self.diameter)

    def look_again(self):
        """The union with what is seen without out-of-order reassembly; whether there can be more of it."""
        if not any("tcp" in fields["ends"] for _, _, fields in self.diameter):
            return False
        again = DiameterReader()
        told = {**self.told, "preferences": (*self.told["preferences"], "tcp.reassemble_out_of_order:FALSE")}
        trees(self.path, "diameter && tcp", [(DIAMETER_WANTED, again)], "-j", SHOWN, **told)
        known = {identity(fields) for _, _, fields in self.diameter}
        for row in again.rows:
            if identity(row[2]) not in known:
                known.add(identity(row[2]))
                self.diameter.append(row)
        self.diameter.sort(key=lambda row: row[0])
        return True
