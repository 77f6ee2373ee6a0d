#!/usr/bin/env bash
# Lines that were collected in a buffer of the program's own, and are written at once in the context
# of whoever fills it: none gets the ids of the moment, one message of several lines does.
. "$(dirname "$0")/lib.sh"

cd "$WORK"
# Lines that name another context than their own, "n " before the stamp and n in it.
wrong_ids() {
	awk '/ trace_id=/ { trace = ""; for (i = 0; i < 16; i++) trace = trace $2
		if (!index($0, " trace_id=" trace)) print }' "$1"
}

step 'streams of libstdc++'
g++ -O1 -w -rdynamic -o streams "$ROOT/tests/e2e/collected/streams.cc"
run_shim -- ./streams 2>streams.err
./streams 2>plain.err >/dev/null
for file in streams.log streams.err; do
	equal "$file: no line has the ids of another" '' \
		"$(wrong_ids $file | grep -v '^.at ')"
	equal "$file: a message with a trace below it has them on each line" 3 \
		"$(grep -A 2 '^failed 55' $file | grep -c ' trace_id=5555')"
	equal "$file: a line that is flushed at once, too" 1 \
		"$(grep -c '^single 55 trace_id=5555' $file)"
done
unstamp <streams.err >unstamped
same 'nothing else is changed' plain.err unstamped

step 'access logs with a buffer'
web_port=
free_port web_port
mkdir www
echo page >www/page
cat >nginx.conf <<C
daemon off; master_process off; pid $WORK/nginx.pid; error_log $WORK/error.log;
events { worker_connections 64; }
http {
	access_log $WORK/access.log combined buffer=2k;
	client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
	uwsgi_temp_path t4; scgi_temp_path t5;
	server { listen 127.0.0.1:$web_port; root $WORK/www; }
}
C
# The program's own context is not that of its requests' lines either.
TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 \
	start nginx "$LINESPAN" run --dir "$SPOOL" -- \
	nginx -e "$WORK/early.log" -c "$WORK/nginx.conf" -p "$WORK"
check 'nginx listens' wait_for 10 curl -sf -o /dev/null "http://127.0.0.1:$web_port/page"
for i in $(seq 100); do
	trace=$(printf '%032x' $((4096 + i)))
	# Long lines, of which one fills the buffer, between short ones.
	curl -sf -o /dev/null -A "$(printf '%0*d' $((i % 7 == 0 ? 1850 : 10)) 0)" \
		-H "traceparent: 00-$trace-00f067aa0ba902b7-01" \
		"http://127.0.0.1:$web_port/page?n=$trace"
done
stop nginx
equal 'each request has its line' 100 "$(grep -c 'page?n=' access.log)"
equal 'and none the ids of another' '' "$(awk 'match($0, / trace_id=[0-9a-f]+/) {
	id = substr($0, RSTART + 10, RLENGTH - 10)
	if (!index($0, "n=" id " ")) print }' access.log)"
finish
