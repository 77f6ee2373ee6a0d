# shellcheck shell=bash
# What shells and their tools do with pipes, descriptors, signals and exit statuses: one line a
# test, in bash and in dash. The result is what it writes and how it ends.
prepare() { "$ROOT/tests/packages.sh" hosts; }

try() {
	local shell line n=0 out status
	for shell in bash dash; do
		n=0
		while read -r line; do
			n=$((n + 1))
			status=0
			out=$(timeout 20 "${UNDER[@]}" $shell -c "$line" 2>&1) || status=$?
			out=$(sed -e 's/ trace_id=[0-9a-f]* span_id=[0-9a-f]*$//' \
				-e '/^linespan: /d' \
				-e 's/line 1: *[0-9]*/line 1: PID/' <<<"$out")
			printf '%s %d: %s\t%s %s\n' $shell $n "$line" "$status" "$(cksum <<<"$out")"
		done <"$ROOT/tests/transparency/shell-lines"
	done
}
