/* Wide characters on standard error.
 * STAMPED: any */
#include <locale.h>
#include <stdio.h>
#include <wchar.h>

int main(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	for (int i = 0; i < 10; i++) {
		fwprintf(stderr, L"breit %d \u00e4\u00f6\u00fc\n", i);
		fputws(L"fputws\n", stderr);
		fputwc(L'\n', stderr);
	}
	wprintf(L"data \u00e4\n");
	return 0;
}
