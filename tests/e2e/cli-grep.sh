#!/usr/bin/env bash
# `linespan grep ID FILE…`: no sidecar is needed.
. "$(dirname "$0")/lib.sh"

id=$(new_trace_id)
span=$(new_span_id)
other=$(new_trace_id)
low=${id:16}
logs=$WORK/logs
mkdir -p "$logs/sub"
decimal() { "$PYTHON" -c "print(int('$1', 16))"; }

{
	printf 'first trace_id=%s span_id=%s\n' "$id" "$span"
	printf 'another trace_id=%s\n' "$other"
	printf 'raw \033[31m\xff\r trace_id=%s\r\n' "$id"
	printf '{"trace_id":"%s"}' "$id"
} >"$logs/app.log"
printf 'old trace_id=%s\n' "${id^^}" >"$logs/app.log.1"
printf 'older dd.trace_id=%s dd.span_id=7\n' "$(decimal "$low")" | gzip >"$logs/app.log.2.gz"
printf '[app,%s,%s] zst\n' "$low" "$span" | zstd -q >"$logs/sub/b.zst"
printf 'Root=1-%s-%s xz\n' "${id:0:8}" "${id:8}" | xz >"$logs/sub/c.xz"
printf 'near %s0 0%s %s\n' "$id" "$id" "${id:1}" >"$logs/near.log"
touch -d '2026-01-01 10:00' "$logs/app.log.2.gz"
touch -d '2026-01-01 11:00' "$logs/app.log.1"
touch -d '2026-01-01 12:00' "$logs/app.log"
touch -d '2026-01-01 13:00' "$logs/sub/b.zst"
touch -d '2026-01-01 14:00' "$logs/sub/c.xz"

step 'lines'
sed -n '1p;3,$p' "$logs/app.log" >"$WORK/expected"
echo >>"$WORK/expected"
"$LINESPAN" grep "$id" "$logs/app.log" >"$WORK/out"
same 'lines come out byte for byte' "$WORK/expected" "$WORK/out"
{
	zcat "$logs/app.log.2.gz"
	cat "$logs/app.log.1" "$WORK/expected"
	zstdcat "$logs/sub/b.zst"
	xzcat "$logs/sub/c.xz"
} >"$WORK/all"
"$LINESPAN" grep "$id" "$logs" >"$WORK/out"
same 'folders: every form, compressed and rotated, oldest file first' "$WORK/all" "$WORK/out"
"$LINESPAN" grep "$id" "$logs"/app.log* >"$WORK/out"
head -n 5 "$WORK/all" >"$WORK/expected"
same 'files as a shell lists them are put in order, too' "$WORK/expected" "$WORK/out"
"$LINESPAN" grep "$id" - <"$logs/sub/b.zst" >"$WORK/out"
zstdcat "$logs/sub/b.zst" >"$WORK/expected"
same 'standard input, compressed' "$WORK/expected" "$WORK/out"
"$LINESPAN" grep "$id" <(cat "$logs/app.log.1") >"$WORK/out"
same 'a pipe by name' "$logs/app.log.1" "$WORK/out"

step 'forms of the id that is asked for'
uuid=${id:0:8}-${id:8:4}-${id:12:4}-${id:16:4}-${id:20}
for form in "${id^^}" "$uuid" "00-$id-$span-01" "$low" "$(decimal "$low")"; do
	equal "$form" 7 "$("$LINESPAN" grep -c "$form" "$logs")"
done

step 'options'
equal '-c counts' 7 "$("$LINESPAN" grep -c "$id" "$logs")"
equal '-c -H counts by file' "$logs/app.log.1:1" "$("$LINESPAN" grep -cH "$id" "$logs/app.log.1")"
equal '-H names the file' "$logs/app.log.1:$(cat "$logs/app.log.1")" \
	"$("$LINESPAN" grep -H "$id" "$logs/app.log.1")"
equal '--span' 2 "$("$LINESPAN" grep -c --span "$span" "$id" "$logs")"
"$LINESPAN" grep --json "$id" "$logs/app.log" >"$WORK/out"
check '--json prints one object a line' "$PYTHON" -c "
import json
rows = [json.loads(line) for line in open('$WORK/out')]
assert len(rows) == 3 and rows[0]['file'] == '$logs/app.log', rows
assert rows[0]['body'].startswith('first '), rows"

step 'exit statuses'
status_of() {
	local status=0
	"$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	echo "$status"
}
equal 'found: 0' 0 "$(status_of "$LINESPAN" grep "$id" "$logs")"
equal 'nothing: 1' 1 "$(status_of "$LINESPAN" grep "$(new_trace_id)" "$logs")"
equal 'longer runs of digits are other ids: 1' 1 \
	"$(status_of "$LINESPAN" grep "$id" "$logs/near.log")"
equal 'no such file, nothing found: 2' 2 \
	"$(status_of "$LINESPAN" grep "$id" "$logs/none" "$logs/near.log")"
equal '… one line names it' "linespan grep: $logs/none: No such file or directory" \
	"$(cat "$WORK/err")"
equal 'no such file, but found: 0' 0 "$(status_of "$LINESPAN" grep "$id" "$logs/none" "$logs")"
equal 'no id: 2' 2 "$(status_of "$LINESPAN" grep xyz "$logs")"
equal 'zero is no id: 2' 2 "$(status_of "$LINESPAN" grep "${id//?/0}" "$logs")"
equal 'no argument: 2' 2 "$(status_of "$LINESPAN" grep)"
equal 'a bad option: 2' 2 "$(status_of "$LINESPAN" grep --spam 1 "$id" "$logs")"
equal 'no room for the answer: 2' 2 \
	"$(status_of bash -c "'$LINESPAN' grep $id '$logs' >/dev/full")"
equal 'nobody listens there: 2' 2 \
	"$(LINESPAN_SERVER=http://127.0.0.1:1 status_of "$LINESPAN" grep "$id")"
check '… says what to do' grep -q 'linespan serve.*--data DIR' "$WORK/err"
equal '… in one line' 1 "$(wc -l <"$WORK/err")"

step 'on a terminal'
terminal() { script -qec "$1" /dev/null </dev/null | tr -d '\r'; }
terminal "'$LINESPAN' grep $id '$logs/app.log'" >"$WORK/out"
check 'controls are visible' grep -qF '\x1b[31m\xff\x0d' "$WORK/out"
check 'the id is marked' grep -q $'\033\[1;35m'"$id" "$WORK/out"
NO_COLOR=1 terminal "'$LINESPAN' grep $id '$logs/app.log'" >"$WORK/out"
refute 'NO_COLOR: no escape sequence at all' grep -q $'\033' "$WORK/out"

step 'a large file'
"$PYTHON" - "$WORK/large.log" "$id" <<'PYTHON'
import random, sys
r = random.Random(1)
with open(sys.argv[1], "w") as f:
    for i in range(400000):
        f.write("2026-01-01 12:00:00 INFO request %d took %dms trace_id=%032x span_id=%016x\n"
                % (i, i % 977, r.getrandbits(128), r.getrandbits(64)))
        if i % 100000 == 77777:
            f.write("here %d trace_id=%s\n" % (i, sys.argv[2]))
PYTHON
LC_ALL=C grep -F "$id" "$WORK/large.log" >"$WORK/expected"
"$LINESPAN" grep "$id" "$WORK/large.log" >"$WORK/out"
same 'the same lines as grep -F' "$WORK/expected" "$WORK/out"
gzip -1 -c "$WORK/large.log" | "$LINESPAN" grep "$id" - >"$WORK/out"
same 'the same from a compressed stream' "$WORK/expected" "$WORK/out"

step 'in parts, while the file changes'
for _ in 1 2 3 4 5 6; do cat "$WORK/large.log"; done >"$WORK/parts.log"
for _ in 1 2 3 4 5 6; do cat "$WORK/expected"; done >"$WORK/parts.expected"
"$LINESPAN" grep "$id" "$WORK/parts.log" >"$WORK/out"
same 'lines of all parts, in their order' "$WORK/parts.expected" "$WORK/out"
equal '-c counts over all parts' "$(wc -l <"$WORK/parts.expected")" \
	"$("$LINESPAN" grep -c "$id" "$WORK/parts.log")"
ended=0
for _ in 1 2 3 4 5 6 7 8; do
	cp "$WORK/parts.log" "$WORK/shrinks.log"
	"$LINESPAN" grep "$id" "$WORK/shrinks.log" >"$WORK/out" 2>"$WORK/err" &
	grep_pid=$!
	sleep 0.0"$((RANDOM % 4))"
	truncate -s 5000 "$WORK/shrinks.log"
	status=0
	wait "$grep_pid" || status=$?
	[ "$status" -gt 2 ] || ended=$((ended + 1))
done
equal 'a file that shrinks is no crash' 8 "$ended"

finish
