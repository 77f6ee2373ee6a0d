# shellcheck shell=bash
# CPython's own tests, as Debian packages them, by Debian's Python.
readonly PYTHON_MODULES='test_io test_logging test_subprocess test_threading test_signal
test_faulthandler test_socket test_syslog test_os test_posix test_fcntl test_select test_pty
test_epoll test_wait4 test_fork1 test_popen test_traceback test_fileio test_print test_socketserver'

# They read back what they logged into files that are named *.log.
# shellcheck disable=SC2034
STAMPED='test.test_logging.BasicConfigTest.test_encoding
 test.test_logging.BasicConfigTest.test_encoding_errors
 test.test_logging.BasicConfigTest.test_encoding_errors_default
 test.test_logging.EncodingTest.test_encoding_plain_file
 test.test_logging.RotatingFileHandlerTest.test_rotator'
STAMPED=${STAMPED//$'\n'/}

prepare() {
	"$ROOT/tests/packages.sh" hosts
	/usr/bin/python3 -c 'import test.test_io'
}

try() {
	local module
	for module in $PYTHON_MODULES; do
		timeout -k 5 300 "${UNDER[@]}" /usr/bin/python3 -m test --junit-xml "$PWD/xml" \
			"$module" >/dev/null 2>&1 || true
		/usr/bin/python3 - "$PWD/xml" "$module" <<'P'
import sys, xml.etree.ElementTree as tree
try:
    cases = tree.parse(sys.argv[1]).iter("testcase")
except Exception as e:
    print("%s\tno results: %s" % (sys.argv[2], type(e).__name__))
    sys.exit()
for c in cases:
    kinds = [k.tag for k in c if k.tag in ("failure", "error", "skipped")]
    print("%s\t%s" % (c.get("name").split(" ")[-1].strip("()") , kinds[0] if kinds else "ok"))
P
		rm -f "$PWD/xml"
	done
}
