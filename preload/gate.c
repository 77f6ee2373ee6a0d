/* Rule R1's tables. Patterns are base names; a trailing "*" matches any rest. */
#include "gate.h"

#include <stddef.h>
#include <string.h>

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

static const char *const buffering[] = {
	"python*",
	"pypy*",
	"perl*",
	"php*",
	"ruby*",
	"java",
	"jsvc",
	"node",
	"nodejs",
	"lighttpd",
	"lua*",
	"mono*",
	"dotnet",
};

static bool listed(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(list[i]);

		if (list[i][len - 1] == '*' ? strncmp(name, list[i], len - 1) == 0
					    : strcmp(name, list[i]) == 0)
			return true;
	}
	return false;
}

bool lsp_gate_denies(const char *name)
{
	return listed(denied, sizeof(denied) / sizeof(denied[0]), name);
}

bool lsp_gate_buffers(const char *name)
{
	return listed(buffering, sizeof(buffering) / sizeof(buffering[0]), name);
}
