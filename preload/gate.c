/* Rule R1's table. Patterns are base names; a trailing "*" matches any rest. */
#include "gate.h"
#include "profile.h"

#include <stddef.h>

static const char *const denied[] = {
	/* shells: their own lines are the user's, their children's lines are the children's */
	"sh",
	"ash",
	"bash",
	"rbash",
	"dash",
	"zsh",
	"ksh*",
	"mksh",
	"fish",
	"csh",
	"tcsh",
	"busybox",
	/* programs whose standard streams are a protocol */
	"git",
	"git-*",
	"hg",
	"svn",
	"ssh",
	"sshd",
	"ssh-*",
	"sshd-*",
	"scp",
	"sftp*",
	"rsync",
	"sudo",
	"su",
	"doas",
	"pkexec",
	"gpg*",
	"dirmngr",
	"pinentry*",
	/* archivers and compressors */
	"tar",
	"cpio",
	"gzip",
	"gunzip",
	"zcat",
	"bzip2",
	"xz",
	"zstd*",
	"lz4",
	"zip",
	"unzip",
	"7z*",
	"dd",
	"ar",
	/* what passes on the lines of others */
	"rotatelogs",
	"cronolog",
	"multilog",
	"svlogd",
	"logger",
	/* package managers and what boots the machine */
	"apt",
	"apt-*",
	"aptitude",
	"dpkg*",
	"yum",
	"dnf*",
	"rpm*",
	"snap*",
	"flatpak",
	"systemd*",
	"systemctl",
	"journalctl",
	"init",
	"dbus-*",
	"udevd",
	"agetty",
	"login",
	"docker*",
	"containerd*",
	"runc",
	"crun",
	"podman",
	"conmon",
	/* tools that look at processes from outside */
	"gdb",
	"strace",
	"ltrace",
	"perf",
	"valgrind*",
	"ldd",
	"ld*.so*",
};

bool lsp_gate_denies(const char *name)
{
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		if (lsp_profile_matches(denied[i], name))
			return true;
	return false;
}
