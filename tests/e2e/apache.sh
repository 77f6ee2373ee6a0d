#!/usr/bin/env bash
# Apache under the shim, as processes (prefork) and as threads with events: each access line carries
# the id of its own request, and the answers are the same bytes.
. "$(dirname "$0")/lib.sh"

readonly SITE=$WORK/site LOGS=$WORK/logs MODULES=/usr/lib/apache2/modules
mkdir -p "$SITE" "$LOGS"
web_port=''
free_port web_port

write_conf() { # prefork|event
	local user_lines=''
	[ "$(id -u)" != 0 ] || user_lines=$'User nobody\nGroup nogroup'
	cat >"$WORK/apache.conf" <<-CONF
	ServerRoot $WORK
	ServerName localhost
	Listen 127.0.0.1:$web_port
	PidFile $WORK/apache.pid
	DefaultRuntimeDir $WORK
	LoadModule mpm_$1_module $MODULES/mod_mpm_$1.so
	LoadModule authz_core_module $MODULES/mod_authz_core.so
	$user_lines
	KeepAliveTimeout 20
	MaxKeepAliveRequests 0
	DocumentRoot $SITE
	LogLevel core:info
	ErrorLog $LOGS/error.log
	LogFormat "%h \"%r\" %>s %b" short
	CustomLog $LOGS/access.log short
	<Directory $SITE>
	Require all granted
	</Directory>
	CONF
}

start_apache() { # the words before the command
	start apache "$@" apache2 -D FOREGROUND -f "$WORK/apache.conf"
	wait_for 10 port_answers "$web_port"
}

load() { "$PYTHON" "$ROOT/tests/e2e/load.py" "$web_port" "$@"; }
judge() { "$PYTHON" "$ROOT/tests/e2e/judge.py" "$@" | head -n 1; }
forget_logs() { local log; for log in "$LOGS"/*.log; do : >"$log"; done; }
page_sums() { curl -s "http://127.0.0.1:$web_port/page" "http://127.0.0.1:$web_port/big" | cksum; }
all_right() { equal "$1" "right $2 wrong 0 none 0" "$(judge "$3")"; }

try() { # prefork|event
	local plain
	step "$1"
	write_conf "$1"
	start_apache
	plain=$(page_sums)
	stop apache WINCH || true
	start_apache "$LINESPAN" run --dir "$SPOOL" --service apache --
	equal "$1: the answers are the same bytes" "$plain" "$(page_sums)"
	forget_logs
	equal "$1: all are answered" $'200 500\n404 500' "$(load 1000 keepalive /page /missing)"
	all_right "$1: each access line has its own id" 1000 "$LOGS/access.log"
	forget_logs
	equal "$1: split heads are answered" '200 300' "$(load 300 split /page)"
	all_right "$1: each access line has its own id" 300 "$LOGS/access.log"
	forget_logs
	equal "$1: big answers" '200 60' "$(load 60 keepalive /big)"
	all_right "$1: each access line has its own id" 60 "$LOGS/access.log"
	check "$1: the graceful end has status 0" stop apache WINCH
}

chmod 755 "$WORK"
echo '<p>a page</p>' >"$SITE/page"
head -c 3000000 /dev/urandom >"$SITE/big"
try prefork
try event
finish
