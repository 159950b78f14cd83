# SPDX-License-Identifier: BSD-3-Clause
"""Feeds a capture to a running probe at a chosen speed, with the capture's own times: net_pcap reads a FIFO that this writes.

A fault of minutes is over in seconds that way, and control still judges each tick, as live: 15 times the speed of life is well within what it
follows; on a busy machine it may be told how far the probe has come, and waits for it. Also a command: feed.py CAPTURE FIFO SPEED.
"""
import os
import struct
import sys
import threading
import time

NANOSECONDS, MICROSECONDS = 0xA1B23C4D, 0xA1B2C3D4
PIECE = 16384
LATE_S = 0.1
AHEAD_S = 3  # of what is judged: four ticks wait for control, what is more is lost


def packets(path):
    """The head of the file, and a generator of (seconds since the first packet, bytes as they stand in the file)."""
    file = open(path, "rb")  # pylint: disable=consider-using-with
    head = file.read(24)
    unit = {NANOSECONDS: 1e9, MICROSECONDS: 1e6}[struct.unpack("<I", head[:4])[0]]

    def rows():
        first = None
        with file:
            while len(row := file.read(16)) == 16:
                seconds, fraction, length, _ = struct.unpack("<IIII", row)
                when = seconds + fraction / unit
                first = when if first is None else first
                yield when - first, row + file.read(length)
    return head, rows()


def write(path, fifo, speed, is_over=lambda: False, judged=None):
    """Returns when all is written, or nobody reads any more. judged: the seconds of the capture that the probe has come to."""
    head, rows = packets(path)
    try:
        with open(fifo, "wb", buffering=0) as out:
            out.write(head)
            begun, piece, second = time.monotonic(), b"", 0
            for when, row in rows:
                if judged and when >= second:
                    out.write(piece)
                    piece, second = b"", int(when) + 1
                    while not is_over() and when - judged() > AHEAD_S:
                        time.sleep(0.05)
                wait = when / speed - (time.monotonic() - begun)
                # What could not be written in time, because the probe was starting or the machine was busy, is not caught up with.
                if wait < -LATE_S:
                    begun, wait = begun - wait, 0
                if piece and (wait > 0.005 or len(piece) > PIECE):
                    out.write(piece)
                    piece = b""
                if wait > 0.005:
                    time.sleep(wait)
                if is_over():
                    return
                piece += row
            out.write(piece)
    except BrokenPipeError:
        pass


class Feed:
    """Writes in a thread of its own; `fifo` is what the probe reads. Ends with the block."""

    def __init__(self, path, fifo, speed, judged=None):
        self.fifo, self.is_over = fifo, False
        os.mkfifo(fifo)
        self.thread = threading.Thread(target=write, args=(path, fifo, speed, lambda: self.is_over, judged), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        os.unlink(self.fifo)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], float(sys.argv[3]))
