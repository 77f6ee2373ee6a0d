// Log records by filters; live, when it is asked for.
import { el, filters } from "./dom.js";
import { get } from "./api.js";
import { logTable } from "./trace.js";

const EVERY_MS = 1000;
const ROWS_MAX = 2000;
const NO_LINES =
	"No lines. Programs log here when they run under `linespan run`, by syslog, " +
	"OTLP, or a followed file.";

export async function page() {
	const first = await get(`/api/v1/logs${location.search}`);
	const services = (await get("/api/v1/services")).services;
	const list = el("div", {});
	let logs = first.logs;
	let row = first.last_row;
	let timer;
	const draw = () =>
		list.replaceChildren(
			logs.length
				? logTable(logs.slice().reverse(), true)
				: el("p", { class: "note" }, NO_LINES),
		);
	async function more() {
		const wanted = new URLSearchParams(location.search);
		wanted.set("after_row", row ?? 0);
		const next = await get(`/api/v1/logs?${wanted}`).catch(() => null);
		if (next?.logs.length) {
			logs = [...logs, ...next.logs].slice(-ROWS_MAX);
			draw();
		}
		row = next?.last_row ?? row;
	}
	const live = el(
		"label",
		{},
		"Live ",
		el("input", {
			type: "checkbox",
			onchange(event) {
				clearInterval(timer);
				if (event.target.checked) timer = setInterval(more, EVERY_MS);
			},
		}),
	);
	draw();
	return [
		el("h1", {}, "Logs"),
		filters(
			[
				["service", "Service", ["", ...services]],
				[
					"severity",
					"Severity",
					["", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"],
				],
				["text", "Words"],
				["trace", "Trace id"],
				["no-trace", "Without trace", ["", "true"]],
				["since", "Since (15m, 2h)"],
				["until", "Until"],
				["limit", "Limit"],
			],
			live,
		),
		list,
	];
}
