// One trace: what happened, the waterfall with its log lines, what is known of the chosen row.
import { el, failedMark, line, note } from "./dom.js";
import { count, duration, get, when } from "./api.js";
import { colour, spread } from "./colours.js";
import { copyMenu } from "./copy.js";
import { findings } from "./findings.js";
import { choice } from "./form.js";
import { onKey } from "./keys.js";
import { loglist } from "./loglist.js";
import { logPanel, spanPanel } from "./panel.js";
import { waterfall } from "./waterfall.js";

const ONLY_LOGS =
	"Only log lines are known of this trace: its programs send no spans, the spans " +
	"were sampled out, or they have not arrived yet.";
const NO_LINES =
	"No log line names this trace. `linespan doctor PID` says why a program's lines have no " +
	"ids; lines that come by --tail or --syslog need to name it themselves.";

// The id that was asked for may be decimal, short, upper case: say what it was taken for.
const otherForm = (asked, t) =>
	asked.toLowerCase() === t.trace_id
		? ""
		: el("p", { class: "dim" }, `asked for as ${line(asked, 80)}`);

function summary(t, asked) {
	const top = t.spans.find((s) => !s.parent_span_id) ?? t.spans[0];
	const lines = t.logs.length + t.spans.reduce((n, s) => n + s.logs.length, 0);
	const failed = t.spans.filter((s) => s.status === "error").length;
	const services = new Map();
	for (const s of t.spans) services.set(s.service, (services.get(s.service) ?? 0) + 1);
	return [
		el(
			"h1",
			{},
			failed ? failedMark() : "",
			top ? `${line(top.service, 100)} ${line(top.name, 200)} ` : "Trace ",
			el("span", { class: "id" }, t.trace_id),
		),
		otherForm(asked, t),
		el(
			"p",
			{ class: "facts" },
			el("span", {}, when(t.start_unix_nano)),
			el("b", {}, duration(t.duration_ns)),
			el("span", {}, count(t.spans.length, "span")),
			failed ? el("span", { class: "error" }, count(failed, "error")) : "",
			el("span", {}, count(lines, "log line")),
			el("span", {}, count(t.services.length, "service")),
		),
		el(
			"ul",
			{ class: "legend", "aria-label": "Services" },
			[...services].map(([s, n]) =>
				el(
					"li",
					{},
					el("i", { class: `chip ${colour(s)}` }),
					`${line(s, 100)} `,
					el("span", { class: "dim" }, n),
				),
			),
		),
		t.notes.map((n) => note(line(n, 500))),
	];
}

// A log line is linked to by its time, and by its place among those of the same time.
function lineName(log, logs) {
	const same = logs.filter((l) => l.time_unix_nano === log.time_unix_nano);
	const at = same.indexOf(log);
	return at > 0 ? `${log.time_unix_nano}-${at}` : log.time_unix_nano;
}

const allLogs = (t) => [...t.spans.flatMap((s) => s.logs), ...t.logs];

// The waterfall, its panel, and what steers them.
function story(t) {
	const panel = el(
		"aside",
		{ class: "panel", "aria-live": "polite", "aria-label": "Chosen" },
		el("p", { class: "dim" }, "Choose a span or a line."),
	);
	const logs = allLogs(t);
	let chosen = null;
	let scope = "all";
	const fall = waterfall(t, (row) => {
		chosen = row.span;
		const parts = row.log ? logPanel(row.log, fall.find) : spanPanel(t, row.span, fall);
		panel.replaceChildren(...parts.flat(9).filter(Boolean));
		const name = row.log
			? `log=${lineName(row.log, logs)}`
			: `span=${row.span.span_id}`;
		history.replaceState(null, "", `#${name}`);
		if (scope !== "all") narrow(scope);
	});
	function narrow(kind) {
		scope = kind;
		fall.only(
			kind === "all" || !chosen
				? null
				: kind === "span"
					? [chosen]
					: fall.below(chosen),
		);
	}
	const shapes = choice("Log lines", ["dots", "rows", "off"], "dots", fall.show);
	const scopes = choice("of", ["all", "span", "below"], "all", narrow);
	function showLines(kind) {
		const radio = shapes.querySelector(`[value=${kind}]`);
		radio.checked = true;
		fall.show(kind);
	}
	const found = el("output", { class: "dim" });
	const search = el("input", {
		type: "search",
		placeholder: "Find in this trace",
		"aria-label": "Find in this trace",
		oninput: () => {
			const n = fall.mark(search.value.trim());
			found.textContent = search.value.trim() ? count(n, "row") : "";
		},
		onkeydown: (event) => {
			if (event.key !== "Enter") return;
			fall.next(event.shiftKey ? -1 : 1);
			event.preventDefault();
		},
	});
	const tools = el(
		"div",
		{ class: "tools" },
		shapes,
		scopes,
		search,
		found,
		el("button", { type: "button", onclick: () => fall.closeAll(true) }, "Close all"),
		el("button", { type: "button", onclick: () => fall.closeAll(false) }, "Open all"),
		copyMenu(t),
	);
	return {
		fall,
		showLines,
		search,
		tools,
		split: el("div", { class: "split" }, fall.box, panel),
	};
}

// What a link chose: #span=ID or #log=TIME[-N].
function follow(hash, t, view) {
	const [, kind, wanted, nth] = hash.match(/^#(span|log)=(\w+)(?:-(\d+))?$/) ?? [];
	if (kind === "span")
		return view.fall.find((r) => !r.log && r.span.span_id === wanted.toLowerCase());
	if (kind !== "log") return false;
	const log = allLogs(t).filter((l) => l.time_unix_nano === wanted)[Number(nth ?? 0)];
	view.showLines("rows");
	return view.fall.find((r) => log && r.log === log);
}

function orphanLines(t) {
	if (!t.logs.length) return "";
	const title = t.spans.length
		? `${count(t.logs.length, "log line")} whose span is not here`
		: count(t.logs.length, "log line");
	return [el("h2", {}, title), loglist(t.logs, { label: title, trace: true }).box];
}

export async function page(id) {
	const t = await get(`/api/v1/traces/${encodeURIComponent(id)}`);
	spread(t.services);
	const noLines = !allLogs(t).length;
	const head = [
		...summary(t, id),
		t.spans.length ? "" : note(ONLY_LOGS),
		noLines ? note(NO_LINES) : "",
	];
	if (!t.spans.length)
		return [head, el("div", { class: "tools" }, copyMenu(t)), orphanLines(t)];

	const view = story(t);
	const cards = el("section", {
		class: "cards",
		"aria-label": "What happened",
		"aria-busy": "true",
	});
	const names = new Map(
		t.spans.map((s) => [s.span_id, { service: s.service, name: s.name }]),
	);
	const find = (test) => {
		if (view.fall.find(test)) return view.fall.box.focus({ preventScroll: true });
		view.showLines("rows");
		view.fall.find(test);
		view.fall.box.focus({ preventScroll: true });
	};
	const explained = get(`/api/v1/traces/${t.trace_id}/explain`).then(
		(x) => cards.replaceChildren(...findings(x, find, names).flat(9).filter(Boolean)),
		(error) => cards.replaceChildren(note(`not explained: ${error.message}`)),
	);
	explained.then(() => cards.setAttribute("aria-busy", "false"));
	onKey({
		e: [
			"to where the error began",
			() => find((r) => !r.log && r.span.error_role === "origin"),
		],
		c: ["along the critical path", () => nextCritical(t, view)],
		l: ["log lines: dots, rows, off", () => cycle(view)],
		f: ["find in this trace", () => view.search.focus()],
	});
	requestAnimationFrame(() => follow(location.hash, t, view));
	addEventListener("hashchange", () => follow(location.hash, t, view));
	return [head, cards, view.tools, view.split, orphanLines(t)];
}

let shape = 0;
function cycle(view) {
	shape = (shape + 1) % 3;
	view.showLines(["dots", "rows", "off"][shape]);
}

let step = -1;
function nextCritical(t, view) {
	const path = t.spans
		.filter((s) => s.critical_ns > 0)
		.sort((a, b) => b.critical_ns - a.critical_ns);
	if (!path.length) return;
	step = (step + 1) % path.length;
	view.fall.find((r) => !r.log && r.span === path[step]);
}
