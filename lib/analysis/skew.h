/* Clocks of hosts that disagree, as far as calls between the hosts show it. */
#ifndef LSP_ANALYSIS_SKEW_H
#define LSP_ANALYSIS_SKEW_H

#include "tree.h"

/* One host's clock beside that of the host where the trace begins. */
struct lsp_skew_host {
	const char *kind, *name; /* "host.name" "web-1"; live as long as the trace */
	int64_t ns; /* what its times lack; less than 0: they are too late. 0: nothing is wrong */
	uint64_t contradiction_ns; /* calls contradict each other by this much: ns is 0 */
};

/* Finds the hosts of a trace and what their clocks lack. Spans are of one host when their
 * resources say so: host.id, host.name, k8s.node.name, else service.instance.id, k8s.pod.name,
 * else the service. What proves a wrong clock: a child that begins before its parent, and a child
 * of a CLIENT that ends after it, though it is no longer and the CLIENT did not fail. A CONSUMER,
 * or what is below a PRODUCER, proves nothing. A time in whole milliseconds may be one millisecond
 * off, and so may services that name no host. Of what the calls allow the middle is taken; when
 * the right time is allowed, nothing is shifted.
 *
 * *ret_hosts: a malloc'ed array of *ret_n. host_of[i]: the host of each span, by its place there.
 * Returns 0 or -ENOMEM. */
int lsp_skew_find(const struct lsp_tree *t, uint32_t *host_of, struct lsp_skew_host **ret_hosts,
	size_t *ret_n);

/* Shifts spans, their events and their logs by what their host's clock lacks, keeps that in the
 * spans' skew_ns, sorts, and tells it in the notes. To be called before the trace's tree is built
 * for people; a second call changes nothing. Returns 0 or -ENOMEM with the trace as it was. */
int lsp_skew_correct(struct lsp_trace *trace);

#endif
