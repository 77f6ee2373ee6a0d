#!/usr/bin/python3
"""Answers each request with what it got: echo.py PORT [CERTIFICATE KEY]. By TLS with those.

One line: how many traceparent headers, their values, the SHA-1 of the body, the request line.
"""
import hashlib
import http.server
import ssl
import sys


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        values = self.headers.get_all("traceparent") or []
        answer = "%d %s %s %s\n" % (len(values), ",".join(values) or "-",
                                    hashlib.sha1(body).hexdigest(), self.requestline)
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    do_POST = do_PUT = do_GET

    def log_message(self, pattern, *args):
        if len(sys.argv) > 2:
            super().log_message(pattern, *args)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 200


server = Server(("127.0.0.1", int(sys.argv[1])), Echo)
if len(sys.argv) > 2:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
