#!/usr/bin/env bash
# `linespan serve --journal-path`: a real journal, its fields, entries that come while it is read,
# the cursor over a restart and a kill.
. "$(dirname "$0")/lib.sh"

readonly REMOTE=/lib/systemd/systemd-journal-remote JOURNAL=$WORK/journal
TRACE=$(new_trace_id)
mkdir -p "$JOURNAL"
n=0
# journal FILE COUNT: so many entries more, each with a span id of its own
journal() {
	local i
	for ((i = 0; i < $2; i++)); do
		n=$((n + 1))
		printf '%s=%s\n' __REALTIME_TIMESTAMP "$((${EPOCHREALTIME/./} + n))" \
			__MONOTONIC_TIMESTAMP "$n" _BOOT_ID 0af7651916cd43dd8448eb211c80319c \
			PRIORITY 3 SYSLOG_IDENTIFIER shop _PID 4711 _HOSTNAME web1 \
			_SYSTEMD_UNIT shop.service CODE_FILE pay.c CODE_LINE 12 \
			TRACE_ID "$TRACE" SPAN_ID "$(printf %016x "$n")" MESSAGE "order $n"
		echo
	done >"$WORK/export"
	"$REMOTE" -o "$JOURNAL/$1" "$WORK/export" >/dev/null 2>"$WORK/remote.err"
}
begin() {
	rm -f "$WORK/serve.out"
	start_serve --journal-path "$JOURNAL"
}
lines() { "$LINESPAN" logs --data "$DATA" --trace "$TRACE" --limit 10000 --json 2>/dev/null; }
reached() { [ "$(lines | wc -l)" -ge "$n" ]; }
all() { # FACT: every entry is there, once
	wait_for 15 reached || true
	equal "$1" "$n $n" "$(lines | jq -r .span_id | sort -u | wc -l) $(lines | wc -l)"
}

journal a.journal 200
check 'the journal is a journal' test -s "$JOURNAL/a.journal"
begin
all 'entries that are there at the start'
equal 'fields of an entry' 'shop ERROR journal 4711 pay.c 12 shop.service' "$(lines | jq -r \
	'select(.body == "order 7") | "\(.service) \(.severity) \(.source) \(.pid) "
	+ "\(.attributes["code.file.path"]) \(.attributes["code.line.number"]) "
	+ .attributes["systemd.unit"]')"
journal a.journal 50
all 'entries that come while it is read'
journal b.journal 50
all 'a new file of the journal'
stop serve
journal a.journal 30
begin
all 'what came while no sidecar ran'
for _ in 1 2 3 4 5 6; do
	journal a.journal 30
	for ((look = 0; look < 50000; look++)); do
		[ ! -s "$DATA/journal.pending" ] || break
	done
	stop serve KILL || true
	begin
done
all 'over kills, while a batch is on its way to the store'
n=$((n + 1))
printf '%s=%s\n' __REALTIME_TIMESTAMP "$((${EPOCHREALTIME/./} + n))" __MONOTONIC_TIMESTAMP "$n" \
	_BOOT_ID 0af7651916cd43dd8448eb211c80319c _COMM cron \
	MESSAGE "in the text trace_id=$TRACE span_id=00000000000000ff" >"$WORK/export"
echo >>"$WORK/export"
"$REMOTE" -o "$JOURNAL/a.journal" "$WORK/export" >/dev/null 2>&1
wait_for 15 reached || true
equal 'ids in the text count, too' cron \
	"$(lines | jq -r 'select(.body | test("in the text")) | .service')"
stop serve
says() { "$LINESPAN" serve --dir "$SPOOL" --data "$DATA" "$@" 2>&1 </dev/null | head -n 1 || true; }
check 'a path that is not there is named' grep -q -- '--journal-path: cannot read /no/journal' \
	<(says --journal-path /no/journal)
finish
