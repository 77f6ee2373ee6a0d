#include "frame_line.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define OFFSET_CHARS_MAX 16

/* The last "+0x": a path may have one, too. */
static const char *find_plus(struct lsp_slice line)
{
	for (size_t i = line.len; i-- > 0;)
		if (line.len - i > 3 && memcmp(line.at + i, "+0x", 3) == 0)
			return line.at + i;
	return NULL;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_build_id(const char *at, size_t n)
{
	if (n == 0 || n > LSP_FRAME_BUILD_ID_CHARS)
		return false;
	for (size_t i = 0; i < n; i++)
		if (digit_of(at[i]) < 0)
			return false;
	return true;
}

int lsp_frame_line_parse(struct lsp_frame_line *ret, struct lsp_slice line)
{
	const char *plus = find_plus(line), *end = line.at + line.len;
	size_t path = plus ? (size_t)(plus - line.at) : 0, n = 0;
	uint64_t offset = 0;
	if (path == 0 || path >= sizeof(ret->path) || memchr(line.at, 0, path))
		return -EINVAL;
	const char *p = plus + 3;
	for (; p < end && digit_of(*p) >= 0; p++, n++)
		offset = offset << 4 | (uint64_t)digit_of(*p);
	if (n == 0 || n > OFFSET_CHARS_MAX)
		return -EINVAL;
	if (p < end && (*p != ' ' || !is_build_id(p + 1, (size_t)(end - p) - 1)))
		return -EINVAL;
	size_t id = p < end ? (size_t)(end - p) - 1 : 0;
	memcpy(ret->path, line.at, path);
	ret->path[path] = 0;
	ret->offset = offset;
	memcpy(ret->build_id, p + (id > 0), id);
	ret->build_id[id] = 0;
	return 0;
}
