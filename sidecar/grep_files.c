#include "grep_files.h"
#include "commands.h"
#include "grep_pool.h"
#include "json_write.h"
#include "term.h"
#include "term_text.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#define SHOWN_BYTES_MAX (64u * 1024 * 1024)
#define KEPT_BYTES_MAX  (4u * 1024 * 1024) /* of a job whose turn has not come */
#define PART_BYTES      (64ull * 1024 * 1024)
#define COPY_BYTES      4096

/* What all jobs share. */
struct question {
	const struct lsp_needle *needle;
	const struct lsp_grep_options *options;
	struct lsp_found_files *files;
	struct lsp_term term;
	uint64_t in_file, in_all;
	bool failed; /* the file that is being printed */
};

/* The search of one job. */
struct search {
	const struct lsp_needle *needle;
	const struct lsp_grep_options *options;
	struct lsp_grep_pool *pool;
	size_t job;
	FILE *out; /* the job's memory, or the pool's when its turn has come */
	char *text;
	size_t n_text;
	struct lsp_buf shown; /* a line made fit for a terminal */
	struct lsp_term term;
	const char *path;
	uint64_t found;
	size_t printed_bytes;
};

static const char *name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "(standard input)" : path;
}

static const char *file_name(const struct search *s)
{
	return name_of(s->path);
}

static int print_json(struct search *s, const char *line, size_t n)
{
	struct lsp_buf *b = &s->shown;
	json_t *body = json_stringn(line, n), *o;
	lsp_buf_clear(b);
	if (!body) { /* not UTF-8 */
		if (lsp_text_clean(b, line, n))
			return -ENOMEM;
		body = json_stringn(b->at ? b->at : "", b->len);
	}
	o = json_pack("{s:s, s:O}", "file", file_name(s), "body", body);
	if (!o) /* a file name that is not UTF-8 */
		o = json_pack("{s:n, s:O}", "file", "body", body);
	int rc = o ? lsp_json_print(s->out, o) : -ENOMEM;
	json_decref(o);
	json_decref(body);
	return rc;
}

/* For eyes: controls visible, every match marked. */
static int print_shown(struct search *s, const char *line, const char *end)
{
	struct lsp_buf *b = &s->shown;
	lsp_buf_clear(b);
	int rc = 0;
	const char *at = line, *match, *match_end;
	while (rc == 0 && s->term.colour &&
		(match = lsp_needle_find(s->needle, line, at, end, &match_end))) {
		rc = lsp_text_clean(b, at, (size_t)(match - at));
		rc = rc ? rc : lsp_buf_add_text(b, lsp_term_style(&s->term, LSP_STYLE_MATCH));
		rc = rc ? rc : lsp_text_clean(b, match, (size_t)(match_end - match));
		rc = rc ? rc : lsp_buf_add_text(b, lsp_term_style(&s->term, LSP_STYLE_PLAIN));
		at = match_end;
	}
	rc = rc ? rc : lsp_text_clean(b, at, (size_t)(end - at));
	if (rc)
		return rc;
	fwrite(b->at, 1, b->len, s->out);
	fputc('\n', s->out);
	return 0;
}

/* A mapped file may be gone in the middle (SIGBUS): never while a stream is locked. */
static void print_bytes(struct search *s, const char *bytes, size_t n)
{
	char copy[COPY_BYTES];
	for (size_t done = 0; done < n;) {
		size_t some = n - done < sizeof(copy) ? n - done : sizeof(copy);
		memcpy(copy, bytes + done, some);
		fwrite(copy, 1, some, s->out);
		done += some;
	}
}

static int print_line(struct search *s, const char *line, const char *end)
{
	if (s->options->json)
		return print_json(s, line, (size_t)(end - line));
	if (s->options->names) {
		lsp_buf_clear(&s->shown);
		if (s->options->sanitise &&
			lsp_text_clean(&s->shown, file_name(s), strlen(file_name(s))) == 0)
			fprintf(s->out, "%s%s%s:", lsp_term_style(&s->term, LSP_STYLE_SERVICE),
				s->shown.at, lsp_term_style(&s->term, LSP_STYLE_PLAIN));
		else
			fprintf(s->out, "%s:", file_name(s));
	}
	if (s->options->sanitise)
		return print_shown(s, line, end);
	print_bytes(s, line, (size_t)(end - line));
	fputc('\n', s->out);
	return 0;
}

/* Where lines go: to memory until the job's turn has come, then to the reader. */
static int find_out(struct search *s)
{
	struct lsp_grep_pool *p = s->pool;
	bool direct = strcmp(s->path, "-") == 0 || s->printed_bytes > KEPT_BYTES_MAX;
	if (s->out == p->out || (s->out && !direct))
		return 0;
	if (!direct) {
		s->out = open_memstream(&s->text, &s->n_text);
		return s->out ? 0 : -ENOMEM;
	}
	lsp_grep_pool_wait_turn(p, s->job);
	if (s->out) {
		fclose(s->out);
		fwrite(s->text, 1, s->n_text, p->out);
		free(s->text);
		s->text = NULL;
	}
	s->out = p->out;
	return 0;
}

static int search_block(void *arg, const char *from, const char *end)
{
	struct search *s = arg;
	const char *at = from, *match_end;
	for (const char *match; (match = lsp_needle_find(s->needle, from, at, end, &match_end));) {
		const char *line = memrchr(from, '\n', (size_t)(match - from));
		const char *stop = memchr(match_end, '\n', (size_t)(end - match_end));
		line = line ? line + 1 : from;
		stop = stop ? stop : end;
		if (lsp_needle_has_span(s->needle, line, stop)) {
			s->found++;
			s->printed_bytes += (size_t)(stop - line);
			int rc = s->options->count ? 0 : find_out(s);
			if (rc == 0 && !s->options->count)
				rc = print_line(s, line, stop);
			if (rc)
				return rc;
		}
		at = stop < end ? stop + 1 : end;
	}
	if (s->out && strcmp(s->path, "-") == 0)
		fflush(s->out); /* `tail -f … | linespan grep ID -` */
	if (s->out && ferror(s->out))
		return -EIO;
	return lsp_grep_pool_stopped(s->pool) ? -ECANCELED : 0;
}

static const char *read_error(int rc)
{
	if (rc == -EBADMSG)
		return "compressed data is damaged or cut; lines before that were searched";
	if (rc == -ESTALE)
		return "was truncated while it was read; lines before that were searched";
	return strerror(-rc);
}

static void print_count(
	FILE *out, const struct lsp_grep_options *options, const char *name, uint64_t n)
{
	if (options->json)
		fprintf(out, "{\"count\":%llu}\n", (unsigned long long)n);
	else
		fprintf(out, "%s%s%llu\n", name ? name : "", name ? ":" : "",
			(unsigned long long)n);
}

static void search_job(struct lsp_grep_pool *p, size_t job)
{
	const struct question *q = p->arg;
	struct lsp_grep_job *j = &p->jobs[job];
	struct search s = { .needle = q->needle,
		.options = q->options,
		.pool = p,
		.job = job,
		.term = q->term,
		.path = j->path };
	lsp_buf_init(&s.shown, SHOWN_BYTES_MAX);
	j->rc = lsp_grep_read_part(j->path, j->from, j->to, search_block, &s);
	j->found = s.found;
	if (s.out && s.out != p->out) {
		if (fclose(s.out) && j->rc == 0)
			j->rc = -ENOMEM;
		j->text = s.text;
		j->n_text = s.n_text;
	}
	lsp_buf_release(&s.shown);
}

/* In the order of the files: errors are told once a file, counts at its end. */
static void finish_job(struct lsp_grep_pool *p, struct lsp_grep_job *j)
{
	struct question *q = p->arg;
	q->in_file += j->found;
	if (j->rc && !q->failed && !ferror(p->out)) {
		fprintf(stderr, "linespan grep: %s: %s\n", name_of(j->path), read_error(j->rc));
		q->files->n_errors++;
		q->failed = true;
	}
	if (!j->last)
		return;
	q->in_all += q->in_file;
	if (q->options->count && q->options->names && !q->options->json)
		print_count(p->out, q->options, name_of(j->path), q->in_file);
	q->in_file = 0;
	q->failed = false;
}

/* One job a file, several for a large plain one. */
static int make_jobs(struct lsp_grep_pool *p, const struct lsp_found_files *files)
{
	size_t cap = 0;
	for (size_t i = 0; i < files->n; i++) {
		const char *path = files->at[i].path;
		uint64_t size = files->at[i].size > PART_BYTES ? lsp_grep_parts_of(path) : 0;
		size_t parts = (size_t)(size / PART_BYTES) + 1;
		if (p->n + parts > cap) {
			cap = 2 * cap + parts;
			struct lsp_grep_job *jobs = realloc(p->jobs, cap * sizeof(*jobs));
			if (!jobs)
				return -ENOMEM;
			p->jobs = jobs;
		}
		for (size_t k = 0; k < parts; k++)
			p->jobs[p->n++] = (struct lsp_grep_job){ .path = path,
				.from = k * PART_BYTES,
				.to = k + 1 < parts ? (k + 1) * PART_BYTES : UINT64_MAX,
				.last = k + 1 == parts };
	}
	return 0;
}

int lsp_grep_files(const struct lsp_needle *needle, struct lsp_found_files *files,
	const struct lsp_grep_options *options, FILE *out)
{
	struct question q = { .needle = needle, .options = options, .files = files };
	struct lsp_grep_pool pool = { .out = out, .search = search_job, .arg = &q };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	lsp_term_init(&q.term);
	q.term.colour = q.term.colour && options->colour;
	if (make_jobs(&pool, files) == 0) {
		lsp_grep_pool_run(&pool, cores > 1 ? (unsigned)cores : 1, finish_job);
	} else {
		fprintf(stderr, "linespan grep: no memory for a list of %zu files\n", files->n);
		files->n_errors++;
	}
	if (options->count && (!options->names || options->json))
		print_count(out, options, NULL, q.in_all);
	free(pool.jobs);
	if (q.in_all)
		return LSP_EXIT_FOUND;
	return files->n_errors ? LSP_EXIT_ERROR : LSP_EXIT_NOTHING;
}
