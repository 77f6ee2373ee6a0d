// Elements from text. There is no way to pass markup.
const SVG = "http://www.w3.org/2000/svg";

function fill(e, attributes, children) {
	for (const [key, value] of Object.entries(attributes ?? {}))
		if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
		else if (value !== undefined && value !== null && value !== false)
			e.setAttribute(key, value === true ? "" : value);
	e.append(...children.flat(9).filter((c) => c !== undefined && c !== null && c !== false));
	return e;
}

export const el = (name, attributes, ...children) =>
	fill(document.createElement(name), attributes, children);
export const svg = (name, attributes, ...children) =>
	fill(document.createElementNS(SVG, name), attributes, children);

// Style by property: the page's policy allows no style attributes.
export function styled(e, style) {
	Object.assign(e.style, style);
	return e;
}

export const failedMark = () =>
	el("span", { class: "error", role: "img", "aria-label": "error" }, "✗ ");
export const note = (text, ...more) => el("p", { class: "note" }, text, more);

export const table = (heads, rows) =>
	el(
		"table",
		{},
		el(
			"thead",
			{},
			el(
				"tr",
				{},
				heads.map((h) => el("th", { scope: "col" }, h)),
			),
		),
		el(
			"tbody",
			{},
			rows.map((r) => el("tr", {}, r.map(cell))),
		),
	);

const cell = (c) => (c instanceof HTMLTableCellElement ? c : el("td", {}, c));

// What is in a text but must not act: controls, bidirectional overrides, line separators.
export const visible = (text) =>
	String(text).replace(
		/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
		(c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);

const LINE_MAX = 2000;
export function line(text, most = LINE_MAX) {
	const all = String(text ?? "");
	if (all.length <= most) return visible(all);
	return `${visible(all.slice(0, most))}… (${all.length} characters)`;
}
