// Log records by filters; live, when it is asked for.
import { el, note } from "./dom.js";
import { get, services } from "./api.js";
import { histogram } from "./charts.js";
import { spread } from "./colours.js";
import { filters, SPANS_OF_TIME } from "./form.js";
import { loglist } from "./loglist.js";

const EVERY_MS = 1000;
const ROWS_MAX = 20000;
const SEVERITIES = ["", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const EMPTY =
	"No lines. Programs log here when they run under `linespan run`, by syslog, " +
	"OTLP, or a followed file.";
const NOT_FOUND = "No line fits these filters.";

// What comes in from now on, asked for every second while the box is ticked.
function follow(row, took) {
	let timer;
	let busy = false;
	const state = el("output", { class: "dim" });
	async function more() {
		if (busy || document.hidden) return;
		busy = true;
		const wanted = new URLSearchParams(location.search);
		wanted.set("after_row", row ?? 0);
		const next = await get(`/api/v1/logs?${wanted}`).catch((error) => ({ error }));
		busy = false;
		state.textContent = next.error ? `waiting: ${next.error.message}` : "live";
		if (next.error) return;
		row = next.last_row ?? row;
		if (next.logs.length) took(next.logs);
	}
	function change(event) {
		clearInterval(timer);
		state.textContent = "";
		if (!event.target.checked) return;
		timer = setInterval(more, EVERY_MS);
		more();
	}
	return el(
		"label",
		{ class: "live" },
		el("input", { type: "checkbox", onchange: change }),
		" Live ",
		state,
	);
}

export async function page() {
	const [first, all] = await Promise.all([get(`/api/v1/logs${location.search}`), services()]);
	const words = new URLSearchParams(location.search).get("text");
	let logs = first.logs.slice().reverse();
	spread(new Set(logs.map((l) => l.service)));
	const shown = loglist(logs, { label: "Log lines, the newest first", words });
	const above = el("div", {});
	const draw = () => {
		above.replaceChildren(
			logs.length ? histogram(logs) : note(location.search ? NOT_FOUND : EMPTY),
		);
		shown.box.hidden = !logs.length;
	};
	draw();
	const live = follow(first.last_row, (more) => {
		logs = [...more.slice().reverse(), ...logs].slice(0, ROWS_MAX);
		shown.set(logs);
		draw();
	});
	return [
		el("h1", {}, "Logs"),
		filters(
			[
				{ name: "service", label: "Service", options: ["", ...all] },
				{ name: "severity", label: "Severity", options: SEVERITIES },
				{ name: "text", label: "Words", wide: true },
				{
					name: "attr",
					label: "Attributes",
					example: "user.id=7",
					repeat: true,
				},
				{ name: "trace", label: "Trace id" },
				{ name: "no-trace", label: "Without trace", options: ["", "true"] },
				{
					name: "since",
					label: "Since",
					hints: SPANS_OF_TIME,
					example: "1h",
				},
				{ name: "until", label: "Until", example: "now" },
				{
					name: "limit",
					label: "Limit",
					hints: ["100", "1000", "10000"],
					example: "100",
				},
			],
			live,
		),
		above,
		shown.box,
	];
}
