#!/usr/bin/env bash
# The shim lives in strangers' processes: it exports what it interposes and nothing else, needs
# only libc, calls nothing that allocates, locks, prints or ends the process, and keeps little
# thread-local storage.
. "$(dirname "$0")/lib.sh"

readonly TLS_BYTES_MAX=512
# Allocation, locks, formatted output, ends of the process, and lazily made thread-local storage.
readonly FORBIDDEN='malloc|calloc|realloc|reallocarray|free|posix_memalign|aligned_alloc
strdup|strndup|asprintf|vasprintf|__asprintf_chk|__vasprintf_chk|getline|open_memstream
pthread_mutex_[a-z]*|pthread_rwlock_[a-z]*|pthread_spin_[a-z]*|pthread_cond_[a-z]*|pthread_once
printf|fprintf|vprintf|vfprintf|dprintf|sprintf|vsprintf|puts|fputs|putc|fputc|putchar|fwrite|perror
__printf_chk|__fprintf_chk|__sprintf_chk|__vfprintf_chk|fopen|fopen64|fdopen|fclose|fflush|syslog
exit|_exit|_Exit|quick_exit|abort|__assert_fail|__stack_chk_fail|raise|__tls_get_addr|getenv|setenv'

names_in_table() {
	sed -n 's/^HOOK([^,]*, *\([A-Za-z0-9_]*\),.*/\1/p' "$ROOT/preload/hook_table.h"
}

guard() { # a shared object
	comm -3 <(names_in_table | sort -u) \
		<(nm -D --defined-only "$1" | awk '{ print $3 }' | sed 's/@.*//' | sort -u) |
		sed -e 's/^\t/exported, but not in the hook table: /' -e t -e 's/^/not exported: /'
	readelf -Wd "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -Ev '^(libc\.so\.6|ld-linux.*)$' | sed 's/^/needs /'
	nm -D --undefined-only "$1" | awk '{ print $NF }' | sed 's/@.*//' |
		grep -Ex "$(tr '\n' '|' <<<"$FORBIDDEN" | sed 's/|$//')" | sed 's/^/calls /'
	local tls
	tls=$(readelf -Wl "$1" | awk '$1 == "TLS" { print $6 }')
	[ $((${tls:-0})) -le $TLS_BYTES_MAX ] || echo "thread-local bytes: $((tls))"
	LD_BIND_NOW=1 LD_PRELOAD=$1 /bin/true 2>&1 | sed 's/^/does not load: /'
	true
}

# The shim once more, with an extra source and extra names in its export map.
broken() { # source text, exported names, linker options…
	local map=$SCRATCH/map source=$1 names=$2
	shift 2
	echo "$source" >"$SCRATCH/extra.c"
	sed "s/^{ global:/&$names/" "$ROOT/build/preload.map" >"$map"
	gcc -O1 -fPIC -ftls-model=initial-exec -w -shared -o "$SCRATCH/broken.so" \
		"$SCRATCH/extra.c" "$ROOT"/build/obj/lib/core/*.o "$ROOT"/build/obj/preload/*.o \
		-Wl,--version-script="$map" -Wl,--as-needed -Wl,-z,now "$@"
}

cd "$ROOT"
holds 'the shim exports, needs and calls only what it may' "$ROOT/build/liblinespan-preload.so"
broken 'void extra(void) {}' 'extra;'
catches 'one exported name too many' "$SCRATCH/broken.so" 'not in the hook table: extra$'
broken '#include <stdlib.h>
void *extra(void) { return malloc(3); }' 'extra;'
catches 'malloc' "$SCRATCH/broken.so" 'calls malloc'
broken '#include <pthread.h>
void extra(pthread_mutex_t *m) { pthread_mutex_lock(m); }' 'extra;'
catches 'a lock' "$SCRATCH/broken.so" 'calls pthread_mutex_lock'
broken '__thread char extra[600];' 'extra;'
catches 'much thread-local storage' "$SCRATCH/broken.so" 'thread-local bytes'
broken 'const char *zlibVersion(void);
const char *extra(void) { return zlibVersion(); }' 'extra;' -lz
catches 'another library' "$SCRATCH/broken.so" 'needs libz'
broken 'void nobody_has_this(void); void extra(void) { nobody_has_this(); }' 'extra;' \
	-Wl,--unresolved-symbols=ignore-all
catches 'a name that nobody has' "$SCRATCH/broken.so" 'does not load'
exit $failed
