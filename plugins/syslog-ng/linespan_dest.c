#include "linespan_dest.h"
#include "linespan_parser.h"
#include "sink.h"
#include "logthrdest/logthrdestdrv.h"

#include <curl/curl.h>
#include <errno.h>
#include <unistd.h>

#define BATCH_LINES 1000

struct lsp_dest {
	LogThreadedDestDriver super;
	gchar *path, *url;
	gchar prefix[LSP_PREFIX_BYTES_MAX];
	struct lsp_ng_names names;
	gchar instance[256];
	void (*queue)(LogPipe *s, LogMessage *msg, const LogPathOptions *path_options);
};

struct lsp_dest_worker {
	LogThreadedDestWorker super;
	struct lsp_sink *sink;
};

/* ---- worker ---------------------------------------------------------------------------------- */

static gboolean connect_sink(LogThreadedDestWorker *s)
{
	struct lsp_dest_worker *self = (struct lsp_dest_worker *)s;
	struct lsp_dest *owner = (struct lsp_dest *)s->owner;
	gchar why[256] = "";

	if (self->sink)
		return TRUE; /* what is in the ring stays there over a pause */
	self->sink = owner->path ? lsp_sink_ring_new(owner->path, why)
				 : lsp_sink_otlp_new(owner->url, why);
	if (!self->sink)
		msg_error("linespan(): cannot connect", evt_tag_str("reason", why),
			log_pipe_location_tag(&s->owner->super.super.super));
	return self->sink != NULL;
}

static LogThreadedResult result_of(struct lsp_dest_worker *self, gint rc)
{
	if (rc == 0)
		return LTR_SUCCESS;
	msg_error(rc == -EBADMSG ? "linespan(): the receiver refuses a batch for good"
				 : "linespan(): not delivered, kept for later",
		evt_tag_str("reason", self->sink->why),
		log_pipe_location_tag(&self->super.owner->super.super.super));
	/* LTR_ERROR counts and drops in the end; an absent sidecar is worth waiting for. */
	return rc == -EBADMSG ? LTR_DROP : LTR_NOT_CONNECTED;
}

static LogThreadedResult flush(LogThreadedDestWorker *s, LogThreadedFlushMode mode)
{
	struct lsp_dest_worker *self = (struct lsp_dest_worker *)s;

	if (!self->sink || s->batch_size == 0)
		return LTR_SUCCESS;
	return result_of(self, self->sink->ops->flush(self->sink, s->batch_size));
}

static LogThreadedResult insert(LogThreadedDestWorker *s, LogMessage *msg)
{
	struct lsp_dest_worker *self = (struct lsp_dest_worker *)s;
	struct lsp_ng_record record;
	gint rc;

	lsp_ng_record_of(msg, &((struct lsp_dest *)s->owner)->names, &record);
	rc = self->sink->ops->put(self->sink, &record);
	if (rc == 0)
		return LTR_QUEUED;
	if (rc > 0)
		rc = self->sink->ops->flush(self->sink, s->batch_size);
	return result_of(self, rc);
}

static void free_worker(LogThreadedDestWorker *s)
{
	struct lsp_dest_worker *self = (struct lsp_dest_worker *)s;

	if (self->sink)
		self->sink->ops->free(self->sink);
	log_threaded_dest_worker_free_method(s);
}

static LogThreadedDestWorker *construct_worker(LogThreadedDestDriver *owner, gint index)
{
	struct lsp_dest_worker *self = g_new0(struct lsp_dest_worker, 1);

	log_threaded_dest_worker_init_instance(&self->super, owner, index);
	self->super.connect = connect_sink;
	self->super.insert = insert;
	self->super.flush = flush;
	self->super.free_fn = free_worker;
	return &self->super;
}

/* ---- driver ---------------------------------------------------------------------------------- */

static const gchar *target_of(const struct lsp_dest *self)
{
	return self->path ? self->path : self->url ? self->url : "";
}

static const gchar *persist_name(const LogPipe *s)
{
	static gchar name[1024];

	g_snprintf(name, sizeof(name), "linespan(%s)", target_of((const struct lsp_dest *)s));
	return s->persist_name ? s->persist_name : name;
}

#if LSP_SYSLOG_NG_VERSION >= 400
/* NULL: the labels make the name. */
static const gchar *format_stats_key(LogThreadedDestDriver *s, StatsClusterKeyBuilder *kb)
{
	stats_cluster_key_builder_add_legacy_label(kb, stats_cluster_label("driver", "linespan"));
	stats_cluster_key_builder_add_legacy_label(
		kb, stats_cluster_label("target", target_of((struct lsp_dest *)s)));
	return NULL;
}
#else
static const gchar *format_stats_instance(LogThreadedDestDriver *s)
{
	struct lsp_dest *self = (struct lsp_dest *)s;

	g_snprintf(self->instance, sizeof(self->instance), "linespan,%s", target_of(self));
	return self->instance;
}
#endif

static gboolean init(LogPipe *s)
{
	struct lsp_dest *self = (struct lsp_dest *)s;
	const gchar *wrong = lsp_dest_check(&self->super.super.super);

	if (!wrong && self->path &&
		(!g_file_test(self->path, G_FILE_TEST_IS_DIR) || access(self->path, W_OK | X_OK)))
		wrong = "linespan(): path() is no folder where rings can be made: start linespan "
			"serve first, or name its --dir";
	if (wrong) {
		msg_error(wrong, evt_tag_str("target", target_of(self)), log_pipe_location_tag(s));
		return FALSE;
	}
	lsp_ng_names_init(&self->names, self->prefix);
	return log_threaded_dest_driver_init_method(s);
}

static void queue(LogPipe *s, LogMessage *msg, const LogPathOptions *path_options)
{
	((struct lsp_dest *)s)->queue(s, lsp_ng_give_uid(msg, path_options), path_options);
}

static void free_driver(LogPipe *s)
{
	struct lsp_dest *self = (struct lsp_dest *)s;

	g_free(self->path);
	g_free(self->url);
	log_threaded_dest_driver_free(s);
}

LogDriver *lsp_dest_new(GlobalConfig *cfg)
{
	struct lsp_dest *self = g_new0(struct lsp_dest, 1);

	curl_global_init(CURL_GLOBAL_DEFAULT);
	log_threaded_dest_driver_init_instance(&self->super, cfg);
	self->super.super.super.super.init = init;
	self->super.super.super.super.free_fn = free_driver;
	self->super.super.super.super.generate_persist_name = persist_name;
	self->queue = self->super.super.super.super.queue;
	self->super.super.super.super.queue = queue;
	self->super.worker.construct = construct_worker;
	self->super.stats_source = stats_register_type("linespan");
#if LSP_SYSLOG_NG_VERSION >= 400
	self->super.format_stats_key = format_stats_key;
#else
	self->super.format_stats_instance = format_stats_instance;
#endif
	self->super.batch_lines = BATCH_LINES;
	g_strlcpy(self->prefix, LSP_PREFIX_DEFAULT, sizeof(self->prefix));
	return &self->super.super.super;
}

/* ---- options --------------------------------------------------------------------------------- */

static void replace(gchar **at, const gchar *value)
{
	g_free(*at);
	*at = g_strdup(value);
}

void lsp_dest_set_path(LogDriver *d, const gchar *path)
{
	replace(&((struct lsp_dest *)d)->path, path);
}

void lsp_dest_set_url(LogDriver *d, const gchar *url)
{
	replace(&((struct lsp_dest *)d)->url, url);
}

gint lsp_dest_set_prefix(LogDriver *d, const gchar *prefix)
{
	if (!lsp_prefix_is_good(prefix))
		return -EINVAL;
	g_strlcpy(((struct lsp_dest *)d)->prefix, prefix, LSP_PREFIX_BYTES_MAX);
	return 0;
}

const gchar *lsp_dest_check(LogDriver *d)
{
	const struct lsp_dest *self = (const struct lsp_dest *)d;

	if (!self->path == !self->url)
		return "linespan(): needs path(SPOOL) or url(\"http://HOST:PORT\"), one of them";
	if (self->path && self->path[0] != '/')
		return "linespan(): path() must begin with /";
	if (self->url && !g_str_has_prefix(self->url, "http://") &&
		!g_str_has_prefix(self->url, "https://"))
		return "linespan(): url() must begin with http:// or https://";
	return NULL;
}
