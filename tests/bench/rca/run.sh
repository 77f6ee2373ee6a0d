#!/usr/bin/env bash
# How often `linespan compare` names the service that was at fault: the labelled incidents of a
# folder (default ../shared/data/incidents), each imported into a store of its own, the fault-free
# window against the incident's. Prints one line a case and the shares of top 1 and top 3.
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=${1-../shared/data/incidents}
if [ ! -e "$folder/labels.json" ]; then
	echo "bench-rca: $folder/labels.json: not there; give the folder of labelled incidents" >&2
	exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 tests/bench/rca/cases.py "$folder" >"$work/cases"

declare -A top1=() top3=() total=()
while IFS=$'\t' read -r id service fault baseline incident files; do
	data=$work/data
	rm -rf "$data"
	mkdir "$data"
	paths=()
	for file in $files; do
		paths+=("$folder/$file")
	done
	build/linespan import --data "$data" "${paths[@]}" >"$work/import.log" 2>&1
	build/linespan compare --data "$data" --baseline "$baseline" --incident "$incident" \
		--json >"$work/answer.json" || true
	rank=$(jq -r --arg s "$service" \
		'[.services[].service] | index($s) | if . == null then 0 else . + 1 end' \
		"$work/answer.json")
	first=$(jq -r '.services[0] | "\(.service) \(.score)"' "$work/answer.json")
	kind=${id%%-*}
	total[$kind]=$((${total[$kind]-0} + 1))
	[ "$rank" != 1 ] || top1[$kind]=$((${top1[$kind]-0} + 1))
	[ "$rank" = 0 ] || [ "$rank" -gt 3 ] || top3[$kind]=$((${top3[$kind]-0} + 1))
	printf '%-22s %-15s %-30s rank %-2s first: %s\n' "$id" "$fault" "$service" "$rank" "$first"
done <"$work/cases"
for kind in "${!total[@]}"; do
	awk -v kind="$kind" -v one="${top1[$kind]-0}" -v three="${top3[$kind]-0}" \
		-v n="${total[$kind]}" 'BEGIN {
		printf "%s: top 1 %d of %d (%.1f %%), top 3 %d of %d (%.1f %%)\n",
			kind, one, n, 100 * one / n, three, n, 100 * three / n }'
done
