#include "run_target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PRELOAD_NAME        "liblinespan-preload.so"
#define SCRIPT_DEPTH        4 /* as many "#!" in a row as the kernel follows */
#define HEAD_BYTES          256 /* of a script's first line, as the kernel reads it */
#define PROGRAM_HEADERS_MAX 64

const char *lsp_target_why(enum lsp_target target)
{
	static const char *const why[] = {
#define X(id, text) text,
		LSP_TARGET_TABLE(X)
#undef X
	};
	return why[target];
}

static bool is_program(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* As execvp() does; false when nothing fits. */
static bool find_in_path(const char *name, char path[PATH_MAX])
{
	if (strchr(name, '/'))
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
	const char *folders = getenv("PATH");
	if (!folders)
		folders = "/bin:/usr/bin";
	for (;;) {
		size_t len = strcspn(folders, ":");
		int n = snprintf(
			path, PATH_MAX, "%.*s%s%s", (int)len, folders, len ? "/" : "", name);
		if (n > 0 && n < PATH_MAX && is_program(path))
			return true;
		if (!folders[len])
			return false;
		folders += len + 1;
	}
}

/* The loader drops LD_PRELOAD when the new program has other rights than its caller (AT_SECURE). */
static bool is_privileged(int fd)
{
	struct stat st;
	if (fstat(fd, &st))
		return false;
	if ((st.st_mode & S_ISUID) && st.st_uid != getuid())
		return true;
	if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st.st_gid != getgid())
		return true;
	return getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

static bool interpreter_is_musl(int fd, const Elf64_Phdr *interp)
{
	char path[128] = "";
	size_t n = interp->p_filesz < sizeof(path) - 1 ? interp->p_filesz : sizeof(path) - 1;
	return pread(fd, path, n, (off_t)interp->p_offset) > 0 && strstr(path, "ld-musl") != NULL;
}

static enum lsp_target inspect_elf(int fd, const Elf64_Ehdr *head)
{
	Elf64_Ehdr own;
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool have_own = self >= 0 && pread(self, &own, sizeof(own), 0) == sizeof(own);
	if (self >= 0)
		close(self);
	if (!have_own)
		return LSP_TARGET_FITS;
	if (head->e_ident[EI_CLASS] != own.e_ident[EI_CLASS] || head->e_machine != own.e_machine)
		return LSP_TARGET_OTHER_MACHINE;
	if (head->e_phentsize != sizeof(Elf64_Phdr) || head->e_phnum > PROGRAM_HEADERS_MAX)
		return LSP_TARGET_FITS;
	Elf64_Phdr ph[PROGRAM_HEADERS_MAX];
	ssize_t want = (ssize_t)(head->e_phnum * sizeof(ph[0]));
	if (pread(fd, ph, (size_t)want, (off_t)head->e_phoff) != want)
		return LSP_TARGET_FITS;
	for (unsigned i = 0; i < head->e_phnum; i++)
		if (ph[i].p_type == PT_INTERP)
			return interpreter_is_musl(fd, &ph[i]) ? LSP_TARGET_OTHER_LIBC
							       : LSP_TARGET_FITS;
	return LSP_TARGET_STATIC;
}

/* The interpreter that a "#!" line names; false when the file has none. */
static bool script_interpreter(const char *head, size_t n, char path[PATH_MAX])
{
	if (n < 3 || head[0] != '#' || head[1] != '!')
		return false;
	head += 2;
	n -= 2;
	while (n && (*head == ' ' || *head == '\t'))
		head++, n--;
	size_t len = 0;
	while (len < n && !strchr(" \t\n", head[len]) && head[len])
		len++;
	memcpy(path, head, len);
	path[len] = 0;
	return len > 0;
}

enum lsp_target lsp_target_inspect(const char *name)
{
	char path[PATH_MAX];
	if (!find_in_path(name, path))
		return LSP_TARGET_FITS;
	for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
		/* Not a FIFO's other end to wait for. */
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return LSP_TARGET_FITS;
		union {
			char bytes[HEAD_BYTES];
			Elf64_Ehdr elf;
		} head;
		ssize_t n = pread(fd, head.bytes, sizeof(head.bytes), 0);
		bool elf =
			n >= (ssize_t)sizeof(head.elf) && memcmp(head.bytes, ELFMAG, SELFMAG) == 0;
		enum lsp_target target = LSP_TARGET_FITS;
		if (elf)
			target = is_privileged(fd) ? LSP_TARGET_PRIVILEGED
						   : inspect_elf(fd, &head.elf);
		close(fd);
		if (elf || n <= 0 || !script_interpreter(head.bytes, (size_t)n, path))
			return target;
	}
	return LSP_TARGET_FITS;
}

static int check_preload_path(const char *path, char *ret, size_t cap)
{
	char real[PATH_MAX];
	if (access(path, R_OK) || !realpath(path, real))
		return -ENOENT;
	if (strlen(real) >= cap)
		return -ENAMETOOLONG;
	strcpy(ret, real);
	return strpbrk(real, " :\t\n") ? -EINVAL : 0;
}

int lsp_target_find_preload(char *ret, size_t cap)
{
	const char *said = getenv("LINESPAN_PRELOAD_LIB");
	if (said && *said)
		return check_preload_path(said, ret, cap);
	char self[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return -ENOENT;
	self[n] = 0;
	*strrchr(self, '/') = 0;
	static const char *const places[] = { "", "/../lib", "/../lib/linespan" };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s%s/" PRELOAD_NAME, self, places[i]);
		int rc = check_preload_path(path, ret, cap);
		if (rc != -ENOENT)
			return rc;
	}
	return -ENOENT;
}
