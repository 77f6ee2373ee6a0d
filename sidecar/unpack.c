#include "unpack.h"

#include <errno.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

#define STEP_BYTES      (64u * 1024)
#define GZIP_WINDOW     (15 + 16) /* the largest; gzip wrapping only */
#define ZSTD_WINDOW_LOG 27 /* 128 MB: what every encoder may use and every decoder should take */

int lsp_encoding_parse(enum lsp_encoding *ret, const char *header)
{
	static const struct {
		const char *name;
		enum lsp_encoding encoding;
	} names[] = { { "", LSP_ENCODING_NONE }, { "identity", LSP_ENCODING_NONE },
		{ "gzip", LSP_ENCODING_GZIP }, { "x-gzip", LSP_ENCODING_GZIP },
		{ "zstd", LSP_ENCODING_ZSTD } };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(header ? header : "", names[i].name) == 0) {
			*ret = names[i].encoding;
			return 0;
		}
	}
	return -EOPNOTSUPP;
}

/* Room for the next step. At the ceiling one byte is tried more, into `spill`: a stream may end
 * exactly there. */
static int make_room(struct lsp_buf *out, char *spill, char **ret, size_t *ret_n)
{
	size_t left = out->max > out->len ? out->max - out->len : 0;
	size_t n = left < STEP_BYTES ? left : STEP_BYTES;
	*ret = n ? lsp_buf_reserve(out, n) : spill;
	*ret_n = n ? n : 1;
	return *ret ? 0 : -ENOMEM;
}

/* Counts what a step wrote; what went to the spill is too much. */
static int count_step(struct lsp_buf *out, const char *spill, const char *at, size_t n)
{
	if (at == spill)
		return n ? -E2BIG : 0;
	out->len += n;
	out->at[out->len] = 0;
	return 0;
}

static int inflate_members(z_stream *z, struct lsp_buf *out)
{
	for (;;) {
		char spill[1], *at;
		size_t room;
		int rc = make_room(out, spill, &at, &room);
		if (rc)
			return rc;
		z->next_out = (Bytef *)at;
		z->avail_out = (uInt)room;
		int z_rc = inflate(z, Z_NO_FLUSH);
		rc = count_step(out, spill, at, room - z->avail_out);
		if (rc)
			return rc;
		if (z_rc == Z_MEM_ERROR)
			return -ENOMEM;
		if (z_rc == Z_STREAM_END) {
			if (z->avail_in == 0)
				return 0;
			if (inflateReset(z) != Z_OK)
				return -EBADMSG;
		} else if (z_rc != Z_OK || (z->avail_in == 0 && z->avail_out != 0)) {
			return -EBADMSG; /* damaged, or cut: all was read and there was room */
		}
	}
}

static int unpack_gzip(struct lsp_buf *out, struct lsp_slice packed)
{
	z_stream z = { .next_in = (Bytef *)packed.at, .avail_in = (uInt)packed.len };
	if (packed.len > UINT32_MAX)
		return -E2BIG;
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return -ENOMEM;
	int rc = inflate_members(&z, out);
	inflateEnd(&z);
	return rc;
}

static int zstd_frames(ZSTD_DCtx *z, struct lsp_buf *out, struct lsp_slice packed)
{
	ZSTD_inBuffer in = { packed.at, packed.len, 0 };
	for (;;) {
		char spill[1], *at;
		size_t room;
		int rc = make_room(out, spill, &at, &room);
		if (rc)
			return rc;
		ZSTD_outBuffer to = { at, room, 0 };
		size_t more = ZSTD_decompressStream(z, &to, &in);
		if (ZSTD_isError(more))
			return -EBADMSG;
		rc = count_step(out, spill, at, to.pos);
		if (rc)
			return rc;
		if (in.pos == in.size && more == 0)
			return 0;
		if (in.pos == in.size && to.pos < to.size)
			return -EBADMSG;
	}
}

static int unpack_zstd(struct lsp_buf *out, struct lsp_slice packed)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	if (!z)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	int rc = packed.len ? zstd_frames(z, out, packed) : -EBADMSG;
	ZSTD_freeDCtx(z);
	return rc;
}

int lsp_unpack(struct lsp_buf *out, enum lsp_encoding encoding, struct lsp_slice packed)
{
	switch (encoding) {
	case LSP_ENCODING_GZIP:
		return packed.len ? unpack_gzip(out, packed) : -EBADMSG;
	case LSP_ENCODING_ZSTD:
		return unpack_zstd(out, packed);
	default:
		return lsp_buf_add_slice(out, packed);
	}
}
