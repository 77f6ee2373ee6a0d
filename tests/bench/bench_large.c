/* bench_large DIR MILLIONS: a store of so many million log records of 185 bytes and half as many
 * spans with ten attributes, eight logs and four spans a trace; then what look-ups cost. Prints
 * name=value, one a line. */
#include "intake/load.h"

#include "lib/store/store.h"
#include "lib/wire/otlp_encode.h"
#include "lib/wire/otlp_proto.h"

#include <fcntl.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOGS_PER_BATCH 4096
#define LOOKUPS_WARM   3000
#define LOOKUPS_COLD   300
#define MILLION        1000000.0
#define WEIGHED_LOGS   (128u * LOGS_PER_BATCH)

static const char *dir;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct lsp_store *open_store(uint64_t partition_rows)
{
	struct lsp_store_config config = { .data_dir = dir, .partition_rows = partition_rows };
	char why[LSP_STORE_WHY_BYTES] = "";
	struct lsp_store *s = NULL;

	if (lsp_store_open(&s, &config, why)) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	return s;
}

static void write_body(struct lsp_store *s, const struct body *body,
	int (*read)(struct lsp_batch *, struct lsp_slice, struct lsp_otlp_result *))
{
	struct lsp_otlp_result result;
	struct lsp_batch b;
	int r;

	lsp_batch_init(&b);
	r = read(&b, (struct lsp_slice){ body->at, body->len }, &result);
	if (r == 0)
		r = lsp_store_write(s, &b);
	lsp_batch_release(&b);
	if (r) {
		fprintf(stderr, "write: %s\n", strerror(-r));
		exit(1);
	}
}

/* A span with the rare attribute. */
static void add_rare_span(struct lsp_batch *b, uint32_t origin)
{
	struct lsp_span_row *row = lsp_batch_add_span(b);
	struct lsp_buf attrs, encoded;

	load_trace_id(0, row->trace_id);
	memcpy(row->span_id, row->trace_id, sizeof(row->span_id));
	row->start_ns = (uint64_t)time(NULL) * 1000000000u;
	row->end_ns = row->start_ns + 1000;
	row->name = LSP_SLICE("GET /store");
	row->origin = origin;
	lsp_buf_init(&attrs, 1024);
	lsp_buf_init(&encoded, 1024);
	lsp_pb_attr_string(&attrs, 9, LSP_SLICE("url.path"), LSP_SLICE("/store/unobtainium"));
	lsp_otlp_encode_span(
		&encoded, row, (struct lsp_slice){ attrs.at, attrs.len }, LSP_SLICE(""));
	lsp_batch_copy(b, (struct lsp_slice){ encoded.at, encoded.len }, &row->encoded);
	lsp_buf_release(&attrs);
	lsp_buf_release(&encoded);
}

/* The rare word is a record of its own in the middle. */
static void write_rare(struct lsp_store *s)
{
	struct lsp_batch b;
	uint32_t origin;
	struct lsp_log_row *row;

	lsp_batch_init(&b);
	lsp_batch_add_origin(&b, &origin)->service = LSP_SLICE("orders");
	row = lsp_batch_add_log(&b);
	row->time_ns = (uint64_t)time(NULL) * 1000000000u;
	row->body = LSP_SLICE("found unobtainium in store 12");
	row->encoded = LSP_SLICE("");
	row->origin = origin;
	add_rare_span(&b, origin);
	if (lsp_store_write(s, &b))
		exit(1);
	lsp_batch_release(&b);
}

static uint64_t write_all(struct lsp_store *s, double millions)
{
	struct body logs = body_make(LOAD_LOGS, LOGS_PER_BATCH);
	struct body spans = body_make(LOAD_SPANS, LOGS_PER_BATCH / 2);
	uint64_t batches = (uint64_t)(millions * MILLION / LOGS_PER_BATCH), trace = 1;
	uint64_t per_million = (uint64_t)(MILLION / LOGS_PER_BATCH / 1.5);
	double began = seconds(), first = 0, last = 0;

	for (uint64_t i = 0; i < batches; i++) {
		body_renew(&logs, trace);
		body_renew(&spans, trace);
		trace += LOGS_PER_BATCH / ROWS_PER_TRACE;
		write_body(s, &logs, lsp_otlp_proto_logs);
		write_body(s, &spans, lsp_otlp_proto_traces);
		if (i == batches / 2)
			write_rare(s);
		lsp_store_tick(s, (uint64_t)time(NULL) * 1000000000u);
		if (i + 1 == per_million)
			first = seconds() - began;
		if (i + 1 == batches - per_million)
			last = -seconds();
	}
	last += seconds();
	printf("first_per_s=%.0f last_to_first=%.2f\n", MILLION / first, first / last);
	return trace;
}

static int files(const char *suffix, bool forget_cache)
{
	char path[4200];
	DIR *d;
	struct dirent *e;
	int n = 0;

	snprintf(path, sizeof(path), "%s/store", dir);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		size_t len = strlen(e->d_name);
		int fd;

		if (len < strlen(suffix) || strcmp(e->d_name + len - strlen(suffix), suffix) != 0)
			continue;
		n++;
		snprintf(path, sizeof(path), "%s/store/%s", dir, e->d_name);
		fd = forget_cache ? open(path, O_RDONLY) : -1;
		if (fd >= 0) {
			fdatasync(fd);
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
			close(fd);
		}
	}
	if (d)
		closedir(d);
	return n;
}

static void wait_for_sealing(struct lsp_store *s)
{
	double began = seconds();

	while (files("Z.db", false) > 1 && seconds() - began < 1200) {
		lsp_store_tick(s, (uint64_t)time(NULL) * 1000000000u);
		usleep(50000);
	}
	printf("sealing_s=%.1f hot_left=%d\n", seconds() - began, files("Z.db", false));
}

static uint64_t sealed_bytes(void)
{
	char command[4300];
	uint64_t bytes = 0;
	FILE *said;

	snprintf(command, sizeof(command), "cat %s/store/*.sealed.db | wc -c", dir);
	said = popen(command, "r");
	if (!said || fscanf(said, "%lu", &bytes) != 1)
		exit(1);
	pclose(said);
	return bytes;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void look_up(struct lsp_store *s, const char *name, uint64_t traces, size_t n, bool cold)
{
	double *took = calloc(n, sizeof(*took));
	size_t rows = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t id[16];
		struct lsp_trace_key key;
		struct lsp_trace *t = NULL;
		double start;

		load_trace_id(1 + (i * 2654435761u) % (traces - 1), id);
		lsp_trace_key_of(&key, id);
		if (cold)
			files(".db", true);
		start = seconds();
		if (lsp_store_trace(s, &key, &t) == 0)
			rows += t->n_spans + t->n_logs;
		lsp_trace_free(t);
		took[i] = (seconds() - start) * 1e3;
	}
	qsort(took, n, sizeof(*took), compare);
	printf("%s_p50_ms=%.2f %s_p99_ms=%.2f rows=%.1f\n", name, took[n / 2], name,
		took[n * 99 / 100], (double)rows / (double)n);
	free(took);
}

static int count(void *arg, const struct lsp_log *log)
{
	(void)log;
	++*(int *)arg;
	return 0;
}

static void find_word(struct lsp_store *s, const char *name)
{
	struct lsp_log_query q = { .text = "unobtainium", .limit = 100 };
	double start = seconds();
	int n = 0;

	(void)lsp_store_logs(s, &q, count, &n, NULL);
	printf("%s_ms=%.1f found=%d\n", name, (seconds() - start) * 1e3, n);
}

static int count_traces(void *arg, const struct lsp_trace_summary *t)
{
	(void)t;
	++*(int *)arg;
	return 0;
}

static void find_attribute(struct lsp_store *s, const char *name)
{
	struct lsp_trace_query q = { .limit = 100 };
	double start = seconds();
	int n = 0;

	lsp_attrs_add_text(&q.attrs, "url.path=/store/unobtainium", '=');
	(void)lsp_store_search(s, &q, count_traces, &n);
	printf("%s_ms=%.1f found=%d\n", name, (seconds() - start) * 1e3, n);
}

/* What a log record takes once it is sealed: of a store of logs only. */
static void weigh_logs(void)
{
	struct body logs = body_make(LOAD_LOGS, LOGS_PER_BATCH);
	struct lsp_store_stats before, after;
	struct lsp_store *s;
	char logs_dir[4200];

	snprintf(logs_dir, sizeof(logs_dir), "%s-logs", dir);
	dir = logs_dir;
	s = open_store(WEIGHED_LOGS);
	for (uint64_t row = 0; row <= WEIGHED_LOGS; row += LOGS_PER_BATCH) {
		body_renew(&logs, 1 + row / ROWS_PER_TRACE);
		write_body(s, &logs, lsp_otlp_proto_logs);
	}
	lsp_store_get_stats(s, &before);
	wait_for_sealing(s);
	lsp_store_get_stats(s, &after);
	printf("bytes_per_log=%.1f hot_log_bytes=%.1f\n",
		(double)sealed_bytes() / (double)WEIGHED_LOGS,
		(double)before.disk_bytes / (double)before.logs);
	lsp_store_free(s);
}

int main(int argc, char **argv)
{
	struct lsp_store_stats stats;
	struct lsp_store *s;
	uint64_t traces;
	double start;

	if (argc < 3)
		return 2;
	dir = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	s = open_store(0);
	traces = write_all(s, atof(argv[2]));
	find_word(s, "rare_while_sealing");
	find_attribute(s, "attribute_while_sealing");
	wait_for_sealing(s);
	lsp_store_free(s);
	start = seconds();
	s = open_store(0);
	printf("open_ms=%.0f\n", (seconds() - start) * 1e3);
	look_up(s, "warming", traces, LOOKUPS_WARM, false);
	look_up(s, "warm", traces, LOOKUPS_WARM, false);
	look_up(s, "cold", traces, LOOKUPS_COLD, true);
	find_word(s, "rare");
	find_word(s, "rare_again");
	files(".db", true);
	find_attribute(s, "attribute");
	find_attribute(s, "attribute_again");
	if (lsp_store_get_stats(s, &stats) == 0)
		printf("disk_bytes=%llu logs=%llu spans=%llu partitions=%llu\n",
			(unsigned long long)stats.disk_bytes, (unsigned long long)stats.logs,
			(unsigned long long)stats.spans, (unsigned long long)stats.partitions);
	lsp_store_free(s);
	weigh_logs();
	return 0;
}
