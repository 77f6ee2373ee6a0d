#!/usr/bin/env bash
# shellcheck shell=bash disable=SC2034,SC2001,SC2317
# What the guards share. A guard is a function `guard DIR` that prints each violation and says
# nothing when all is well. `holds` runs it on the tree; `catches` proves that it sees a violation.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/linespan-guard.XXXXXX")
trap 'rm -rf "$SCRATCH"' EXIT
failed=0

# holds FACT DIR: no violation.
holds() {
	local seen
	seen=$(guard "$2")
	if [ -z "$seen" ]; then
		echo "ok $1"
	else
		failed=1
		echo "not ok $1"
		sed 's/^/#   /' <<<"$seen"
	fi
}

# catches WHAT DIR PATTERN: the guard names this violation.
catches() {
	local seen
	seen=$(guard "$2" || true)
	if grep -q -e "$3" <<<"$seen"; then
		echo "ok catches $1"
	else
		failed=1
		echo "not ok catches $1"
		sed 's/^/#   /' <<<"$seen"
	fi
}
