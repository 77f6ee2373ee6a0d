#include "tls.h"
#include "small_file.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHAIN_MAX      16
#define RETIRED_FREE_S 3600 /* by then no handshake that began with it goes on */

/* One reading of the files. */
struct identity {
	struct identity *before; /* retired ones, whose handshakes may still go on */
	time_t retired_s;
	gnutls_pcert_st chain[CHAIN_MAX];
	unsigned n;
	gnutls_privkey_t key;
	int64_t expires_s;
};

struct lsp_tls {
	const char *cert_path, *key_path;
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priorities;
	pthread_mutex_t lock;
	struct identity *current; /* under the lock */
};

static _Atomic(struct lsp_tls *) of_process;

static void identity_free(struct identity *i)
{
	if (!i)
		return;
	for (unsigned n = 0; n < i->n; n++)
		gnutls_pcert_deinit(&i->chain[n]);
	if (i->key)
		gnutls_privkey_deinit(i->key);
	free(i);
}

/* ---- reading --------------------------------------------------------------------------------- */

static gnutls_datum_t datum(const struct lsp_buf *b)
{
	return (gnutls_datum_t){ (unsigned char *)b->at, (unsigned)b->len };
}

static int read_file(
	struct lsp_buf *ret, const char *option, const char *path, char *why, size_t cap)
{
	int rc = lsp_small_file_read(ret, path);
	if (rc)
		snprintf(why, cap, "%s: %s: cannot be read: %s", option, path, strerror(-rc));
	return rc;
}

static int import_chain(struct identity *i, const struct lsp_buf *pem)
{
	const gnutls_datum_t data = datum(pem);
	unsigned n = CHAIN_MAX;
	int rc = gnutls_pcert_list_import_x509_raw(
		i->chain, &n, &data, GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_SORT);
	if (rc < 0)
		return rc;
	i->n = n;
	gnutls_x509_crt_t leaf;
	rc = gnutls_pcert_export_x509(&i->chain[0], &leaf);
	if (rc < 0)
		return rc;
	i->expires_s = gnutls_x509_crt_get_expiration_time(leaf);
	gnutls_x509_crt_deinit(leaf);
	return 0;
}

static int import_key(struct identity *i, const struct lsp_buf *pem)
{
	const gnutls_datum_t data = datum(pem);
	int rc = gnutls_privkey_init(&i->key);
	return rc ? rc
		  : gnutls_privkey_import_x509_raw(i->key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
}

/* True when key and certificate belong together: credentials do not take others. */
static bool is_pair(const struct lsp_buf *cert, const struct lsp_buf *key)
{
	const gnutls_datum_t c = datum(cert), k = datum(key);
	gnutls_certificate_credentials_t probe;
	if (gnutls_certificate_allocate_credentials(&probe))
		return false;
	int rc = gnutls_certificate_set_x509_key_mem(probe, &c, &k, GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(probe);
	return rc >= 0;
}

static int import(struct identity *i, const struct lsp_tls *t, const struct lsp_buf *cert,
	const struct lsp_buf *key, char *why, size_t cap)
{
	int rc = import_chain(i, cert);
	if (rc < 0) {
		snprintf(why, cap, "--tls-cert: %s: not a certificate in PEM: %s", t->cert_path,
			gnutls_strerror(rc));
		return -EINVAL;
	}
	rc = import_key(i, key);
	if (rc < 0) {
		snprintf(why, cap, "--tls-key: %s: not a key in PEM without a password: %s",
			t->key_path, gnutls_strerror(rc));
		return -EINVAL;
	}
	if (is_pair(cert, key))
		return 0;
	snprintf(why, cap, "--tls-key: %s: not the key of the certificate in %s", t->key_path,
		t->cert_path);
	return -EINVAL;
}

static int identity_read(struct identity **ret, const struct lsp_tls *t, char *why, size_t cap)
{
	struct lsp_buf cert = { 0 }, key = { 0 };
	struct identity *i = calloc(1, sizeof(*i));
	int rc = i ? 0 : -ENOMEM;
	if (rc)
		snprintf(why, cap, "no memory");
	rc = rc ? rc : read_file(&cert, "--tls-cert", t->cert_path, why, cap);
	rc = rc ? rc : read_file(&key, "--tls-key", t->key_path, why, cap);
	rc = rc ? rc : import(i, t, &cert, &key, why, cap);
	if (key.at)
		gnutls_memset(key.at, 0, key.len);
	lsp_buf_release(&cert);
	lsp_buf_release(&key);
	if (rc)
		identity_free(i);
	else
		*ret = i;
	return rc;
}

/* ---- from outside ---------------------------------------------------------------------------- */

int lsp_tls_retrieve(gnutls_session_t session, const gnutls_datum_t *ca_names, int n_ca_names,
	const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **chain,
	unsigned *n, gnutls_privkey_t *key)
{
	struct lsp_tls *t = atomic_load(&of_process);
	(void)session;
	(void)ca_names;
	(void)n_ca_names;
	(void)algorithms;
	(void)n_algorithms;
	if (!t)
		return -1;
	pthread_mutex_lock(&t->lock);
	struct identity *i = t->current;
	pthread_mutex_unlock(&t->lock);
	*chain = i->chain;
	*n = i->n;
	*key = i->key;
	return 0;
}

/* Frees those that were retired long ago. Under the lock. */
static void forget_old(struct identity *from, time_t now_s)
{
	while (from->before) {
		struct identity *old = from->before;
		if (now_s - old->retired_s < RETIRED_FREE_S) {
			from = old;
			continue;
		}
		from->before = old->before;
		identity_free(old);
	}
}

int lsp_tls_reload(struct lsp_tls *t, char *why, size_t cap)
{
	struct identity *new;
	struct timespec now;
	int rc = identity_read(&new, t, why, cap);
	if (rc)
		return rc;
	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&t->lock);
	new->before = t->current;
	if (new->before)
		new->before->retired_s = now.tv_sec;
	t->current = new;
	forget_old(new, now.tv_sec);
	pthread_mutex_unlock(&t->lock);
	return 0;
}

int64_t lsp_tls_expires_s(struct lsp_tls *t)
{
	pthread_mutex_lock(&t->lock);
	int64_t s = t->current->expires_s;
	pthread_mutex_unlock(&t->lock);
	return s;
}

int lsp_tls_new(
	struct lsp_tls **ret, const char *cert_path, const char *key_path, char *why, size_t cap)
{
	struct lsp_tls *t = calloc(1, sizeof(*t));
	if (!t) {
		snprintf(why, cap, "no memory");
		return -ENOMEM;
	}
	*t = (struct lsp_tls){ .cert_path = cert_path, .key_path = key_path };
	pthread_mutex_init(&t->lock, NULL);
	int rc = lsp_tls_reload(t, why, cap);
	if (rc == 0 && (gnutls_certificate_allocate_credentials(&t->credentials) ||
			       gnutls_priority_init(&t->priorities, LSP_TLS_PRIORITIES, NULL))) {
		snprintf(why, cap, "TLS cannot be set up");
		rc = -ENOMEM;
	}
	if (rc) {
		lsp_tls_free(t);
		return rc;
	}
	gnutls_certificate_set_retrieve_function2(t->credentials, lsp_tls_retrieve);
	atomic_store(&of_process, t);
	*ret = t;
	return 0;
}

struct lsp_tls *lsp_tls_free(struct lsp_tls *t)
{
	if (!t)
		return NULL;
	struct lsp_tls *self = t;
	atomic_compare_exchange_strong(&of_process, &self, NULL);
	for (struct identity *i = t->current, *before; i; i = before) {
		before = i->before;
		identity_free(i);
	}
	if (t->credentials)
		gnutls_certificate_free_credentials(t->credentials);
	if (t->priorities)
		gnutls_priority_deinit(t->priorities);
	pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}

int lsp_tls_accept(gnutls_session_t *ret, struct lsp_tls *t, int fd, const char *protocol)
{
	const gnutls_datum_t name = { (unsigned char *)protocol, (unsigned)strlen(protocol) };
	gnutls_session_t s;
	if (gnutls_init(&s, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL))
		return -ENOMEM;
	if (gnutls_priority_set(s, t->priorities) ||
		gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, t->credentials) ||
		gnutls_alpn_set_protocols(s, &name, 1, GNUTLS_ALPN_MANDATORY)) {
		gnutls_deinit(s);
		return -ENOMEM;
	}
	/* The server drops who takes too long. */
	gnutls_handshake_set_timeout(s, GNUTLS_INDEFINITE_TIMEOUT);
	gnutls_transport_set_int(s, fd);
	*ret = s;
	return 0;
}
