// Elements from text. There is no way to pass markup.
export function el(name, attributes, ...children) {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes ?? {}))
		if (key.startsWith("on")) e.addEventListener(key.slice(2), value);
		else if (value !== undefined && value !== false)
			e.setAttribute(key, value === true ? "" : value);
	e.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== false));
	return e;
}

export function table(heads, rows) {
	return el(
		"table",
		{},
		el(
			"thead",
			{},
			el(
				"tr",
				{},
				heads.map((h) => el("th", {}, h)),
			),
		),
		el(
			"tbody",
			{},
			rows.map((r) =>
				el(
					"tr",
					{},
					r.map((c) =>
						c instanceof HTMLTableCellElement
							? c
							: el("td", {}, c),
					),
				),
			),
		),
	);
}

// A form whose fields are the parameters of the address; submitting goes there.
export function filters(fields, extra) {
	const now = new URLSearchParams(location.search);
	const inputs = fields.map(([name, label, options]) =>
		el(
			"label",
			{},
			label,
			options
				? el(
						"select",
						{ name },
						options.map((o) =>
							el(
								"option",
								{
									value: o,
									selected:
										now.get(name) ===
										o,
								},
								o || "any",
							),
						),
					)
				: el("input", { name, value: now.get(name) ?? "" }),
		),
	);
	return el(
		"form",
		{
			class: "filters",
			onsubmit(event) {
				event.preventDefault();
				const wanted = new URLSearchParams();
				for (const [name, value] of new FormData(event.target))
					if (value) wanted.set(name, value);
				location.search = wanted;
			},
		},
		inputs,
		el("button", {}, "Show"),
		extra,
	);
}

// What is in a text but must not act: controls, bidirectional overrides, line separators.
export function visible(text) {
	return String(text).replace(
		/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
		(c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}

const LINE_MAX = 2000;
export function line(text) {
	const shown = visible(text.length > LINE_MAX ? text.slice(0, LINE_MAX) : text);
	return text.length > LINE_MAX ? `${shown}… (${text.length} characters)` : shown;
}
