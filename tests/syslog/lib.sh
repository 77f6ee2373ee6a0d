# shellcheck shell=bash disable=SC2034
# A real syslog-ng with our module, and lines that are told apart by their span ids.
TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$TESTS/../e2e/lib.sh"

MODULES=$ROOT/build/syslog-ng:$(pkg-config --variable=moduledir syslog-ng)
LOGGEN=$(command -v loggen || echo "$(pkg-config --variable=moduledir syslog-ng)/loggen/loggen")
CTL=$WORK/ng.ctl
mkdir "$WORK/disk"

ng_start() { # with $WORK/ng.conf
	start ng syslog-ng -F --no-caps --module-path="$MODULES" -f "$WORK/ng.conf" \
		-R "$WORK/ng.persist" -c "$CTL" -p "$WORK/ng.pid"
	wait_for 10 syslog-ng-ctl stats -c "$CTL" || {
		not_ok 'syslog-ng starts' "$WORK/ng.err"
		exit 1
	}
}

# The sidecar again, where it was.
serve_again() { start_serve --otlp-http "${OTLP_URL#http://}"; }

# expect TRACE COUNT WORDS [SPAN]: what there will be of a trace: "SPAN SERVICE TEXT NUMBER". WORDS
# are service and text; the span is the line's number when it is not said.
expect() {
	"$PYTHON" -c 'import sys
for i in range(1, int(sys.argv[1]) + 1):
    print(sys.argv[3] or "%016x" % i, sys.argv[2], i)' "$2" "$3" "${4-}" |
		sort >"$WORK/expected.$1"
}
# The lines of a trace in the store, in the same form; what is there twice is there twice.
stored() { # TRACE
	"$LINESPAN" logs --data "$DATA" --trace "$1" --limit 1000000 --json 2>/dev/null |
		jq -r '.span_id + " " + .service + " " + (.body | sub(" trace_id=.*"; ""))' |
		sort >"$WORK/stored.$1" || true
}
is_all_there() { # TRACE
	[ "$("$LINESPAN" logs --data "$DATA" --trace "$1" --limit 1000000 --json 2>/dev/null |
		wc -l)" -ge "$(wc -l <"$WORK/expected.$1")" ]
}
# kept FACT TRACE: each expected line is stored once, with its ids.
kept() {
	wait_for 60 is_all_there "$2" || true
	stored "$2"
	equal "$1: none is lost" 0 "$(sort -u "$WORK/stored.$2" |
		comm -23 "$WORK/expected.$2" - | wc -l)"
	equal "$1: none is there twice" 0 "$(uniq -d "$WORK/stored.$2" | wc -l)"
	equal "$1: nothing else is there" 0 "$(sort -u "$WORK/stored.$2" |
		comm -13 "$WORK/expected.$2" - | wc -l)"
}
