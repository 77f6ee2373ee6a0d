#!/usr/bin/env python3
"""Writes each datagram as a line: datagrams.py PORT FILE."""
import socket
import sys

listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
listener.bind(("127.0.0.1", int(sys.argv[1])))
while True:
    line = listener.recv(65536).rstrip(b"\n\0") + b"\n"
    with open(sys.argv[2], "ab") as out:
        out.write(line)
