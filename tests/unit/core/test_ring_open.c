#include "core/ring_fixture.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(ring_open, .init = set_up, .fini = tear_down, .timeout = 60);

Test(ring_open, file_is_private_and_no_descriptor_stays_open)
{
	struct stat st;
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	cr_expect_eq(st.st_size, LSP_RING_HEADER_BYTES + SMALL_BYTES);
	unsigned pid;
	unsigned long long start;
	char rest[16];
	cr_expect_eq(sscanf(ring.name, "%u-%llu-%12s", &pid, &start, rest), 3);
	cr_expect_eq(pid, (unsigned)getpid());
	cr_expect_eq(strlen(rest), 6 + strlen(".ring"));

	DIR *fds = opendir("/proc/self/fd");
	for (struct dirent *e; (e = readdir(fds));) {
		char link[256] = "";
		cr_assert(readlinkat(dirfd(fds), e->d_name, link, sizeof(link) - 1) < 256);
		cr_expect_not(strstr(link, ".ring"), "%s", link);
	}
	closedir(fds);
}

Test(ring_open, header_says_who_writes)
{
	const struct lsp_ring_header *h = ring.map;
	cr_expect_str_eq(h->magic, LSP_RING_MAGIC);
	cr_expect_eq(h->version, LSP_RING_VERSION);
	cr_expect_eq(h->data_bytes, SMALL_BYTES);
	cr_expect_eq(h->pid, (uint32_t)getpid());
	cr_expect_eq(h->parent_pid, (uint32_t)getppid());
	cr_expect_str_eq(h->service, "shop");
	cr_expect_str_eq(h->program, "prog");
	cr_expect_str_eq(h->writer, "test 1");
	cr_expect_neq(h->key, 0);
}

Test(ring_open, open_refuses_what_it_cannot_do)
{
	static char long_dir[5000];
	memset(long_dir, 'd', sizeof(long_dir) - 1);
	const struct {
		const char *dir;
		uint64_t data_bytes;
		int rc;
	} table[] = {
		{ dir, 1000, -EINVAL },
		{ dir, 32 * 1024, -EINVAL },
		{ dir, SMALL_BYTES + 8, -EINVAL },
		{ dir, 128u << 20, -EINVAL },
		{ "/nowhere/at/all", 0, -ENOENT },
		{ "/dev/null", 0, -ENOTDIR },
		{ "/proc/self", 0, -ENOENT },
		{ long_dir, 0, -ENAMETOOLONG },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct lsp_ring r;
		errno = 77;
		int rc = lsp_ring_open(&r, table[i].dir, table[i].data_bytes, &identity);
		cr_expect_eq(rc, table[i].rc, "%zu: %d", i, rc);
		cr_expect_null(r.map);
		cr_expect_eq(r.counters, &r.spare);
		cr_expect_eq(errno, 77);
	}
}

Test(ring_open, long_names_are_cut)
{
	char name[400];
	memset(name, 'n', sizeof(name) - 1);
	name[399] = 0;
	struct lsp_ring r;
	struct lsp_ring_identity id = { name, NULL, name };
	cr_assert_eq(lsp_ring_open(&r, dir, 0, &id), 0);
	cr_expect_eq(strlen(r.map->service), sizeof(r.map->service) - 1);
	cr_expect_eq(strlen(r.map->writer), sizeof(r.map->writer) - 1);
	cr_expect_str_eq(r.map->program, "");
	cr_expect_eq(r.map->data_bytes, LSP_RING_DATA_BYTES);
}

Test(ring_open, limit_on_file_sizes_gives_an_error_and_no_signal)
{
	struct rlimit limit = { 20000, 20000 };
	struct lsp_ring r;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_expect_eq(lsp_ring_open(&r, dir, SMALL_BYTES, &identity), -EFBIG);
	cr_assert_eq(unlink(path), 0);
	cr_expect_eq(rmdir(dir), 0, "the file that was begun is gone");
	cr_assert_eq(mkdir(dir, 0700), 0);
}

Test(ring_open, unused_ring_leaves_no_file)
{
	lsp_ring_close(&ring, dir);
	cr_expect_eq(access(path, F_OK), -1);
	cr_expect_eq(put_text("late", 4), -ENOBUFS);
}

Test(ring_open, used_ring_stays_and_can_still_be_written)
{
	cr_assert_eq(put_text("x", 1), 0);
	lsp_ring_close(&ring, dir);
	cr_expect_eq(access(path, F_OK), 0);
	cr_expect_eq(put_text("a destructor's last word", 24), 0);
}

static void wait_for(pid_t pid, int status)
{
	int got = -1;
	cr_assert_eq(waitpid(pid, &got, 0), pid);
	cr_expect_eq(got, status, "%x", got);
}

Test(ring_open, forked_child_gets_its_own)
{
	cr_assert_eq(put_text("parent", 6), 0);
	uint64_t head = atomic_load(&ring.map->head);
	pid_t pid = fork();
	if (pid == 0) {
		struct lsp_ring_header *parents = ring.map;
		lsp_ring_reopen_after_fork(&ring, dir, SMALL_BYTES, &identity);
		bool good = ring.map && ring.map != parents &&
			    ring.map->pid == (uint32_t)getpid() && put_text("child", 5) == 0 &&
			    strstr(path, ring.name) == NULL;
		memset(parents, 'x', LSP_RING_HEADER_BYTES); /* a put that fork() cut in two */
		_exit(good ? 0 : 1);
	}
	wait_for(pid, 0);
	cr_expect_eq(atomic_load(&ring.map->head), head);
	cr_expect_str_eq(ring.map->magic, LSP_RING_MAGIC);
}

Test(ring_open, child_that_cannot_have_its_own_keeps_the_parents)
{
	pid_t pid = fork();
	if (pid == 0) {
		lsp_ring_reopen_after_fork(&ring, "/nowhere", SMALL_BYTES, &identity);
		lsp_ring_close(&ring, dir);
		_exit(put_text("child", 5) ? 1 : 0);
	}
	wait_for(pid, 0);
	const struct lsp_ring_log *log = at(0);
	cr_expect_eq(log->common.pid, (uint32_t)pid);
	cr_expect_eq(access(path, F_OK), 0);
}

Test(ring_open, owner_lives_as_long_as_the_mapping)
{
	int pipes[2], back[2];
	char byte, name[sizeof(ring.name)];
	cr_assert_eq(pipe(pipes) | pipe(back), 0);
	pid_t pid = fork();
	if (pid == 0) {
		lsp_ring_reopen_after_fork(&ring, dir, SMALL_BYTES, &identity);
		if (write(pipes[1], ring.name, sizeof(ring.name)) < 0)
			_exit(1);
		pause();
	}
	cr_assert_eq(read(pipes[0], name, sizeof(name)), (ssize_t)sizeof(name));
	char childs[200];
	snprintf(childs, sizeof(childs), "%s/%s", dir, name);
	int fd = open(childs, O_RDWR);
	cr_assert(fd >= 0);
	cr_expect(lsp_ring_owner_lives(fd));
	/* A grandchild without a ring of its own still writes here. */
	cr_assert_eq(kill(pid, SIGKILL), 0);
	wait_for(pid, SIGKILL);
	cr_expect_not(lsp_ring_owner_lives(fd));

	int parents = open(path, O_RDWR);
	pid = fork();
	if (pid == 0) {
		close(pipes[0]);
		munmap(ring.map, ring.map_bytes);
		close(back[1]);
		_exit(read(back[0], &byte, 1) < 0);
	}
	cr_expect(lsp_ring_owner_lives(parents));
	munmap(ring.map, ring.map_bytes);
	close(back[1]);
	wait_for(pid, 0);
	cr_expect_not(lsp_ring_owner_lives(parents));
}

Test(ring_open, counters_have_names)
{
	cr_expect_str_eq(lsp_counter_name(LSP_COUNTER_STAMPED), "stamped");
	for (unsigned i = 0; i < LSP_COUNTER_N; i++)
		cr_expect_not_null(lsp_counter_name(i));
	cr_expect_null(lsp_counter_name(LSP_COUNTER_N));
	cr_expect_null(lsp_counter_name(UINT32_MAX));
}
