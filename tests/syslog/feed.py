#!/usr/bin/env python3
"""Lines with ids of their own to one source of syslog-ng: feed.py KIND TARGET COUNT TRACE WORDS

The k-th line says WORDS k, and has the span id k. KIND: lines-3164, lines-5424 (to the file
TARGET, for loggen), file (appended to TARGET), udp (a port), stream (a socket's path), tcp (a
port): Python's own SysLogHandler. RATE: lines a second."""

import logging
import logging.handlers
import os
import socket
import sys
import time

KIND, TARGET, COUNT, TRACE, WORDS = sys.argv[1:4] + [sys.argv[4], sys.argv[5]]
COUNT = int(COUNT)
RATE = int(os.environ.get("RATE") or 0)


def stamped(k):
    return "%s %d trace_id=%s span_id=%016x" % (WORDS, k, TRACE, k)


def pace(began, k):
    if RATE and k % 50 == 0:
        time.sleep(max(0.0, began + k / RATE - time.monotonic()))


def write_lines():
    head = {
        "lines-3164": time.strftime("<14>%b %e %H:%M:%S web gen[1]: "),
        "lines-5424": time.strftime("<14>1 %Y-%m-%dT%H:%M:%SZ web gen 1 - - ", time.gmtime()),
        "file": "",
    }[KIND]
    began = time.monotonic()
    with open(TARGET, "a", buffering=1 << 16, encoding="ascii") as out:
        for k in range(1, COUNT + 1):
            line = head + stamped(k) + "\n"
            # loggen sends lines as they are: octet counting (RFC 6587) is ours to do.
            out.write("%d %s" % (len(line), line) if KIND == "lines-5424" else line)
            if RATE and k % 50 == 0:
                out.flush()
                pace(began, k)


def log():
    if KIND == "stream":
        handler = logging.handlers.SysLogHandler(TARGET, socktype=socket.SOCK_STREAM)
    else:
        kind = socket.SOCK_STREAM if KIND == "tcp" else socket.SOCK_DGRAM
        handler = logging.handlers.SysLogHandler(("127.0.0.1", int(TARGET)), socktype=kind)
    handler.ident = "py: "
    if KIND != "udp":
        handler.append_nul = False
        handler.setFormatter(logging.Formatter("%(message)s\n"))
    logging.raiseExceptions = True
    logger = logging.getLogger("feed")
    logger.addHandler(handler)
    logger.propagate = False
    began = time.monotonic()
    for k in range(1, COUNT + 1):
        logger.error("%s", stamped(k))
        pace(began, k)
    handler.close()


write_lines() if KIND.startswith("lines") or KIND == "file" else log()
