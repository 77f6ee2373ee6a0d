#include "run_spool.h"
#include "../lib/core/ring.h"
#include "../lib/core/settings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SYSTEM_SPOOL "/run/linespan"
#define SYSTEM_MODE  01733
#define USER_MODE    0700
#define FILES_MAX    256
#define KEEP_SECONDS (24 * 60 * 60)

/* mkdir with its parents. A folder that is there already is fine and keeps its mode. */
static int make_folder(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *p = strchr(part + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	if (mkdir(path, mode))
		return errno == EEXIST ? 0 : -errno;
	/* The umask has no say in who may drop rings here. */
	return chmod(path, mode) ? -errno : 0;
}

/* A folder in /tmp that somebody else made first would hand him our logs. */
static int check_owner(const char *path)
{
	struct stat st;
	if (lstat(path, &st))
		return -errno;
	if (S_ISLNK(st.st_mode) || st.st_uid != geteuid())
		return -EPERM;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int lsp_spool_prepare(const char *said, char *ret, size_t cap)
{
	char path[PATH_MAX];
	int rc = 0;
	if (said) {
		if (snprintf(path, sizeof(path), "%s", said) >= (int)sizeof(path))
			return -ENAMETOOLONG;
	} else {
		/* Refused to all but root, and in containers with a read-only /run. */
		if (geteuid() == 0)
			(void)make_folder(SYSTEM_SPOOL, SYSTEM_MODE);
		rc = lsp_settings_default_dir(path, sizeof(path), environ);
		if (rc)
			return rc;
	}
	snprintf(ret, cap, "%s", path);
	rc = make_folder(path, USER_MODE);
	if (rc == 0 && !said && strncmp(path, "/tmp/", 5) == 0)
		rc = check_owner(path);
	char real[PATH_MAX];
	if (rc == 0 && !realpath(path, real))
		rc = -errno;
	if (rc == 0 && strlen(real) >= cap)
		rc = -ENAMETOOLONG;
	if (rc == 0 && access(real, W_OK | X_OK))
		rc = -errno;
	if (rc == 0)
		strcpy(ret, real);
	return rc;
}

static unsigned long long start_ticks_of(pid_t pid)
{
	char path[64], text[1024];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	text[n] = 0;
	/* Field 2 is the program's name and may hold anything; field 3 follows the last ")". */
	char *p = strrchr(text, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p + 1, NULL, 10) : 0;
}

/* Dead for sure: its pid is gone or reused, and it counted pids as we do. A ring of another pid
 * namespace says nothing about a pid of ours. */
static bool owner_is_dead(int dir_fd, const char *name)
{
	struct lsp_ring_header head;
	int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd >= 0 ? pread(fd, &head, sizeof(head), 0) : -1;
	if (fd >= 0)
		close(fd);
	struct stat ns;
	if (n != sizeof(head) || memcmp(head.magic, LSP_RING_MAGIC, sizeof(head.magic)) != 0 ||
		head.pid == 0 || head.pid > INT_MAX || stat("/proc/self/ns/pid", &ns) ||
		head.pid_namespace != ns.st_ino)
		return false;
	if (kill((pid_t)head.pid, 0) && errno == ESRCH)
		return true;
	unsigned long long ticks = start_ticks_of((pid_t)head.pid);
	return ticks && head.pid_start_ticks && ticks != head.pid_start_ticks;
}

static bool is_ring(const char *name)
{
	size_t len = strlen(name), suffix = strlen(LSP_RING_SUFFIX);
	return len > suffix && strcmp(name + len - suffix, LSP_RING_SUFFIX) == 0;
}

void lsp_spool_prune(const char *dir)
{
	DIR *d = opendir(dir);
	if (!d)
		return; /* /run/linespan cannot be listed by users: the sidecar prunes there */
	unsigned files = 0;
	time_t now = time(NULL);
	for (struct dirent *e; (e = readdir(d));) {
		struct stat st;
		if (!is_ring(e->d_name))
			continue;
		files++;
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
			!S_ISREG(st.st_mode) || st.st_uid != geteuid())
			continue;
		if (files <= FILES_MAX && now - st.st_mtime < KEEP_SECONDS)
			continue;
		if (owner_is_dead(dirfd(d), e->d_name))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
}
