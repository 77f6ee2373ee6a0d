// Log lines as a long list, each a row; the chosen one is told whole beside it.
import { el, line } from "./dom.js";
import { clock, isBad, lineAddress, when } from "./api.js";
import { colour } from "./colours.js";
import { logPanel } from "./panel.js";
import { list } from "./rows.js";

// The words that were searched for stand out.
function marked(text, words) {
	const parts = [];
	const low = text.toLowerCase();
	for (let at = 0; at < text.length;) {
		let next = -1;
		let n = 0;
		for (const w of words) {
			const i = low.indexOf(w, at);
			if (i >= 0 && (next < 0 || i < next)) [next, n] = [i, w.length];
		}
		if (next < 0) return [...parts, text.slice(at)];
		parts.push(text.slice(at, next), el("mark", {}, text.slice(next, next + n)));
		at = next + n;
	}
	return parts;
}

const cell = (kind, ...inside) => el("span", { class: kind, role: "gridcell" }, inside);

const toTrace = (l) =>
	el(
		"a",
		{
			href: lineAddress(l),
			tabindex: "-1",
			title: `open trace ${l.trace_id} at this line`,
			onclick: (event) => event.stopPropagation(),
		},
		l.trace_id.slice(0, 8),
	);

// options: { label, words, trace: all lines are of one trace, which needs no column }
export function loglist(logs, options) {
	const words = (options.words ?? "").toLowerCase().split(/\s+/).filter(Boolean);
	const panel = el(
		"aside",
		{ class: "panel", "aria-live": "polite", "aria-label": "Chosen line" },
		el("p", { class: "dim" }, "Choose a line."),
	);
	let shown = logs;
	// The day is said only where the lines are of several.
	const day = (l) => when(l.time_unix_nano).slice(0, 10);
	const time = (l) =>
		day(shown[0]) === day(shown.at(-1))
			? clock(l.time_unix_nano)
			: when(l.time_unix_nano).slice(0, 23).replace("T", " ");
	const draw = (i) => {
		const l = shown[i];
		const open = !options.trace && l.trace_id;
		return {
			attributes: { class: `log ${isBad(l) ? "bad" : ""}` },
			children: [
				cell("time", time(l)),
				cell("severity", l.severity ?? ""),
				cell(
					"service",
					el("i", { class: `chip ${colour(l.service)}` }),
					line(l.service, 60),
				),
				cell("line", marked(line(l.body, 500), words)),
				open ? cell("to", toTrace(l)) : "",
			],
		};
	};
	const rows = list({
		role: "grid",
		label: options.label,
		draw,
		chose: (i) => panel.replaceChildren(...logPanel(shown[i]).flat(9).filter(Boolean)),
		key: (event, i) => {
			if (event.key !== "Enter" || !shown[i]?.trace_id || options.trace)
				return false;
			location.href = lineAddress(shown[i]);
			return true;
		},
	});
	rows.set(logs.length);
	return {
		box: el("div", { class: "split" }, rows.box, panel),
		set(next) {
			const chosen = shown[rows.chosen()];
			shown = next;
			rows.set(next.length, next.indexOf(chosen));
		},
	};
}
