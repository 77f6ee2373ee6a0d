#include "grep_files.h"
#include "commands.h"
#include "term.h"
#include "term_text.h"

#include <errno.h>
#include <jansson.h>

#define SHOWN_BYTES_MAX (64u * 1024 * 1024)

/* One search over all files. */
struct search {
	const struct lsp_needle *needle;
	const struct lsp_grep_options *options;
	FILE *out;
	struct lsp_buf shown; /* a line made fit for a terminal */
	struct lsp_term term;
	const char *path;
	uint64_t in_file, in_all;
};

static const char *file_name(const struct search *s)
{
	return strcmp(s->path, "-") == 0 ? "(standard input)" : s->path;
}

static int print_json(struct search *s, const char *line, size_t n)
{
	struct lsp_buf *b = &s->shown;
	lsp_buf_clear(b);
	if (lsp_text_clean(b, line, n))
		return -ENOMEM;
	json_t *o =
		json_pack("{s:s, s:s%}", "file", file_name(s), "body", b->at ? b->at : "", b->len);
	if (!o) /* a file name that is not UTF-8 */
		o = json_pack("{s:n, s:s%}", "file", "body", b->at ? b->at : "", b->len);
	int rc = o ? json_dumpf(o, s->out, JSON_COMPACT) : -1;
	json_decref(o);
	fputc('\n', s->out);
	return rc ? -EIO : 0;
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
	fwrite(line, 1, (size_t)(end - line), s->out);
	fputc('\n', s->out);
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
			s->in_file++;
			int rc = s->options->count ? 0 : print_line(s, line, stop);
			if (rc)
				return rc;
		}
		at = stop < end ? stop + 1 : end;
	}
	if (strcmp(s->path, "-") == 0)
		fflush(s->out); /* `tail -f … | linespan grep ID -` */
	return ferror(s->out) ? -EIO : 0;
}

static const char *read_error(int rc)
{
	if (rc == -EBADMSG)
		return "compressed data is damaged or cut; lines before that were searched";
	if (rc == -ESTALE)
		return "was truncated while it was read; lines before that were searched";
	return strerror(-rc);
}

static void print_count(const struct search *s, const char *name, uint64_t n)
{
	if (s->options->json)
		fprintf(s->out, "{\"count\":%llu}\n", (unsigned long long)n);
	else
		fprintf(s->out, "%s%s%llu\n", name ? name : "", name ? ":" : "",
			(unsigned long long)n);
}

int lsp_grep_files(const struct lsp_needle *needle, struct lsp_found_files *files,
	const struct lsp_grep_options *options, FILE *out)
{
	struct search s = { .needle = needle, .options = options, .out = out };
	lsp_term_init(&s.term);
	s.term.colour = s.term.colour && options->colour;
	lsp_buf_init(&s.shown, SHOWN_BYTES_MAX);
	for (size_t i = 0; i < files->n; i++) {
		s.path = files->at[i].path;
		s.in_file = 0;
		int rc = lsp_grep_read(s.path, search_block, &s);
		if (rc && !ferror(out)) {
			fprintf(stderr, "linespan grep: %s: %s\n", file_name(&s), read_error(rc));
			files->n_errors++;
		}
		s.in_all += s.in_file;
		if (options->count && options->names && !options->json)
			print_count(&s, file_name(&s), s.in_file);
		if (ferror(out))
			break;
	}
	if (options->count && (!options->names || options->json))
		print_count(&s, NULL, s.in_all);
	lsp_buf_release(&s.shown);
	if (s.in_all)
		return LSP_EXIT_FOUND;
	return files->n_errors ? LSP_EXIT_ERROR : LSP_EXIT_NOTHING;
}
