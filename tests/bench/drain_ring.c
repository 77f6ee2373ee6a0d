/* Empties the rings of a folder without looking at them, so that a benchmark of the writing end
 * never meets a full ring. The offsets of head and tail are those of the header page: see ring.h.
 * */
#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/core/ring_layout.h"

int main(int argc, char **argv)
{
	struct lsp_ring_header *rings[16];
	int n = 0;

	if (argc != 2)
		return 2;
	for (;;) {
		if (n == 0) {
			DIR *dir = opendir(argv[1]);
			struct dirent *entry;

			while (dir && (entry = readdir(dir)) && n < 16) {
				char path[1024];
				struct stat st;
				int fd;

				if (!strstr(entry->d_name, ".ring"))
					continue;
				snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
				fd = open(path, O_RDWR);
				if (fd < 0)
					continue;
				if (fstat(fd, &st) || st.st_size < 2 * 4096) {
					close(fd); /* not made yet */
					continue;
				}
				rings[n] =
					mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
				close(fd);
				if (rings[n] != MAP_FAILED)
					n++;
			}
			if (dir)
				closedir(dir);
		}
		for (int i = 0; i < n; i++)
			atomic_store(&rings[i]->tail, atomic_load(&rings[i]->head));
		usleep(200);
	}
}
