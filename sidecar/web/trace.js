// One trace: the waterfall, what is known of the chosen span or line, why it took so long.
import { el, line, table } from "./dom.js";
import { duration, get, isBad, when } from "./api.js";
import { waterfall } from "./waterfall.js";

function details(values) {
	return el(
		"dl",
		{},
		Object.entries(values)
			.filter(([, v]) => v !== null && v !== undefined && v !== "")
			.flatMap(([k, v]) => [
				el("dt", {}, k),
				el(
					"dd",
					{},
					typeof v === "object"
						? JSON.stringify(v)
						: line(String(v)),
				),
			]),
	);
}

export function logTable(logs, withTrace) {
	return table(
		["Time", "Service", "Severity", "Line", withTrace ? "Trace" : "Context"],
		logs.map((l) => [
			el("span", { class: "time" }, when(l.time_unix_nano)),
			l.service,
			el("span", { class: isBad(l) ? "error" : "" }, l.severity ?? ""),
			el("td", { class: "body" }, line(l.body)),
			withTrace
				? l.trace_id &&
					el(
						"a",
						{
							href: `/trace/${l.trace_id}${
								l.span_id
									? `#span=${l.span_id}`
									: ""
							}`,
						},
						l.trace_id.slice(0, 8),
					)
				: `${l.source}${l.context_source ? `, ${l.context_source}` : ""}`,
		]),
	);
}

function subtree(trace, top) {
	const inside = new Set([top.span_id]);
	let before;
	do {
		before = inside.size;
		for (const s of trace.spans)
			if (inside.has(s.parent_span_id)) inside.add(s.span_id);
	} while (inside.size > before);
	return trace.spans.filter((s) => inside.has(s.span_id));
}

function spanPanel(trace, s, panel) {
	const logs = el("div", {});
	const showLogs = (below) =>
		logs.replaceChildren(...logList(below ? subtree(trace, s) : [s]));
	const logList = (spans) => {
		const found = spans
			.flatMap((x) => x.logs)
			.sort((a, b) =>
				BigInt(a.time_unix_nano) < BigInt(b.time_unix_nano) ? -1 : 1,
			);
		return found.length
			? [logTable(found.slice(0, 500))]
			: [el("p", { class: "dim" }, "No log lines.")];
	};
	panel.replaceChildren(
		el("h2", {}, `${s.service} ${line(s.name)}`),
		details({
			span: s.span_id,
			kind: s.kind,
			duration: duration(s.duration_ns),
			"by itself": duration(s.self_ns),
			"critical path": duration(s.critical_ns),
			status: s.status,
			message: s.status_message,
			"error role": s.error_role,
			"retry of": s.retry_of,
			start: when(s.start_unix_nano),
		}),
		el("h2", {}, "Attributes"),
		details(s.attributes),
		el("h2", {}, "Resource"),
		details(s.resource),
		s.events.length ? el("h2", {}, "Events") : "",
		...s.events.map((e) =>
			el("pre", { class: "mono" }, line(JSON.stringify(e, null, 1))),
		),
		el(
			"div",
			{ class: "tools" },
			el("h2", {}, "Log lines"),
			el(
				"button",
				{ type: "button", onclick: () => showLogs(false) },
				"of this span",
			),
			el(
				"button",
				{ type: "button", onclick: () => showLogs(true) },
				"and below",
			),
		),
		logs,
	);
	showLogs(false);
}

function logPanel(l, panel) {
	panel.replaceChildren(
		el("h2", {}, "Log line"),
		el("pre", { class: "mono" }, line(l.body)),
		details({
			time: when(l.time_unix_nano),
			service: l.service,
			severity: l.severity,
			span: l.span_id,
			"came by": l.source,
			"context by": l.context_source,
			pid: l.pid,
			tid: l.tid,
		}),
		el("h2", {}, "Attributes"),
		details(l.attributes),
	);
}

function beside(b) {
	const verdict = b.verdict === "normal" ? "Normal" : b.verdict;
	const range = `half within ${duration(b.p50_ns)}, 99 of 100 within ${duration(b.p99_ns)}`;
	return `${verdict} beside ${b.n} others like it (${range}).`;
}

function explanation(x) {
	const b = x.baseline;
	const said = [];
	if (x.slowest)
		said.push(
			`Most time by itself: ${x.slowest.service} ${x.slowest.name}, ${duration(
				x.slowest.self_ns,
			)} (${Math.round(x.slowest.share * 100)} %).`,
		);
	if (b.verdict !== "no-baseline") said.push(beside(b));
	if (x.origin)
		said.push(
			`The error began at ${x.origin.service} ${x.origin.name}${
				x.origin.message ? `: ${x.origin.message}` : ""
			}; passed on by ${
				x.propagated.length
			} spans, absorbed by ${x.absorbed.length}.`,
		);
	for (const r of x.retries)
		said.push(
			`${r.service} ${r.name}: ${r.attempts} attempts, ${
				r.succeeded ? "the last one succeeded" : "none succeeded"
			}, ${duration(r.wasted_ns)} wasted.`,
		);
	return said.map((text) => el("p", {}, line(text)));
}

function copyButtons(t) {
	const command = `linespan show ${t.trace_id}`;
	const address = `${location.origin}/api/v1/traces/${t.trace_id}`;
	const copy = (label, text) =>
		el(
			"button",
			{
				type: "button",
				async onclick(event) {
					await navigator.clipboard.writeText(text());
					event.target.textContent = `${label}: copied`;
				},
			},
			label,
		);
	return [
		copy("Copy command", () => command),
		copy("Copy as curl", () => `curl '${address}'`),
		copy("Copy as JSON", () => JSON.stringify(t)),
		copy("Copy link", () => location.href),
	];
}

const ONLY_LOGS =
	"Only log lines are known of this trace: its programs send no spans, the spans " +
	"were sampled out, or they have not arrived yet.";

const notSpans = (t) => (t.spans.length ? [] : [el("p", { class: "note" }, ONLY_LOGS)]);
const notLogs = (t) =>
	t.logs.length || t.spans.some((s) => s.logs.length)
		? []
		: [
				el(
					"p",
					{ class: "note" },
					"No log line names this trace: `linespan doctor PID` " +
						"says why a program's lines have no ids.",
				),
			];

export async function page(id) {
	const t = await get(`/api/v1/traces/${encodeURIComponent(id)}`);
	const panel = el(
		"aside",
		{ class: "panel", "aria-live": "polite" },
		el("p", { class: "dim" }, "Choose a span or a line."),
	);
	const fall = waterfall(t, (row) => {
		if (row.log) {
			logPanel(row.log, panel);
			history.replaceState(null, "", `#log=${row.log.time_unix_nano}`);
		} else {
			spanPanel(t, row.span, panel);
			history.replaceState(null, "", `#span=${row.span.span_id}`);
		}
	});
	const explained = el("section", { "aria-label": "Explanation" });
	get(`/api/v1/traces/${t.trace_id}/explain`).then(
		(x) => explained.replaceChildren(...explanation(x)),
		() => {},
	);
	const choice = el(
		"select",
		{ onchange: (event) => fall.show(event.target.value) },
		["dots", "rows", "off"].map((v) => el("option", { value: v }, v)),
	);
	// Deep links: to a span, to a log line.
	const [, kind, wanted] = location.hash.match(/^#(span|log)=(\w+)$/) ?? [];
	queueMicrotask(() =>
		requestAnimationFrame(() => {
			if (kind === "log") {
				choice.value = "rows";
				fall.show("rows");
				fall.find((r) => r.log?.time_unix_nano === wanted);
			} else if (kind === "span") {
				fall.find((r) => !r.log && r.span.span_id === wanted);
			}
		}),
	);
	return [
		el("h1", {}, `Trace ${t.trace_id}`),
		el(
			"p",
			{ class: "dim" },
			`${when(t.start_unix_nano)}, ${duration(t.duration_ns)}, ${
				t.spans.length
			} spans, ${t.services.length} services: ${t.services.map(line).join(", ")}`,
		),
		...t.notes.map((n) => el("p", { class: "note" }, line(n))),
		...notSpans(t),
		...notLogs(t),
		explained,
		el(
			"div",
			{ class: "tools" },
			el("label", {}, "Log lines as ", choice),
			...copyButtons(t),
		),
		t.spans.length ? el("div", { class: "split" }, fall.box, panel) : "",
		t.logs.length
			? el("h2", {}, `${t.logs.length} log lines whose span is not here`)
			: "",
		t.logs.length ? logTable(t.logs.slice(0, 2000)) : "",
	];
}
