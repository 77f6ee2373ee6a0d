// Traces by filters, the newest first.
import { el, filters, line, table } from "./dom.js";
import { duration, get, traceAddress, when } from "./api.js";

export async function page() {
	const found = (await get(`/api/v1/traces${location.search}`)).traces;
	const services = (await get("/api/v1/services")).services;
	const form = filters([
		["service", "Service", ["", ...services]],
		["operation", "Operation"],
		["min-duration", "Took at least"],
		["max-duration", "at most"],
		["text", "Words"],
		["since", "Since (15m, 2h)"],
		["until", "Until"],
		["errors", "Errors", ["", "true"]],
		["limit", "Limit"],
	]);
	const rows = found.map((t) => [
		el("a", { href: traceAddress(t.trace_id) }, t.trace_id),
		el("span", { class: "time" }, when(t.start_unix_nano)),
		el("td", { class: "number" }, duration(t.duration_ns)),
		el("td", { class: "number" }, String(t.spans ?? t.n_spans ?? "")),
		el(
			"td",
			{ class: (t.errors ?? t.n_errors) ? "number error" : "number" },
			String(t.errors ?? t.n_errors ?? ""),
		),
		`${line(t.root_service ?? t.service ?? "")} ${line(t.root_name ?? t.name ?? "")}`,
	]);
	const nothing = location.search
		? "No trace fits. A trace with only log lines is found under Logs."
		: "No spans yet. Send OTLP to port 4318 or 4317, or run a program " +
			"under `linespan run`; log lines may be there: see Logs.";
	return [
		el("h1", {}, "Traces"),
		form,
		rows.length
			? table(
					[
						"Trace",
						"Start",
						"Took",
						"Spans",
						"Errors",
						"Begins with",
					],
					rows,
				)
			: el("p", { class: "note" }, nothing),
	];
}
