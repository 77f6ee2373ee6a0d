#!/usr/bin/env bash
# Installs the Debian packages that a task needs: tests/packages.sh build|run|check|hosts|clickhouse
#
# Prints nothing and takes a moment when nothing is missing. No installed package may start or
# enable a service: this machine is somebody's.
set -euo pipefail

# package, and what shows that another package or a hand-made installation already does its work:
# a command (cmd:), a pkg-config module (pc:), a Perl or Python module, or nothing (-).
readonly BUILD='
gcc                     cmd:gcc
libc6-dev               -
make                    cmd:make
pkg-config              cmd:pkg-config
libjansson-dev          pc:jansson
libsqlite3-dev          pc:sqlite3
libzstd-dev             pc:libzstd
libmicrohttpd-dev       pc:libmicrohttpd
libgnutls28-dev         pc:gnutls
libnghttp2-dev          pc:libnghttp2
zlib1g-dev              pc:zlib
libisal-dev             pc:libisal
liblzma-dev             pc:liblzma
libcurl4-openssl-dev    pc:libcurl
libdw-dev               pc:libdw
libunwind-dev           pc:libunwind'
readonly RUN="$BUILD"'
curl                    cmd:curl
nginx-light             cmd:nginx
perl                    perl:HTTP::Tiny
python3                 python:http.server
redis-server            cmd:redis-server
redis-tools             cmd:redis-cli'
readonly CHECK="$RUN"'
apache2                 cmd:apache2
binutils                cmd:readelf
chromium                cmd:chromium
clang                   cmd:clang
clang-format            cmd:clang-format
cppcheck                cmd:cppcheck
default-jdk-headless    cmd:javac
g++                     cmd:g++
git                     cmd:git
gzip                    cmd:gzip
haproxy                 cmd:haproxy
jq                      cmd:jq
libclang-rt-14-dev      -
libcriterion-dev        pc:criterion
libjemalloc2            -
libprotobuf-c-dev       pc:libprotobuf-c
libsystemd0             -
libtcmalloc-minimal4    -
lighttpd                cmd:lighttpd
lnav                    cmd:lnav
nodejs                  cmd:node
npm                     cmd:npm
openssl                 cmd:openssl
php-cgi                 cmd:php-cgi
php-cli                 cmd:php
php-curl                -
php-fpm                 cmd:php-fpm8.2
procps                  cmd:ps
protobuf-c-compiler     cmd:protoc-c
shellcheck              cmd:shellcheck
sqlite3                 cmd:sqlite3
strace                  cmd:strace
syslog-ng-core          syslogd:syslog-ng
syslog-ng-dev           syslogd:syslog-ng-dev
systemd-journal-remote  -
util-linux              cmd:setsid
valgrind                cmd:valgrind
vsftpd                  cmd:vsftpd
wget                    cmd:wget
xz-utils                cmd:xz
zstd                    cmd:zstd'

# The test suites of other programs (tests/transparency).
readonly HOSTS="$CHECK"'
dash                    cmd:dash
libpython3.11-testsuite -
tcl                     cmd:tclsh'

# What Debian's clickhouse-server needs; it is unpacked, not installed (tests/clickhouse/lib.sh).
readonly CLICKHOUSE="$CHECK"'
libboost-filesystem1.74.0 -
libboost-program-options1.74.0 -
libcapnp-0.9.2          -
libcctz2                -
libcpuinfo0             -
libdouble-conversion3   -
libfarmhash0            -
libicu72                -
liblz4-1                -
libmariadb3             -
libmetrohash1           -
libpocodata80           -
libpocodataodbc80       -
libpocofoundation80     -
libpocomongodb80        -
libpoconet80            -
libpoconetssl80         -
libpocoutil80           -
libpocoxml80            -
librdkafka1             -
libre2-9                -'

readonly POLICY=/usr/sbin/policy-rc.d
policy_is_ours=''
scratch=''

die() {
	echo "packages.sh: $*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

probe_says_present() {
	case $1 in
	cmd:*) PATH="$PATH:/usr/sbin:/sbin" command -v "${1#cmd:}" >/dev/null ;;
	perl:*) perl -M"${1#perl:}" -e 1 2>/dev/null ;;
	python:*) python3 -c "import ${1#python:}" 2>/dev/null ;;
	# Debian allows one syslog daemon a machine: another one is not thrown out for our tests.
	syslogd:syslog-ng) PATH="$PATH:/usr/sbin" command -v syslog-ng rsyslogd >/dev/null ;;
	syslogd:*) PATH="$PATH:/usr/sbin" command -v rsyslogd >/dev/null ;;
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	*) return 1 ;;
	esac
}

installed_packages() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u
}

# Prints those packages of the table on standard input that are missing.
missing_packages() {
	local installed=' ' package probe
	if command -v dpkg-query >/dev/null; then
		installed=" $(installed_packages | tr '\n' ' ')"
	fi
	while read -r package probe; do
		case $installed in *" $package "*) continue ;; esac
		if [ -n "$package" ] && ! probe_says_present "$probe"; then
			echo "$package"
		fi
	done
}

forbid_starting_services() {
	[ -e "$POLICY" ] && return
	policy_is_ours=yes
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
	as_root chmod 755 "$POLICY"
}

allow_starting_services() {
	[ -z "$policy_is_ours" ] || as_root rm -f "$POLICY"
	policy_is_ours=''
}

clean_up() {
	allow_starting_services
	[ -z "$scratch" ] || rm -rf "$scratch"
}

# Under systemd a new package's units are enabled even when they were not started.
disable_new_units() { # file with the packages of before
	local unit
	[ -d /run/systemd/system ] || return 0
	installed_packages | comm -13 "$1" - | xargs -r dpkg -L |
		sed -nE 's,.*/systemd/system/([^/@]*\.(service|socket|timer))$,\1,p' | sort -u |
		while read -r unit; do
			as_root systemctl disable --now --quiet "$unit" </dev/null || true
		done
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
		install --no-install-recommends "$@"
}

install() {
	local log
	trap clean_up EXIT
	trap 'exit 1' HUP INT TERM
	scratch=$(mktemp -d)
	log=$scratch/log
	installed_packages >"$scratch/before"
	forbid_starting_services
	echo "packages.sh: installing $*" >&2
	if ! apt_install "$@" >"$log" 2>&1; then
		as_root apt-get -q update >>"$log" 2>&1 || true
		if ! apt_install "$@" >>"$log" 2>&1; then
			tail -n 30 "$log" >&2
			die "apt-get could not install: $*"
		fi
	fi
	disable_new_units "$scratch/before"
}

main() {
	local table missing
	case ${1-} in
	build) table=$BUILD ;;
	run) table=$RUN ;;
	check) table=$CHECK ;;
	hosts) table=$HOSTS ;;
	clickhouse) table=$CLICKHOUSE ;;
	*) die 'usage: tests/packages.sh build|run|check|hosts|clickhouse' ;;
	esac
	mapfile -t missing < <(missing_packages <<<"$table")
	[ ${#missing[@]} != 0 ] || exit 0
	if [ ! -e /etc/debian_version ] || ! command -v apt-get >/dev/null; then
		die "this is not Debian; please install: ${missing[*]}"
	fi
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		die "neither root nor sudo; please install: ${missing[*]}"
	fi
	install "${missing[@]}"
}

main "$@"
