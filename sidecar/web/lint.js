// How good the tracing itself is, the worst service first.
import { el, filters, line, table } from "./dom.js";
import { get, traceAddress } from "./api.js";

const suchAs = (list) => ` Such as: ${list.map(line).join(", ")}.`;

function rule(r) {
	return [
		el("span", { class: r.passed ? "ok" : "warn" }, r.passed ? "ok" : "fails"),
		r.id,
		el(
			"td",
			{},
			r.title,
			r.passed
				? ""
				: el(
						"p",
						{ class: "dim" },
						r.advice,
						r.examples.length ? suchAs(r.examples) : "",
						r.traces.length ? " Look at " : "",
						r.traces
							.map((id) => [
								el(
									"a",
									{
										href: traceAddress(
											id,
										),
									},
									id.slice(0, 8),
								),
								" ",
							])
							.flat(),
					),
		),
		`${r.failed} of ${r.checked}`,
	];
}

function service(s) {
	const rules = [...s.rules, ...s.linespan_rules].sort((a, b) => a.passed - b.passed);
	return el(
		"details",
		{ open: rules.some((r) => !r.passed) },
		el(
			"summary",
			{},
			el("b", {}, line(s.service) || "(no service.name)"),
			s.score === null
				? " no rule could be checked"
				: ` ${Math.round(s.score)} of 100, ${s.rating}`,
			el(
				"span",
				{ class: "dim" },
				` ${s.spans} spans, ${s.logs_with_trace} of ${s.logs} ` +
					`log records with a trace id`,
			),
		),
		table(["", "Rule", "", "Not so"], rules.map(rule)),
	);
}

export async function page() {
	const found = await get(`/api/v1/lint${location.search}`);
	return [
		el("h1", {}, "Lint"),
		filters([
			["service", "Service"],
			["since", "Since (15m, 2h)"],
		]),
		...found.notes.map((n) => el("p", { class: "dim" }, n)),
		found.services.length
			? ""
			: el("p", { class: "note" }, "There is nothing to judge yet."),
		...found.services.map(service),
	];
}
