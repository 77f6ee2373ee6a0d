// The rows of a trace: spans with their bars, log lines as dots on them or as rows below. Only the
// rows in sight are in the document, so that 10,000 of each scroll as ten do.
import { el, line } from "./dom.js";
import { duration, isBad, when } from "./api.js";

const ROW = 22;
const SPARE = 10;
const ROLES = {
	origin: "error began here",
	propagated: "passed on",
	absorbed: "absorbed",
	remapped: "changed on its way",
};

// Spans as displayed: children below their parent, by start.
export function ordered(spans) {
	const here = new Map(spans.map((s) => [s.span_id, s]));
	const kids = new Map();
	const roots = [];
	for (const s of spans) {
		const parent = here.get(s.parent_span_id);
		if (!parent || parent === s) roots.push(s);
		else if (kids.has(parent)) kids.get(parent).push(s);
		else kids.set(parent, [s]);
	}
	const rows = [];
	const seen = new Set();
	const visit = (top) => {
		const stack = [[top, 0]];
		while (stack.length) {
			const [s, depth] = stack.pop();
			if (seen.has(s)) continue;
			seen.add(s);
			rows.push({ span: s, depth });
			for (const k of (kids.get(s) ?? []).slice().reverse())
				stack.push([k, depth + 1]);
		}
	};
	roots.forEach(visit);
	spans.forEach(visit); // circles of parents
	return rows;
}

function dots(logs, place) {
	const groups = [];
	for (const l of logs) {
		const at = place(l.time_unix_nano);
		const last = groups.at(-1);
		if (last && at - last.at < 0.6) last.logs.push(l);
		else groups.push({ at, logs: [l] });
	}
	return groups.map((g) => {
		const dot = el("span", {
			class: `dot${g.logs.length > 1 ? " many" : ""}${
				g.logs.some(isBad) ? " bad" : ""
			}`,
			title: g.logs
				.slice(0, 5)
				.map((l) => line(l.body).slice(0, 200))
				.join("\n"),
		});
		dot.style.left = `${g.at}%`;
		return dot;
	});
}

function spanRow({ span: s, depth }, view) {
	const role = ROLES[s.error_role];
	const bar = el("span", { class: `bar${s.status === "error" ? " failed" : ""}` });
	const from = view.place(s.start_unix_nano);
	bar.style.left = `${from}%`;
	bar.style.width = `${Math.max(view.share(s.duration_ns), 0)}%`;
	let path;
	if (s.critical_ns > 0) {
		path = el("span", {
			class: "critical",
			title: `${duration(s.critical_ns)} of the critical path`,
		});
		path.style.left = `${from}%`;
		path.style.width = `${view.share(s.duration_ns)}%`;
	}
	const label = el(
		"span",
		{ class: "label" },
		s.status === "error" ? "✗ " : "",
		`${s.service} `,
		el("b", {}, line(s.name).slice(0, 200)),
		role &&
			el(
				"span",
				{ class: s.error_role === "origin" ? "tag error" : "tag" },
				role,
			),
		s.retry_of && el("span", { class: "tag warn" }, "retry"),
		s.orphan && el("span", { class: "tag warn" }, "parent missing"),
		s.skew_ns
			? el(
					"span",
					{ class: "tag warn" },
					`clock ${duration(Math.abs(s.skew_ns))} off`,
				)
			: "",
	);
	label.style.paddingLeft = `${0.4 + Math.min(depth, 30) * 0.8}rem`;
	return [
		label,
		el(
			"span",
			{ class: "track" },
			bar,
			path,
			view.logs === "dots" ? dots(s.logs, view.place) : [],
		),
		el("span", { class: "took" }, duration(s.duration_ns)),
	];
}

function logRow({ log: l, depth }) {
	const text = el(
		"span",
		{ class: "line" },
		`${when(l.time_unix_nano).slice(11)} ${l.service} ${
			l.severity ?? ""
		} ${line(l.body).slice(0, 500)}`,
	);
	text.style.paddingLeft = `${1 + Math.min(depth, 30) * 0.8}rem`;
	return [text];
}

export function waterfall(trace, choose) {
	const start = BigInt(trace.start_unix_nano);
	const whole = Math.max(trace.duration_ns, 1);
	const view = {
		logs: "dots",
		place: (ns) =>
			Math.min(Math.max((Number(BigInt(ns) - start) / whole) * 100, 0), 100),
		share: (ns) => Math.min((ns / whole) * 100, 100),
	};
	const spans = ordered(trace.spans);
	const inner = el("div", {});
	const box = el(
		"div",
		{
			class: "rows",
			tabindex: "0",
			role: "listbox",
			"aria-label": `${spans.length} spans; arrow keys choose one`,
		},
		inner,
	);
	let rows = spans;
	let chosen = -1;

	function draw() {
		const first = Math.max(Math.floor(box.scrollTop / ROW) - SPARE, 0);
		const last = Math.min(
			first + Math.ceil(box.clientHeight / ROW) + 2 * SPARE,
			rows.length,
		);
		const shown = [];
		for (let i = first; i < last; i++) {
			const r = rows[i];
			const row = el(
				"div",
				{
					role: "option",
					id: `row${i}`,
					class: r.log
						? `row log${isBad(r.log) ? " bad" : ""}`
						: "row",
					"aria-selected": String(i === chosen),
					onclick: () => select(i),
				},
				r.log ? logRow(r) : spanRow(r, view),
			);
			row.style.top = `${i * ROW}px`;
			shown.push(row);
		}
		inner.replaceChildren(...shown);
	}

	function select(i) {
		chosen = Math.min(Math.max(i, 0), rows.length - 1);
		const top = chosen * ROW;
		if (top < box.scrollTop || top + ROW > box.scrollTop + box.clientHeight)
			box.scrollTop = top - box.clientHeight / 2;
		box.setAttribute("aria-activedescendant", `row${chosen}`);
		draw();
		choose(rows[chosen]);
	}

	function show(kind) {
		view.logs = kind;
		rows =
			kind !== "rows"
				? spans
				: spans.flatMap((r) => [
						r,
						...r.span.logs.map((log) => ({
							log,
							depth: r.depth + 1,
							span: r.span,
						})),
					]);
		inner.style.height = `${rows.length * ROW}px`;
		draw();
	}

	box.addEventListener("scroll", () => requestAnimationFrame(draw));
	box.addEventListener("keydown", (event) => {
		const step = {
			ArrowDown: 1,
			ArrowUp: -1,
			PageDown: 20,
			PageUp: -20,
			Home: -1e9,
			End: 1e9,
		};
		if (event.key in step) {
			event.preventDefault();
			select(chosen + step[event.key]);
		}
	});
	new ResizeObserver(draw).observe(box);
	show("dots");
	return {
		box,
		show,
		find: (test) => {
			const i = rows.findIndex(test);
			if (i >= 0) select(i);
			return i >= 0;
		},
	};
}
