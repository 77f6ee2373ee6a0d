// Traces by filters, the newest first.
import { el, line, note, styled } from "./dom.js";
import { count, duration, get, services, traceAddress, when } from "./api.js";
import { scatter } from "./charts.js";
import { colour, spread } from "./colours.js";
import { filters, SPANS_OF_TIME } from "./form.js";

const NOT_FOUND = "No trace fits. A trace with only log lines is found under Logs.";
const EMPTY =
	"No spans yet. Send OTLP to port 4318 (HTTP) or 4317 (gRPC), or run a program under " +
	"`linespan run`. Log lines may be there: see Logs.";

const operations = async (service) =>
	service
		? get(`/api/services/${encodeURIComponent(service)}/operations`).then(
				(a) => a.data,
				() => [],
			)
		: [];

function row(t, longest) {
	const share = Math.max((100 * t.duration_ns) / longest, 0.3);
	return el(
		"li",
		{},
		el(
			"a",
			{ class: "found", href: traceAddress(t.trace_id) },
			el(
				"span",
				{ class: "what" },
				el("i", { class: `chip ${colour(t.service)}` }),
				`${line(t.service, 60)} `,
				el("b", {}, line(t.name, 120)),
			),
			el(
				"span",
				{ class: "time" },
				when(t.start_unix_nano).replace("T", " ").slice(0, 23),
			),
			el(
				"span",
				{ class: "amount" },
				styled(el("i", { class: t.errors ? "fill bad" : "fill" }), {
					width: `${share}%`,
				}),
			),
			el("span", { class: "took" }, duration(t.duration_ns)),
			el("span", { class: "number" }, count(t.spans, "span")),
			el(
				"span",
				{ class: "number error" },
				t.errors ? count(t.errors, "error") : "",
			),
			el("span", { class: "id dim" }, t.trace_id.slice(0, 8)),
		),
	);
}

export async function page() {
	const asked = new URLSearchParams(location.search);
	const [found, all, names] = await Promise.all([
		get(`/api/v1/traces${location.search}`),
		services(),
		operations(asked.get("service")),
	]);
	const traces = found.traces;
	spread(traces.map((t) => t.service));
	const longest = traces.reduce((most, t) => Math.max(most, t.duration_ns), 1);
	return [
		el("h1", {}, "Traces"),
		filters([
			{ name: "service", label: "Service", options: ["", ...all] },
			{ name: "operation", label: "Operation", hints: names },
			{ name: "min-duration", label: "Took at least", example: "100ms" },
			{ name: "max-duration", label: "at most", example: "2s" },
			{ name: "text", label: "Words in its lines", wide: true },
			{
				name: "attr",
				label: "Attributes",
				example: "http.route=/pay",
				repeat: true,
			},
			{ name: "since", label: "Since", hints: SPANS_OF_TIME, example: "1h" },
			{ name: "until", label: "Until", example: "now" },
			{ name: "errors", label: "Errors", options: ["", "true"] },
			{
				name: "limit",
				label: "Limit",
				hints: ["20", "100", "1000"],
				example: "20",
			},
		]),
		traces.length
			? [
					scatter(traces),
					el(
						"ol",
						{ class: "list" },
						traces.map((t) => row(t, longest)),
					),
				]
			: note(location.search ? NOT_FOUND : EMPTY),
	];
}
