#!/usr/bin/env bash
# Makes the manual pages of the program from its own help: make.sh LINESPAN VERSION FOLDER
set -euo pipefail
program=$1 version=$2 to=$3
mkdir -p "$to"

roff() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\\([.']\\)/\\\\\&\\1/"; }

head_of() { # page, summary
	printf '.TH %s 1 "" "linespan %s" "Linespan"\n.SH NAME\n' "${1^^}" "$version"
	printf '%s \\- %s\n' "$1" "$2"
}

commands=$("$program" --help | awk '/^  [a-z]/ { print $1 }')
{
	head_of linespan 'log lines know their spans'
	printf '.SH SYNOPSIS\n.B linespan\n.I COMMAND\n.RI [ ARG ...]\n.SH DESCRIPTION\n'
	"$program" --help | awk 'NR > 2 && /^  [a-z]/ { exit } NR > 2' | roff
	printf '.SH COMMANDS\n'
	"$program" --help | sed -n 's/^  \([a-z][a-z]*\)  *\(.*\)/\1\t\2/p' |
		while IFS=$'\t' read -r name what; do
			printf '.TP\n.B %s\n%s\n' "$name" "$(roff <<<"$what")"
		done
	printf '.SH SEE ALSO\n'
	for command in $commands; do
		printf '.BR linespan\\-%s (1)\n' "$command"
	done
} >"$to/linespan.1"
for command in $commands; do
	what=$("$program" --help | sed -n "s/^  $command  *//p")
	{
		head_of "linespan-$command" "$what"
		printf '.SH SYNOPSIS\n'
		"$program" help "$command" | sed -n '1s/^usage: //p' | roff
		printf '.SH DESCRIPTION\n.nf\n'
		"$program" help "$command" | sed 1,2d | roff
		printf '.fi\n.SH SEE ALSO\n.BR linespan (1)\n'
	} >"$to/linespan-$command.1"
done
