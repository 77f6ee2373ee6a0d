/* Asking an index of attributes. What comes from disk may be damaged: nothing is read past its end.
 */
#include "attr_index.h"

#include "../../wire/otlp_attr_hash.h"

#include <stdlib.h>

struct asking {
	sqlite3_stmt *get;
	unsigned bits; /* of a bucket */
	size_t n_blocks;
};

static bool take_varint(struct lsp_slice *list, uint32_t *ret)
{
	uint32_t value = 0;

	for (unsigned shift = 0; list->len && shift < 35; shift += 7) {
		uint8_t byte = (uint8_t)*list->at++;

		list->len--;
		value |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = value;
			return true;
		}
	}
	return false;
}

/* Sets the bits of the blocks of one number, or passes over them. */
static bool take_blocks(
	const struct asking *a, struct lsp_slice *list, uint32_t n, bool wanted, uint8_t *ret)
{
	uint32_t block = 0, step;

	for (uint32_t i = 0; i < n; i++) {
		if (!take_varint(list, &step))
			return false;
		block += step;
		if (block == 0 || block > a->n_blocks)
			return false;
		if (wanted)
			ret[(block - 1) / 8] |= (uint8_t)(1u << (block - 1) % 8);
	}
	return true;
}

/* False when the list is damaged. */
static bool search(const struct asking *a, struct lsp_slice list, uint32_t number, uint8_t *ret)
{
	uint32_t here = number >> (LSP_ATTR_INDEX_BITS - a->bits)
					  << (LSP_ATTR_INDEX_BITS - a->bits);

	while (list.len && here <= number) {
		uint32_t step, n = 1;

		if (!take_varint(&list, &step) || (step & 1 && !take_varint(&list, &n)))
			return false;
		here += step / 2;
		if (!take_blocks(a, &list, n, here == number, ret))
			return false;
	}
	return true;
}

static int get_list(struct asking *a, int64_t bucket, struct lsp_slice *ret)
{
	int code;

	sqlite3_reset(a->get);
	sqlite3_bind_int64(a->get, 1, bucket);
	code = sqlite3_step(a->get);
	*ret = (struct lsp_slice){ NULL, 0 };
	if (code == SQLITE_ROW)
		*ret = (struct lsp_slice){ sqlite3_column_blob(a->get, 0),
			(size_t)sqlite3_column_bytes(a->get, 0) };
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Adds the blocks of every number that the attribute may have. */
static int find_one(struct asking *a, const struct lsp_attr *wanted, uint8_t *ret)
{
	uint32_t hashes[LSP_ATTR_HASHES_MAX];
	size_t n = lsp_otlp_wanted_hashes(wanted, hashes);

	for (size_t i = 0; i < n; i++) {
		uint32_t number = hashes[i] >> (32 - LSP_ATTR_INDEX_BITS);
		struct lsp_slice list;
		int code = get_list(a, number >> (LSP_ATTR_INDEX_BITS - a->bits), &list);

		if (code != SQLITE_OK)
			return code;
		if (!search(a, list, number, ret))
			return SQLITE_CORRUPT_VTAB;
	}
	return SQLITE_OK;
}

/* What a span has from its columns, too, the index does not know. */
static bool is_in_index(enum lsp_rows_kind kind, const struct lsp_attr *a)
{
	return kind != LSP_ROWS_SPAN || !(lsp_slice_equal(a->key, LSP_SLICE("error")) ||
						lsp_slice_equal(a->key, LSP_SLICE("span.kind")));
}

static int find_all(
	struct asking *a, enum lsp_rows_kind kind, const struct lsp_attrs *wanted, uint8_t *ret)
{
	size_t bytes = (a->n_blocks + 7) / 8;
	uint8_t *one = malloc(bytes + 1);
	int code = one ? SQLITE_OK : SQLITE_NOMEM;

	memset(ret, 0xff, bytes);
	for (size_t i = 0; code == SQLITE_OK && i < wanted->n; i++) {
		if (!is_in_index(kind, &wanted->at[i]))
			continue;
		memset(one, 0, bytes);
		code = find_one(a, &wanted->at[i], one);
		for (size_t k = 0; k < bytes; k++)
			ret[k] &= one[k];
	}
	free(one);
	return code;
}

/* Returns SQLITE_ERROR, too, when the file has no such table. */
static int prepare(struct asking *a, sqlite3 *db, const char *table)
{
	sqlite3_stmt *count = NULL;
	char sql[128];
	int code;

	sqlite3_snprintf(
		sizeof(sql), sql, "SELECT list FROM main.%s_attrs WHERE bucket = ?", table);
	code = sqlite3_prepare_v2(db, sql, -1, &a->get, NULL);
	if (code != SQLITE_OK)
		return code;
	sqlite3_snprintf(sizeof(sql), sql, "SELECT max(id) FROM main.%s_block", table);
	code = sqlite3_prepare_v2(db, sql, -1, &count, NULL);
	if (code == SQLITE_OK && (code = sqlite3_step(count)) == SQLITE_ROW) {
		a->n_blocks = (size_t)sqlite3_column_int64(count, 0);
		code = SQLITE_OK;
	}
	sqlite3_finalize(count);
	return code;
}

int lsp_attr_index_find(sqlite3 *db, enum lsp_rows_kind kind, const struct lsp_attrs *wanted,
	uint8_t **ret, size_t *ret_n)
{
	struct asking a = { .bits = 0 };
	struct lsp_slice head = { NULL, 0 };
	int code = prepare(&a, db, lsp_rows_layouts[kind].table);
	bool has_table = code != SQLITE_ERROR;

	*ret = NULL;
	if (code == SQLITE_OK)
		code = get_list(&a, -1, &head);
	a.bits = head.len == 1 ? (uint8_t)head.at[0] : LSP_ATTR_INDEX_BITS;
	if (code == SQLITE_OK && head.len && a.bits >= LSP_ATTR_INDEX_BITS)
		code = SQLITE_CORRUPT_VTAB;
	if (code == SQLITE_OK && head.len) {
		*ret = malloc(a.n_blocks / 8 + 1);
		*ret_n = a.n_blocks;
		code = *ret ? find_all(&a, kind, wanted, *ret) : SQLITE_NOMEM;
	}
	sqlite3_finalize(a.get);
	if (code != SQLITE_OK) {
		free(*ret);
		*ret = NULL;
	}
	return has_table ? code : SQLITE_OK;
}
