// What `explain` says of a trace, as cards: where the time went, where the error began, what was
// retried, how it stands beside others, whether it can be trusted.
import { el, failedMark, line, styled } from "./dom.js";
import { clock, count, duration } from "./api.js";
import { colour } from "./colours.js";

const NOTES_MAX = 6;
const SEGMENT_MIN = 0.002;

const card = (title, ...rest) => el("section", { class: "card" }, el("h2", {}, title), rest);
const p = (...words) => el("p", {}, words);

function spanButton(s, find) {
	const go = () => find((r) => !r.log && r.span.span_id === s.span_id);
	return el(
		"button",
		{ type: "button", class: "link", onclick: go },
		`${line(s.service, 100)} ${line(s.name, 100)}`,
	);
}

function time(x, find) {
	const total = x.critical_path.reduce((sum, s) => sum + s.ns, 0) || 1;
	const part = (s) => {
		const title = `${line(s.service, 100)} ${line(s.name, 100)}: ${duration(s.ns)}`;
		const onclick = () => find((r) => !r.log && r.span.span_id === s.span_id);
		return styled(el("span", { class: `part ${colour(s.service)}`, title, onclick }), {
			flexGrow: s.ns / total,
		});
	};
	const parts = x.critical_path.filter((s) => s.ns / total > SEGMENT_MIN);
	return card(
		"Where the time went",
		el(
			"div",
			{ class: "parts", role: "img", "aria-label": "The critical path" },
			parts.map(part),
		),
		x.slowest
			? p(
					"Most by itself: ",
					spanButton(x.slowest, find),
					`, ${duration(x.slowest.self_ns)} `,
					`(${Math.round(x.slowest.share * 100)} %).`,
				)
			: "",
	);
}

const same = (a, b) => a.time_unix_nano === b.time_unix_nano && a.body === b.body;

function error(x, find) {
	const o = x.origin;
	if (!o) return card("Errors", p("No span is in error."));
	return card(
		"Where the error began",
		p(
			failedMark(),
			spanButton(o, find),
			o.message ? `: ${line(o.message, 300)}` : null,
		),
		o.log
			? el(
					"button",
					{
						type: "button",
						class: "quote",
						title: "go to this line",
						onclick: () =>
							find((r) => r.log && same(r.log, o.log)),
					},
					`${clock(o.log.time_unix_nano)} ${line(o.log.body, 300)}`,
				)
			: p("No error line was logged there."),
		p(
			`Passed on by ${count(x.propagated.length, "span")}, `,
			`absorbed by ${x.absorbed.length}.`,
		),
	);
}

function retries(x, find) {
	if (!x.retries.length) return "";
	return card(
		"Retries",
		x.retries
			.slice(0, NOTES_MAX)
			.map((r) =>
				p(
					spanButton({ ...r, span_id: r.parent_span_id }, find),
					`: ${count(r.attempts, "attempt")}, ` +
						(r.succeeded ? "the last one" : "none") +
						" succeeded, " +
						`${duration(r.wasted_ns)} wasted.`,
				),
			),
		x.retries.length > NOTES_MAX
			? p(`… and ${x.retries.length - NOTES_MAX} more.`)
			: "",
	);
}

const VERDICTS = { normal: "ok", slow: "warn", failing: "error" };
function beside(x) {
	const b = x.baseline;
	if (b.verdict === "no-baseline")
		return card(
			"Beside others",
			p(`${count(b.n, "other")} like it: too few to compare with.`),
		);
	const most = Math.max(b.p99_ns, x.duration_ns, 1) * 1.05;
	const mark = (ns, kind, title) =>
		styled(el("span", { class: `at ${kind}`, title: `${title}: ${duration(ns)}` }), {
			left: `${(100 * ns) / most}%`,
		});
	return card(
		"Beside others",
		p(
			el("b", { class: VERDICTS[b.verdict] ?? "" }, b.verdict),
			` beside ${count(b.n, "other")} like it.`,
		),
		el(
			"div",
			{
				class: "scale",
				role: "img",
				"aria-label": "p50, p99, and this one",
			},
			mark(b.p50_ns, "usual", "half within"),
			mark(b.p99_ns, "usual", "99 of 100 within"),
			mark(x.duration_ns, "this", "this one"),
		),
		p(
			`Half within ${duration(b.p50_ns)}, `,
			`99 of 100 within ${duration(b.p99_ns)}; `,
			`this one ${duration(x.duration_ns)}.`,
		),
	);
}

const GAPS = {
	uninstrumented: "between spans, with none to say what happened",
	queue: "waiting in a queue",
	"missing-parent": "whose parent is not here",
};
function trust(x, find) {
	const gaps = x.gaps
		.slice(0, NOTES_MAX)
		.map((g) =>
			p(
				`${duration(g.ns)} ${GAPS[g.kind] ?? g.kind}, at `,
				spanButton({ service: "", name: g.span_id, ...g }, find),
			),
		);
	const notes = x.notes.slice(0, NOTES_MAX).map((n) => p(line(n, 300)));
	if (!gaps.length && !notes.length) return "";
	return card("What to mind", notes, gaps);
}

export const findings = (x, find, names) => {
	const named = (g) => ({ ...names.get(g.span_id), ...g });
	return [
		time(x, find),
		error(x, find),
		retries(x, find),
		beside(x),
		trust({ ...x, gaps: x.gaps.map(named) }, find),
	];
};
