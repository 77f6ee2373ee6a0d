#include "wire/ring_fixture.h"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

TestSuite(ring_hostile, .init = spool_set_up, .fini = spool_tear_down, .timeout = 60);

/* A ring that somebody made by hand: nobody has it mapped. */
static struct made {
	struct lsp_ring_header header;
	char data[SMALL_BYTES];
} made;

static void make(void)
{
	memset(&made, 0, sizeof(made));
	memcpy(made.header.magic, LSP_RING_MAGIC, 8);
	made.header.version = LSP_RING_VERSION;
	made.header.header_bytes = LSP_RING_HEADER_BYTES;
	made.header.data_bytes = SMALL_BYTES;
	made.header.key = 12345;
	strcpy(made.header.service, "made");
}

/* A log record at a position; returns it for lies. */
static struct lsp_ring_log *log_at(uint64_t position, const char *text)
{
	struct lsp_ring_log *log = (void *)(made.data + position % SMALL_BYTES);
	uint64_t size = (sizeof(*log) + strlen(text) + 7) & ~7ull;
	memset(log, 0, sizeof(*log));
	log->common.context = context;
	log->text_bytes = (uint32_t)strlen(text);
	memcpy(log + 1, text, strlen(text));
	log->common.word = lsp_ring_word(position, 12345, size, LSP_RECORD_LOG);
	if (position + size > made.header.head)
		made.header.head = position + size;
	return log;
}

static void save(const char *name, size_t bytes)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	cr_assert(fd >= 0);
	size_t part = bytes < sizeof(made) ? bytes : sizeof(made);
	cr_assert_eq(write(fd, &made, part), (ssize_t)part);
	cr_assert_eq(ftruncate(fd, (off_t)bytes), 0);
	close(fd);
}

/* The good ring beside the bad one is read; the bad one is out of the way. */
static void expect_set_aside(const char *what)
{
	char bad[160];
	open_ring();
	cr_assert_eq(put("good"), 0);
	poll_once();
	bool seen = false;
	for (size_t i = 0; i < batch.n_logs; i++)
		seen |= body_is(i, "good");
	cr_expect(seen, "%s", what);
	lsp_ring_reader_ack(reader);
	snprintf(bad, sizeof(bad), "%s/bad.ring", dir);
	cr_expect_eq(access(bad, F_OK), -1, "%s", what);
	strcat(bad, ".bad");
	struct stat st;
	cr_expect_eq(lstat(bad, &st), 0, "%s", what);
	cr_expect_eq(stats().bad_rings, 1, "%s", what);
	die();
	poll_once();
	lsp_ring_reader_ack(reader);
	lsp_ring_reader_free(reader);
	empty_spool();
	cr_assert_eq(lsp_ring_reader_new(&reader, dir), 0);
}

Test(ring_hostile, headers_that_cannot_be_are_set_aside)
{
	static const struct {
		const char *what;
		size_t offset;
		uint64_t value; /* 8 bytes there */
		size_t file_bytes; /* 0: as it should be */
	} table[] = {
#define AT(field) offsetof(struct lsp_ring_header, field)
		{ "magic", AT(magic), 0x4141414141414141, 0 },
		{ "version", AT(version), 2 | 4096ull << 32, 0 },
		{ "header bytes", AT(version), 1 | 64ull << 32, 0 },
		{ "no data", AT(data_bytes), 0, 0 },
		{ "small data", AT(data_bytes), 4096, 0 },
		{ "crooked data", AT(data_bytes), SMALL_BYTES + 8, 0 },
		{ "crooked data, and a file to match", AT(data_bytes), SMALL_BYTES + 8,
			sizeof(struct made) + 8 },
		{ "more data than file", AT(data_bytes), 2 * SMALL_BYTES, 0 },
		{ "huge data", AT(data_bytes), 1ull << 63, 0 },
		{ "head beyond the data", AT(head), SMALL_BYTES + 8, 0 },
		{ "head crooked", AT(head), 81, 0 },
		{ "head huge", AT(head), UINT64_MAX & ~7ull, 0 },
		{ "head closed and a tail", AT(tail), 8, 0 },
		{ "tail before head", AT(tail), 1 << 20, 0 },
		{ "tail huge", AT(tail), UINT64_MAX - 7, 0 },
		{ "file cut in its header", AT(pid), 0, 100 },
		{ "file cut after its header", AT(pid), 0, LSP_RING_HEADER_BYTES },
		{ "file cut in its data", AT(pid), 0, sizeof(struct made) - 1 },
		{ "file too long", AT(pid), 0, sizeof(struct made) + 1 },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		make();
		if (strcmp(table[i].what, "head closed and a tail") == 0)
			made.header.head = LSP_RING_HEAD_CLOSED;
		memcpy((char *)&made.header + table[i].offset, &table[i].value, 8);
		save("bad.ring", table[i].file_bytes ? table[i].file_bytes : sizeof(made));
		expect_set_aside(table[i].what);
	}
}

static void make_symlink(const char *at)
{
	make();
	log_at(0, "linked");
	save("target", sizeof(made));
	cr_assert_eq(symlink("target", at), 0);
}

static void make_hard_link(const char *at)
{
	make();
	log_at(0, "linked");
	save("target", sizeof(made));
	cr_assert_eq(link(path, at), 0);
}

static void make_fifo(const char *at)
{
	cr_assert_eq(mkfifo(at, 0600), 0);
}

static void make_folder(const char *at)
{
	cr_assert_eq(mkdir(at, 0700), 0);
}

static void make_socket(const char *at)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(name.sun_path, at);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	close(fd);
}

static void make_dangling(const char *at)
{
	cr_assert_eq(symlink("/nowhere/at/all", at), 0);
}

Test(ring_hostile, what_is_no_file_is_set_aside_unopened)
{
	static const struct {
		const char *what;
		void (*make)(const char *at);
	} table[] = {
		{ "symlink", make_symlink },
		{ "dangling symlink", make_dangling },
		{ "hard link", make_hard_link },
		{ "fifo", make_fifo },
		{ "folder", make_folder },
		{ "socket", make_socket },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char at[160];
		snprintf(at, sizeof(at), "%s/bad.ring", dir);
		table[i].make(at);
		expect_set_aside(table[i].what);
	}
}

Test(ring_hostile, file_that_was_set_aside_before_is_not_overwritten)
{
	make();
	made.header.version = 9;
	save("bad.ring.bad", 10);
	save("bad.ring", sizeof(made));
	struct stat st;
	for (int i = 0; i < 3; i++)
		cr_expect_eq(poll_once(), 0);
	snprintf(path, sizeof(path), "%s/bad.ring.bad", dir);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_size, 10);
	cr_expect_eq(stats().bad_rings, 1, "counted once");
}

Test(ring_hostile, records_that_lie_about_their_body_are_skipped_and_counted)
{
	static const struct {
		uint32_t text_bytes, attr_bytes;
	} table[] = {
		{ 100, 0 },
		{ 0, 100 },
		{ UINT32_MAX, 0 },
		{ 1, UINT32_MAX },
		{ UINT32_MAX, 2 },
		{ 9, 0 },
		{ 8, 1 },
	};
	size_t n = sizeof(table) / sizeof(table[0]);
	make();
	for (size_t i = 0; i < n; i++) {
		struct lsp_ring_log *log = log_at(i * 80, "8 bytes!");
		log->text_bytes = table[i].text_bytes;
		log->attr_bytes = table[i].attr_bytes;
	}
	log_at(n * 80, "good");
	save("x.ring", sizeof(made));
	cr_expect_eq(poll_once(), 1);
	cr_expect(body_is(0, "good"));
	cr_expect_eq(stats().bad_records, n);
	cr_expect_eq(stats().bad_rings, 0);
}

Test(ring_hostile, words_that_cannot_be_are_no_records)
{
	static const struct {
		const char *what;
		uint64_t size;
		unsigned type;
		unsigned bad_records; /* else it is a hole */
		uint64_t head; /* at least */
	} table[] = {
		{ "empty", 0, LSP_RECORD_LOG, 0, 0 },
		{ "less than the common part", 48, LSP_RECORD_LOG, 0, 0 },
		{ "beyond head", 4096, LSP_RECORD_LOG, 0, 0 },
		{ "larger than a record may be", 60000, LSP_RECORD_LOG, 0, 61000 },
		{ "a pad that does not reach the end", 80, LSP_RECORD_PAD, 0, 0 },
		{ "a log of the common part alone", 56, LSP_RECORD_LOG, 1, 0 },
		{ "a span without its fields", 64, LSP_RECORD_SPAN, 1, 0 },
		{ "a start without its fields", 64, LSP_RECORD_PROCESS_START, 1, 0 },
		{ "an end without its fields", 56, LSP_RECORD_PROCESS_END, 1, 0 },
		{ "of no known type", 80, 200, 1, 0 },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		make();
		struct lsp_ring_log *log = log_at(0, "8 bytes!");
		log->common.word = lsp_ring_word(0, 12345, table[i].size, table[i].type);
		log_at(table[i].bad_records ? table[i].size : 80, "good");
		if (made.header.head < table[i].head)
			made.header.head = table[i].head;
		save("x.ring", sizeof(made));
		uint64_t bad = stats().bad_records, lost = stats().lost_records;
		cr_expect_eq(poll_once(), 1, "%s", table[i].what);
		cr_expect(body_is(0, "good"), "%s", table[i].what);
		cr_expect_eq(stats().bad_records - bad, table[i].bad_records, "%s", table[i].what);
		/* … and there is nothing up to head behind the good one. */
		uint64_t holes = (table[i].bad_records == 0) + (table[i].head != 0);
		cr_expect_eq(stats().lost_records - lost, holes, "%s", table[i].what);
		lsp_ring_reader_ack(reader);
	}
}

Test(ring_hostile, text_that_looks_like_a_record_is_none_without_the_key)
{
	open_ring();
	for (int lap = 0; lap < 2; lap++) {
		char text[64];
		uint64_t head = atomic_load(&ring.map->head) + sizeof(struct lsp_ring_log);
		struct lsp_ring_line line = { .text = text, .text_bytes = sizeof(text) };
		for (size_t i = 0; i < sizeof(text); i += 8) {
			uint64_t word = lsp_ring_word(head + i, 0, 56, LSP_RECORD_LOG);
			memcpy(text + i, &word, 8);
		}
		cr_assert_eq(lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line), 0);
		atomic_store((_Atomic uint64_t *)(void *)((char *)ring.map + LSP_RING_HEADER_BYTES +
							  head - sizeof(struct lsp_ring_log)),
			0);
	}
	die();
	cr_expect_eq(poll_once(), 0);
	cr_expect_eq(stats().lost_records, 1);
}

Test(ring_hostile, file_that_is_cut_short_under_the_reader_is_set_aside)
{
	static const off_t sizes[] = { 0, 100, LSP_RING_HEADER_BYTES, LSP_RING_HEADER_BYTES + 8 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		open_ring();
		cr_assert_eq(put("one"), 0);
		cr_assert_eq(poll_once(), 1);
		cr_assert_eq(put("two"), 0);
		cr_assert_eq(truncate(path, sizes[i]), 0);
		cr_expect_eq(poll_once(), 0);
		cr_expect_eq(stats().bad_rings, i + 1);
		cr_expect_eq(stats().rings_open, 0);
		munmap(ring.map, ring.map_bytes);
	}
}

Test(ring_hostile, head_that_goes_back_or_runs_away_is_set_aside)
{
	const uint64_t heads[] = { 0, 8, 1ull << 40, UINT64_MAX, LSP_RING_HEAD_CLOSED };
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		open_ring();
		cr_assert_eq(put("one"), 0);
		cr_assert_eq(poll_once(), 1);
		lsp_ring_reader_ack(reader);
		atomic_store(&ring.map->head, heads[i]);
		cr_expect_eq(poll_once(), 0);
		cr_expect_eq(stats().bad_rings, i + 1, "%lx", heads[i]);
		die();
	}
}

Test(ring_hostile, head_that_goes_back_over_what_was_read_is_set_aside)
{
	open_ring();
	cr_assert_eq(put("one") | put("two"), 0);
	cr_assert_eq(poll_once(), 2);
	atomic_store(&ring.map->head, atomic_load(&ring.map->head) / 2);
	cr_expect_eq(poll_once(), 0);
	cr_expect_eq(stats().bad_rings, 1);
}

Test(ring_hostile, record_that_goes_beyond_the_end_of_the_data_is_none)
{
	make();
	made.header.tail = SMALL_BYTES - 80;
	struct lsp_ring_log *log = log_at(SMALL_BYTES - 80, "8 bytes!");
	log->common.word = lsp_ring_word(SMALL_BYTES - 80, 12345, 160, LSP_RECORD_LOG);
	log->text_bytes = 88;
	log_at(SMALL_BYTES + 80, "good");
	save("x.ring", sizeof(made));
	cr_expect_eq(poll_once(), 1);
	cr_expect(body_is(0, "good"));
	cr_expect_eq(stats().lost_records, 1);
}

Test(ring_hostile, lies_in_the_kept_process_are_ignored)
{
	static const uint64_t sizes[] = { 0, 8, 72, 2056, 1 << 20, 80 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make();
		struct lsp_ring_span *kept = (void *)made.header.process_start;
		kept->common.context = context;
		kept->name_bytes = 60000;
		kept->common.word = lsp_ring_word(
			LSP_RING_POSITION_START, 12345, sizes[i], LSP_RECORD_PROCESS_START);
		made.header.process_end.common.word = lsp_ring_word(
			LSP_RING_POSITION_END, 12345, 1 << 20, LSP_RECORD_PROCESS_END);
		save("x.ring", sizeof(made));
		cr_expect_eq(poll_once(), 0);
		cr_expect_eq(stats().rings_open, 0);
	}
}

Test(ring_hostile, random_bytes_do_no_harm)
{
	for (int i = 0; i < 200; i++) {
		make();
		cr_assert_eq(getrandom(made.data, sizeof(made.data), 0), sizeof(made.data));
		made.header.head = SMALL_BYTES;
		if (i % 2) {
			for (uint64_t at = 0; at + 80 <= SMALL_BYTES; at += 80)
				*(uint64_t *)(void *)(made.data + at) =
					lsp_ring_word(at, 12345, 80, 1 + (unsigned)(at / 80) % 6);
		}
		save("x.ring", sizeof(made));
		cr_assert_geq(poll_once(), 0);
		lsp_ring_reader_ack(reader);
		cr_expect_eq(stats().rings_open, 0);
	}
}
