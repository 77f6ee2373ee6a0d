/* The files of the web page, in the program itself. The table is made by sidecar/web/make.sh. */
#ifndef LSP_SIDECAR_WEB_H
#define LSP_SIDECAR_WEB_H

#include <stddef.h>

struct lsp_web_file {
	const char *name, *type;
	const unsigned char *at;
	size_t len;
};

extern const struct lsp_web_file lsp_web_files[];
extern const size_t lsp_web_files_n;

#endif
