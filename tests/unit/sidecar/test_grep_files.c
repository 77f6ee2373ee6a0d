#include "sidecar/grep_files.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

/* A folder for one test; the test's process is in it. */
static char folder[] = "/tmp/linespan-grep-XXXXXX";

static void enter(void)
{
	cr_assert(mkdtemp(folder) && chdir(folder) == 0);
	cr_redirect_stderr();
}

static void leave(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(grep_files, .init = enter, .fini = leave);

static void put(const char *path, const void *bytes, size_t n, time_t mtime)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	struct timespec times[2] = { { mtime, 0 }, { mtime, 0 } };
	cr_assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
	futimens(fd, times);
	close(fd);
}

static void put_text(const char *path, const char *text, time_t mtime)
{
	put(path, text, strlen(text), mtime);
}

struct collected {
	char bytes[1 << 20];
	size_t n, blocks, ends_in_line;
};
static struct collected got;

static int collect(void *arg, const char *from, const char *end)
{
	struct collected *c = arg;
	size_t n = (size_t)(end - from);
	if (c->n + n <= sizeof(c->bytes))
		memcpy(c->bytes + c->n, from, n);
	c->n += n;
	c->blocks++;
	c->ends_in_line += n && end[-1] != '\n';
	return 0;
}

static int read_all(const char *path)
{
	got.n = got.blocks = got.ends_in_line = 0;
	return lsp_grep_read(path, collect, &got);
}

static void expect_bytes(const char *path, const void *bytes, size_t n)
{
	cr_expect_eq(read_all(path), 0, "%s", path);
	cr_expect(got.n == n && memcmp(got.bytes, bytes, n) == 0, "%s: %zu bytes", path, got.n);
}

static size_t pack(int format, uint8_t *out, size_t cap, const char *text, size_t n)
{
	size_t len = 0;
	if (format == 0) {
		z_stream z = { .next_in = (Bytef *)(uintptr_t)text,
			.avail_in = (uInt)n,
			.next_out = out,
			.avail_out = (uInt)cap };
		deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
		cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
		len = z.total_out;
		deflateEnd(&z);
	} else if (format == 1) {
		len = ZSTD_compress(out, cap, text, n, 1);
	} else {
		cr_assert_eq(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL,
				     (const uint8_t *)text, n, out, &len, cap),
			LZMA_OK);
	}
	return len;
}

static const char *const names[] = { "a.gz", "a.zst", "a.xz" };

Test(grep_files, reads_plain_and_compressed_files)
{
	static char text[200000];
	static uint8_t packed[300000];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 97 == 96 ? '\n' : (char)('a' + i * i % 23);
	put("plain", text, sizeof(text), 1);
	expect_bytes("plain", text, sizeof(text));
	for (int f = 0; f < 3; f++) {
		put(names[f], packed, pack(f, packed, sizeof(packed), text, sizeof(text)), 1);
		expect_bytes(names[f], text, sizeof(text));
	}
	put_text("empty", "", 1);
	expect_bytes("empty", "", 0);
	put_text("no newline", "last", 1);
	expect_bytes("no newline", "last", 4);
	put("magic only", "\x1f\x8b", 2, 1);
	cr_expect_eq(read_all("magic only"), -EBADMSG);
	cr_expect_eq(read_all("not there"), -ENOENT);
}

Test(grep_files, goes_on_with_the_next_member)
{
	static uint8_t packed[4096];
	for (int f = 0; f < 3; f++) {
		size_t n = pack(f, packed, sizeof(packed), "one\n", 4);
		n += pack(f, packed + n, sizeof(packed) - n, "two\n", 4);
		put(names[f], packed, n, 1);
		expect_bytes(names[f], "one\ntwo\n", 8);
	}
}

/* What was decompressed before the damage is not lost, and the damage is said. */
Test(grep_files, says_where_compressed_data_is_cut_or_damaged, .timeout = 30)
{
	static char text[4000];
	static uint8_t packed[8192];
	unsigned seed = 5;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 50 == 49 ? '\n' : (char)('a' + rand_r(&seed) % 26);
	for (int f = 0; f < 3; f++) {
		size_t n = pack(f, packed, sizeof(packed), text, sizeof(text));
		for (size_t cut = 7; cut < n; cut += 61) {
			put("cut", packed, cut, 1);
			cr_expect_eq(read_all("cut"), -EBADMSG, "%s cut at %zu", names[f], cut);
			cr_expect_leq(got.n, sizeof(text));
		}
		for (int round = 0; round < 200; round++) {
			size_t at = 6 + (size_t)rand_r(&seed) % (n - 6);
			uint8_t before = packed[at];
			packed[at] ^= (uint8_t)(1 + rand_r(&seed) % 255);
			put("bad", packed, n, 1);
			int rc = read_all("bad");
			cr_expect(rc == 0 || rc == -EBADMSG || rc == -ENOMEM, "%d", rc);
			packed[at] = before;
		}
	}
}

Test(grep_files, gives_whole_lines)
{
	int ends[2];
	cr_assert_eq(pipe(ends), 0);
	if (fork() == 0) {
		for (const char *p = "one\ntwo\nthr\nee"; *p; p++)
			if (write(ends[1], p, 1) != 1)
				_exit(1);
		_exit(0);
	}
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	expect_bytes("-", "one\ntwo\nthr\nee", 14);
	cr_expect_leq(got.ends_in_line, 1, "only the last block ends within a line");
	cr_expect_geq(got.blocks, 2);
}

static int truncate_and_look(void *arg, const char *from, const char *end)
{
	cr_assert_eq(truncate(arg, 0), 0);
	return *(const volatile char *)from + *(const volatile char *)(end - 1);
}

Test(grep_files, survives_a_file_that_is_truncated_meanwhile)
{
	static char text[1 << 16], name[] = "a";
	memset(text, 'x', sizeof(text));
	put("a", text, sizeof(text), 1);
	cr_expect_eq(lsp_grep_read("a", truncate_and_look, name), -ESTALE);
	expect_bytes("a", "", 0);
}

static void walk(const char *root, char out[1024])
{
	struct lsp_found_files files = { 0 };
	out[0] = 0;
	cr_assert_eq(lsp_found_files_add(&files, root), 0);
	lsp_found_files_sort(&files);
	for (size_t i = 0; i < files.n; i++)
		strcat(strcat(out, files.at[i].path), " ");
	cr_expect_eq(files.n_errors, 0);
	lsp_found_files_release(&files);
}

Test(grep_files, takes_regular_files_of_folders_oldest_first)
{
	char out[1024];
	mkdir("d", 0755);
	mkdir("d/sub", 0755);
	put_text("d/app.log", "", 300);
	put_text("d/app.log.1", "", 200);
	put_text("d/app.log.2.gz", "", 100);
	put_text("d/sub/other.log", "", 150);
	symlink("app.log", "d/current");
	symlink("nowhere", "d/dangling");
	symlink("..", "d/sub/up");
	mkfifo("d/fifo", 0600);
	walk("d", out);
	cr_expect_str_eq(out, "d/app.log.2.gz d/sub/other.log d/app.log.1 d/app.log ", "%s", out);
	walk("d/current", out);
	cr_expect_str_eq(out, "d/current ", "%s", out);
}

Test(grep_files, takes_the_higher_number_for_the_older_of_two_with_one_time)
{
	char out[1024];
	mkdir("d", 0755);
	for (int i = 9; i < 12; i++) {
		char name[32];
		snprintf(name, sizeof(name), "d/app.log.%d", i);
		put_text(name, "", 100);
	}
	put_text("d/app.log", "", 100);
	walk("d", out);
	cr_expect_str_eq(out, "d/app.log.11 d/app.log.10 d/app.log.9 d/app.log ", "%s", out);
}

static char *search(const char *id, bool count, bool names_too, int *status)
{
	static char text[4096];
	struct lsp_trace_key key;
	struct lsp_needle needle;
	struct lsp_grep_options options = { .count = count, .names = names_too };
	struct lsp_found_files files = { 0 };
	memset(text, 0, sizeof(text));
	FILE *out = fmemopen(text, sizeof(text), "w");
	cr_assert_eq(lsp_trace_key_parse(&key, lsp_slice_of(id)), 0);
	lsp_needle_init(&needle, &key, NULL);
	lsp_found_files_add(&files, "d");
	lsp_found_files_add(&files, "missing");
	files.n_errors--;
	lsp_found_files_sort(&files);
	*status = lsp_grep_files(&needle, &files, &options, out);
	fclose(out);
	lsp_found_files_release(&files);
	return text;
}

#define ID "4bf92f3577b34da6a3ce929d0e0e4736"

Test(grep_files, prints_lines_byte_for_byte)
{
	int status;
	mkdir("d", 0755);
	put_text("d/a", "no\n\033\xff " ID "\r\n" ID " twice " ID "\n", 1);
	put_text("d/b", ID, 2);
	cr_expect_str_eq(search(ID, false, false, &status),
		"\033\xff " ID "\r\n" ID " twice " ID "\n" ID "\n");
	cr_expect_eq(status, 0);
	cr_expect_str_eq(search(ID, false, true, &status),
		"d/a:\033\xff " ID "\r\nd/a:" ID " twice " ID "\nd/b:" ID "\n");
	cr_expect_str_eq(search(ID, true, false, &status), "3\n");
	cr_expect_str_eq(search(ID, true, true, &status), "d/a:2\nd/b:1\n");
	cr_expect_str_eq(search("0af7651916cd43dd8448eb211c80319c", true, false, &status), "0\n");
	cr_expect_eq(status, 1);
}

/* However a file is cut into parts, each line is in exactly one of them. */
Test(grep_files, parts_of_a_file_give_every_line_once)
{
	static const char *const texts[] = { "a\nbb\n\nccc\nd", "\n\n\n", "no newline at all",
		"one\n", "ends\nwith\none\n" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t n = strlen(texts[i]);
		put_text("parts", texts[i], 1);
		for (size_t part = 1; part <= n; part++) {
			got.n = 0;
			for (size_t from = 0; from < n; from += part)
				cr_expect_eq(lsp_grep_read_part(
						     "parts", from, from + part, collect, &got),
					0);
			cr_expect(got.n == n && memcmp(got.bytes, texts[i], n) == 0,
				"text %zu by parts of %zu: %zu bytes", i, part, got.n);
		}
	}
	cr_expect_eq(lsp_grep_read_part("parts", 4096, 8192, collect, &got), -ESTALE,
		"it was longer when it was cut");
}

/* Many files on several threads: what is printed stays in the files' order. */
Test(grep_files, prints_in_order_whoever_is_first)
{
	char name[16], line[128], *wanted = NULL, *text = NULL;
	size_t n_wanted, n_text;
	struct lsp_found_files files = { 0 };
	struct lsp_grep_options options = { .names = true };
	struct lsp_trace_key key = { 0, 0xa3ce929d0e0e4736 };
	struct lsp_needle needle;
	FILE *expected = open_memstream(&wanted, &n_wanted);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "f%03d", i);
		snprintf(line, sizeof(line), "line %d trace_id=a3ce929d0e0e4736\n", i);
		put_text(name, line, 1000 + i);
		fprintf(expected, "%s:%s", name, line);
		cr_assert_eq(lsp_found_files_add(&files, name), 0);
	}
	fclose(expected);
	lsp_found_files_sort(&files);
	lsp_needle_init(&needle, &key, NULL);
	FILE *out = open_memstream(&text, &n_text);
	cr_expect_eq(lsp_grep_files(&needle, &files, &options, out), 0);
	fclose(out);
	cr_expect(n_text == n_wanted && memcmp(text, wanted, n_text) == 0, "%.200s", text);
	free(text);
	free(wanted);
	lsp_found_files_release(&files);
}
