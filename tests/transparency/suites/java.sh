# shellcheck shell=bash
# A JVM with 100,000 null pointers, and its ways to end, compiled and interpreted, with several
# collectors.
prepare() {
	"$ROOT/tests/packages.sh" hosts
	mkdir -p "$CACHE/java"
	javac -d "$CACHE/java" "$ROOT/tests/transparency/java/Nulls.java"
}

# Killed by SIGSEGV: its status, and how many reports it leaves.
crash() { # options…
	local pid status=0
	"${UNDER[@]}" java "$@" -cp "$CACHE/java" Nulls sleep >/dev/null 2>&1 &
	pid=$!
	sleep 1
	kill -SEGV $pid
	wait $pid || status=$?
	echo "$status, $(find . -name 'hs_err*' | wc -l) reports"
	rm -f hs_err* core*
}

try() {
	local options end out status
	for options in '' -Xint -Xcomp -XX:+UseSerialGC -XX:+UseZGC -Xcheck:jni; do
		# shellcheck disable=SC2086
		printf '%s\t%s\n' "java $options, killed" "$(crash $options)"
		for end in exit throw halt child; do
			status=0
			# shellcheck disable=SC2086
			out=$("${UNDER[@]}" java $options -cp "$CACHE/java" Nulls $end 2>&1) ||
				status=$?
			out=$(sed -e 's/ trace_id=[0-9a-f]* span_id=[0-9a-f]*$//' \
				-e '/^linespan: /d' <<<"$out" | sort)
			out=$(tr '\n' '|' <<<"$out")
			printf '%s\t%s %s\n' "java $options $end" "$status" "$out"
		done
	done
}
