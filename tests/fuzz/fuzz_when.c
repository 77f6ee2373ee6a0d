/* Times, durations, sizes, addresses: any text, and ret is touched on success only. */
#include "../../sidecar/address.c"
#include "../../sidecar/when.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int rc, uint64_t value, uint64_t before)
{
	if ((rc != 0 && rc != -EINVAL && rc != -ERANGE) || (rc && value != before))
		abort();
}

/* What is written can be read, and means the same. */
static void check_address(const char *text)
{
	struct lsp_address a, again;
	char said[LSP_ADDRESS_CHARS];
	(void)lsp_address_host_is_loopback(text);
	if (lsp_address_parse(&a, text))
		return;
	lsp_address_format(&a, said);
	if (lsp_address_parse(&again, said) || a.len != again.len ||
		memcmp(&a.any, &again.any, a.len) != 0 ||
		lsp_address_is_loopback(&a) != lsp_address_is_loopback(&again))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t before = 0x5aa5, now = 1763933400000000000u;
	char *text = malloc(size + 1); /* exactly as long, so that the sanitizer sees its end */
	uint64_t value = before;
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	int rc = lsp_when_parse(text, now, &value);
	check(rc, value, before);
	value = before;
	rc = lsp_duration_parse(text, &value);
	check(rc, value, before);
	value = before;
	rc = lsp_size_parse(text, &value);
	check(rc, value, before);
	check_address(text);
	free(text);
	return 0;
}
