"""The cases of a folder of incidents: id, service, fault, the windows' times and files, by tabs."""
import gzip
import json
import os
import sys


def times_of(path):
    first, last = None, None
    with gzip.open(path, "rt") as lines:
        for line in lines:
            data = json.loads(line)
            for resource in data.get("resourceSpans", []):
                for scope in resource["scopeSpans"]:
                    for span in scope["spans"]:
                        at = int(span["startTimeUnixNano"])
                        first = at if first is None else min(first, at)
                        last = at if last is None else max(last, at)
    return first, last


folder = sys.argv[1]
seen = {}
for case in json.load(open(os.path.join(folder, "labels.json"))):
    row = [case["id"], case["service"], case["fault"]]
    for window in ("baseline", "incident"):
        times = []
        for name in case[window]:
            if ".traces." in name:
                if name not in seen:
                    seen[name] = times_of(os.path.join(folder, name))
                times.append(seen[name])
        start = min(t[0] for t in times)
        end = max(t[1] for t in times) + 1000000000
        row.append(f"{start // 10**9}.{start % 10**9:09d}..{end // 10**9}.{end % 10**9:09d}")
    row.append(" ".join(case["baseline"] + case["incident"]))
    print("\t".join(row))
