// Two stretches of time, and which services explain the difference.
import { el, line, note, styled } from "./dom.js";
import { count, get, traceAddress } from "./api.js";
import { filters } from "./form.js";

const OPERATIONS_MAX = 5;
const reasons = (list) =>
	el(
		"ul",
		{},
		list.map((r) => el("li", {}, line(r))),
	);
const example = (id) => [el("a", { href: traceAddress(id) }, id.slice(0, 8)), " "];

function service(s, best, rank) {
	return el(
		"section",
		{ class: "ranked" },
		el(
			"h2",
			{},
			el("span", { class: "dim" }, `${rank}. `),
			el(
				"span",
				{ class: "amount" },
				styled(el("i", { class: "fill" }), {
					width: `${(100 * s.score) / best}%`,
				}),
			),
			` ${line(s.service)} `,
			el("span", { class: "dim" }, s.score.toFixed(2)),
		),
		s.operations.length
			? s.operations
					.slice(0, OPERATIONS_MAX)
					.map((o) => [
						el("h3", {}, line(o.name)),
						reasons(o.reasons),
					])
			: reasons(s.reasons),
		s.traces.length ? el("p", {}, "For example: ", s.traces.map(example)) : "",
	);
}

const size = (title, w) =>
	el(
		"p",
		{ class: "dim" },
		`${title}: ${count(w.traces, "trace")}, ${count(w.spans, "span")}, `,
		count(w.logs, "log record"),
	);

const WINDOWS = ["2h..1h", "1d..1h", "1h..15m"];
const EXPLAIN =
	"Say two stretches of time, FROM..TO: RFC 3339, Unix seconds, or ages. Services are " +
	"ranked by how much they explain the difference: time of their own, errors that begin " +
	"there, steps and log lines that are missing or new.";

export async function page() {
	const form = filters([
		{
			name: "baseline",
			label: "All was well",
			hints: WINDOWS,
			example: "2h..1h",
			wide: true,
		},
		{
			name: "incident",
			label: "It was not",
			hints: ["15m..now", "10m..now"],
			example: "10m..now",
			wide: true,
		},
	]);
	const head = [el("h1", {}, "Compare"), form];
	if (!location.search) return [head, note(EXPLAIN)];
	const found = await get(`/api/v1/compare${location.search}`);
	const best = found.services[0]?.score ?? 1;
	return [
		head,
		size("All was well", found.baseline),
		size("It was not", found.incident),
		found.notes.map((n) => note(line(n))),
		found.services.length ? "" : note("Nothing is worse than before."),
		found.services.slice(0, 20).map((s, i) => service(s, best, i + 1)),
	];
}
