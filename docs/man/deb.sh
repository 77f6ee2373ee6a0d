#!/usr/bin/env bash
# Makes the Debian packages: deb.sh VERSION FOLDER. One with the programs, the libraries and the
# shim, one with the syslog-ng module when it was built.
set -euo pipefail
version=$1 out=$2
arch=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make --no-print-directory install PREFIX=/usr DESTDIR="$work/linespan" >/dev/null

# The packages whose libraries a file needs.
needs() {
	ldd "$@" 2>/dev/null | awk '$3 ~ /^\// { print $3 }' | sort -u | while read -r library; do
		dpkg -S "$(readlink -f "$library")" 2>/dev/null ||
			dpkg -S "$(readlink -f "$library" | sed 's,^/usr,,')" 2>/dev/null || true
	done | sed -n 's/^\([^:, ]*\).*/\1/p' | sort -u | paste -sd, | sed 's/,/, /g'
}

package() { # folder, name, depends, description
	mkdir -p "$1/DEBIAN"
	printf '%s\n' "Package: $2" "Version: $version" "Architecture: $arch" \
		'Maintainer: The developers of Linespan <root@localhost>' 'Section: admin' \
		'Priority: optional' "Depends: $3" "Description: $4" >"$1/DEBIAN/control"
	[ "$2" != linespan ] || printf 'Recommends: libunwind8\n' >>"$1/DEBIAN/control"
	mkdir -p "$out"
	dpkg-deb --root-owner-group --build "$1" "$out/${2}_${version}_$arch.deb"
}

module=$(find "$work/linespan" -path '*syslog-ng*' -name liblinespan.so | head -n 1)
if [ -n "$module" ]; then
	mkdir -p "$work/module"
	(cd "$work/linespan" && find . -path '*syslog-ng*' -type f) | while read -r file; do
		mkdir -p "$work/module/$(dirname "$file")"
		mv "$work/linespan/$file" "$work/module/$file"
	done
	find "$work/linespan" -type d -empty -delete
	package "$work/module" syslog-ng-mod-linespan \
		"syslog-ng-core (= $(dpkg-query -W -f '${Version}' syslog-ng-core)), libcurl4" \
		'Linespan for syslog-ng: parser, template function, destination'
fi
package "$work/linespan" linespan "$(needs build/linespan)" \
	'every log line knows its span: shim, sidecar, look-ups'
