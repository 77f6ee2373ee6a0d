#!/usr/bin/env bash
# The rsyslog recipe of examples/, with Debian's rsyslogd. Debian allows one syslog daemon a
# machine: where it is syslog-ng, rsyslog's package is unpacked, not installed.
. "$(dirname "$0")/lib.sh"

UNPACKED=$ROOT/build/rsyslog
RSYSLOGD=$(command -v rsyslogd || true)
MODULES=''
if [ -z "$RSYSLOGD" ]; then
	if [ ! -x "$UNPACKED/usr/sbin/rsyslogd" ]; then
		mkdir -p "$WORK/deb"
		(cd "$WORK/deb" && timeout 60 apt-get -q download rsyslog libestr0 libfastjson4 \
			>"$WORK/apt.out" 2>&1 && for deb in *.deb; do
			dpkg -x "$deb" "$UNPACKED"
		done) || true
	fi
	RSYSLOGD=$UNPACKED/usr/sbin/rsyslogd
	MODULES=$(echo "$UNPACKED"/usr/lib/*/rsyslog)
	LD_LIBRARY_PATH=$(dirname "$MODULES")
	export LD_LIBRARY_PATH
fi
if [ ! -x "$RSYSLOGD" ]; then
	not_ok 'rsyslog is here'
	finish
fi

start_serve --syslog 127.0.0.1:0
PORT=$(serve_address syslog | sed 's/.*://')
{
	cat <<CONF
global(workDirectory="$WORK")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="$WORK/log.sock" CreatePath="on")
CONF
	sed "s/port=\"5514\"/port=\"$PORT\"/" "$ROOT/examples/rsyslog/linespan.conf"
} >"$WORK/rsyslog.conf"
check 'rsyslog reads the recipe' "$RSYSLOGD" -N1 ${MODULES:+-M "$MODULES"} -f "$WORK/rsyslog.conf"
start rsyslog "$RSYSLOGD" -n ${MODULES:+-M "$MODULES"} -f "$WORK/rsyslog.conf" \
	-i "$WORK/rsyslog.pid"
wait_for 10 test -S "$WORK/log.sock" || not_ok 'rsyslog starts' "$WORK/rsyslog.err"
found() { "$LINESPAN" logs "${@:2}" --json >"$WORK/log.json" 2>/dev/null &&
	grep -q "$1" "$WORK/log.json"; }
t=$(new_trace_id) s=$(new_span_id)
logger -u "$WORK/log.sock" -t shop -p user.err "paid trace_id=$t span_id=$s"
wait_for 10 found paid --trace "$t" || true
equal 'a stamped line keeps its ids as structured data' \
	"shop $s paid [opentelemetry trace_id=\"$t\" span_id=\"$s\" trace_flags=\"01\"]" \
	"$(jq -r '"\(.service) \(.span_id) \(.body) \(.attributes["syslog.structured_data"])"' \
		"$WORK/log.json")"
logger -u "$WORK/log.sock" -t shop 'plain words'
wait_for 10 found 'plain words' || true
equal 'another line is handed on' shop \
	"$(jq -r 'select(.body | test("plain words")) | .service' "$WORK/log.json")"
stop rsyslog || true
stop serve
finish
