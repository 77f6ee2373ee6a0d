/* A whole ring file of any bytes goes through the reader; then its owner changes it under the
 * reader and the reader looks again. The first bytes of the input say how much of the file is made
 * good, so that inputs get beyond the header. */
#include "lib/core/ring_layout.h"
#include "lib/wire/ring_reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA_BYTES (64u * 1024)
#define KEY        7

static struct {
	struct lsp_ring_header header;
	unsigned char data[DATA_BYTES];
} file;
static char dir[] = "/tmp/lsp-fuzz-ring-XXXXXX";

static void remove_dir(void)
{
	char command[64];
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command))
		abort();
}

static void make_header(void)
{
	memset(&file, 0, sizeof(file));
	memcpy(file.header.magic, LSP_RING_MAGIC, 8);
	file.header.version = LSP_RING_VERSION;
	file.header.header_bytes = LSP_RING_HEADER_BYTES;
	file.header.data_bytes = DATA_BYTES;
	file.header.key = KEY;
}

/* The input as a run of {type, size / 8, body}: each gets the word that makes it a record. */
static void make_records(const unsigned char *in, size_t n)
{
	uint64_t at = 0;
	while (n >= 2) {
		unsigned type = in[0] % (LSP_RECORD_N + 1);
		size_t size = 8 * (size_t)(1 + in[1] % 64), body = size - 8;
		if (at + size > DATA_BYTES)
			break;
		if (body > n - 2)
			body = n - 2;
		uint64_t word = lsp_ring_word(at, KEY, size, type);
		memcpy(file.data + at, &word, 8);
		memcpy(file.data + at + 8, in + 2, body);
		at += size;
		in += 2 + body;
		n -= 2 + body;
	}
	file.header.head = at;
}

static void save(int fd, size_t bytes)
{
	if (pwrite(fd, &file, bytes, 0) != (ssize_t)bytes || ftruncate(fd, (off_t)bytes))
		abort();
}

static void look(struct lsp_ring_reader *reader)
{
	struct lsp_batch batch;
	lsp_batch_init(&batch);
	int n = lsp_ring_reader_poll(reader, &batch, 100000);
	if (n < 0 || (size_t)n != batch.n_logs + batch.n_spans)
		abort();
	lsp_batch_release(&batch);
}

int LLVMFuzzerTestOneInput(const unsigned char *in, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *in, size_t n)
{
	static struct lsp_ring_reader *reader;
	char path[64], bad[80];
	if (!reader) {
		if (!mkdtemp(dir) || lsp_ring_reader_new(&reader, dir))
			abort();
		atexit(remove_dir);
	}
	if (n < 3)
		return 0;
	make_header();
	size_t bytes = sizeof(file), skip = in[1] * 16u;
	if (in[0] & 1)
		make_records(in + 3, n - 3);
	else
		memcpy((char *)&file + skip, in + 3,
			n - 3 < sizeof(file) - skip ? n - 3 : sizeof(file) - skip);
	if (in[0] & 2)
		bytes = bytes * in[2] / 256;

	snprintf(path, sizeof(path), "%s/x.ring", dir);
	snprintf(bad, sizeof(bad), "%s.bad", path);
	int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
	if (fd < 0)
		abort();
	save(fd, bytes);
	look(reader);
	if (in[0] & 4) { /* … and changes */
		memcpy(file.data + skip, in + 3, n - 3 < DATA_BYTES - skip ? n - 3 : 0);
		file.header.head = (uint64_t)in[2] * 512;
		save(fd, in[0] & 8 ? bytes / 2 : bytes);
		look(reader);
	}
	close(fd);
	lsp_ring_reader_ack(reader);
	look(reader);
	lsp_ring_reader_ack(reader);
	unlink(path);
	unlink(bad);
	look(reader);
	return 0;
}
