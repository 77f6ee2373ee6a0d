"""OTLP JSON lines of services that each break some rules of `linespan lint`, and of one that breaks
none. Prints the lines; the table of what must fail is in lint.sh."""
import json

START = 1700000000 * 10**9
KINDS = {"internal": 1, "server": 2, "client": 3}
count = 0


def text(key, value):
    return {"key": key, "value": {"stringValue": value}}


def span(trace, number, parent=0, name="GET /x", kind="server", at=0, ms=10, error=False, attrs=()):
    one = {"traceId": f"{trace:032x}", "spanId": f"{trace * 4096 + number:016x}", "name": name,
           "kind": KINDS[kind], "startTimeUnixNano": str(START + trace * 10**9 + at * 10**6),
           "endTimeUnixNano": str(START + trace * 10**9 + int((at + ms) * 10**6)),
           "attributes": list(attrs), "status": {"code": 2} if error else {}}
    if parent:
        one["parentSpanId"] = f"{trace * 4096 + parent:016x}"
    return one


def log(trace, number, body="done", severity=9, at=1, seconds=None):
    when = START + trace * 10**9 + at * 10**6 if seconds is None else START + seconds * 10**9
    one = {"timeUnixNano": str(when), "body": {"stringValue": body}}
    if severity:
        one["severityNumber"] = severity
    if trace:
        one["traceId"] = f"{trace:032x}"
        one["spanId"] = f"{trace * 4096 + number:016x}"
    return one


def emit(service, spans=(), logs=(), resource=()):
    attrs = list(resource)
    if service is not None:
        attrs.append(text("service.name", service))
    if spans:
        print(json.dumps({"resourceSpans": [{"resource": {"attributes": attrs}, "scopeSpans": [
            {"spans": list(spans)}]}]}))
    if logs:
        print(json.dumps({"resourceLogs": [{"resource": {"attributes": attrs}, "scopeLogs": [
            {"logRecords": list(logs)}]}]}))


def instance(name):
    return [text("service.instance.id", name)]


# breaks none: a call with an answer, a database call, a logged error that a caller passes on
emit("good", [span(1, 1, error=True), span(1, 2, 1, "GET /y", "client", 1, 8, True),
              span(1, 4, 1, "SELECT users", "client", 2, 6, False, [text("db.system", "pg")])],
     [log(1, 1)], instance("a"))
emit("callee", [span(1, 3, 2, "GET /y", "server", 2, 6, True)], [log(1, 3, "no", 17, 3)],
     instance("b"))
emit("inner", [span(2, 1)] + [span(2, 10 + i, 1, "step", "internal", i, 6) for i in range(11)],
     resource=instance("c"))
emit("orphan", [span(3, 1), span(3, 2, 99)], resource=instance("d"))
emit("names", [span(100 + i, 1, 0, f"GET /users/{i}") for i in range(12)], resource=instance("e"))
emit("lost-root", [span(4, 1, 0, "GET /z", "client")], resource=instance("f"))
emit("chatty", [span(5, 1)] + [span(5, 10 + i, 1, "tick", "server", i, 1) for i in range(21)],
     resource=instance("g"))
emit("debug", [span(6, 1)], [log(0, 0, "x", 5, seconds=0), log(0, 0, "x", 5, seconds=15 * 86400)],
     instance("h") + [text("deployment.environment.name", "production")])
emit("plain", [span(7, 1)], [log(7, 1, severity=0)])
for host in ("one", "two"):
    emit("twins", [span(8 if host == "one" else 9, 1)],
         resource=instance("same") + [text("host.name", host)])
emit("pod", [span(10, 1)], resource=instance("i") + [text("k8s.pod.name", "pod-1")])
emit("levels", [span(11, 1, attrs=[text("service.name", "levels")])],
     resource=instance("j") + [text("http.route", "/x")])
emit(None, [span(12, 1)], resource=instance("k"))
emit("linked", [span(13, 1, error=True)],
     [log(0, 0, "lost", 17, seconds=20), log(13, 77, "of a span that is not here"),
      log(13, 1, "late", at=900)], instance("l"))
emit("silent", [span(14, 1, error=True), span(14, 2, 1, "http://x.test/?q=1", "client", 1, 2)],
     resource=instance("m"))
