#include "ring.h"

#include <errno.h>

#define KEY_BYTES_MAX   255
#define VALUE_BYTES_MAX 65535

static int put(uint8_t *buf, size_t cap, size_t *used, enum lsp_attr_type type, const char *key,
	const void *value, size_t value_bytes)
{
	size_t key_bytes = strnlen(key, KEY_BYTES_MAX);
	if (value_bytes > VALUE_BYTES_MAX)
		value_bytes = VALUE_BYTES_MAX;
	if (*used > cap || 4 + key_bytes + value_bytes > cap - *used)
		return -ENOSPC;
	uint8_t *p = buf + *used;
	uint16_t stored = (uint16_t)value_bytes;
	p[0] = (uint8_t)type;
	p[1] = (uint8_t)key_bytes;
	memcpy(p + 2, &stored, sizeof(stored));
	memcpy(p + 4, key, key_bytes);
	if (value_bytes)
		memcpy(p + 4 + key_bytes, value, value_bytes);
	*used += 4 + key_bytes + value_bytes;
	return 0;
}

int lsp_attr_put_string(uint8_t *buf, size_t cap, size_t *used, const char *key, const char *value,
	size_t value_bytes)
{
	return put(buf, cap, used, LSP_ATTR_STRING, key, value, value_bytes);
}

int lsp_attr_put_int(uint8_t *buf, size_t cap, size_t *used, const char *key, int64_t value)
{
	return put(buf, cap, used, LSP_ATTR_INT, key, &value, sizeof(value));
}

int lsp_attr_put_bool(uint8_t *buf, size_t cap, size_t *used, const char *key, bool value)
{
	uint8_t byte = value;
	return put(buf, cap, used, LSP_ATTR_BOOL, key, &byte, sizeof(byte));
}

int lsp_attr_put_double(uint8_t *buf, size_t cap, size_t *used, const char *key, double value)
{
	return put(buf, cap, used, LSP_ATTR_DOUBLE, key, &value, sizeof(value));
}
