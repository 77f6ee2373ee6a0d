// What is known of the span, or of the log line, that was chosen.
import { el, line, table } from "./dom.js";
import { count, duration, earlier, clock, isBad, lineAddress, spanAddress, when } from "./api.js";
import { colour } from "./colours.js";
import { copyButton } from "./copy.js";

const LOGS_MAX = 500;

const text = (v) => (typeof v === "object" ? JSON.stringify(v) : String(v));
const isThere = ([, v]) => v !== null && v !== undefined && v !== "";

export const facts = (values) =>
	el(
		"dl",
		{},
		Object.entries(values)
			.filter(isThere)
			.map(([k, v]) => [el("dt", {}, line(k, 200)), el("dd", {}, line(text(v)))]),
	);

function section(title, values, open = true) {
	if (!Object.entries(values ?? {}).some(isThere)) return "";
	return el("details", { open }, el("summary", {}, title), facts(values));
}

export const logRows = (logs) =>
	el(
		"ol",
		{ class: "loglines" },
		logs
			.slice(0, LOGS_MAX)
			.map((l) =>
				el(
					"li",
					{ class: isBad(l) ? "bad" : "" },
					el(
						"span",
						{ class: "dim" },
						`${clock(l.time_unix_nano)} ${l.severity ?? ""} `,
					),
					line(l.body),
				),
			),
		logs.length > LOGS_MAX
			? el(
					"li",
					{ class: "dim" },
					`… and ${count(logs.length - LOGS_MAX, "line")} more`,
				)
			: "",
	);

function events(s) {
	if (!s.events.length) return "";
	return el(
		"details",
		{ open: true },
		el("summary", {}, count(s.events.length, "event")),
		s.events.map((e) => [
			el(
				"p",
				{},
				el("b", {}, line(e.name ?? "")),
				` ${when(e.time_unix_nano ?? 0).slice(11)}`,
			),
			facts(e.attributes ?? {}),
		]),
	);
}

function links(s) {
	if (!s.links.length) return "";
	const to = (l) => el("a", { href: spanAddress(l.trace_id, l.span_id) }, l.trace_id);
	return el(
		"details",
		{ open: true },
		el("summary", {}, count(s.links.length, "link")),
		el(
			"ul",
			{},
			s.links.map((l) => el("li", {}, l.trace_id ? to(l) : "")),
		),
	);
}

// actions: { only(spans or null), below(span), find(test) }
export function spanPanel(trace, s, actions) {
	const below = actions
		.below(s)
		.flatMap((x) => x.logs)
		.sort(earlier);
	const here = s.logs;
	const lines = el("div", {});
	const show = (logs) =>
		lines.replaceChildren(
			logs.length ? logRows(logs) : el("p", { class: "dim" }, "No log lines."),
		);
	show(here);
	const goTo = (id) => () => actions.find((r) => !r.log && r.span.span_id === id);
	return [
		el(
			"h2",
			{},
			el("i", { class: `chip ${colour(s.service)}` }),
			`${line(s.service)} ${line(s.name)}`,
		),
		s.status === "error"
			? el("p", { class: "error" }, `✗ ${line(s.status_message || "error")}`)
			: "",
		table(
			["took", "by itself", "critical path"],
			[[duration(s.duration_ns), duration(s.self_ns), duration(s.critical_ns)]],
		),
		el(
			"div",
			{ class: "tools" },
			s.parent_span_id && !s.orphan
				? el(
						"button",
						{ type: "button", onclick: goTo(s.parent_span_id) },
						"Parent",
					)
				: "",
			s.retry_of
				? el(
						"button",
						{ type: "button", onclick: goTo(s.retry_of) },
						"Attempt before",
					)
				: "",
			copyButton(
				"Link",
				() => location.origin + spanAddress(trace.trace_id, s.span_id),
			),
			copyButton("JSON", () => JSON.stringify(s, null, 1)),
		),
		el("h3", {}, "Log lines"),
		el(
			"div",
			{ class: "tools" },
			el(
				"button",
				{ type: "button", onclick: () => show(here) },
				`of this span: ${here.length}`,
			),
			el(
				"button",
				{ type: "button", onclick: () => show(below) },
				`and below: ${below.length}`,
			),
		),
		lines,
		section("Attributes", s.attributes),
		events(s),
		links(s),
		section("Span", {
			span_id: s.span_id,
			parent: s.parent_span_id,
			kind: s.kind,
			start: when(s.start_unix_nano),
			status: s.status,
			"error role": s.error_role,
			scope: s.scope?.name,
		}),
		section("Resource", s.resource, false),
	];
}

export function logPanel(l, find) {
	return [
		el("h2", {}, "Log line"),
		el("pre", { class: "mono" }, line(l.body, 20000)),
		el(
			"div",
			{ class: "tools" },
			l.trace_id && !find
				? el(
						"a",
						{ class: "button main", href: lineAddress(l) },
						"Open its trace",
					)
				: "",
			l.span_id && find
				? el(
						"button",
						{
							type: "button",
							onclick: () =>
								find(
									(r) =>
										!r.log &&
										r.span.span_id ===
											l.span_id,
								),
						},
						"Its span",
					)
				: "",
			copyButton("Line", () => l.body),
			l.trace_id
				? copyButton("Link", () => location.origin + lineAddress(l))
				: "",
			copyButton("JSON", () => JSON.stringify(l, null, 1)),
		),
		facts({
			time: when(l.time_unix_nano),
			service: l.service,
			severity: l.severity,
			trace_id: l.trace_id,
			span_id: l.span_id,
			"came by": l.source,
			"context by": l.context_source,
			pid: l.pid,
			tid: l.tid,
		}),
		section("Attributes", l.attributes),
	];
}
