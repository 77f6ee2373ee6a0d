#!/usr/bin/env bash
# `linespan grep` over files beside ripgrep and zgrep, all in cache: the best of several rounds.
# GREP_BYTES: the size of the plain text (500 MB; 2 GB is what the goal is for).
set -euo pipefail
cd "$(dirname "$0")/../.."

bytes=${GREP_BYTES:-500000000}
work=$(mktemp -d "${TMPDIR:-/tmp}/linespan-bench-grep.XXXXXX")
trap 'rm -rf "$work"' EXIT
id=4bf92f3577b34da6a3ce929d0e0e4736
python3 - "$work/plain.log" "$id" "$bytes" <<'P'
import random, sys
path, wanted, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
r = random.Random(1)
ids = ["%032x" % r.getrandbits(128) for _ in range(100000)]
chunk = "".join("2026-11-24T02:38:%02d.%06dZ INFO checkout: order %d of user u%d accepted, "
    "currency=EUR took %dms trace_id=%s span_id=%016x\n" % (i % 60, i, i, r.randrange(99999),
    i % 400, ids[r.randrange(len(ids))], r.getrandbits(64)) for i in range(300000))
line = "2026-11-24T02:38:06Z ERROR checkout: payment failed trace_id=%s\n" % wanted
with open(path, "w") as f:
    written = 0
    while written < size:
        written += f.write(chunk) + f.write(line)
P
head -c 200000000 "$work/plain.log" | gzip -1 >"$work/one.log.gz"

# row NAME GOAL FILE THEIR COMMAND…: both in turns, the median of each
row() {
	python3 - "$id" "$@" <<'P'
import subprocess, sys, time
wanted, name, goal, path, theirs = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
def once(command):
    t = time.perf_counter()
    subprocess.run(command + [wanted, path], stdout=subprocess.PIPE)
    return time.perf_counter() - t
pairs = [(once(["build/linespan", "grep"]), once(theirs)) for _ in range(9)]
a, b = (sorted(side)[4] for side in zip(*pairs))
print("%-48s %8.2fx %8sx  %-6s %.3f s of %.3f s"
    % (name, a / b, goal, "MISSED" if a / b > float(goal) else "met", a, b))
P
}
printf '%-48s %9s %9s\n' "grep over files" measured goal
if command -v rg >/dev/null; then
	row "plain text in cache, beside rg -F" 0.9 "$work/plain.log" rg -F
else
	echo "plain text: ripgrep is not there"
fi
row "one .gz, beside zgrep" 0.3 "$work/one.log.gz" zgrep -F
