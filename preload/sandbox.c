#include "real.h"

#include "crash.h"
#include "sandbox.h"
#include "shim.h"

#include <errno.h>

static struct {
	bool asked, tracking;
	uint32_t sources;
} before;

bool lsp_sandbox_begin(void)
{
	int saved = errno;

	if (lsp_shim.state != LSP_STATE_ON || (uint32_t)getpid() != lsp_shim.pid)
		return false;
	before.asked = lsp_shim.asked;
	before.tracking = lsp_shim.tracking;
	before.sources = lsp_shim.sources;
	lsp_shim.state = LSP_STATE_ASIDE;
	lsp_shim.sources = 0;
	lsp_shim.asked = lsp_shim.tracking = false;
	lsp_crash_stop();
	lsp_count(LSP_COUNTER_ASIDE);
	errno = saved;
	return true;
}

void lsp_sandbox_refused(void)
{
	int saved = errno;

	lsp_shim.asked = before.asked;
	lsp_shim.tracking = before.tracking;
	lsp_shim.sources = before.sources;
	lsp_shim.state = LSP_STATE_ON;
	lsp_counter_add(lsp_shim.ring.counters, LSP_COUNTER_ASIDE, (uint64_t)-1);
	lsp_crash_resume();
	errno = saved;
}
