#!/usr/bin/env bash
# vsftpd under the shim: it forks by the system call itself, gives its rights up and kills each
# session that makes a system call which is not on its list. All that clients see is the same.
. "$(dirname "$0")/lib.sh"

readonly TRACE=4bf92f3577b34da6a3ce929d0e0e4736 SPAN=00f067aa0ba902b7
export TRACEPARENT=00-$TRACE-$SPAN-01
ftp_port=''
free_port ftp_port
chmod 755 "$WORK"
mkdir -m 755 "$WORK/empty" "$WORK/files"
head -c 300000 /dev/urandom >"$WORK/files/data"

write_conf() { # YES or NO: the filter
	cat >"$WORK/vsftpd.conf" <<-CONF
	listen=YES
	listen_address=127.0.0.1
	listen_port=$ftp_port
	background=NO
	anonymous_enable=YES
	local_enable=NO
	anon_root=$WORK/files
	secure_chroot_dir=$WORK/empty
	nopriv_user=nobody
	xferlog_enable=YES
	dual_log_enable=YES
	log_ftp_protocol=YES
	vsftpd_log_file=$WORK/vsftpd.log
	xferlog_file=$WORK/xfer.log
	seccomp_sandbox=$1
	CONF
}

# The list of Debian's vsftpd is older than its libc: whatever looks at files ends the session,
# with or without us.
cat >"$WORK/client.py" <<'EOP'
import ftplib, hashlib, sys
def say(what, call):
    try:
        print(what, call())
    except ftplib.all_errors as e:
        print(what, type(e).__name__, e)
for user, password in ("anonymous", "a@b"), ("nobody", "x"), ("anonymous", "c@d"):
    ftp = ftplib.FTP()
    say("hello", lambda: ftp.connect("127.0.0.1", int(sys.argv[1]), 10))
    say("login", lambda: ftp.login(user, password))
    digest = hashlib.sha256()
    say("folder", lambda: ftp.pwd())
    if sys.argv[2] == "NO":
        say("size", lambda: ftp.size("data"))
        say("names", lambda: ftp.nlst())
        say("file", lambda: ftp.retrbinary("RETR data", digest.update))
        print(digest.hexdigest())
        say("none", lambda: ftp.retrbinary("RETR nothing", digest.update))
        say("store", lambda: ftp.mkd("folder"))
    say("end", lambda: ftp.quit())
EOP

observe() { # folder, the words before the command
	local folder=$1
	shift
	mkdir "$folder"
	rm -f "$WORK/vsftpd.log" "$WORK/xfer.log"
	start vsftpd "$@" vsftpd "$WORK/vsftpd.conf"
	wait_for 10 port_answers "$ftp_port"
	timeout 60 "$PYTHON" "$WORK/client.py" "$ftp_port" "$filter" >"$folder/client" 2>&1
	stop vsftpd TERM || true
	# Times, processes, and how long a transfer took.
	unstamp <"$WORK/vsftpd.log" |
		sed -E 's/.*\[pid [0-9]+\] //; s/[0-9.]+Kbyte.*//; s/[0-9,]+\)/PORT)/' |
		sort >"$folder/vsftpd.log"
	unstamp <"$WORK/xfer.log" | sed -E 's/.* 20[0-9][0-9] [0-9]+ //' >"$folder/xfer.log"
}

cd "$WORK"
for filter in YES NO; do
	step "seccomp_sandbox=$filter"
	write_conf $filter
	observe plain-$filter
	observe shim-$filter "$LINESPAN" run --dir "$SPOOL" --
	equal 'clients are served' 2 "$(grep -c 'Login successful' plain-$filter/client)"
	check 'clients and logs see the same' diff -r plain-$filter shim-$filter
	check 'lines are stamped' grep -q "trace_id=$TRACE" vsftpd.log
done
finish
