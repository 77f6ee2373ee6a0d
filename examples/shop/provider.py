#!/usr/bin/env python3
"""The payment provider: somebody else's service, with JSON logs. Pays for "tea" at once, takes its
time for "slow tea" and fails for "broken tea".

usage: provider.py PORT
"""
import json
import logging
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_SECONDS = 0.6
log = logging.getLogger("provider")


class JsonLines(logging.Formatter):
    def format(self, record):
        return json.dumps({"time": self.formatTime(record), "level": record.levelname.lower(),
                           "msg": record.getMessage()})


class Payments(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "broken" in order["item"]:
            log.error("card of order %s: ledger is read-only", order["order"])
            self.answer(500, {"error": "ledger is read-only"})
            return
        if "slow" in order["item"]:
            log.warning("order %s waits for the bank", order["order"])
            time.sleep(SLOW_SECONDS)
        log.info("order %s is paid", order["order"])
        self.answer(200, {"paid": True})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Payments)
    log.info("payments are possible")
    server.serve_forever()


main()
