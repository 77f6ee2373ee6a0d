"""load.py OTLP_URL_FILE ACKED_FILE: log records, each with a number of its own, until standard
input ends; what was acknowledged is written to ACKED_FILE. The address is read anew for every
request."""
import json
import sys
import threading
import time
import urllib.request

url_file, acked_file = sys.argv[1:3]
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
N = 20
number = 0
with open(acked_file, "w", encoding="utf-8") as acked:
    while not stop.is_set():
        first = number
        number += N
        now = time.time_ns()
        records = [{"timeUnixNano": str(now + i), "spanId": f"{first + i + 1:016x}",
                    "traceId": f"{0x7777000000000000 + first + i:032x}",
                    "body": {"stringValue": f"line {first + i}"}} for i in range(N)]
        name = {"key": "service.name", "value": {"stringValue": "load"}}
        body = json.dumps({"resourceLogs": [{"resource": {"attributes": [name]},
                                             "scopeLogs": [{"logRecords": records}]}]})
        try:
            url = open(url_file, encoding="utf-8").read().strip()
            request = urllib.request.Request(url + "/v1/logs", body.encode(),
                                             {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=5) as answer:
                if answer.status == 200:
                    acked.writelines(f"line {first + i}\n" for i in range(N))
                    acked.flush()
        except OSError:
            time.sleep(0.05)  # not acknowledged: its numbers are not used again
        time.sleep(0.002)
