/* Wide characters on standard error: whole lines, characters, formats, lines in pieces.
 * STAMPED: all */
#include <locale.h>
#include <stdio.h>
#include <wchar.h>

int main(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	for (int i = 0; i < 10; i++) {
		int n = fwprintf(stderr, L"breit %d \u00e4\u00f6\u00fc \U0001F388\n", i);
		n += fputws(L"fputws\n", stderr);
		fputwc(L'c', stderr);
		putwc(L'\u00e4', stderr);
		fputws(L"%d rest\n", stderr);
		fwprintf(stderr, L"%ls", L"in ");
		fwprintf(stderr, L"%s %lc %d\n", "pieces", L'\u20ac', n);
	}
	fwprintf(stderr, L"{\"msg\": \"%ls\"}\n", L"\u65e5\u672c");
	int n = wprintf(L"data \u00e4\n");
	wprintf(L"%d %d\n", n, fwide(stdout, 0) > 0);
	return 0;
}
