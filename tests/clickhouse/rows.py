"""rows.py FOLDER: traces.json and logs.json, OTLP, with what senders should not send but do."""
import json
import sys
import time

NOW = time.time_ns() - 3600 * 10**9
NASTY = ["plain", "it's \"quoted\" \\ back\\\\slash", "tab\tnew\nline\r", "nul\u0000byte",
         "%percent_under", "'); DROP TABLE linespan_rows; --", "{name:String}",
         "\u202ebidi \U0001f600", "", "x" * 20000,
         "unhex('00')", "${jndi:ldap://x}", "NULL", "\\N", "checkout failed: timeout"]


def value(v):
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    if isinstance(v, list):
        return {"arrayValue": {"values": [value(x) for x in v]}}
    if isinstance(v, dict):
        return {"kvlistValue": {"values": attrs(v)}}
    return {kinds[type(v)]: str(v) if type(v) is int else v}


def attrs(d):
    return [{"key": k, "value": value(v)} for k, v in d.items()]


def span(trace, number, parent, at, took, **more):
    s = {"traceId": trace, "spanId": f"{number:016x}", "startTimeUnixNano": str(at),
         "endTimeUnixNano": str(at + took), "kind": 2}
    if parent:
        s["parentSpanId"] = f"{parent:016x}"
    s.update(more)
    return s


def main():
    services = {"gate'way": [], "shop": [], "": []}
    logs = {"gate'way": [], "shop": [], "": []}
    for i, nasty in enumerate(NASTY):
        trace = f"{i + 1:016x}{0xabcdef0000 + i:016x}"
        at = NOW + i * 10**9
        attributes = attrs({"text": nasty, "n": 2**63 - 1, "neg": -i, "f": i / 3, "b": True,
                            "list": [1, "two", [3.5]], "map": {nasty or "k": nasty}})
        services["gate'way"].append(span(trace, 10 * i + 1, 0, at, 10**7 * (i + 1),
                                         name="GET /" + nasty[:50], attributes=attributes))
        event = {"timeUnixNano": str(at + 5), "name": nasty[:40], "attributes": attributes}
        link = {"traceId": trace, "spanId": f"{10 * i + 1:016x}", "attributes": attributes}
        status = {"code": 2, "message": nasty} if i % 3 == 0 else {}
        services["shop"].append(span(trace, 10 * i + 2, 10 * i + 1, at + 1000, 10**6,
                                     name=nasty[:100], status=status, traceState="a=b",
                                     events=[event], links=[link]))
        if i % 4 == 0:
            services[""].append(span(trace, 10 * i + 3, 999, at + 7, 0, name="orphan"))
        for j, service in enumerate(logs):
            record = {"timeUnixNano": str(at + 2000 + j), "severityNumber": (i * 3 + j) % 25,
                      "body": value(nasty), "attributes": attributes}
            if j != 2:
                record.update(traceId=trace, spanId=f"{10 * i + 1 + j:016x}", flags=1)
            logs[service].append(record)
    # An id of 64 bits belongs to the trace with the same low half; times from another world.
    logs["shop"].append({"timeUnixNano": str(NOW), "traceId": f"{0xabcdef0003:032x}",
                         "spanId": f"{1:016x}", "body": value("only 64 bits known")})
    for t in (1, 2**63 - 1):
        logs["shop"].append({"timeUnixNano": str(t), "body": value(f"time {t}")})
    out = {"traces": {"resourceSpans": []}, "logs": {"resourceLogs": []}}
    for service in services:
        about = {"service.name": service, "host": "h\"1"} if service else {"host": "h2"}
        resource = {"attributes": attrs(about)}
        scope = {"name": "lib'x", "version": "1.0", "attributes": attrs({"s": 1})}
        out["traces"]["resourceSpans"].append(
            {"resource": resource, "scopeSpans": [{"scope": scope, "spans": services[service]}]})
        out["logs"]["resourceLogs"].append(
            {"resource": resource, "scopeLogs": [{"scope": scope, "logRecords": logs[service]}]})
    for name, data in out.items():
        with open(f"{sys.argv[1]}/{name}.json", "w", encoding="utf-8") as f:
            json.dump(data, f)


main()
