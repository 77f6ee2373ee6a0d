#!/bin/sh
# Prints the C table of the web page's files: sidecar/web/make.sh FILE…
set -eu
n=0
rows=
echo '#include "sidecar/web.h"'
for file; do
	case $file in
	*.html) type='text/html; charset=utf-8' ;;
	*.css) type='text/css; charset=utf-8' ;;
	*.js) type='text/javascript; charset=utf-8' ;;
	*.svg) type='image/svg+xml' ;;
	*) echo "$file: no content type is known" >&2; exit 1 ;;
	esac
	echo "static const unsigned char f${n}[] = {"
	od -An -v -tx1 "$file" | sed 's/ \(..\)/0x\1,/g'
	echo '};'
	rows="$rows	{ \"$(basename "$file")\", \"$type\", f$n, sizeof(f$n) },
"
	n=$((n + 1))
done
printf 'const struct lsp_web_file lsp_web_files[] = {\n%s};\n' "$rows"
echo "const size_t lsp_web_files_n = $n;"
