#include "grep_files.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zstd.h>

#define XZ_MEMORY_MAX (512u * 1024 * 1024)

enum format { GZIP, ZSTD, XZ, N_FORMATS };

struct lsp_inflate {
	enum format format;
	bool between; /* no member, frame or stream has begun since the last one ended */
	struct inflate_state gzip; /* ISA-L: zlib takes two to three times as long */
	ZSTD_DStream *zstd;
	lzma_stream xz;
};

static const struct {
	uint8_t magic[6];
	size_t n;
} formats[N_FORMATS] = {
	[GZIP] = { { 0x1f, 0x8b }, 2 }, /* RFC 1952 */
	[ZSTD] = { { 0x28, 0xb5, 0x2f, 0xfd }, 4 }, /* RFC 8878 */
	[XZ] = { { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6 }, /* xz-file-format 1.1.0 */
};

static bool start(struct lsp_inflate *s)
{
	switch (s->format) {
	case GZIP:
		isal_inflate_init(&s->gzip);
		return true;
	case ZSTD:
		s->zstd = ZSTD_createDStream();
		return s->zstd != NULL;
	default:
		return lzma_stream_decoder(&s->xz, XZ_MEMORY_MAX, LZMA_CONCATENATED) == LZMA_OK;
	}
}

struct lsp_inflate *lsp_inflate_new(const uint8_t *magic, size_t n)
{
	for (size_t i = 0; i < N_FORMATS; i++) {
		if (n < formats[i].n || memcmp(magic, formats[i].magic, formats[i].n) != 0)
			continue;
		struct lsp_inflate *s = calloc(1, sizeof(*s));
		if (!s)
			return NULL;
		s->format = (enum format)i;
		s->between = true;
		return start(s) ? s : lsp_inflate_free(s);
	}
	return NULL;
}

struct lsp_inflate *lsp_inflate_free(struct lsp_inflate *s)
{
	if (s) {
		ZSTD_freeDStream(s->zstd);
		lzma_end(&s->xz);
		free(s);
	}
	return NULL;
}

static ptrdiff_t step_gzip(
	struct lsp_inflate *s, const uint8_t **in, size_t *in_n, char *out, size_t out_cap)
{
	struct inflate_state *g = &s->gzip;
	/* The first member, or another one: cat a.gz b.gz */
	if (s->between) {
		isal_inflate_reset(g);
		g->crc_flag = ISAL_GZIP;
	}
	g->next_in = (uint8_t *)(uintptr_t)*in;
	g->avail_in = (uint32_t)*in_n;
	g->next_out = (uint8_t *)out;
	g->avail_out = (uint32_t)out_cap;
	s->between = s->between && *in_n == 0;
	int rc = isal_inflate(g);
	*in = g->next_in;
	*in_n = g->avail_in;
	ptrdiff_t got = (ptrdiff_t)(out_cap - g->avail_out);
	if (rc < 0)
		return got ? got : -EBADMSG;
	if (g->block_state == ISAL_BLOCK_FINISH)
		s->between = true;
	return got;
}

static ptrdiff_t step_zstd(
	struct lsp_inflate *s, const uint8_t **in, size_t *in_n, char *out, size_t out_cap)
{
	ZSTD_inBuffer from = { *in, *in_n, 0 };
	ZSTD_outBuffer to = { out, out_cap, 0 };
	size_t rc = ZSTD_decompressStream(s->zstd, &to, &from);
	*in += from.pos;
	*in_n -= from.pos;
	if (ZSTD_isError(rc))
		return to.pos ? (ptrdiff_t)to.pos : -EBADMSG;
	if (from.pos || to.pos)
		s->between = rc == 0;
	return (ptrdiff_t)to.pos;
}

static ptrdiff_t step_xz(struct lsp_inflate *s, const uint8_t **in, size_t *in_n, bool last,
	char *out, size_t out_cap)
{
	s->xz.next_in = *in;
	s->xz.avail_in = *in_n;
	s->xz.next_out = (uint8_t *)out;
	s->xz.avail_out = out_cap;
	lzma_ret rc = lzma_code(&s->xz, last ? LZMA_FINISH : LZMA_RUN);
	*in = s->xz.next_in;
	*in_n = s->xz.avail_in;
	ptrdiff_t got = (ptrdiff_t)(out_cap - s->xz.avail_out);
	s->between = rc == LZMA_STREAM_END;
	if (rc == LZMA_OK || rc == LZMA_STREAM_END || rc == LZMA_BUF_ERROR)
		return got;
	return got ? got : (rc == LZMA_MEM_ERROR ? -ENOMEM : -EBADMSG);
}

ptrdiff_t lsp_inflate_step(struct lsp_inflate *s, const uint8_t **in, size_t *in_n, bool last,
	char *out, size_t out_cap)
{
	if (*in_n == 0 && s->between && s->format != XZ)
		return 0;
	ptrdiff_t got;
	if (s->format == GZIP)
		got = step_gzip(s, in, in_n, out, out_cap);
	else if (s->format == ZSTD)
		got = step_zstd(s, in, in_n, out, out_cap);
	else
		got = step_xz(s, in, in_n, last, out, out_cap);
	/* Nothing came out, nothing more will go in, and something was begun: it was cut. */
	if (got == 0 && last && *in_n == 0 && !s->between)
		return -EBADMSG;
	return got;
}
