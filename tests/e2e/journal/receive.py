"""The journal's socket: prints each record as one JSON object of its fields, without those that
differ from run to run. receive.py SOCKET READY_FILE"""
import json, os, socket, struct, sys

VARY = ("SYSLOG_TIMESTAMP", "SYSLOG_PID", "TID")
os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
open(sys.argv[2], "w").close()
while True:
    data, fields = s.recv(1 << 20), []
    if data == b"end":
        break
    while data:
        name, _, rest = data.partition(b"\n")
        if b"=" in name:
            key, _, value = name.partition(b"=")
        else:
            n = struct.unpack("<Q", rest[:8])[0]
            key, value, rest = name, rest[8:8 + n], rest[9 + n:]
        data = rest
        if key.decode() not in VARY:
            fields.append((key.decode(), value.decode("latin-1")))
    assert len(fields) == len(dict(fields)), "a field came twice"
    print(json.dumps(dict(fields), sort_keys=True), flush=True)
