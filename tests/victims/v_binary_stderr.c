/* Writes an image to standard error, and then text: data for good.
 * STAMPED: none */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	char bytes[256];
	for (int i = 0; i < 256; i++)
		bytes[i] = i;
	write(2, "\x89PNG\r\n\x1a\n", 8);
	for (int i = 0; i < 5; i++) {
		write(2, bytes, sizeof(bytes));
		write(2, "text in between\n", 16);
	}
	return 0;
}
