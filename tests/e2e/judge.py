#!/usr/bin/env python3
"""Judges stamped lines by the truth that they carry (load.py): prints how many lines that name a
t=ID have the right id, a wrong one, or none, and the first few that are wrong or have none.

usage: judge.py FILE…
"""
import re
import sys

counts = {"right": 0, "wrong": 0, "none": 0}
samples = []
for path in sys.argv[1:]:
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            truth = re.search(r"[?&]t=([0-9a-f]{32})", line)
            if not truth:
                continue
            stamp = re.search(r" trace_id=([0-9a-f]{32})( span_id=[0-9a-f]{16})?$", line)
            verdict = "none" if not stamp else "right" if stamp[1] == truth[1] else "wrong"
            counts[verdict] += 1
            if verdict != "right" and len(samples) < 5:
                samples.append(f"{verdict}: {line.rstrip()}")
print(*(f"{name} {count}" for name, count in counts.items()))
print("\n".join(samples), end="")
