#include "tokens.h"
#include "small_file.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIGEST_BYTES 32

/* Only digests are kept: of equal length whatever the tokens are, and of no use to who reads our
 * memory. */
struct digests {
	size_t n;
	uint8_t at[LSP_TOKENS_MAX][DIGEST_BYTES];
};

struct lsp_tokens {
	char *path;
	pthread_rwlock_t lock;
	struct digests digests; /* under the lock */
};

/* ---- the file -------------------------------------------------------------------------------- */

/* A token is what can stand in a header: printable ASCII without blanks. */
static bool is_token(struct lsp_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~')
			return false;
	return s.len && s.len <= LSP_TOKEN_CHARS_MAX;
}

static struct lsp_slice trim(struct lsp_slice s)
{
	while (s.len && strchr(" \t\r", s.at[s.len - 1]) && s.at[s.len - 1])
		s.len--;
	while (s.len && (*s.at == ' ' || *s.at == '\t'))
		s = (struct lsp_slice){ s.at + 1, s.len - 1 };
	return s;
}

static int complain(char *why, size_t cap, const char *path, const char *what)
{
	snprintf(why, cap, "%s: %s", path, what);
	return -EINVAL;
}

/* Calls take for each token of the file. */
static int read_tokens(const char *path, void (*take)(void *arg, struct lsp_slice token), void *arg,
	char *why, size_t cap)
{
	struct lsp_buf file;
	size_t n = 0;
	int rc = lsp_small_file_read(&file, path);
	if (rc) {
		snprintf(why, cap, "%s: cannot be read: %s", path, strerror(-rc));
		return rc;
	}
	for (size_t at = 0; at < file.len && rc == 0;) {
		const char *end = memchr(file.at + at, '\n', file.len - at);
		size_t len = end ? (size_t)(end - file.at) - at : file.len - at;
		struct lsp_slice line = trim((struct lsp_slice){ file.at + at, len });
		at += len + 1;
		if (line.len == 0)
			continue;
		if (!is_token(line))
			rc = complain(why, cap, path,
				"a line is no token (printable ASCII without blanks, at most 4096 "
				"characters)");
		else if (n++ == LSP_TOKENS_MAX)
			rc = complain(why, cap, path, "more than 16 tokens");
		else
			take(arg, line);
	}
	if (rc == 0 && n == 0)
		rc = complain(why, cap, path, "holds no token; write one on a line");
	if (file.at)
		gnutls_memset(file.at, 0, file.len);
	lsp_buf_release(&file);
	return rc;
}

static void take_digest(void *arg, struct lsp_slice token)
{
	struct digests *d = arg;
	gnutls_hash_fast(GNUTLS_DIG_SHA256, token.at, token.len, d->at[d->n++]);
}

static void take_first(void *arg, struct lsp_slice token)
{
	char *first = arg;
	if (first[0])
		return;
	memcpy(first, token.at, token.len);
	first[token.len] = 0;
}

int lsp_token_read_first(char ret[LSP_TOKEN_CHARS_MAX + 1], const char *path, char *why, size_t cap)
{
	ret[0] = 0;
	return read_tokens(path, take_first, ret, why, cap);
}

int lsp_tokens_reload(struct lsp_tokens *t, char *why, size_t cap)
{
	struct digests d = { 0 };
	int rc = read_tokens(t->path, take_digest, &d, why, cap);
	if (rc)
		return rc;
	pthread_rwlock_wrlock(&t->lock);
	t->digests = d;
	pthread_rwlock_unlock(&t->lock);
	return 0;
}

int lsp_tokens_new(struct lsp_tokens **ret, const char *path, char *why, size_t cap)
{
	struct lsp_tokens *t = calloc(1, sizeof(*t));
	if (!t || !(t->path = strdup(path))) {
		free(t);
		snprintf(why, cap, "no memory");
		return -ENOMEM;
	}
	pthread_rwlock_init(&t->lock, NULL);
	int rc = lsp_tokens_reload(t, why, cap);
	if (rc)
		lsp_tokens_free(t);
	else
		*ret = t;
	return rc;
}

struct lsp_tokens *lsp_tokens_free(struct lsp_tokens *t)
{
	if (!t)
		return NULL;
	pthread_rwlock_destroy(&t->lock);
	free(t->path);
	free(t);
	return NULL;
}

/* ---- a header -------------------------------------------------------------------------------- */

static bool is_one(struct lsp_tokens *t, struct lsp_slice token)
{
	uint8_t digest[DIGEST_BYTES];
	int different_from_all = 1;
	if (!is_token(token) || gnutls_hash_fast(GNUTLS_DIG_SHA256, token.at, token.len, digest))
		return false;
	pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0; i < t->digests.n; i++)
		different_from_all &= gnutls_memcmp(t->digests.at[i], digest, sizeof(digest)) != 0;
	pthread_rwlock_unlock(&t->lock);
	return !different_from_all;
}

/* RFC 7617: base64 of "user:password". */
static bool is_basic(struct lsp_tokens *t, struct lsp_slice credentials)
{
	const gnutls_datum_t packed = { (unsigned char *)credentials.at,
		(unsigned)credentials.len };
	gnutls_datum_t plain = { NULL, 0 };
	if (credentials.len > 2 * LSP_TOKEN_CHARS_MAX || gnutls_base64_decode2(&packed, &plain))
		return false;
	const char *text = (const char *)plain.data;
	const char *colon = plain.size ? memchr(text, ':', plain.size) : NULL;
	size_t before = colon ? (size_t)(colon + 1 - text) : 0;
	bool is = colon && is_one(t, (struct lsp_slice){ colon + 1, plain.size - before });
	gnutls_memset(plain.data, 0, plain.size);
	gnutls_free(plain.data);
	return is;
}

/* What follows the name of the scheme; empty when it is another scheme. */
static struct lsp_slice behind(struct lsp_slice header, const char *scheme)
{
	size_t n = strlen(scheme);
	if (header.len <= n || strncasecmp(header.at, scheme, n) != 0 || header.at[n] != ' ')
		return (struct lsp_slice){ "", 0 };
	return trim((struct lsp_slice){ header.at + n, header.len - n });
}

bool lsp_tokens_allow(struct lsp_tokens *t, struct lsp_slice authorization)
{
	struct lsp_slice header = trim(authorization);
	struct lsp_slice bearer = behind(header, "Bearer"), basic = behind(header, "Basic");
	return (bearer.len && is_one(t, bearer)) || (basic.len && is_basic(t, basic));
}
