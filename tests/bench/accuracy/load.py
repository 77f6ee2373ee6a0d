#!/usr/bin/env python3
"""Requests that carry their truth, and the judge of the lines that they leave.

usage: load.py PORT REQUESTS MODE PATH LOG…     (with TLS=1 in the environment: by TLS)

Each request has a trace id of its own in its traceparent header and, as t=ID, in its address. Fifty
connections at a time. Modes: keepalive, close, bytes (the head in one to five pieces), pipeline
(three requests at once), post (a body, by length or in chunks). Prints
"ANSWERS LINES RIGHT WRONG NONE": how many requests were answered with 200, and what the lines of
the logs say that name a t=ID.
"""
import os
import random
import re
import socket
import ssl
import sys
import threading
import time

CONNECTIONS = 50
TLS = None
if os.environ.get("TLS"):
    TLS = ssl._create_unverified_context()


def request(path, mode):
    trace, span = os.urandom(16).hex(), os.urandom(8).hex()
    method, more, body = "GET", "", b""
    if mode == "close":
        more = "Connection: close\r\n"
    if mode == "post":
        method, body = "POST", os.urandom(random.randrange(1, 3000))
        if random.random() < 0.5:
            more = f"Content-Length: {len(body)}\r\n"
        else:
            more = "Transfer-Encoding: chunked\r\n"
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    head = (f"{method} {path}?t={trace} HTTP/1.1\r\nHost: localhost\r\n{more}"
            f"traceparent: 00-{trace}-{span}-01\r\n\r\n")
    return head.encode() + body


def send(connection, data, mode):
    if mode == "bytes":
        for _ in range(random.randrange(5)):
            at = random.randrange(len(data))
            connection.sendall(data[:at])
            data = data[at:]
            time.sleep(0.0005)
    connection.sendall(data)


def answer(stream):
    """Reads one answer; returns its status and whether the connection goes on."""
    line = stream.readline()
    if not line:
        return 0, False
    length, chunked, goes_on = None, False, line.startswith(b"HTTP/1.1")
    while (header := stream.readline().lower()) not in (b"\r\n", b""):
        name, _, value = header.partition(b":")
        if name == b"content-length":
            length = int(value)
        chunked |= name == b"transfer-encoding"
        goes_on &= header != b"connection: close\r\n"
    if chunked:
        while size := int(stream.readline(), 16):
            stream.read(size + 2)
        stream.readline()
    elif length is None:
        goes_on = False
        stream.read()
    else:
        stream.read(length)
    return int(line.split()[1]), goes_on


def work(port, count, mode, path, statuses):
    stream = connection = None
    while count > 0:
        n = 3 if mode == "pipeline" else 1
        count -= n
        goes_on = True
        try:
            if connection is None:
                connection = socket.create_connection(("127.0.0.1", port), timeout=20)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if TLS:
                    connection = TLS.wrap_socket(connection)
                stream = connection.makefile("rb")
            send(connection, b"".join(request(path, mode) for _ in range(n)), mode)
            for _ in range(n):
                status, goes_on = answer(stream)
                statuses.append(status)
        except OSError:
            goes_on = False
        if connection is not None and (not goes_on or mode == "close"):
            stream.close()
            connection.close()
            connection = None


def judge(paths):
    counts = {"lines": 0, "right": 0, "wrong": 0, "none": 0}
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                truth = re.search(r"[?&]t=([0-9a-f]{32})", line)
                if not truth:
                    continue
                stamp = re.search(r" trace_id=([0-9a-f]{32})( span_id=[0-9a-f]{16})?$", line)
                counts["lines"] += 1
                counts["none" if not stamp else
                       "right" if stamp[1] == truth[1] else "wrong"] += 1
    return counts


def main():
    port, requests, mode, path, logs = (int(sys.argv[1]), int(sys.argv[2]), sys.argv[3],
                                        sys.argv[4], sys.argv[5:])
    statuses = []
    threads = [threading.Thread(target=work, args=(port, requests // CONNECTIONS, mode, path,
                                                   statuses))
               for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(float(os.environ.get("WAIT", 0.3)))
    print(statuses.count(200), *judge(logs).values())


main()
