# SPDX-License-Identifier: BSD-3-Clause
"""Receivers of alarms for outlets.py: the programs that operators have, started and killed at will, and small servers of our own where any
will do. Each says what has arrived as plain texts or objects."""
import http.server
import json
import os
import shutil
import socket
import socketserver
import subprocess
import threading
import urllib.request

from check import Failure, Skip
from program import environment, free_port, read, scratch_file, scratch_folder, wait_until, whole_lines


def program(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        raise Skip(f"the program {name} is missing")
    return path


class Program:
    """A receiver that is a program; started and killed as often as one likes."""

    def __init__(self, *words):
        self.words = words
        self.process = None
        self.log = scratch_file(".log")

    def start(self):
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(self.words, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment())
        try:
            wait_until(self.is_ready, f"{self.words[0]} is ready")
        except Failure as failure:
            raise Failure(f"{failure}: {read(self.log)[-400:]}") from None

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()


class Alertmanager(Program):
    """prometheus-alertmanager; its notifications go to `hook`, a Listener."""

    def __init__(self, hook=None):
        self.port = free_port()
        self.config = scratch_file(".yml")
        receiver = f"webhook_configs: [{{url: 'http://127.0.0.1:{hook.port}/', send_resolved: true}}]" if hook else ""
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("route: {receiver: noc, group_by: [alarm_id], group_wait: 500ms, group_interval: 500ms}\n"
                       f"receivers: [{{name: noc, {receiver}}}]\n")
        self.storage = scratch_file(".alertmanager")
        super().__init__(program("prometheus-alertmanager"), f"--config.file={self.config}", f"--storage.path={self.storage}",
                         f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address=")

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path):
        with urllib.request.urlopen(self.url() + path, timeout=30) as answer:
            return json.loads(answer.read())

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.url() + "/-/ready", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def alerts(self):
        return self.ask("/api/v2/alerts")


class Trapd(Program):
    """snmptrapd that prints numbers, with a community and a user of v3; one line per notification."""
    USER, AUTHENTICATION, PRIVACY = "noc", "authentication-words", "privacy-words"

    def __init__(self, engine_id=None):
        self.port = free_port(socket.SOCK_DGRAM)
        config = scratch_file(".conf")
        engine = f"-e 0x{engine_id} " if engine_id else ""
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"authCommunity log public\ncreateUser {engine}{self.USER} SHA-256 {self.AUTHENTICATION} AES {self.PRIVACY}\n"
                       f"authUser log {self.USER} priv\n[snmp] persistentDir {scratch_folder('snmp')}\n")
        super().__init__(program("snmptrapd"), "-f", "-Lo", "-n", "-Ona", "-C", "-c", config, "-m", "", "-F", "%v\\n--\\n", f"udp:127.0.0.1:{self.port}")

    def is_ready(self):
        with open("/proc/net/udp", encoding="utf-8") as file:
            return f":{self.port:04X} " in file.read()

    def notifications(self):
        """Octets that are no text, such as dates, may hold ends of lines."""
        with open(self.log, encoding="utf-8", errors="replace", newline="") as file:
            return [text for text in file.read().split("\n--\n")[:-1] if ".1.3.6.1.6.3.1.1.4.1.0" in text]


class Rsyslog(Program):
    """rsyslogd on UDP, TCP and a socket of this machine; one JSON object per message."""

    def __init__(self):
        self.udp, self.tcp = free_port(socket.SOCK_DGRAM), free_port()
        self.socket, self.out = scratch_file(".sock"), scratch_file(".messages")
        config = scratch_file(".conf")
        fields = ("hostname", "app-name", "msgid", "structured-data", "pri", "msg", "timereported", "protocol-version")
        parts = ' constant(value=",") '.join(f'property(name="{f}" outname="{f}" format="jsonf")' for f in fields)
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'global(workDirectory="{scratch_folder("rsyslog")}")\n'
                       f'module(load="imudp")\ninput(type="imudp" address="127.0.0.1" port="{self.udp}")\n'
                       f'module(load="imtcp")\ninput(type="imtcp" address="127.0.0.1" port="{self.tcp}")\n'
                       f'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="{self.socket}" UseSpecialParser="off")\n'
                       f'template(name="json" type="list") {{ constant(value="{{") {parts} constant(value="}}\\n") }}\n'
                       f'action(type="omfile" file="{self.out}" template="json" asyncWriting="off" flushOnTXEnd="on")\n')
        super().__init__(program("rsyslogd"), "-n", "-f", config, "-i", scratch_file(".pid"))

    def is_ready(self):
        with socket.socket() as s:
            return os.path.exists(self.socket) and s.connect_ex(("127.0.0.1", self.tcp)) == 0

    def messages(self):
        return [json.loads(line) for line in whole_lines(self.out)] if os.path.exists(self.out) else []


class Listener:
    """A web server that takes everything, or answers with the statuses that it is given first."""

    def __init__(self, *statuses):
        self.port = free_port()
        self.requests = []  # (path, headers, object)
        self.statuses = list(statuses)
        self.server = None

    def start(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = owner.statuses.pop(0) if owner.statuses else 200
                if status == 200:
                    owner.requests.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def kill(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()


class MailSink(Listener):
    """A mail server that keeps what it is sent: (from, [to], text). RFC 5321 as far as a client needs it. Refuses people whose name begins
    with "gone", and the first mails by their content."""

    def __init__(self, refused_contents=0):
        super().__init__()
        self.refused_contents = refused_contents

    def start(self):
        owner = self

        class Session(socketserver.StreamRequestHandler):
            def say(self, words):
                self.wfile.write(words.encode() + b"\r\n")

            def handle(self):
                sender, people = "", []
                self.say("220 sink")
                for raw in self.rfile:
                    line = raw.decode().strip()
                    verb = line.split(":")[0].upper()
                    if verb.startswith(("EHLO", "HELO")):
                        self.say("250 sink")
                    elif verb == "MAIL FROM":
                        sender = line.split("<")[1].split(">")[0]
                        self.say("250 ok")
                    elif verb == "RCPT TO" and "<gone" in line:
                        self.say("550 no such user")
                    elif verb == "RCPT TO":
                        people.append(line.split("<")[1].split(">")[0])
                        self.say("250 ok")
                    elif verb == "DATA":
                        self.say("354 go on")
                        text = b""
                        while (part := self.rfile.readline()) not in (b".\r\n", b""):
                            text += part[1:] if part.startswith(b"..") else part
                        is_taken = owner.refused_contents == 0
                        owner.refused_contents -= not is_taken
                        if is_taken:
                            owner.requests.append((sender, people, text))
                        self.say("250 taken" if is_taken else "554 this looks like spam")
                        people = []
                    elif verb == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("502 what")

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        socketserver.ThreadingTCPServer.daemon_threads = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), Session)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
