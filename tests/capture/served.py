# SPDX-License-Identifier: BSD-3-Clause
"""A replay that is watched as a live probe is: what its page, its socket and its outlets are given is what it says."""
import base64
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import urllib.request

from check import Skip, check, expect, same
from program import PATIENCE_S, TREE, environment, free_port, lab, read, run, run_well, scratch_file, scratch_folder, settings, wait_until
from receivers import Listener

EXAMPLE = os.path.join(TREE, "config/examples/o2-uk.yaml")


def config(**more):
    """The example, with a port and a socket of its own."""
    path = scratch_file(".yaml")
    port = free_port()
    keys = {"metrics": {"port": port}, "api": {"socket": os.path.join(scratch_folder("served"), f"{port}.sock")}, **more}
    with open(path, "w", encoding="utf-8") as file:
        file.write(read(EXAMPLE) + "\n" + "\n".join(f"{key}: {json.dumps(value)}" for key, value in keys.items()) + "\n")
    return path, f"http://127.0.0.1:{port}"


def ask(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.loads(answer.read())


class Served:
    """`replay --serve` of a capture, as fast as possible; over when its input is."""

    def __init__(self, path, capture, *options):
        self.out = scratch_file(".jsonl")
        self.err = scratch_file(".err")
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen([settings.release, "replay", "--serve", "--json", "-c", path, *options, capture], stdout=out, stderr=err,
                                            env=environment())

    def lines(self):
        return [json.loads(line) for line in read(self.out).splitlines()]

    def __enter__(self):
        wait_until(lambda: self.process.poll() is not None or "until this is interrupted" in read(self.err), "the input is over", 5 * PATIENCE_S)
        same(None, self.process.poll(), f"exit code of a replay that is served ({read(self.err)})")
        return self

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_S)

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


@check()
def durations_in_the_metrics_add_up_to_those_of_the_transactions():
    """The sum of a histogram is of what was measured, to the precision of the lines that tell of each."""
    path, url = config()
    lines, expected = scratch_file(".jsonl"), {}
    with Served(path, lab("latency-creep"), "--transactions", lines) as served:
        with urllib.request.urlopen(url + "/metrics", timeout=10) as answer:
            text = answer.read().decode()
        served.end()
    for row in map(json.loads, read(lines).splitlines()):
        if "latency_ms" in row:
            expected.setdefault(row["procedure"], []).append(row["latency_ms"] / 1000)
    told = {part: dict(re.findall(rf'^sigcanary_transaction_duration_seconds_{part}{{procedure="([^"]+)"}} (\S+)$', text, re.M)) for part in ("sum", "count")}
    same({name: len(them) for name, them in expected.items()}, {name: int(count) for name, count in told["count"].items() if int(count)}, "answers")
    for name, them in expected.items():
        expect(abs(sum(them) - float(told["sum"][name])) <= 0.000001 * len(them), f"{name}: {told['sum'][name]} s, of answers {sum(them)} s")


@check()
def a_replay_is_served_as_a_live_probe_is():
    store = scratch_file(".sqlite")
    with Listener() as hook:
        path, url = config(webhook={"url": f"http://127.0.0.1:{hook.port}/"}, store={"file": store})
        with Served(path, lab("o2-2012")) as served:
            told = served.lines()
            expect(told, "an outage without an alarm")
            status = ask(url + "/api/v1/status")
            is_open = told[-1]["state"] != "cleared"
            same([told[-1]["id"]] if is_open else [], status["open"], "incidents that are open")
            same([told[-1]], ask(url + "/api/v1/incidents"), "the newest line of the incident")
            same(told, ask(url + f"/api/v1/incidents/{told[-1]['id']}")["announcements"], "announcements of the incident")
            with urllib.request.urlopen(url + "/", timeout=30) as page:
                expect(b"<html" in page.read(), "the page is not there")
            words = run_well("status", "-c", path).out
            expect(status["state"] in words and status["network"] in words, f"`status` says {words}")
            wait_until(lambda: len(hook.requests) == len(told), "the webhook hears of every announcement")
            same(told, [body for _, _, body in hook.requests], "what the webhook was told")
            same(0, served.end(), "exit code when it is interrupted after its input")
    expect(not os.path.exists(store), "a replay left its history in the file of the live probe")


GUESSES = 25
HOSTS = {"localhost": 200, "127.0.0.1:80": 200, "[::1]:80": 200, "page.localhost": 200, "noc.example:8443": 200, "NOC.EXAMPLE": 200,
         "elsewhere.example": 421, "127.0.0.1.elsewhere.example": 421, "localhost.elsewhere.example": 421, "noc.example.elsewhere": 421}


def status_of(url, headers):
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", "/api/v1/status", headers=headers)
        return connection.getresponse().status


def users_file(**passwords):
    path = scratch_file(".users")
    with open(path, "w", encoding="utf-8") as file:
        for name, password in passwords.items():
            made = subprocess.run(["openssl", "passwd", "-6", password], stdout=subprocess.PIPE, check=True)
            file.write(f"{name}:{made.stdout.decode()}")
    return path


@check()
def a_page_of_elsewhere_whose_name_points_here_reads_nothing():
    """A browser sends what the page's address says, wherever that name leads (DNS rebinding); without users nothing else would stop it."""
    path, url = config(api={"socket": scratch_file(".sock"), "url": "https://noc.example/sigcanary"})
    with Served(path, lab("fault", "--seconds", 5)):
        same(HOSTS, {host: status_of(url, {"Host": host}) for host in HOSTS}, "who is answered, by the name that was asked")


@check()
def who_guesses_passwords_neither_finds_one_nor_keeps_those_out_who_are_in():
    def ask_as(user, password):
        return status_of(url, {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()})

    path, url = config(api={"socket": scratch_file(".sock"), "users_file": users_file(noc="right", night="right")})
    with Served(path, lab("fault", "--seconds", 5)):
        same(200, ask_as("noc", "right"), "a user")
        same([401] * GUESSES, [ask_as(name, f"guess {i}") for i, name in enumerate(["noc", "nobody"] * GUESSES)][:GUESSES], "guesses")
        same(200, ask_as("noc", "right"), "a user who is in, meanwhile")
        wait_until(lambda: ask_as("night", "right") == 200, "a user who comes later")
        same(401, ask_as("noc", "guess 0"), "a guess that was wrong before")


@check()
def a_users_file_that_names_nobody_locks_everybody_out_and_not_in():
    empty, wrong = users_file(), users_file()
    with open(empty, "w", encoding="utf-8") as file:
        file.write("# " + "a remark " * 40 + "noc:$6$no\n\n")
    with open(wrong, "wb") as file:
        file.write(b"n\xe9:$6$a$b\n")
    for file, words in ((empty, "names no user"), (scratch_folder("no-users"), "names no user"), (wrong, "no line name:hash")):
        path, _ = config(api={"socket": scratch_file(".sock"), "users_file": file})
        done = run("replay", "--serve", "-c", path, lab("fault", "--seconds", 5))
        expect(done.code != 0 and words in done.err, f"{file}: {done.code} {done.err}")


def own_address():
    """An address of this machine that others could ask by; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        with contextlib.suppress(OSError):
            asked.connect(("192.0.2.1", 9))
            return asked.getsockname()[0]
    raise Skip("this machine has no address but its own")


@check()
def one_address_of_elsewhere_gets_a_part_of_the_connections():
    address = own_address()
    path, url = config(api={"socket": scratch_file(".sock"), "users_file": users_file(noc="right"), "readers": 18})
    port = int(url.rpartition(":")[2])
    with open(path, "r+", encoding="utf-8") as file:
        words = file.read().replace(f'{{"port": {port}}}', f'{{"port": {port}, "address": "{address}"}}')
        file.seek(0)
        file.write(words)

    def is_served(one):
        """False when it is closed at once."""
        one.settimeout(30)
        with contextlib.suppress(ConnectionError):
            one.sendall(f"GET /healthz HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
            return one.recv(1000).startswith(b"HTTP/1.1 200")
        return False

    def ask_anew():
        with socket.create_connection((address, port), timeout=30) as one:
            return is_served(one)

    with Served(path, lab("fault", "--seconds", 5)):
        held = [socket.create_connection((address, port), timeout=30) for _ in range(4)]
        same([True] * 4, [is_served(one) for one in held], "as many connections as one address may have, answered")
        expect(not ask_anew(), "an address takes more than its share")
        held.pop().close()
        wait_until(ask_anew, "an address that has let go of a connection gets another one")
        for one in held:
            one.close()
