#include "findings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES_MAX 1024

int lsp_findings_add(
	struct lsp_findings *f, const struct lsp_finding *finding, const char *format, ...)
{
	char text[TEXT_BYTES_MAX];
	va_list args;
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 64;
		struct lsp_finding *all = realloc(f->all, cap * sizeof(*all));
		if (!all)
			return -ENOMEM;
		f->all = all;
		f->cap = cap;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	struct lsp_finding *made = &f->all[f->n];
	*made = *finding;
	made->text = strdup(text);
	if (!made->text)
		return -ENOMEM;
	f->n++;
	return 0;
}

void lsp_findings_release(struct lsp_findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->all[i].text);
	free(f->all);
	f->all = NULL;
	f->n = f->cap = 0;
}

struct lsp_slice lsp_findings_name(const struct lsp_findings *f, uint32_t name)
{
	return lsp_interns_get(&f->vocabulary->names, name);
}
