#!/usr/bin/env python3
"""Sends requests that carry their truth: each has a trace id of its own, in its traceparent header
and, as t=ID, in its address, so that each log line that names the address can be judged.

usage: load.py PORT REQUESTS MODE PATH…

Modes: keepalive, close, split (the head in three pieces), bare (no traceparent header). Twenty
connections at a time; each request takes the next path. Prints how many answers had which status.
"""
import collections
import os
import socket
import sys
import threading

CONNECTIONS = 20


def request_bytes(path, mode):
    trace, span = os.urandom(16).hex(), os.urandom(8).hex()
    head = f"GET {path}?t={trace} HTTP/1.1\r\nHost: localhost\r\n"
    if mode != "bare":
        head += f"traceparent: 00-{trace}-{span}-01\r\n"
    if mode == "close":
        head += "Connection: close\r\n"
    return (head + "\r\n").encode()


def send(connection, data, mode):
    if mode != "split":
        connection.sendall(data)
        return
    third = len(data) // 3
    for piece in (data[:third], data[third : 2 * third], data[2 * third :]):
        connection.sendall(piece)


def read_answer(stream):
    status = int(stream.readline().split()[1])
    length = None
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        if name.lower() == b"transfer-encoding":
            while size := int(stream.readline(), 16):
                stream.read(size + 2)
            stream.readline()
            length = 0
    stream.read(length)
    return status


def work(port, numbers, mode, paths, statuses):
    connection = stream = None
    for n in numbers:
        if connection is None:
            connection = socket.create_connection(("127.0.0.1", port), timeout=20)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = connection.makefile("rb")
        send(connection, request_bytes(paths[n % len(paths)], mode), mode)
        try:
            statuses.append(read_answer(stream))
        except (OSError, IndexError, TypeError) as error:
            statuses.append(f"broken ({error})")
            connection = None
        if mode == "close":
            connection = None


def main():
    port, requests, mode, paths = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    statuses = []
    threads = [threading.Thread(target=work, args=(port, range(first, requests, CONNECTIONS), mode,
                                                   paths, statuses))
               for first in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for status, count in sorted(collections.Counter(map(str, statuses)).items()):
        print(status, count)


main()
