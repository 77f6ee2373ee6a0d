#!/usr/bin/env bash
# nginx under the shim: each access and error line carries the id of its own request, the answers
# are the same bytes, and reload, log rotation and the graceful end work as without it.
. "$(dirname "$0")/lib.sh"

readonly SITE=$WORK/site LOGS=$WORK/logs
mkdir -p "$SITE" "$LOGS" "$WORK/tmp"
web_port=''
free_port web_port
up_port='' refused_port=''
free_port up_port
free_port refused_port

write_conf() {
	local user_line=''
	[ "$(id -u)" != 0 ] || user_line="user $(id -un) $(id -gn);"
	cat >"$WORK/nginx.conf" <<-CONF
	$user_line
	daemon off;
	worker_processes 2;
	pid $WORK/nginx.pid;
	error_log $LOGS/error.log;
	events { worker_connections 200; }
	http {
		log_format up '\$request_uri';
		client_body_temp_path $WORK/tmp/body;
		proxy_temp_path $WORK/tmp/proxy;
		fastcgi_temp_path $WORK/tmp/fastcgi;
		uwsgi_temp_path $WORK/tmp/uwsgi;
		scgi_temp_path $WORK/tmp/scgi;
		upstream up { server 127.0.0.1:$up_port; keepalive 8; }
		server {
			listen 127.0.0.1:$web_port;
			access_log $LOGS/access.log;
			root $SITE;
			location /up { proxy_pass http://up; proxy_http_version 1.1;
				proxy_set_header Connection ""; }
			location /refused { proxy_pass http://127.0.0.1:$refused_port; }
		}
		server {
			listen 127.0.0.1:$up_port;
			access_log $LOGS/upstream.log up;
			location / { return 200 "from upstream\n"; }
		}
	}
	CONF
}

start_nginx() { # the words before the command
	start nginx "$@" nginx -e "$WORK/early.log" -c "$WORK/nginx.conf" -p "$WORK"
	wait_for 10 port_answers "$web_port"
}

load() { "$PYTHON" "$ROOT/tests/e2e/load.py" "$web_port" "$@"; }
judge() { "$PYTHON" "$ROOT/tests/e2e/judge.py" "$@" | head -n 1; }
forget_logs() { local log; for log in "$LOGS"/*.log; do : >"$log"; done; }
page_sums() { curl -s "http://127.0.0.1:$web_port/page" "http://127.0.0.1:$web_port/big" | cksum; }

# shellcheck disable=SC2086
all_gone() { ! kill -0 $1; }

# all_right FACT COUNT FILE: that many lines, each with its own request's id.
all_right() { equal "$1" "right $2 wrong 0 none 0" "$(judge "$3")"; }

cd "$WORK"
echo '<p>a page</p>' >"$SITE/page"
head -c 3000000 /dev/urandom >"$SITE/big"
write_conf

start_nginx
plain=$(page_sums)
stop nginx QUIT
forget_logs
start_nginx "$LINESPAN" run --dir "$SPOOL" --service gateway --
equal 'the answers are the same bytes' "$plain" "$(page_sums)"
forget_logs

step 'pages on kept connections'
equal 'all are answered' '200 1000' "$(load 1000 keepalive /page)"
all_right 'each access line has its own id' 1000 "$LOGS/access.log"
forget_logs

step 'split heads, missing pages'
equal 'all are answered' '404 600' "$(load 600 split /missing)"
all_right 'each access line has its own id' 600 "$LOGS/access.log"
all_right 'each error line has its own id' 600 "$LOGS/error.log"
forget_logs

step 'an upstream, and one that refuses'
equal 'all are answered' $'200 300\n502 300' "$(load 600 keepalive /up /refused)"
all_right 'each access line has its own id' 600 "$LOGS/access.log"
all_right 'each error line has its own id' 300 "$LOGS/error.log"
all_right "each of the upstream's lines has its own id" 300 "$LOGS/upstream.log"
forget_logs

step 'big answers on closed connections'
equal 'all are answered' '200 60' "$(load 60 close /big)"
all_right 'each access line has its own id' 60 "$LOGS/access.log"
forget_logs

step 'requests that carry no trace'
equal 'all are answered' '200 100' "$(load 100 bare /page)"
equal 'each line has a new trace of its own' 100 \
	"$(sed -En 's/.* trace_id=([0-9a-f]{32}) .*/\1/p' "$LOGS/access.log" | sort -u | wc -l)"
forget_logs

step 'rotation and reload'
mv "$LOGS/access.log" "$LOGS/access.log.1"
kill -USR1 "$(pid_of nginx)"
check 'the log is opened again' wait_for 5 test -e "$LOGS/access.log"
old=$(pgrep -P "$(pid_of nginx)" | tr '\n' ' ')
kill -HUP "$(pid_of nginx)"
check 'the old workers end' wait_for 10 all_gone "$old"
load 200 keepalive /page >"$WORK/load.out"
equal 'all are answered' '200 200' "$(cat "$WORK/load.out")"
equal 'each line has its own id' 'right 200 wrong 0 none 0' "$(judge "$LOGS"/access.log*)"
check 'the graceful end has status 0' stop nginx QUIT
finish
