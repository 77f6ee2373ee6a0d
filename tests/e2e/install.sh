#!/usr/bin/env bash
# What `make install` and `make deb` put where: programs that run from there, manual pages,
# completion, the unit; and what systemd is told.
. "$(dirname "$0")/lib.sh"

cd "$ROOT"
readonly TO=$WORK/root
step 'make install'
check 'it installs into DESTDIR' make --no-print-directory install PREFIX=/usr "DESTDIR=$TO"
for file in bin/linespan lib/liblinespan-preload.so lib/liblinespan.a lib/liblinespan.so \
	include/linespan.h lib/pkgconfig/linespan.pc lib/systemd/system/linespan.service \
	share/bash-completion/completions/linespan share/zsh/site-functions/_linespan \
	share/man/man1/linespan.1; do
	check "$file is there" test -s "$TO/usr/$file"
done
installed_stamps() {
	TRACEPARENT=00-$(new_trace_id)-$(new_span_id)-01 "$TO/usr/bin/linespan" run \
		--dir "$SPOOL" -- "$PYTHON" -c 'import os; os.write(2, b"x\n")' 2>"$WORK/stamped"
	grep -q '^x trace_id=' "$WORK/stamped"
}
check 'the installed program finds its shim' installed_stamps
check 'the unit runs the program' grep -q '^ExecStart=/usr/bin/linespan serve$' \
	"$TO/usr/lib/systemd/system/linespan.service"

step 'manual pages'
for command in $("$LINESPAN" --help | awk '/^  [a-z]/ { print $1 }'); do
	page=$TO/usr/share/man/man1/linespan-$command.1
	check "linespan-$command(1) names itself" grep -q "^linespan-$command " "$page"
	for option in $("$LINESPAN" help "$command" | grep -oE '^ +--[a-z-]+' | tr -d ' '); do
		grep -q -- "${option//-/\\\\-}" "$page" || not_ok "$command(1) has $option"
	done
done

step 'completion'
complete_words() { # words of a command line
	bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _linespan
		printf "%s\n" "${COMPREPLY[@]}"' \
		"$TO/usr/share/bash-completion/completions/linespan" "$@"
}
equal 'commands' $'search\nserve' "$(complete_words "$LINESPAN" se | sort)"
equal 'options of a command' $'--max-body\n--max-disk' \
	"$(complete_words "$LINESPAN" serve --max | sort)"
equal 'commands behind help' lint "$(complete_words "$LINESPAN" help lin)"

step 'what systemd hears'
"$PYTHON" - "$WORK/notify" >"$WORK/heard" <<'E' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
for _ in range(2):
    print(s.recv(100).decode(), flush=True)
E
listener=$!
check 'somebody listens' wait_for 10 test -S "$WORK/notify"
export NOTIFY_SOCKET=$WORK/notify
start_serve
check 'that it is ready' wait_for 5 grep -qx READY=1 "$WORK/heard"
check 'it ends with status 0' stop serve
check 'that it stops' wait_for 5 grep -qx STOPPING=1 "$WORK/heard"
wait "$listener"
unset NOTIFY_SOCKET

step 'make deb'
check 'packages are built' docs/man/deb.sh 0.1.0 "$WORK/deb"
deb=$(echo "$WORK"/deb/linespan_0.1.0_*.deb)
dpkg-deb -c "$deb" >"$WORK/content"
for file in ./usr/bin/linespan ./usr/lib/liblinespan-preload.so ./usr/share/man/man1/linespan.1; do
	check "$file is in it" grep -q " $file\$" "$WORK/content"
done
refute 'the syslog-ng module is not' grep -q syslog-ng "$WORK/content"
check 'but in its own package' sh -c \
	"dpkg-deb -c '$WORK'/deb/syslog-ng-mod-linespan_*.deb | grep -q liblinespan.so"
check 'it needs what the program needs' sh -c "dpkg-deb -f '$deb' Depends | grep -q libmicrohttpd"
finish
