#!/usr/bin/env bash
# `linespan run`: what it refuses, what it sets, how it ends.
. "$(dirname "$0")/lib.sh"

# The environment that the command gets, one variable a line.
environment_of() { "$LINESPAN" run --dir "$SPOOL" "$@" env 2>/dev/null; }
status_of() {
	local status=0
	"$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
	echo "$status"
}
value() { sed -n "s/^$1=//p"; }

step 'exit statuses'
for code in 0 1 7 255; do
	equal "exit status $code is passed on" "$code" "$(status_of run_shim -- sh -c "exit $code")"
done
equal 'a signal is passed on' 143 "$(status_of bash -c "'$LINESPAN' run --dir '$SPOOL' -- \
	sh -c 'kill -TERM \$\$'; exit \$?")"
equal 'a command that is not there: 127' 127 "$(status_of run_shim -- linespan-no-such-command)"
equal '… and one line says so' 'linespan run: linespan-no-such-command: command not found' \
	"$(cat "$WORK/err")"
printf 'text' >"$WORK/not-executable"
equal 'a file that is not executable: 126' 126 "$(status_of run_shim -- "$WORK/not-executable")"
equal 'a folder: 126' 126 "$(status_of run_shim -- "$WORK")"
printf 'echo no interpreter line\n' >"$WORK/plain-script"
chmod +x "$WORK/plain-script"
equal 'a script without "#!" runs' 0 "$(status_of run_shim -- "$WORK/plain-script")"
equal '… as a shell would' 'no interpreter line' "$(cat "$WORK/out")"

step 'what is refused'
refused() { # FACT EXPECTED_LINE OPTION…
	local fact=$1 line=$2
	shift 2
	equal "$fact: 2" 2 "$(status_of run_shim "$@" -- touch "$WORK/ran")"
	equal "$fact: one line" "$line" "$(cat "$WORK/err")"
	refute "$fact: nothing ran" test -e "$WORK/ran"
}
refused 'an unknown format' \
	'linespan run: --format: "xml" is not one of auto, suffix, prefix, json, none' --format xml
refused 'the same with "="' \
	'linespan run: --format: "xml" is not one of auto, suffix, prefix, json, none' --format=xml
refused 'an unknown mode' 'linespan run: --stderr: "maybe" is not one of on, off' --stderr maybe
refused 'an unknown option' 'linespan run: --fromat: no such option; did you mean --format?' \
	--fromat json
equal 'a bad value in the environment: 2' 2 "$(LINESPAN_FIELDS=xml status_of run_shim true)"
check '… names both' grep -q -- '--fields (LINESPAN_FIELDS): "xml"' "$WORK/err"
equal 'a missing value: 2' 2 "$(status_of "$LINESPAN" run --format)"
equal 'no command: 2' 2 "$(status_of "$LINESPAN" run)"

step 'the environment'
environment_of --service shop --format json --log-file 'a*' --log-file 'b*' --debug d.txt \
	--children inherit >"$WORK/env"
equal 'the switch is on' 1 "$(value LINESPAN <"$WORK/env")"
equal 'an option is a variable' shop "$(value LINESPAN_SERVICE <"$WORK/env")"
equal 'a repeated option is a list' 'a*:b*' "$(value LINESPAN_LOG_FILES <"$WORK/env")"
equal 'a debug file gets its folder' "$PWD/d.txt" "$(value LINESPAN_DEBUG <"$WORK/env")"
equal 'the spool is absolute' "$SPOOL" "$(value LINESPAN_DIR <"$WORK/env")"
equal 'the shim is preloaded' "$(realpath "$PRELOAD")" "$(value LD_PRELOAD <"$WORK/env")"
equal 'what is not said is not set' '' "$(value LINESPAN_FIELDS <"$WORK/env")"
printf 'void unused(void) {}' >"$WORK/other.c"
gcc -shared -o "$WORK/other.so" "$WORK/other.c"
LD_PRELOAD=$WORK/other.so environment_of --children inherit >"$WORK/env"
equal 'other libraries stay, behind ours' "$(realpath "$PRELOAD"):$WORK/other.so" \
	"$(value LD_PRELOAD <"$WORK/env")"
LINESPAN_FORMAT=json environment_of --format suffix --children inherit >"$WORK/env"
equal 'an option outranks the environment' suffix "$(value LINESPAN_FORMAT <"$WORK/env")"
run_shim -- printf '%s\n' --format xml -- >"$WORK/out"
printf -- '--format\nxml\n--\n' >"$WORK/expected"
same 'what follows the command belongs to it' "$WORK/expected" "$WORK/out"

step 'the spool'
"$LINESPAN" run --dir "$WORK/made/spool" -- true
equal 'a missing spool is made for its user alone' 700 "$(stat -c %a "$WORK/made/spool")"
equal 'a spool that cannot be: the command runs' 0 \
	"$(status_of "$LINESPAN" run --dir "$WORK/not-executable/spool" -- true)"
equal '… and one line says so' 1 "$(grep -c 'cannot be the spool' "$WORK/err")"
(cd "$WORK" && "$LINESPAN" run --dir relative --children inherit -- env) >"$WORK/env"
equal 'a relative spool becomes absolute' "$WORK/relative" "$(value LINESPAN_DIR <"$WORK/env")"

step 'what cannot be preloaded'
printf 'int main(void) { return 3; }' >"$WORK/static.c"
gcc -static -o "$WORK/static" "$WORK/static.c"
equal 'a static program runs' 3 "$(status_of run_shim -- "$WORK/static")"
hint='it runs without the shim; --pipe stamps what comes out of it'
equal '… with one line' \
	"linespan run: $WORK/static is statically linked: $hint" \
	"$(cat "$WORK/err")"
printf '#!%s\n' "$WORK/static" >"$WORK/script"
chmod +x "$WORK/script"
equal 'a script of a static program' 3 "$(status_of run_shim -- "$WORK/script")"
check '… is noticed, too' grep -q 'statically linked' "$WORK/err"
mkdir "$WORK/a b"
cp "$PRELOAD" "$WORK/a b/"
equal 'a library that LD_PRELOAD cannot name: 2' 2 \
	"$(LINESPAN_PRELOAD_LIB="$WORK/a b/$(basename "$PRELOAD")" status_of run_shim -- true)"
check '… is told why' grep -q 'space or colon' "$WORK/err"
equal 'a library that is not there: 2' 2 \
	"$(LINESPAN_PRELOAD_LIB=/nonexistent status_of run_shim -- true)"

step 'pruning'
old() { touch -d '2 days ago' "$1"; }
# A ring of a process that is gone: its magic, and a pid that nobody has.
ring() { # FILE PID
	local ns
	ns=$(stat -L -c %i /proc/self/ns/pid)
	"$PYTHON" - "$1" "$2" "$ns" <<-'PYTHON'
		import struct, sys
		path, pid, ns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		head = b"LSPRING\0" + struct.pack("<IIQIIQQQ", 1, 4096, 65536, pid, 1, 1, ns, 0)
		open(path, "wb").write(head.ljust(4096, b"\0"))
	PYTHON
}
sleep 1000 &
living=$!
mkdir "$WORK/prune"
ring "$WORK/prune/dead-old.ring" 4194300
ring "$WORK/prune/dead-new.ring" 4194300
ring "$WORK/prune/reused.ring" "$living"
printf 'no ring' >"$WORK/prune/junk.ring"
printf 'text' >"$WORK/prune/text"
old "$WORK/prune/dead-old.ring"
old "$WORK/prune/reused.ring"
old "$WORK/prune/junk.ring"
old "$WORK/prune/text"
"$LINESPAN" run --dir "$WORK/prune" -- true
refute 'an old ring of a dead process is removed' test -e "$WORK/prune/dead-old.ring"
refute '… also when another process has its pid now' test -e "$WORK/prune/reused.ring"
check 'a new one is left to the sidecar' test -e "$WORK/prune/dead-new.ring"
check 'what is no ring stays' test -e "$WORK/prune/junk.ring"
check 'other files stay' test -e "$WORK/prune/text"
kill "$living"
mkdir "$WORK/many"
ring "$WORK/many/0.ring" 4194300
for i in $(seq 1 299); do cp "$WORK/many/0.ring" "$WORK/many/$i.ring"; done
"$LINESPAN" run --dir "$WORK/many" -- true
left=$(find "$WORK/many" -name '*.ring' | wc -l)
check "no more than 256 are kept ($left)" test "$left" -le 257

finish
