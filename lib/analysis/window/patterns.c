#include "patterns.h"

#include <errno.h>
#include <stdlib.h>

#define BODY_BYTES_MAX  400 /* of a line that are looked at */
#define GROUP_WORDS     1
#define LONG_HEX_CHARS  16
#define WORDS_BYTES_MAX (64u << 20)
#define PATTERNS_MAX    200000
#define GROUP_MAX       200 /* patterns that a line is compared with */
#define VARIES          0

void lsp_patterns_init(struct lsp_patterns *p)
{
	*p = (struct lsp_patterns){ 0 };
	lsp_interns_init(&p->words, WORDS_BYTES_MAX);
	lsp_interns_init(&p->groups, WORDS_BYTES_MAX);
	lsp_interns_init(&p->seen, WORDS_BYTES_MAX);
}

void lsp_patterns_release(struct lsp_patterns *p)
{
	lsp_interns_release(&p->words);
	lsp_interns_release(&p->groups);
	lsp_interns_release(&p->seen);
	free(p->all);
	free(p->heads);
	free(p->placed);
	p->all = NULL;
	p->heads = p->placed = NULL;
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool is_break(char c)
{
	return (unsigned char)c <= ' ' || strchr("[](){},=:;\"'/|<>", c);
}

static bool varies(const char *word, size_t n)
{
	bool hex = n >= LONG_HEX_CHARS;
	for (size_t i = 0; i < n; i++) {
		char c = word[i];
		if (c >= '0' && c <= '9')
			return true;
		hex = hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-');
	}
	return hex;
}

struct line {
	uint32_t words[LSP_PATTERN_WORDS], n;
};

/* What varies counts once in a row: lists have any length. */
static int read_line(struct lsp_patterns *p, struct lsp_slice body, struct line *ret)
{
	size_t len = body.len < BODY_BYTES_MAX ? body.len : BODY_BYTES_MAX;
	uint32_t star;
	int rc = p->words.n ? 0 : lsp_interns_add(&p->words, "*", 1, &star);
	ret->n = 0;
	for (size_t i = 0; rc == 0 && i < len && ret->n < LSP_PATTERN_WORDS;) {
		if (body.at[i] == '\n')
			break;
		if (is_break(body.at[i])) {
			i++;
			continue;
		}
		size_t from = i;
		while (i < len && !is_break(body.at[i]))
			i++;
		uint32_t word = VARIES;
		if (!varies(body.at + from, i - from))
			rc = lsp_interns_add(&p->words, body.at + from, i - from, &word);
		if (word == VARIES && ret->n && ret->words[ret->n - 1] == VARIES)
			continue;
		ret->words[ret->n++] = word;
	}
	return rc;
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* Room for place i in a zeroed array. */
static int make_room(uint32_t **array, uint32_t *cap, uint32_t i)
{
	if (i < *cap)
		return 0;
	uint32_t wanted = i < 128 ? 256 : i * 2;
	uint32_t *grown = realloc(*array, wanted * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + *cap, 0, (wanted - *cap) * sizeof(*grown));
	*array = grown;
	*cap = wanted;
	return 0;
}

static int find_group(
	struct lsp_patterns *p, uint32_t service, const struct line *line, uint32_t *ret)
{
	uint32_t key[1 + GROUP_WORDS] = { service };
	for (uint32_t i = 0, k = 1; i < line->n && k <= GROUP_WORDS; i++)
		if (line->words[i] != VARIES)
			key[k++] = line->words[i];
	int rc = lsp_interns_add(&p->groups, key, sizeof(key), ret);
	return rc ? rc : make_room(&p->heads, &p->heads_cap, *ret);
}

static bool is_alike(const struct lsp_pattern *known, const struct line *line)
{
	uint32_t longer = known->n > line->n ? known->n : line->n;
	uint32_t shorter = known->n < line->n ? known->n : line->n;
	uint32_t equal = 0;
	for (uint32_t i = 0; i < shorter; i++)
		equal += known->words[i] == line->words[i] || known->words[i] == VARIES;
	return equal * 10 >= longer * 6; /* three of five */
}

static void take_in(struct lsp_pattern *known, const struct line *line)
{
	if (line->n < known->n)
		known->n = line->n;
	for (uint32_t i = 0; i < known->n; i++)
		if (known->words[i] != line->words[i])
			known->words[i] = VARIES;
}

static int add_pattern(struct lsp_patterns *p, uint32_t group, const struct line *line)
{
	if (p->n >= PATTERNS_MAX)
		return -E2BIG;
	if (p->n == p->cap) {
		uint32_t cap = p->cap ? p->cap * 2 : 256;
		struct lsp_pattern *all = realloc(p->all, cap * sizeof(*all));
		if (!all)
			return -ENOMEM;
		p->all = all;
		p->cap = cap;
	}
	struct lsp_pattern *made = &p->all[p->n++];
	*made = (struct lsp_pattern){ .n = line->n, .next = p->heads[group] };
	memcpy(made->words, line->words, line->n * sizeof(line->words[0]));
	p->heads[group] = p->n;
	return 0;
}

int lsp_patterns_add(struct lsp_patterns *p, uint32_t service, struct lsp_slice body, uint32_t *ret)
{
	struct {
		uint32_t group;
		uint32_t words[LSP_PATTERN_WORDS];
	} key = { 0 };
	struct line line;
	uint32_t place;
	int rc = read_line(p, body, &line);
	rc = rc ? rc : find_group(p, service, &line, &key.group);
	memcpy(key.words, line.words, line.n * sizeof(line.words[0]));
	rc = rc ? rc : lsp_interns_add(&p->seen, &key, sizeof(uint32_t) * (1 + line.n), &place);
	rc = rc ? rc : make_room(&p->placed, &p->placed_cap, place);
	if (rc)
		return rc;
	if (!p->placed[place]) {
		uint32_t at = p->heads[key.group];
		for (int i = 0; at && i < GROUP_MAX && !is_alike(&p->all[at - 1], &line); i++)
			at = p->all[at - 1].next;
		if (at)
			take_in(&p->all[at - 1], &line);
		else
			rc = add_pattern(p, key.group, &line);
		if (rc)
			return rc;
		p->placed[place] = at ? at : p->n;
	}
	*ret = p->placed[place] - 1;
	return 0;
}

int lsp_patterns_text(const struct lsp_patterns *p, uint32_t pattern, struct lsp_buf *out)
{
	const struct lsp_pattern *known = &p->all[pattern];
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < known->n; i++) {
		rc = i ? lsp_buf_add(out, " ", 1) : 0;
		rc = rc ? rc : lsp_buf_add_slice(out, lsp_interns_get(&p->words, known->words[i]));
	}
	return rc;
}
