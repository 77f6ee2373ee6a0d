/* An id in any bytes: the wide loop and the plain one must agree, and neither may read outside. */
#include "sidecar/grep_match.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 18)
		return 0;
	struct lsp_trace_key key;
	struct lsp_needle needle;
	memcpy(&key, data, sizeof(key));
	if (data[16] & 1)
		key.high = 0;
	if (data[16] & 2)
		key.low &= 0xffffff;
	if (key.low == 0)
		return 0;
	lsp_needle_init(&needle, &key, data + 8);
	size_t n = size - 17;
	char *text = malloc(n); /* on its own: the sanitizer sees each byte outside */
	memcpy(text, data + 17, n);
	/* Ids do not come about by chance: one is planted in what form the input says. */
	if (n > 64) {
		size_t at = data[17] % (n - 48);
		if (data[16] & 4)
			memcpy(text + at, needle.decimal, needle.n_decimal);
		else
			memcpy(text + at, needle.low, sizeof(needle.low));
	}
	const char *end = text + n, *wide_end = NULL, *slow_end = NULL;
	for (const char *at = text; at < end;) {
		const char *wide = lsp_needle_find(&needle, text, at, end, &wide_end);
		const char *slow = find_slowly(&needle, text, at, end, &slow_end);
		if (wide != slow || (wide && wide_end != slow_end))
			abort();
		if (!wide)
			break;
		at = wide_end;
	}
	(void)lsp_needle_has_span(&needle, text, end);
	free(text);
	return 0;
}
