/* The process's state: made by the constructor, renewed in forked children. */
#include "real.h"

#include "child_env.h"
#include "conn.h"
#include "crash.h"
#include "debug.h"
#include "gate.h"
#include "out_file.h"
#include "process_names.h"
#include "profile.h"
#include "shim.h"
#include "../lib/core/carrier_env.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>

struct lsp_shim lsp_shim;
__thread struct lsp_thread lsp_thread __attribute__((tls_model("initial-exec")));

uint32_t lsp_thread_id(void)
{
	uint32_t tid = lsp_thread.tid;

	if (__builtin_expect(tid == 0, 0)) {
		int saved = errno;

		tid = (uint32_t)syscall(SYS_gettid);
		/* A vfork child has its parent's memory: the id would stay there. */
		if ((uint32_t)syscall(SYS_getpid) == lsp_shim.pid)
			lsp_thread.tid = tid;
		errno = saved;
	}
	return tid;
}

/* ---- the process span
 * ---------------------------------------------------------------------------- */

void lsp_process_span_begin(void)
{
	struct lsp_ring_span_in span = { .context = &lsp_shim.env_context,
		.parent_span_id = lsp_shim.env_carrier.span_id,
		.start_ns = lsp_shim.start_ns,
		.tid = lsp_thread_id(),
		.kind = 1,
		.name = lsp_shim.program };

	if (!lsp_shim.has_env || !lsp_shim.spans ||
		atomic_exchange_explicit(&lsp_shim.process_span_sent, true, memory_order_relaxed))
		return;
	span.name_bytes = strlen(lsp_shim.program);
	(void)lsp_ring_put_span(&lsp_shim.ring, LSP_RECORD_PROCESS_START, &span);
	lsp_count(LSP_COUNTER_SPANS);
}

void lsp_process_span_end(int exit_code)
{
	/* A forked child shares its parent's process span, and does not end it. */
	if (!lsp_shim.has_env || !lsp_shim.spans || lsp_shim.pid != lsp_shim.first_pid)
		return;
	lsp_process_span_begin();
	(void)lsp_ring_put_exit(
		&lsp_shim.ring, &lsp_shim.env_context, lsp_thread_id(), exit_code, 0);
}

static void at_exit(int status, void *unused)
{
	(void)unused;
	if (lsp_shim.state != LSP_STATE_ON)
		return;
	if ((uint32_t)syscall(SYS_getpid) != lsp_shim.pid)
		return;
	lsp_file_last_look_at_stdout();
	lsp_crash_exit(status);
	lsp_process_span_end(status);
	lsp_ring_close(&lsp_shim.ring, lsp_shim.settings.dir);
}

/* ---- fork
 * ---------------------------------------------------------------------------------------- */

static void open_ring(bool again)
{
	struct lsp_ring_identity id = { .service = lsp_shim.settings.service,
		.program = lsp_shim.program,
		.writer = "preload " LINESPAN_VERSION_TEXT };

	if (again)
		lsp_ring_reopen_after_fork(&lsp_shim.ring, lsp_shim.settings.dir, 0, &id);
	else
		(void)lsp_ring_open(&lsp_shim.ring, lsp_shim.settings.dir, 0, &id);
}

void lsp_shim_after_fork(void)
{
	int saved = errno;

	if (lsp_shim.state != LSP_STATE_ON)
		return;
	lsp_shim.pid = (uint32_t)syscall(SYS_getpid);
	lsp_thread.tid = 0;
	lsp_thread.busy = 0;
	memset(&lsp_thread.random, 0, sizeof(lsp_thread.random));
	lsp_process_names_after_fork();
	open_ring(true);
	if (lsp_shim.tracking)
		lsp_conn_after_fork();
	errno = saved;
}

/* ---- the constructor
 * ----------------------------------------------------------------------------- */

static void find_program(const char *argv0)
{
	char path[512];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *from = argv0 ? argv0 : "", *slash;

	if (n > 0) {
		path[n] = 0;
		from = path;
	}
	slash = strrchr(from, '/');
	from = slash ? slash + 1 : from;
	n = (ssize_t)strnlen(from, sizeof(lsp_shim.program) - 1);
	memcpy(lsp_shim.program, from, (size_t)n);
	lsp_shim.program[n] = 0;
}

static bool may_read_published(void)
{
	return lsp_shim.settings.context == LSP_CONTEXT_AUTO ||
	       lsp_shim.settings.context == LSP_CONTEXT_PUBLISHED;
}

static void note_more(bool found)
{
	lsp_shim.publishes_more =
		found && !(lsp_shim.published && lsp_published_is_only(LSP_PUBLISHED_OTEL));
}

/* A tracer that is in the process from its start: the executable's, or a needed library's. The
 * usual case has a way of its own: one load from the thread pointer. */
static void find_published(void)
{
	if (!may_read_published() || !lsp_published_find())
		return;
	lsp_shim.publishes = true;
	lsp_shim.published = lsp_published_is_static(LSP_PUBLISHED_OTEL, &lsp_shim.slot_offset);
	note_more(true);
}

/* With a tracer in the process it is the tracer who makes spans, and knows which thread serves
 * which request. */
void lsp_shim_after_load(void)
{
	bool before = lsp_shim.publishes;

	if (lsp_shim.state != LSP_STATE_ON || !may_read_published())
		return;
	bool found = lsp_published_find();
	note_more(found);
	if (!found || before) {
		lsp_shim.publishes = found;
		return;
	}
	if (lsp_shim.settings.spans == LSP_AUTO) {
		lsp_shim.spans = false;
		if (!atomic_load_explicit(&lsp_shim.process_span_sent, memory_order_relaxed))
			lsp_shim.env_context = lsp_shim.env_carrier;
	}
	lsp_shim.tracer_late = lsp_shim.settings.spans != LSP_ON;
	lsp_shim.publishes = true;
}

static void find_carrier(char *const *envp)
{
	int r = lsp_carrier_env_read(envp, &lsp_shim.env_carrier);

	if (lsp_shim.settings.context != LSP_CONTEXT_AUTO &&
		lsp_shim.settings.context != LSP_CONTEXT_ENV)
		return;
	if (r == -EINVAL) {
		lsp_count(LSP_COUNTER_BAD_CARRIER);
		lsp_debug_fact("TRACEPARENT", "not valid, ignored");
	}
	if (r)
		return;
	lsp_shim.env_context = lsp_shim.env_carrier;
	if (lsp_shim.spans)
		lsp_random_id(&lsp_thread.random, lsp_shim.env_context.span_id, LSP_SPAN_ID_BYTES);
	lsp_shim.has_env = true;
}

static void start(char *const *envp)
{
	lsp_shim.style.format = lsp_shim.settings.format;
	lsp_shim.style.fields = lsp_shim.settings.fields;
	lsp_shim.style.project =
		lsp_shim.settings.gcp_project[0] ? lsp_shim.settings.gcp_project : NULL;
	lsp_shim.traits = lsp_profile_of(lsp_shim.program);
	lsp_shim.start_ns = lsp_now_ns();
	open_ring(false);
	lsp_counter_add(lsp_shim.ring.counters, LSP_COUNTER_BAD_SETTING, lsp_shim.settings.bad);
	lsp_rules_first_stderr();
	find_published();
	lsp_shim.spans = lsp_shim.settings.spans == LSP_ON ||
			 (lsp_shim.settings.spans == LSP_AUTO && !lsp_shim.publishes);
	find_carrier(envp);
	lsp_shim.tracking = lsp_shim.settings.context == LSP_CONTEXT_AUTO && !lsp_shim.publishes;
	if (lsp_shim.settings.spans == LSP_ON && lsp_shim.settings.context == LSP_CONTEXT_AUTO)
		lsp_shim.tracking = true;
	lsp_shim.finding = lsp_shim.tracking && (lsp_shim.traits & LSP_TRAIT_CONTENT);
	pthread_atfork(NULL, NULL, lsp_shim_after_fork);
	on_exit(at_exit, NULL);
	lsp_shim.state = LSP_STATE_ON;
	lsp_crash_start(lsp_shim.has_env || lsp_shim.publishes);
}

static bool is_in_valgrind(char *const *envp)
{
	for (size_t i = 0; envp && envp[i]; i++)
		if (strncmp(envp[i], "LD_PRELOAD=", 11) == 0)
			return strstr(envp[i], "/vgpreload_") != NULL;
	return false;
}

static bool asked_for(char *const *envp)
{
	for (size_t i = 0; envp && envp[i]; i++)
		if (strcmp(envp[i], "LINESPAN=1") == 0)
			return true;
	return false;
}

__attribute__((constructor)) static void construct(int argc, char **argv, char **envp)
{
	int saved = errno;

	if (!lsp_real_ready)
		lsp_real_resolve();
	lsp_ring_init(&lsp_shim.ring);
	lsp_shim.pid = lsp_shim.first_pid = (uint32_t)syscall(SYS_getpid);
	lsp_shim.state = LSP_STATE_OFF;
	lsp_shim.asked = asked_for(envp);
	lsp_shim.in_valgrind = is_in_valgrind(envp);
	if (lsp_shim.asked) {
		find_program(argc > 0 ? argv[0] : NULL);
		lsp_settings_load(&lsp_shim.settings, envp, lsp_shim.program);
		lsp_child_env_disarm(envp);
		if (lsp_shim.settings.context == LSP_CONTEXT_OFF)
			lsp_debug_fact("off", "by setting");
		else if (lsp_gate_denies(lsp_shim.program))
			lsp_debug_fact("off", "a program of the deny list (R1)");
		else
			start(envp);
	}
	errno = saved;
}
