// Two stretches of time, and which services explain the difference.
import { el, filters, line } from "./dom.js";
import { get, traceAddress } from "./api.js";

const reasons = (list) =>
	el(
		"ul",
		{},
		list.map((r) => el("li", {}, line(r))),
	);

function service(s, best) {
	return el(
		"section",
		{},
		el(
			"h2",
			{},
			el("meter", {
				min: 0,
				max: best,
				value: s.score,
				title: String(s.score),
			}),
			` ${line(s.service)} `,
			el("span", { class: "dim" }, s.score.toFixed(2)),
		),
		s.operations.length
			? s.operations
					.slice(0, 5)
					.map((o) => [
						el("b", {}, line(o.name)),
						reasons(o.reasons),
					])
					.flat()
			: reasons(s.reasons),
		s.traces.length
			? el(
					"p",
					{},
					"For example: ",
					s.traces
						.map((id) => [
							el(
								"a",
								{ href: traceAddress(id) },
								id.slice(0, 8),
							),
							" ",
						])
						.flat(),
				)
			: "",
	);
}

export async function page() {
	const form = filters([
		["baseline", "All was well (2h..1h)"],
		["incident", "It was not (10m..now)"],
	]);
	const head = [el("h1", {}, "Compare"), form];
	if (!location.search)
		return [
			...head,
			el(
				"p",
				{ class: "note" },
				"Say two stretches of time, FROM..TO: RFC 3339, Unix seconds, " +
					"or ages.",
			),
		];
	const found = await get(`/api/v1/compare${location.search}`);
	const best = found.services[0]?.score ?? 1;
	return [
		...head,
		...found.notes.map((n) => el("p", { class: "note" }, line(n))),
		found.services.length
			? ""
			: el("p", { class: "note" }, "Nothing is worse than before."),
		...found.services.slice(0, 20).map((s) => service(s, best)),
	];
}
