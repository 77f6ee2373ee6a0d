#!/usr/bin/env bash
# `linespan lint` and GET /api/v1/lint: every rule is broken by one service, and by no other.
. "$(dirname "$0")/lib.sh"

# service, rules that fail there
readonly WANTED='
 RES-005
callee
chatty SPA-005
debug LOG-001 LSP-001
good
inner SPA-001
levels RES-004
linked LSP-001 LSP-003 LSP-004 LSP-005
lost-root LSP-007 SPA-004
names SPA-003
orphan SPA-002
plain LOG-002 RES-001
pod RES-003
silent LSP-002 LSP-006 LSP-007
twins RES-002'

step 'from the files of a store'
"$PYTHON" "$ROOT/tests/e2e/lint_data.py" >"$WORK/data.jsonl"
check 'the data is imported' "$LINESPAN" import --data "$DATA" "$WORK/data.jsonl"
lint() { "$LINESPAN" lint "$@"; }
check 'it is judged' lint --data "$DATA" --json
lint --data "$DATA" --json >"$WORK/files.json"
ask() { jq -r "$1" "$WORK/files.json"; }
failing='.services | sort_by(.service)[] | [.service] +
	([.linespan_rules[], .rules[] | select(.passed | not) | .id] | sort) | join(" ")'
ask "$failing" >"$WORK/failing"
printf '%s\n' "${WANTED#?}" >"$WORK/wanted"
same 'every rule fails where it is broken, and only there' "$WORK/wanted" "$WORK/failing"
equal 'rules known, rules of the score' '19 12' "$(ask '"\(.rules_known) \(.rules_of_score)"')"
equal 'the score is what the specification says: 250 of 280 points' 89 \
	"$(ask '.services[] | select(.service == "pod") | .score | round')"
equal 'nothing broken is 100' '100 excellent' \
	"$(ask '.services[] | select(.service == "good") | "\(.score | round) \(.rating)"')"
check 'the worst is first' jq -e '[.services[].score] | . == sort' "$WORK/files.json"
equal 'an orphan is counted and shown' '1 2 GET /x' "$(ask '.services[] |
	select(.service == "orphan").rules[] | select(.id == "SPA-002") |
	"\(.failed) \(.checked) \(.examples[0])"')"
check 'traces are given' jq -e '.services[] | select(.service == "orphan").rules[] |
	select(.id == "SPA-002").traces[0] == "00000000000000000000000000000003"' \
	"$WORK/files.json"
check 'each rule says what to do' jq -e \
	'[.services[] | (.rules + .linespan_rules)[] | .advice | length > 10] | all' \
	"$WORK/files.json"

step 'for people'
lint --data "$DATA" >"$WORK/text"
check 'a service has its score' grep -q '^good: score 100 of 100, excellent' "$WORK/text"
check 'what fails says how often' grep -q 'fails SPA-002 .*: not so in 1 of 2' "$WORK/text"
check 'the rules that are missing are named' grep -q '12 of 19 rules' "$WORK/text"
equal 'one service only' 1 "$(lint --data "$DATA" --service good | grep -c ': score ')"
lint --data "$DATA" --service good --json >"$WORK/good.json"
equal 'is judged as among all' "$(jq -c '.services[] | select(.service == "good")' \
	"$WORK/files.json")" "$(jq -c '.services[0]' "$WORK/good.json")"

step 'over a sidecar'
start_serve
lint --json >"$WORK/serve.json"
same 'the same answer' "$WORK/files.json" "$WORK/serve.json"
check 'the API answers' curl -sSf -o "$WORK/api.json" "$SERVE_URL/api/v1/lint?service=pod"
equal 'with the service that was asked for' pod "$(jq -r '.services[].service' "$WORK/api.json")"
equal 'an unknown parameter is refused' 400 \
	"$(curl -s -o "$WORK/error.json" -w '%{http_code}' "$SERVE_URL/api/v1/lint?rule=x")"

step 'exit statuses'
status() {
	lint "$@" >"$WORK/status.out" 2>"$WORK/status.err" && echo 0 || echo $?
}
equal 'nothing to judge: 1' 1 "$(status --since 2030-01-01)"
check 'and it is said' grep -q 'nothing to judge' "$WORK/status.err"
equal 'an unknown service: 1' 1 "$(status --service nobody)"
equal 'a bad time: 2' 2 "$(status --since yesterday)"
equal 'an operand: 2' 2 "$(status x)"
check 'the sidecar ends with status 0' stop serve
finish
