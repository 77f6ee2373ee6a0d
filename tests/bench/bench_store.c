/* The embedded store: rows a second into a growing partition, and look-ups by trace id.
 *
 * bench_store DIR MILLIONS: prints one line a measurement, name=value. Rows look like those of
 * a web service: 250 bytes of encoded attributes, five rows a trace, interleaved over a window of
 * 5000. */
#include "lib/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define BATCH_ROWS 2000
#define PER_TRACE  5
#define WINDOW     1000
#define LOOKUPS    2000
#define BLOB_BYTES 250

static const char *dir;
static char payload[BLOB_BYTES];

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* The trace of the row with this number. */
static uint64_t trace_of(uint64_t row)
{
	return row / (PER_TRACE * WINDOW) * WINDOW + row % WINDOW;
}

static void set_id(uint8_t *id, uint64_t number)
{
	uint64_t words[2] = { mix(number), mix(number + 0x9E3779B97F4A7C15ull) };

	memcpy(id, words, sizeof(words));
}

static void fill(struct lsp_batch *b, uint64_t first, bool logs)
{
	struct timespec now;
	uint32_t origin;
	struct lsp_origin *o = lsp_batch_add_origin(b, &origin);

	o->service = LSP_SLICE("checkout");
	clock_gettime(CLOCK_REALTIME, &now);
	for (uint64_t row = first; row < first + BATCH_ROWS; row++) {
		uint64_t t = (uint64_t)now.tv_sec * 1000000000u + row, span = mix(row);

		if (logs) {
			struct lsp_log_row *l = lsp_batch_add_log(b);

			set_id(l->trace_id, trace_of(row));
			memcpy(l->span_id, &span, sizeof(span));
			l->time_ns = t;
			l->severity = row % 100 ? 9 : 17;
			l->body = LSP_SLICE(
				"order 4711: 3 items reserved in store 12, next step is payment");
			l->encoded = (struct lsp_slice){ payload, BLOB_BYTES / 2 };
			l->origin = origin;
		} else {
			struct lsp_span_row *s = lsp_batch_add_span(b);

			set_id(s->trace_id, trace_of(row));
			memcpy(s->span_id, &span, sizeof(span));
			s->start_ns = t;
			s->end_ns = t + 1000;
			s->kind = LSP_KIND_SERVER;
			s->name = LSP_SLICE("GET /cart/items");
			s->encoded = (struct lsp_slice){ payload, BLOB_BYTES };
			s->origin = origin;
		}
	}
}

static struct lsp_store *open_store(bool read_only)
{
	struct lsp_store_config config = { .data_dir = dir, .read_only = read_only };
	char why[LSP_STORE_WHY_BYTES] = "";
	struct lsp_store *s = NULL;

	if (lsp_store_open(&s, &config, why)) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	return s;
}

static void write_rows(struct lsp_store *s, uint64_t from, uint64_t to, bool logs)
{
	const char *what = logs ? "log" : "span";
	double began = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID),
	       slowest = 0;

	for (uint64_t row = from; row < to; row += BATCH_ROWS) {
		double start = seconds(CLOCK_MONOTONIC), took;
		struct lsp_batch b;
		int r;

		lsp_batch_init(&b);
		fill(&b, row, logs);
		r = lsp_store_write(s, &b);
		lsp_batch_release(&b);
		if (r) {
			fprintf(stderr, "write: %s\n", strerror(-r));
			exit(1);
		}
		lsp_store_tick(s, (uint64_t)time(NULL) * 1000000000u);
		took = seconds(CLOCK_MONOTONIC) - start;
		slowest = took > slowest ? took : slowest;
	}
	printf("%s_rows_per_s=%.0f %s_rows_per_cpu_s=%.0f slowest_batch_ms=%.1f at_rows=%llu\n",
		what, (double)(to - from) / (seconds(CLOCK_MONOTONIC) - began), what,
		(double)(to - from) / (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu), slowest * 1e3,
		(unsigned long long)to);
	fflush(stdout);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void look_up(struct lsp_store *s, const char *who, uint64_t rows)
{
	static double took[LOOKUPS];
	size_t found = 0;

	for (size_t i = 0; i < LOOKUPS; i++) {
		uint8_t id[LSP_TRACE_ID_BYTES];
		struct lsp_trace_key key;
		struct lsp_trace *t = NULL;
		double start = seconds(CLOCK_MONOTONIC);

		set_id(id, trace_of(mix(i) % rows));
		lsp_trace_key_of(&key, id);
		if (lsp_store_trace(s, &key, &t) == 0)
			found += t->n_spans + t->n_logs > 0;
		lsp_trace_free(t);
		took[i] = seconds(CLOCK_MONOTONIC) - start;
	}
	qsort(took, LOOKUPS, sizeof(took[0]), compare);
	printf("lookup_%s_p50_us=%.0f p99_us=%.0f found=%zu/%d\n", who, took[LOOKUPS / 2] * 1e6,
		took[LOOKUPS * 99 / 100] * 1e6, found, LOOKUPS);
}

static int count_log(void *arg, const struct lsp_log *log)
{
	(void)log;
	++*(int *)arg;
	return 0;
}

static int count_trace(void *arg, const struct lsp_trace_summary *t)
{
	(void)t;
	++*(int *)arg;
	return 0;
}

static void ask(struct lsp_store *s)
{
	const struct {
		const char *name;
		struct lsp_log_query q;
	} cases[] = {
		{ "newest_100_logs", { .limit = 100 } },
		{ "newest_100_errors", { .limit = 100, .min_severity = 17 } },
		{ "word_that_is_nowhere", { .limit = 100, .text = "unobtainium" } },
	};
	double start;
	int n;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start = seconds(CLOCK_MONOTONIC);
		n = 0;
		(void)lsp_store_logs(s, &cases[i].q, count_log, &n, NULL);
		printf("%s_ms=%.2f n=%d\n", cases[i].name, (seconds(CLOCK_MONOTONIC) - start) * 1e3,
			n);
	}
	start = seconds(CLOCK_MONOTONIC);
	n = 0;
	(void)lsp_store_search(s, &(struct lsp_trace_query){ .limit = 20 }, count_trace, &n);
	printf("newest_20_traces_ms=%.2f n=%d\n", (seconds(CLOCK_MONOTONIC) - start) * 1e3, n);
}

int main(int argc, char **argv)
{
	double millions = argc > 2 ? atof(argv[2]) : 1;
	uint64_t rows = (uint64_t)(millions * 1e6) / BATCH_ROWS * BATCH_ROWS;
	struct lsp_store_stats stats;
	struct lsp_store *s, *reader;
	struct rusage usage;

	if (argc < 2)
		return 2;
	dir = argv[1];
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (char)mix(i);
	s = open_store(false);
	for (uint64_t i = 0; i < 4; i++)
		write_rows(s, rows / 4 * i, rows / 4 * (i + 1), false);
	write_rows(s, 0, rows, true);
	look_up(s, "writer", rows);
	reader = open_store(true);
	look_up(reader, "other_handle", rows);
	lsp_store_free(reader);
	ask(s);
	if (lsp_store_get_stats(s, &stats) == 0)
		printf("bytes_per_row=%.0f partitions=%llu\n",
			(double)stats.disk_bytes / (double)(stats.spans + stats.logs),
			(unsigned long long)stats.partitions);
	lsp_store_free(s);
	getrusage(RUSAGE_SELF, &usage);
	printf("peak_rss_mb=%ld\n", usage.ru_maxrss / 1024);
	return 0;
}
