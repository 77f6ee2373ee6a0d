#!/usr/bin/env bash
# Programs whose output is data are not changed by one byte: eight pipelines, each stage under
# `linespan run` with a trace in the environment, against the same pipelines by themselves.
. "$(dirname "$0")/lib.sh"

TRACEPARENT=00-$(new_trace_id)-$(new_span_id)-01
readonly WITH="$LINESPAN run --dir $SPOOL --"
cd "$WORK"

make_input() {
	mkdir tree
	for n in 1 2 3 4 5 6 7 8; do
		head -c 20000 /dev/urandom >"tree/random.$n"
		seq "$n" 3000 >"tree/text.$n"
	done
	git -c init.defaultBranch=main init -q repository
	cp tree/text.* repository/
	git -C repository add .
	git -C repository -c user.name=t -c user.email=t@localhost commit -q -m text
	cat >page.php <<-'PHP'
	<?php header('X-Shop: tea');
	echo "<p>", str_repeat("tea ", 5000), "</p>\n";
	error_log('a line');
	PHP
	cat >numbers.js <<-'JS'
	for (let i = 0; i < 5000; i++) console.log(JSON.stringify({ i, text: `line ${i}` }));
	JS
	cat >sum.py <<-'PY'
	import json, sys
	print(sum(json.loads(line)["i"] for line in sys.stdin))
	PY
	cat >numbers.py <<-'PY'
	import json
	for i in range(5000):
	    print(json.dumps({"i": i, "text": "x" * (i % 100)}))
	PY
}

# Each pipeline is a function of the words that go before each command.
tar_tar() {
	$1 tar cf - tree | $1 tar xf - -C "$2"
	(cd "$2" && find . -type f | sort | xargs cksum)
}
tar_gzip() { $1 tar cf - tree | $1 gzip -c | $1 gunzip -c | cksum; }
git_clone() {
	$1 git clone -q "file://$WORK/repository" "$2/clone"
	(cd "$2/clone" && git fsck --strict && git log --format=%H && cksum ./*)
}
substitution() {
	$1 dash -c "x=\$($1 echo 5); echo \$((x + 1)); $1 seq 3 | while read -r n; do
		echo \$((n * 2)); done"
}
json_python() {
	$1 "$PYTHON" numbers.py | tee "$2/copy" | $1 "$PYTHON" sum.py
	cksum <"$2/copy"
}
# shellcheck disable=SC2016 # it is Perl
perl_csv() {
	$1 perl -e 'print "$_,", $_ * $_, "\n" for 1 .. 3000' |
		$1 perl -F, -lane '$s += $F[1]; print "$F[0];$F[1]" if $. % 100 == 0;
			END { print $s }'
}
node_file() { $1 node numbers.js >"$2/node.out" && cksum <"$2/node.out"; }
php_page() { REDIRECT_STATUS=1 SCRIPT_FILENAME=$WORK/page.php $1 php-cgi 2>"$2/php.err"; }

compare() { # name, fact
	mkdir -p "plain-$1" "shim-$1"
	"$1" '' "plain-$1" >plain.out 2>plain.err || echo "status $?" >>plain.out
	TRACEPARENT=$TRACEPARENT "$1" "$WITH" "shim-$1" >shim.out 2>shim.err ||
		echo "status $?" >>shim.out
	check "$2: gives something" test -s plain.out
	same "$2: same bytes" plain.out shim.out
	unstamp <shim.err >shim.err.plain
	same "$2: same messages but for stamps" plain.err shim.err.plain
}

make_input
compare tar_tar 'tar | tar'
compare tar_gzip 'tar | gzip | gunzip'
compare git_clone 'git clone file://'
compare substitution 'a shell that calculates'
compare json_python 'JSON | Python'
compare perl_csv 'Perl CSV'
compare node_file 'node > file'
compare php_page 'PHP CGI'
finish
