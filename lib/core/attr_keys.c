#include "attr_keys.h"
#include "ring.h"

#include <string.h>

#define NAME_BYTES_MAX 255
#define ENTRY_BYTES    2 /* before the value */

static bool is_named(const char *name, size_t n, const char *want)
{
	return n == strlen(want) && memcmp(name, want, n) == 0;
}

static bool is_usable(const char *name, size_t n)
{
	static const char own[] = "linespan.";

	if (n == 0 || n > NAME_BYTES_MAX || memchr(name, 0, n))
		return false;
	if (n >= sizeof(own) - 1 && memcmp(name, own, sizeof(own) - 1) == 0)
		return false;
	return !is_named(name, n, "service.name") && !is_named(name, n, "log.iostream");
}

void lsp_attr_keys_add(struct lsp_attr_keys *keys, const char *name, size_t n)
{
	if (keys->n >= LSP_ATTR_KEYS_MAX)
		return;
	if (keys->used == 0)
		keys->used = 1; /* place 0 is the empty name */
	keys->at[keys->n] = 0;
	if (is_usable(name, n) && n + 1 <= LSP_ATTR_KEYS_BYTES - (size_t)keys->used) {
		keys->at[keys->n] = keys->used;
		memcpy(keys->text + keys->used, name, n);
		keys->text[keys->used + n] = 0;
		keys->used = (uint16_t)(keys->used + n + 1);
	}
	keys->n++;
}

/* Tracers without a local root span write zeros. */
static bool is_id_of_none(const char *key, const uint8_t *value, size_t n)
{
	size_t length = strlen(key);

	if (n == 0 || length < 3 || memcmp(key + length - 3, "_id", 3) != 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (value[i] != '0')
			return false;
	return n == LSP_SPAN_ID_HEX || n == LSP_TRACE_ID_HEX;
}

static void put(const struct lsp_attr_keys *keys, uint8_t number, const uint8_t *value, size_t n,
	uint8_t *buf, size_t cap, size_t *used)
{
	char key[NAME_BYTES_MAX + 1];
	size_t at = keys->at[number];

	if (at == 0 || at >= LSP_ATTR_KEYS_BYTES)
		return;
	/* A copy: it has an end whatever becomes of the names. */
	size_t length = strnlen(keys->text + at, LSP_ATTR_KEYS_BYTES - at);
	if (length > NAME_BYTES_MAX)
		return;
	memcpy(key, keys->text + at, length);
	key[length] = 0;
	if (!is_id_of_none(key, value, n))
		(void)lsp_attr_put_string(buf, cap, used, key, (const char *)value, n);
}

size_t lsp_attr_keys_put(
	const struct lsp_attr_keys *keys, const uint8_t *attrs, size_t n, uint8_t *buf, size_t cap)
{
	uint16_t last[LSP_ATTR_KEYS_MAX] = { 0 }; /* where a number's last entry is, + 1 */
	size_t used = 0, end = 0;

	if (n > UINT16_MAX)
		n = UINT16_MAX;
	while (end + ENTRY_BYTES <= n && end + ENTRY_BYTES + attrs[end + 1] <= n) {
		last[attrs[end]] = (uint16_t)(end + 1);
		end += ENTRY_BYTES + attrs[end + 1];
	}
	for (size_t i = 0; i < end; i += ENTRY_BYTES + attrs[i + 1]) {
		uint8_t number = attrs[i];

		if (number < keys->n && last[number] == i + 1)
			put(keys, number, attrs + i + ENTRY_BYTES, attrs[i + 1], buf, cap, &used);
	}
	return used;
}
