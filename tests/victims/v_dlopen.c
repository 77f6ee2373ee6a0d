/* Loads libraries in all the ways, and logs in between. */
#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
	static const char *const names[] = { "libz.so.1", "libsqlite3.so.0", "libzstd.so.1",
		"libno.so" };
	static const int flags[] = { RTLD_LAZY, RTLD_NOW | RTLD_GLOBAL, RTLD_NOW | RTLD_DEEPBIND };
	for (int n = 0; n < 4; n++) {
		for (int f = 0; f < 3; f++) {
			void *library = dlopen(names[n], flags[f]);
			fprintf(stderr, "%s: %s\n", names[n], library ? "loaded" : dlerror());
			void *symbol = library ? dlsym(library, "compress") : NULL;
			fprintf(stderr, "compress: %s\n", symbol ? "found" : "not found");
			if (library)
				dlclose(library);
		}
	}
	return 0;
}
