// How good the tracing itself is, the worst service first.
import { el, line, note, table } from "./dom.js";
import { get, services, traceAddress } from "./api.js";
import { filters, SPANS_OF_TIME } from "./form.js";

const suchAs = (list) => (list.length ? ` Such as: ${list.map((x) => line(x)).join(", ")}.` : "");
const lookAt = (id) => [el("a", { href: traceAddress(id) }, id.slice(0, 8)), " "];

function rule(r) {
	const more = el(
		"p",
		{ class: "dim" },
		line(r.advice),
		".",
		suchAs(r.examples),
		r.traces.length ? [" For example ", r.traces.map(lookAt)] : "",
	);
	return [
		el("span", { class: r.passed ? "ok" : "warn" }, r.passed ? "✓ ok" : "✗ fails"),
		r.id,
		el("td", {}, line(r.title), r.passed ? "" : more),
		el("td", { class: "number" }, `${r.failed} of ${r.checked}`),
	];
}

const score = (s) =>
	s.score === null
		? el("span", { class: "dim" }, "no rule could be checked")
		: [
				el("meter", {
					min: 0,
					max: 100,
					low: 50,
					high: 75,
					optimum: 100,
					value: s.score,
					"aria-label": "score",
				}),
				` ${Math.round(s.score)} of 100, ${s.rating} `,
			];

function service(s) {
	const rules = [...s.rules, ...s.linespan_rules].sort((a, b) => a.passed - b.passed);
	return el(
		"details",
		{ open: rules.some((r) => !r.passed), class: "ranked" },
		el(
			"summary",
			{},
			el("b", {}, line(s.service) || "(no service.name)"),
			" ",
			score(s),
			el(
				"span",
				{ class: "dim" },
				` ${s.spans} spans, ${s.logs_with_trace} of ${s.logs} log records `,
				"with a trace id",
			),
		),
		table(["", "Rule", "", "Not so"], rules.map(rule)),
	);
}

export async function page() {
	const [found, all] = await Promise.all([get(`/api/v1/lint${location.search}`), services()]);
	return [
		el("h1", {}, "Lint"),
		filters([
			{ name: "service", label: "Service", options: ["", ...all] },
			{ name: "since", label: "Since", hints: SPANS_OF_TIME, example: "1d" },
		]),
		found.notes.map((n) => el("p", { class: "dim" }, line(n))),
		found.services.length ? "" : note("There is nothing to judge yet."),
		found.services.map(service),
	];
}
