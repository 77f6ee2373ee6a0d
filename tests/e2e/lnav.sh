#!/usr/bin/env bash
# Debian's lnav with our formats: stamped text, syslog, nginx and JSON lines are grouped by trace.
. "$(dirname "$0")/lib.sh"

if ! command -v lnav >/dev/null; then
	not_ok 'lnav is here'
	finish
fi
export HOME=$WORK/home TERM=dumb
mkdir -p "$HOME/.config/lnav/formats/installed" "$HOME/.lnav/formats/installed"
cp "$ROOT/plugins/lnav/linespan.json" "$HOME/.config/lnav/formats/installed/"
cp "$ROOT/plugins/lnav/linespan.json" "$HOME/.lnav/formats/installed/"
A=$(new_trace_id) B=$(new_trace_id) S=$(new_span_id)
{
	echo "2026-11-24 12:00:00,003 ERROR pay: declined trace_id=$A span_id=$S"
	echo "2026-11-24 12:00:01,003 INFO pay: paid trace_id=$B span_id=$S"
} >"$WORK/text.log"
{
	echo "Nov 24 12:00:02 web shop[7]: paid trace_id=$A span_id=$S"
	echo "Nov 24 12:00:03 web shop[7]: paid trace_id=$B span_id=$S"
} >"$WORK/syslog.log"
echo "127.0.0.1 - - [24/Nov/2026:12:00:04 +0000] \"GET / HTTP/1.1\" 200 5 trace_id=$A span_id=$S" \
	>"$WORK/nginx.log"
echo "{\"time\":\"2026-11-24T12:00:05Z\",\"level\":\"error\",\"msg\":\"json\",\"trace_id\":\"$A\",\
\"span_id\":\"$S\",\"trace_flags\":\"01\"}" >"$WORK/json.log"

query() { # SQL FILE: what lnav prints, as CSV
	lnav -n -c ";$1" -c ':write-csv-to -' "$2" 2>"$WORK/lnav.err" | tail -n +2
}
for kind in text syslog nginx; do
	query "select trace_id || ' ' || span_id from linespan_text_log limit 1" "$WORK/$kind.log" \
		>"$WORK/$kind.csv" || true
	equal "$kind lines have their ids" "$A $S" "$(cat "$WORK/$kind.csv")"
done
equal 'JSON lines have their ids' "$A $S" \
	"$(query "select trace_id || ' ' || span_id from linespan_json_log" "$WORK/json.log")"
equal 'lines are grouped by trace' "$A $B" \
	"$(query 'select log_opid from all_logs group by log_opid order by min(log_time)' \
		"$WORK/text.log" | xargs)"
check 'the level is read' grep -q error <(query 'select log_level from linespan_text_log' \
	"$WORK/text.log")
finish
