#!/usr/bin/env bash
# Static checks: format, layers, sizes, shell scripts, and what cppcheck finds in C.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0

lint() { # name, command…
	local out
	if out=$("${@:2}" 2>&1); then
		echo "ok $1"
	else
		failed=1
		echo "not ok $1"
		tail -n 60 <<<"$out"
	fi
}

# Headers hold tables and drawings that are set by hand.
mapfile -t c_files < <(git ls-files '*.c')
mapfile -t shell_files < <(git ls-files '*.sh' .ci/run)

lint format clang-format --dry-run -Werror "${c_files[@]}"
lint layers tests/guards/layers.sh
lint sizes tests/guards/sizes.sh
# SC2317: functions that are called through "$@" look unreachable; SC2119: options may be left out.
lint shellcheck shellcheck -x -P SCRIPTDIR -e SC2317,SC2119 "${shell_files[@]}"
# alloca: the shim's frames are as small as the line in hand, and variable length arrays are banned.
lint cppcheck cppcheck --quiet --std=c11 --language=c --error-exitcode=1 --inline-suppr -j 2 \
	--enable=warning,performance,portability \
	--suppress=missingIncludeSystem --suppress=allocaCalled \
	-I. --include=tests/lint_macros.h \
	-DLINESPAN_VERSION_TEXT='""' lib preload sidecar
exit $failed
