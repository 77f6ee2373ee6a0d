# shellcheck shell=bash
# Redis' own tests against Debian's redis-server: protocol, crash reports, signals, log files,
# redis-cli in pipes and terminals, append-only files.
readonly REDIS_UNITS='unit/protocol unit/type/string unit/pubsub unit/other unit/quit
unit/limits unit/multi unit/shutdown unit/introspection integration/logging
integration/redis-cli integration/aof'

prepare() {
	"$ROOT/tests/packages.sh" hosts
	local apt=$CACHE/apt tool
	if [ ! -x "$CACHE/redis/runtest" ]; then
		mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache"
		sed -s 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/*.sources \
			>"$apt/parts/source.sources" 2>/dev/null || true
		sed -n 's/^deb /deb-src /p' /etc/apt/sources.list \
			>"$apt/parts/source.list" 2>/dev/null || true
		find "$apt/parts" -type f -empty -delete
		local options=(-o Dir::Etc::SourceList=/dev/null
			-o "Dir::Etc::SourceParts=$apt/parts"
			-o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache"
			-o APT::Sandbox::User=)
		apt-get "${options[@]}" update
		(cd "$apt" && apt-get "${options[@]}" source --download-only redis)
		mkdir -p "$CACHE/redis"
		tar -xf "$apt"/redis_*.orig.tar.gz -C "$CACHE/redis" --strip-components=1
	fi
	for tool in server cli benchmark check-aof check-rdb; do
		ln -sf "$(command -v redis-$tool)" "$CACHE/redis/src/redis-$tool"
	done
}

try() {
	local unit units=()
	for unit in $REDIS_UNITS; do
		units+=(--single "$unit")
	done
	cd "$CACHE/redis" || return
	timeout -k 5 400 "${UNDER[@]}" ./runtest --clients 2 "${units[@]}" 2>/dev/null |
		sed -e 's/\x1b\[[0-9;]*m//g' -e 's/ trace_id=[0-9a-f]* span_id=[0-9a-f]*$//' |
		sed -nE 's/^\[(ok|err|exception|ignore)\]: (.*)$/\2\t\1/p' |
		sed -E 's/ (\([0-9]+ ms\)|in tests.*)\t/\t/'
}
