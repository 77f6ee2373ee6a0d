#!/usr/bin/python3
"""Python's servers: server.py threads|single|prefork|handed|asyncio|sleep PORT."""
import asyncio
import http.server
import os
import select
import socket
import subprocess
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/child"):
            subprocess.run(["/bin/true"], capture_output=True, check=True)
            self.log_message("ran a program for %s", self.path)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")
        self.log_message("answered %s", self.path)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 200


async def serve(reader, writer, seconds):
    while head := await reader.readuntil(b"\r\n\r\n"):
        if seconds:
            await asyncio.sleep(seconds)
        sys.stderr.write(f"asyncio {head.decode().split()[1]}\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
        await writer.drain()
        sys.stderr.write(f"answered {head.decode().split()[1]}\n")


async def loop(port, seconds):
    async def handle(reader, writer):
        try:
            await serve(reader, writer, seconds)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
    server = await asyncio.start_server(handle, "127.0.0.1", port, backlog=200)
    await server.serve_forever()


class Single(http.server.HTTPServer):
    request_queue_size = 200


def prefork(port):
    """Workers that wait for the listener and for their parent, as gunicorn's do."""
    listener = socket.create_server(("127.0.0.1", port), backlog=200)
    listener.setblocking(False)
    ends = os.pipe()
    if all(os.fork() for _ in range(4)):
        os.wait()
    while True:
        select.select([listener, ends[0]], [], [], 1.0)
        try:
            connection, peer = listener.accept()
        except BlockingIOError:
            continue
        connection.setblocking(True)
        with connection:
            Handler(connection, peer, None)


def handed(port):
    """One process accepts, another one gets the connections over a socket and serves them."""
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        while True:
            _, fds, _, _ = socket.recv_fds(theirs, 1, 1)
            with socket.socket(fileno=fds[0]) as connection:
                Handler(connection, connection.getpeername(), None)
    listener = socket.create_server(("127.0.0.1", port), backlog=200)
    while True:
        connection, _ = listener.accept()
        with connection:
            socket.send_fds(ours, [b"c"], [connection.fileno()])


mode, port = sys.argv[1], int(sys.argv[2])
if mode == "handed":
    handed(port)
if mode == "threads":
    Server(("127.0.0.1", port), Handler).serve_forever()
if mode == "single":
    Single(("127.0.0.1", port), Handler).serve_forever()
if mode == "prefork":
    prefork(port)
asyncio.run(loop(port, 0.002 if mode == "sleep" else 0))
