#!/usr/bin/env bash
# Files that fit in a head: at most 500 lines, 70 lines a function, 100 columns (a tab is 8).
. "$(dirname "$0")/lib.sh"

guard() (
	cd "$1"
	find . -path ./build -prune -o -path ./.git -prune -o -name node_modules -prune -o \
		-path ./tests/data -prune -o -type f \
		\( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.pl' -o -name '*.mjs' \
		-o -name '*.js' -o -name '*.css' -o -name Makefile \) -print |
		LC_ALL=C.UTF-8 sort | xargs -r python3 -c "$CHECKER"
)

# shellcheck disable=SC2016
readonly CHECKER='
import re, sys
FILE, FUNCTION, COLUMNS = 500, 70, 100
for path in sys.argv[1:]:
    lines = open(path, encoding="utf-8", errors="replace").read().splitlines()
    name = path[2:]
    if len(lines) > FILE:
        print(f"{name}: {len(lines)} lines")
    start = None
    for n, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > COLUMNS:
            print(f"{name}:{n}: {len(line.expandtabs(8))} columns")
        if line.startswith("{") or re.match(r"[\w-]+\(\) [({]$", line):
            start = n
        elif start and re.match(r"[})]", line):
            if n - start - 1 > FUNCTION:
                print(f"{name}:{start}: a function of {n - start - 1} lines")
            start = None
'

broken() { # what to print into a file
	rm -rf "$SCRATCH/tree"
	mkdir "$SCRATCH/tree"
	"$@" >"$SCRATCH/tree/fake.c"
}
long_file() { seq -f 'int x%g;' 501; }
long_function() {
	printf 'void f(void)\n{\n'
	seq -f '	g(%g);' 71
	echo '}'
}
long_line() { printf '\t%093d\n' 0; }

holds 'files, functions and lines keep their limits' "$ROOT"
broken long_file
catches 'a file of 501 lines' "$SCRATCH/tree" 'fake.c: 501 lines'
broken long_function
catches 'a function of 71 lines' "$SCRATCH/tree" 'fake.c:2: a function of 71 lines'
broken long_line
catches 'a line of 101 columns' "$SCRATCH/tree" 'fake.c:1: 101 columns'
exit $failed
