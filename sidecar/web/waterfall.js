// The waterfall: a row for each span with its bar, log lines as dots on the bar or as rows below.
import { el, failedMark, line, styled } from "./dom.js";
import { clock, duration, isBad } from "./api.js";
import { colour } from "./colours.js";
import { list } from "./rows.js";
import { nodes, rowsOf, says, subtree } from "./tree.js";

const INDENT_MAX = 24;
const TICKS = 4;
const NEAR_PERCENT = 0.6;
const ROLES = {
	origin: ["began here", "error"],
	propagated: ["passed on", "dim"],
	absorbed: ["absorbed", "warn"],
	remapped: ["changed", "warn"],
};

const indent = (depth, more) => ({
	paddingLeft: `${more + Math.min(depth, INDENT_MAX) * 0.8}rem`,
});

function tags(s) {
	const tag = (text, kind) => el("span", { class: `tag ${kind}` }, text);
	return [
		s.error_role && tag(...(ROLES[s.error_role] ?? [s.error_role, ""])),
		s.retry_of && tag("retry", "warn"),
		s.orphan && tag("parent missing", "warn"),
		s.skew_ns ? tag(`clock ${duration(Math.abs(s.skew_ns))} off`, "warn") : "",
	];
}

// Lines that would lie on each other are one dot.
function dots(logs, place) {
	const groups = [];
	for (const l of logs) {
		const at = place(l.time_unix_nano);
		const last = groups.at(-1);
		if (last && at - last.at < NEAR_PERCENT) last.logs.push(l);
		else groups.push({ at, logs: [l] });
	}
	return groups.map((g) => {
		const many = g.logs.length > 1 ? " many" : "";
		const kind = `${many}${g.logs.some(isBad) ? " bad" : ""}`;
		const words = g.logs.slice(0, 5).map((l) => line(l.body, 200));
		if (g.logs.length > 5) words.push(`… ${g.logs.length} lines`);
		return styled(el("span", { class: `dot${kind}`, title: words.join("\n") }), {
			left: `${g.at}%`,
		});
	});
}

function ruler(duration_ns) {
	const marks = [];
	for (let i = 0; i <= TICKS; i++)
		marks.push(
			styled(
				el(
					"span",
					{},
					i ? duration(Math.round((duration_ns * i) / TICKS)) : "0",
				),
				{
					left: `${(100 * i) / TICKS}%`,
				},
			),
		);
	return el(
		"div",
		{ class: "ruler", "aria-hidden": "true" },
		el("span", { class: "label" }, "Service and operation"),
		el("span", { class: "track" }, marks),
		el("span", { class: "took" }, "took"),
	);
}

function bar(s, view) {
	const at = {
		left: `${view.place(s.start_unix_nano)}%`,
		width: `${view.share(s.duration_ns)}%`,
	};
	const failed = s.status === "error" ? " failed" : "";
	return [
		styled(el("span", { class: `bar ${colour(s.service)}${failed}` }), at),
		s.critical_ns > 0 &&
			styled(
				el("span", {
					class: "critical",
					title: `${duration(s.critical_ns)} of the critical path`,
				}),
				at,
			),
	];
}

// view: { place, share, logs, lines, closed, match }
function spanRow({ span: s, depth, below }, view, toggle) {
	const closed = view.closed.has(s);
	const twisty = el(
		"span",
		{
			class: "twisty",
			"aria-hidden": "true",
			title: below ? (closed ? `open ${below} below` : "close") : undefined,
			onclick: (event) => {
				event.stopPropagation();
				if (below) toggle(s);
			},
		},
		below ? (closed ? "▸" : "▾") : "",
	);
	const label = el(
		"span",
		{ class: "label" },
		twisty,
		el("i", { class: `chip ${colour(s.service)}` }),
		s.status === "error" ? failedMark() : "",
		`${line(s.service, 100)} `,
		el("b", {}, line(s.name, 200)),
		closed ? el("span", { class: "dim" }, ` +${below}`) : "",
		tags(s),
	);
	return {
		attributes: {
			class: view.match && !view.match({ span: s }) ? "faint" : "",
			"aria-level": depth + 1,
			"aria-expanded": below ? String(!closed) : undefined,
		},
		children: [
			styled(label, indent(depth, 0.2)),
			el(
				"span",
				{ class: "track", "aria-hidden": "true" },
				bar(s, view),
				view.logs === "dots" ? dots(view.lines(s), view.place) : [],
			),
			el("span", { class: "took" }, duration(s.duration_ns)),
		],
	};
}

function logRow(row, view) {
	const { log: l, depth } = row;
	const faint = view.match && !view.match(row) ? " faint" : "";
	return {
		attributes: {
			class: `log${isBad(l) ? " bad" : ""}${faint}`,
			"aria-level": depth + 1,
		},
		children: styled(
			el(
				"span",
				{ class: "line" },
				el("span", { class: "dim" }, `${clock(l.time_unix_nano)} `),
				`${l.severity ?? ""} ${line(l.body, 500)}`,
			),
			indent(depth, 1.6),
		),
	};
}

export function waterfall(trace, choose) {
	const start = BigInt(trace.start_unix_nano);
	const whole = Math.max(trace.duration_ns, 1);
	const percent = (part) => Math.min(Math.max((part / whole) * 100, 0), 100);
	const all = nodes(trace.spans);
	let scope = null; // spans whose lines are shown; null: all
	let rows = [];
	const view = {
		logs: "dots",
		closed: new Set(),
		match: null,
		place: (ns) => percent(Number(BigInt(ns) - start)),
		share: (ns) => percent(ns),
		lines: (s) => (!scope || scope.has(s) ? s.logs : []),
	};

	function toggle(s, close = !view.closed.has(s)) {
		if (close) view.closed.add(s);
		else view.closed.delete(s);
		fresh();
	}

	// Left closes what is open, or goes to the parent; right opens.
	function key(event, i) {
		const node = rows[i];
		if (!node || (event.key !== "ArrowLeft" && event.key !== "ArrowRight"))
			return false;
		if (node.below && (event.key === "ArrowLeft") !== view.closed.has(node.span))
			toggle(node.span);
		else if (event.key === "ArrowLeft")
			for (let up = i - 1; up >= 0; up--)
				if (!rows[up].log && rows[up].depth < node.depth) {
					shown.select(up);
					break;
				}
		return true;
	}

	const shown = list({
		role: "tree",
		label: `${all.length} spans. Arrow keys choose, left and right close and open.`,
		head: ruler(trace.duration_ns),
		draw: (i) => (rows[i].log ? logRow(rows[i], view) : spanRow(rows[i], view, toggle)),
		chose: (i) => choose(rows[i]),
		key,
	});

	function fresh() {
		const old = rows[shown.chosen()];
		const same = (r) => old && r.log === old.log && r.span === old.span;
		rows = rowsOf(all, {
			closed: view.closed,
			lines: view.logs === "rows" && view.lines,
		});
		shown.set(rows.length, rows.findIndex(same));
	}

	// Opens what hides a span, then chooses the first row that passes the test.
	function find(test) {
		const at = all.findIndex(
			(n) => test(n) || n.span.logs.some((log) => test({ log, span: n.span })),
		);
		if (at < 0) return false;
		for (let i = 0; i < at; i++)
			if (i + all[i].below >= at) view.closed.delete(all[i].span);
		fresh();
		const i = rows.findIndex(test);
		if (i >= 0) shown.select(i);
		return i >= 0;
	}

	fresh();
	return {
		box: shown.box,
		find,
		below: (span) => subtree(all, span),
		show: (kind) => {
			view.logs = kind;
			fresh();
		},
		only: (spans) => {
			scope = spans && new Set(spans);
			fresh();
		},
		closeAll: (close) => {
			view.closed = new Set(
				close
					? all
							.filter((n) => n.below && n.depth > 0)
							.map((n) => n.span)
					: [],
			);
			fresh();
		},
		// Rows that say a word stand out; next(1) and next(-1) go from one to the other.
		mark(word) {
			view.match = word ? (row) => says(row, word.toLowerCase()) : null;
			shown.redraw();
			return word ? rows.filter(view.match).length : 0;
		},
		next(step) {
			if (!view.match || !rows.length) return;
			let i = shown.chosen();
			for (let tries = 0; tries < rows.length; tries++) {
				i = (i + step + rows.length) % rows.length;
				if (view.match(rows[i])) return shown.select(i);
			}
		},
	};
}
