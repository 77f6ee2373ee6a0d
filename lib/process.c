/* What belongs to the process: its ring, its threads' numbers and generators. The ring is opened
 * before main(), so that no later call opens anything; a forked child gets its own. */
#include "public.h"
#include "core/random_id.h"
#include "core/settings.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
	struct lsp_settings settings;
	struct lsp_ring ring;
	bool ready;
} process;
static __thread struct lsp_random random_state;
static __thread uint32_t tid;

static struct lsp_ring_identity identity(void)
{
	return (struct lsp_ring_identity){ .service = process.settings.service,
		.program = program_invocation_short_name,
		.writer = "library " LINESPAN_VERSION };
}

static void in_child(void)
{
	struct lsp_ring_identity id = identity();

	tid = 0;
	memset(&random_state, 0, sizeof(random_state));
	lsp_ring_reopen_after_fork(&process.ring, process.settings.dir, 0, &id);
}

static void at_exit(void)
{
	lsp_ring_close(&process.ring, process.settings.dir);
}

__attribute__((constructor)) static void start(void)
{
	struct lsp_ring_identity id;

	lsp_ring_init(&process.ring);
	lsp_settings_load(&process.settings, environ, program_invocation_short_name);
	id = identity();
	(void)lsp_ring_open(&process.ring, process.settings.dir, 0, &id);
	pthread_atfork(NULL, NULL, in_child);
	atexit(at_exit);
	process.ready = true;
}

struct lsp_ring *lsp_public_ring(void)
{
	return process.ready && process.ring.map ? &process.ring : NULL;
}

uint32_t lsp_public_tid(void)
{
	if (!tid) {
		int saved = errno;

		tid = (uint32_t)syscall(SYS_gettid);
		errno = saved;
	}
	return tid;
}

void lsp_public_random_id(uint8_t *ret, unsigned n)
{
	lsp_random_id(&random_state, ret, n);
}
