// Forms whose fields are the parameters of the address: what is shown can always be linked to.
import { el } from "./dom.js";

// A field: { name, label, options?, hints?, wide? }. Options make it a choice; hints are offered.
function field(f, now) {
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
			if (value.trim()) wanted.set(name, value.trim());
		location.search = wanted;
	};
	const form = el(
		"form",
		{ class: "filters", onsubmit: submit },
		fields.map((f) =>
			el("label", {}, el("span", {}, f.label), field(f, now.get(f.name) ?? "")),
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
