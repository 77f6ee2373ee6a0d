// Forms whose fields are the parameters of the address: what is shown can always be linked to.
import { el } from "./dom.js";

// A field: { name, label, options?, hints?, wide?, repeat? }. Options make it a choice; hints are
// offered; one that repeats has room for one more.
function field(f, values) {
	if (f.repeat)
		return [...values, ""].map((value) => input(f, value));
	return input(f, values[0] ?? "");
}

function input(f, now) {
	if (f.options)
		return el(
			"select",
			{ name: f.name },
			f.options.map((o) =>
				el(
					"option",
					{ value: o, selected: now === o },
					o || f.any || "any",
				),
			),
		);
	const list = f.hints?.length ? `hints-${f.name}` : undefined;
	return [
		el("input", {
			name: f.name,
			value: now,
			list,
			placeholder: f.example,
			spellcheck: "false",
			autocomplete: "off",
			// A label is of the first field in it only.
			"aria-label": f.repeat ? f.label : undefined,
			class: f.wide ? "wide" : undefined,
		}),
		list &&
			el(
				"datalist",
				{ id: list },
				f.hints.map((h) => el("option", { value: h })),
			),
	];
}

export function filters(fields, ...extra) {
	const now = new URLSearchParams(location.search);
	const submit = (event) => {
		event.preventDefault();
		const wanted = new URLSearchParams();
		for (const [name, value] of new FormData(event.currentTarget))
			if (value.trim()) wanted.append(name, value.trim());
		location.search = wanted;
	};
	const form = el(
		"form",
		{ class: "filters", onsubmit: submit },
		fields.map((f) =>
			el("label", {}, el("span", {}, f.label), field(f, now.getAll(f.name))),
		),
		el("button", { class: "main" }, "Show"),
		[...now].length
			? el("a", { class: "button", href: location.pathname }, "Clear")
			: "",
		extra,
	);
	// A choice is made at once, words when Enter is pressed.
	for (const select of form.querySelectorAll("select"))
		select.addEventListener("change", () => form.requestSubmit());
	return form;
}

// One of a few values, as radio buttons: choice("Lines", ["dots", "rows"], "dots", f).
export function choice(label, values, chosen, change) {
	const name = `choice-${label}`;
	return el(
		"fieldset",
		{ class: "choice" },
		el("legend", {}, label),
		values.map((value) =>
			el(
				"label",
				{},
				el("input", {
					type: "radio",
					name,
					value,
					checked: value === chosen,
					onchange: () => change(value),
				}),
				value,
			),
		),
	);
}

export const SPANS_OF_TIME = ["15m", "1h", "6h", "1d", "7d"];
