// Two small pictures: traces by when they began and how long they took, and lines by time.
import { el, line, svg } from "./dom.js";
import { duration, isBad, traceAddress, when } from "./api.js";

const WIDE = 1000;
const HIGH = 120;
const BINS = 60;

const ms = (ns) => Number(BigInt(ns) / 1000n) / 1000;
function range(values) {
	let [low, high] = [Infinity, -Infinity];
	for (const v of values) [low, high] = [Math.min(low, v), Math.max(high, v)];
	return [low, high > low ? high : low + 1];
}
const frame = (title, low, high, top, ...inside) =>
	el(
		"figure",
		{ class: "chart" },
		svg(
			"svg",
			{
				viewBox: `0 0 ${WIDE} ${HIGH}`,
				preserveAspectRatio: "none",
				role: "img",
				"aria-label": title,
			},
			inside,
		),
		el("figcaption", {}, el("span", {}, low), el("b", {}, top), el("span", {}, high)),
	);
const second = (at) =>
	when(BigInt(Math.round(at * 1000)) * 1000n)
		.slice(0, 19)
		.replace("T", " ");

const power = (exponent) => duration(Math.round(10 ** exponent));

// Each trace a dot: its height is its duration, on a scale where ten times is always as far.
export function scatter(traces) {
	if (traces.length < 2) return "";
	const [from, to] = range(traces.map((t) => ms(t.start_unix_nano)));
	const [low, high] = range(traces.map((t) => Math.log10(Math.max(t.duration_ns, 1000))));
	const box = el("div", { class: "dots", "aria-hidden": "true" });
	for (const t of traces.slice().reverse()) {
		const x = (ms(t.start_unix_nano) - from) / (to - from);
		const y = (Math.log10(Math.max(t.duration_ns, 1000)) - low) / (high - low);
		const dot = el("a", {
			href: traceAddress(t.trace_id),
			tabindex: "-1",
			class: t.errors ? "bad" : "",
			title: `${line(`${t.service} ${t.name}`, 150)}, ${duration(t.duration_ns)}`,
		});
		dot.style.left = `${x * 100}%`;
		dot.style.bottom = `${y * 100}%`;
		box.append(dot);
	}
	return el(
		"figure",
		{ class: "chart" },
		box,
		el(
			"figcaption",
			{},
			el("span", {}, second(from)),
			el("b", {}, `${traces.length} traces, ${power(low)} to ${power(high)}`),
			el("span", {}, second(to)),
		),
	);
}

// How many lines there were, those of errors in their colour.
export function histogram(logs) {
	if (logs.length < 2) return "";
	const [from, to] = range(logs.map((l) => ms(l.time_unix_nano)));
	const all = new Array(BINS).fill(0);
	const bad = new Array(BINS).fill(0);
	for (const l of logs) {
		const i = Math.min(
			Math.floor(((ms(l.time_unix_nano) - from) / (to - from)) * BINS),
			BINS - 1,
		);
		all[i]++;
		if (isBad(l)) bad[i]++;
	}
	const most = Math.max(...all);
	const bars = (counts, kind) =>
		counts.map((n, i) => {
			const h = (n / most) * HIGH;
			return n
				? svg("rect", {
						class: kind,
						x: (i * WIDE) / BINS + 1,
						y: HIGH - h,
						width: WIDE / BINS - 2,
						height: h,
					})
				: "";
		});
	return frame(
		`${logs.length} lines over time, at most ${most} in one bar`,
		second(from),
		second(to),
		`${logs.length.toLocaleString("en")} lines`,
		bars(all, "all"),
		bars(bad, "bad"),
	);
}
