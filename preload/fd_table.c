/* The descriptor table. The word of an entry:
 *
 *    63             32 31    24 23    16 15     8 7      0
 *    +----------------+--------+--------+--------+--------+
 *    | generation     | reason | channel| kind   | verdict|
 *    +----------------+--------+--------+--------+--------+
 *
 * An invalidation adds one generation and clears the rest; a classification is stored by
 * compare-and-swap from the word that was there before it looked, so one that was overtaken by an
 * invalidation is not kept. */
#include "fd_table.h"
#include "chunks.h"
#include "debug.h"
#include "shim.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic(void *) chunks[LSP_FD_MAX / LSP_CHUNK_ELEMENTS];
_Atomic uint32_t lsp_fd_used_end; /* behind the highest entry that was ever classified */

static inline struct lsp_fd *entry_at(int fd, bool make)
{
	return lsp_chunk_at(chunks, (size_t)fd, sizeof(struct lsp_fd), make);
}

#define CLASSIFY_TRIES   8
#define GENERATION(word) ((word)&0xFFFFFFFF00000000ull)

static struct lsp_rule rule_of_word(uint64_t word)
{
	struct lsp_rule r = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
		(uint8_t)(word >> 24) };
	return r;
}

static uint64_t word_of_rule(uint64_t generation, struct lsp_rule r)
{
	return generation | r.verdict | (uint64_t)r.kind << 8 | (uint64_t)r.channel << 16 |
	       (uint64_t)r.reason << 24;
}

static uint64_t identity_of(const struct stat *st)
{
	return ((uint64_t)st->st_ino * 0x9E3779B97F4A7C15ull) ^ ((uint64_t)st->st_dev << 8) ^
	       (st->st_mode & S_IFMT) ^ 1;
}

/* Another file than before: what was known of its lines does not hold. */
static void reset_lines(struct lsp_fd *e)
{
	atomic_store_explicit(&e->owner, LSP_LINE_START, memory_order_relaxed);
	e->data = e->collected = 0;
	e->seen = e->seen_file = 0;
	e->door_shut = 0;
	e->inlined = 0;
	e->partial_bytes = 0;
	e->partial_has_id = 0;
	e->partial_cut = 0;
	e->owed_at = e->owed_bytes = 0;
}

static void raise_used_end(uint32_t end)
{
	uint32_t seen = atomic_load_explicit(&lsp_fd_used_end, memory_order_relaxed);

	while (seen < end && !atomic_compare_exchange_weak(&lsp_fd_used_end, &seen, end))
		;
}

/* Returns a rule with LSP_VERDICT_UNKNOWN when the entry was invalidated meanwhile. Not inlined:
 * its frame is not for the calls that find an answer in the table. */
static __attribute__((noinline, cold)) struct lsp_rule classify(
	int fd, struct lsp_fd *e, uint64_t before, uint64_t now_ns)
{
	struct lsp_rule pass = { LSP_VERDICT_PASS, LSP_FD_OTHER, LSP_CHANNEL_NONE,
		LSP_REASON_GONE };
	struct lsp_rule unknown = { LSP_VERDICT_UNKNOWN, 0, 0, 0 }, r = pass;
	struct stat st;
	uint64_t identity;

	if (fstat(fd, &st))
		return pass;
	identity = identity_of(&st);
	if (identity == atomic_load_explicit(&e->identity, memory_order_relaxed) &&
		(uint8_t)before != LSP_VERDICT_UNKNOWN) {
		atomic_store_explicit(&e->checked_ns, now_ns, memory_order_relaxed);
		return rule_of_word(before);
	}
	/* In a vfork child this memory is the parent's: look, but write nothing down. */
	if ((uint32_t)getpid() != lsp_shim.pid)
		return pass;
	raise_used_end((uint32_t)fd + 1);
	r = lsp_rule_of(fd, &st);
	if (identity != atomic_load_explicit(&e->identity, memory_order_relaxed)) {
		reset_lines(e);
		atomic_store_explicit(&e->identity, identity, memory_order_relaxed);
	}
	atomic_store_explicit(&e->checked_ns, now_ns, memory_order_relaxed);
	uint64_t was = before;

	if (!atomic_compare_exchange_strong(&e->word, &before, word_of_rule(GENERATION(before), r)))
		/* Another thread was faster; or the number may mean something else by now. */
		return GENERATION(before) == GENERATION(was) ? rule_of_word(before) : unknown;
	lsp_debug_rule(fd, r);
	return r;
}

struct lsp_fd *lsp_fd_get(int fd, uint64_t now_ns, struct lsp_rule *ret_rule)
{
	struct lsp_fd *e;
	struct lsp_rule r;
	uint64_t word;

	if ((unsigned)fd >= LSP_FD_MAX) {
		if (fd >= 0)
			lsp_count(LSP_COUNTER_UNTRACKED_FD);
		return NULL;
	}
	e = entry_at(fd, true);
	if (!e)
		return NULL;
	word = atomic_load_explicit(&e->word, memory_order_acquire);
	r = rule_of_word(word);
	if (r.verdict == LSP_VERDICT_UNKNOWN ||
		now_ns - atomic_load_explicit(&e->checked_ns, memory_order_relaxed) >
			LSP_FD_TRUST_NS) {
		int saved = errno;

		/* A child of vfork(), whose memory is ours, invalidates our entries as it closes
		 * and moves its descriptors. */
		for (int tries = 0; tries < CLASSIFY_TRIES; tries++) {
			r = classify(fd, e, word, now_ns);
			if (r.verdict != LSP_VERDICT_UNKNOWN)
				break;
			word = atomic_load_explicit(&e->word, memory_order_acquire);
		}
		errno = saved;
	}
	if (r.verdict <= LSP_VERDICT_PASS || e->data)
		return NULL;
	*ret_rule = r;
	return e;
}

struct lsp_fd *lsp_fd_known(int fd)
{
	if ((unsigned)fd >= LSP_FD_MAX ||
		(unsigned)fd >= atomic_load_explicit(&lsp_fd_used_end, memory_order_relaxed))
		return NULL;
	return entry_at(fd, false);
}

/* In the child of a fork: what the parent's thread was at is not finished. */
static bool take_over(struct lsp_fd *e, uint64_t holder, uint64_t mine)
{
	if (holder >> 32 == lsp_shim.pid ||
		!atomic_compare_exchange_strong_explicit(
			&e->in_use, &holder, mine, memory_order_acquire, memory_order_relaxed))
		return false;
	e->partial_bytes = 0;
	e->owed_at = e->owed_bytes = 0;
	return true;
}

bool lsp_fd_hold(struct lsp_fd *e)
{
	uint64_t mine = lsp_holder(), holder = 0;

	/* Before it is taken: a longjmp may come right behind. */
	lsp_thread.held = &e->in_use;
	atomic_signal_fence(memory_order_seq_cst);
	if (atomic_compare_exchange_strong_explicit(
		    &e->in_use, &holder, mine, memory_order_acquire, memory_order_relaxed) ||
		take_over(e, holder, mine))
		return true;
	lsp_thread.held = NULL;
	return false;
}

void lsp_fd_drop(struct lsp_fd *e)
{
	atomic_store_explicit(&e->in_use, 0, memory_order_release);
	atomic_signal_fence(memory_order_seq_cst);
	lsp_thread.held = NULL;
}

void lsp_fd_invalidate(int fd)
{
	if ((unsigned)fd >= LSP_FD_MAX)
		return;
	if ((unsigned)fd >= atomic_load_explicit(&lsp_fd_used_end, memory_order_relaxed))
		return; /* never looked at: its page stays untouched */
	struct lsp_fd *e = entry_at(fd, false);
	uint64_t word = e ? atomic_load_explicit(&e->word, memory_order_relaxed) : 0;

	while (e &&
		!atomic_compare_exchange_weak(&e->word, &word, GENERATION(word) + 0x100000000ull))
		;
}

void lsp_fd_invalidate_range(unsigned first, unsigned last)
{
	unsigned end = atomic_load_explicit(&lsp_fd_used_end, memory_order_relaxed);

	for (unsigned fd = first; fd <= last && fd < end; fd++)
		lsp_fd_invalidate((int)fd);
}

void lsp_fd_set_data(struct lsp_fd *e)
{
	e->data = 1;
	lsp_count(LSP_COUNTER_KEPT_BINARY);
}

void lsp_fd_note(int fd, const char *bytes, size_t taken)
{
	struct lsp_fd *e = entry_at(fd, false);

	if (!e || rule_of_word(atomic_load_explicit(&e->word, memory_order_relaxed)).verdict <=
			  LSP_VERDICT_PASS)
		return;
	atomic_store_explicit(&e->owner,
		bytes[taken - 1] == '\n' ? LSP_LINE_START : LSP_LINE_FOREIGN, memory_order_relaxed);
}
