/* A program whose tracer comes with a library: loads it (how: "needed" when it is linked), begins
 * and ends spans by publish(), logs, and unloads it. Threads that were there before the library
 * and threads that come later log, too. usage: host LIBRARY|needed [close|active|again] */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void (*publish)(unsigned char);
static pthread_barrier_t loaded, done;

static void say(const char *who, int n)
{
	char line[100];
	int len = snprintf(line, sizeof(line), "%s %02x\n", who, n);
	if (write(2, line, (size_t)len) != len)
		_exit(9);
}

static void *old_thread(void *unused)
{
	say("outside", 0);
	pthread_barrier_wait(&loaded);
	say("outside", 0);
	publish(0x31);
	say("old", 0x31);
	publish(0);
	say("outside", 0);
	pthread_barrier_wait(&done);
	return unused;
}

static void *new_thread(void *unused)
{
	say("outside", 0);
	publish(0x42);
	say("new", 0x42);
	publish(0);
	say("outside", 0);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t first, second;
	void *library = NULL;
	if (argc < 2)
		return 2;
	pthread_barrier_init(&loaded, NULL, 2);
	pthread_barrier_init(&done, NULL, 2);
	say("outside", 0);
	pthread_create(&first, NULL, old_thread, NULL);
	library = dlopen(strcmp(argv[1], "needed") ? argv[1] : NULL, RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 3;
	}
	publish = (void (*)(unsigned char))dlsym(library, "publish");
	if (!publish)
		return 4;
	if (dlerror())
		return 5; /* nobody else may leave an error here */
	say("outside", 0);
	publish(0x11);
	say("main", 0x11);
	publish(0x12);
	say("main", 0x12);
	pthread_barrier_wait(&loaded);
	pthread_barrier_wait(&done);
	say("main", 0x12);
	pthread_create(&second, NULL, new_thread, NULL);
	pthread_join(second, NULL);
	pthread_join(first, NULL);
	publish(0);
	say("outside", 0);
	if (argc > 2) {
		publish(0x13);
		say("main", 0x13);
		if (strcmp(argv[2], "active"))
			publish(0);
		dlclose(library);
		say("outside", 0);
		if (!strcmp(argv[2], "again")) {
			library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
			publish = (void (*)(unsigned char))dlsym(library, "publish");
			publish(0x14);
			say("main", 0x14);
			publish(0);
		}
		say("outside", 0);
	}
	return 0;
}
