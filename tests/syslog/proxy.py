#!/usr/bin/env python3
"""Stands between a sender and the sidecar: proxy.py PORT TARGET_PORT SWALLOW

While the file SWALLOW exists an answer is read, named on standard output, and not handed on: the
connection to the sender ends. So what was sent is stored, and the sender does not know."""

import os
import socket
import sys
import threading

PORT, TARGET, SWALLOW = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


def end(*sockets):
    for s in sockets:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def pump(source, sink, is_answer):
    try:
        while data := source.recv(1 << 16):
            if is_answer and os.path.exists(SWALLOW):
                print("swallowed", data.split(b"\r\n")[0].decode("latin-1"), flush=True)
                break
            sink.sendall(data)
    except OSError:
        pass
    end(source, sink)


def serve(client):
    try:
        target = socket.create_connection(("127.0.0.1", TARGET))
    except OSError:
        client.close()
        return
    back = threading.Thread(target=pump, args=(target, client, True), daemon=True)
    back.start()
    pump(client, target, False)
    back.join()
    client.close()
    target.close()


listener = socket.create_server(("127.0.0.1", PORT))
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
