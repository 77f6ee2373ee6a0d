#!/usr/bin/env bash
# The web page from outside: which paths are it, its files, and the policy that they come with. What
# a browser makes of them is ui.sh's.
. "$(dirname "$0")/lib.sh"

start_serve
step 'files'
for path in / /trace/4bf92f3577b34da6a3ce929d0e0e4736 /search /logs /compare /lint; do
	equal "$path is the page" '200 text/html; charset=utf-8' "$(curl -s -D "$WORK/head" \
		-o "$WORK/body" -w '%{http_code} %{content_type}' "$SERVE_URL$path")"
	same "$path is index.html" "$ROOT/sidecar/web/index.html" "$WORK/body"
	check "$path has a policy" \
		grep -qi "^Content-Security-Policy: default-src 'none'" "$WORK/head"
done
for path in "$ROOT"/sidecar/web/*.{js,css,svg}; do
	file=$(basename "$path")
	curl -s -o "$WORK/body" "$SERVE_URL/web/$file"
	same "$file is served" "$path" "$WORK/body"
done
equal 'an unknown file is 404' 404 "$(curl -s -o "$WORK/body" -w '%{http_code}' \
	"$SERVE_URL/web/none.js")"
refute 'nothing is fetched from elsewhere' grep -rnE \
	'(src|href|url|import|fetch)[^a-z]*https?://' "$ROOT/sidecar/web"

check 'the sidecar ends with status 0' stop serve
finish
