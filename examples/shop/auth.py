#!/usr/bin/env python3
"""The shop's door: lets customers through to the next service and turns others away.

usage: auth.py PORT NEXT_PORT
"""
import http.client
import logging
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CUSTOMERS = {"Bearer tea-for-ada": "ada", "Bearer tea-for-bob": "bob"}
PASSED_ON = ("Content-Type", "X-Request-Id", "User-Agent", "traceparent", "tracestate")
log = logging.getLogger("auth")


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    next_port = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        customer = CUSTOMERS.get(self.headers.get("Authorization", ""))
        if customer is None:
            log.warning("turned away a request for %s: no such customer", self.path)
            self.answer(401, b'{"error":"who are you?"}\n')
            return
        log.info("%s may %s %s", customer, self.command, self.path)
        self.answer(*self.ask_next(customer, body))

    def ask_next(self, customer, body):
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        headers["X-Customer"] = customer
        connection = http.client.HTTPConnection("127.0.0.1", self.next_port, timeout=30)
        try:
            connection.request("POST", self.path, body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except OSError as error:
            log.error("checkout does not answer: %s", error)
            return 503, b'{"error":"closed"}\n'
        finally:
            connection.close()

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass  # the access log is the gateway's


def main():
    logging.basicConfig(level=logging.INFO,
                        format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    Door.next_port = int(sys.argv[2])
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Door)
    log.info("the door is open")
    server.serve_forever()


main()
