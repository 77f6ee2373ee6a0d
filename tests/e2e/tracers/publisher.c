/* A library that publishes contexts as tracers do. Built once per format: -DOTEL, -DELASTIC,
 * -DLABELS; it knows nothing of the shim. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

static void ids_of(unsigned char n, unsigned char trace[16], unsigned char span[8])
{
	memset(trace, n, 16);
	memset(span, (unsigned char)(n + 0x80), 8);
}

#if defined(OTEL)
EXPORT __thread void *otel_thread_ctx_v1;
static __thread unsigned char record[640] __attribute__((aligned(2)));

EXPORT void publish(unsigned char n)
{
	volatile unsigned char *valid = &record[24];
	*valid = 0;
	otel_thread_ctx_v1 = n ? record : NULL;
	ids_of(n, record, record + 16);
	record[25] = 1;
	*valid = n != 0;
}
#elif defined(ELASTIC)
EXPORT __thread void *elastic_apm_profiling_correlation_tls_v1;
static __thread unsigned char record[37];

EXPORT void publish(unsigned char n)
{
	elastic_apm_profiling_correlation_tls_v1 = record;
	record[0] = 1;
	record[2] = 0;
	record[3] = n != 0;
	record[4] = 1;
	ids_of(n, record + 5, record + 21);
	record[2] = 7; /* any number but 0 */
}
#elif defined(LABELS)
struct label {
	size_t key_bytes;
	const char *key;
	size_t value_bytes;
	const char *value;
};
struct set {
	struct label *storage;
	size_t count, capacity;
};
EXPORT uint32_t custom_labels_abi_version = LABELS;
EXPORT __thread struct set *custom_labels_current_set;
static __thread char digits[2][33];
static __thread struct label labels[8];
static __thread struct set set;

static void put(unsigned char n, size_t bytes, char *out)
{
	for (size_t i = 0; i < 2 * bytes; i++)
		out[i] = "0123456789abcdef"[i % 2 ? n & 15 : n >> 4];
}

EXPORT void publish(unsigned char n)
{
	set = (struct set){ labels, n ? 4 : 1, 8 };
	put(n, 16, digits[0]);
	put((unsigned char)(n + 0x80), 8, digits[1]);
	labels[0] = (struct label){ 4, "user", 3, "ada" };
	labels[1] = (struct label){ 0, NULL, 0, NULL };
	labels[2] = (struct label){ 8, "trace_id", 32, digits[0] };
	labels[3] = (struct label){ 7, "span_id", 16, digits[1] };
	custom_labels_current_set = &set;
}
#endif

/* So much that no surplus of static TLS has room for it. */
#ifdef BIG
EXPORT __thread char big[200000];
#endif
