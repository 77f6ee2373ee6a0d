// Keys, and the list of them that "?" opens. Keys of a page are letters; in a field they are text.
import { el } from "./dom.js";

const EVERYWHERE = {
	"/": ["to the field for a trace id", () => document.getElementById("id").focus()],
	"?": ["this list", help],
};
const IN_LISTS = {
	"↑ ↓ j k": "choose a row",
	"← →": "close and open what is below a span",
	"Home End": "first and last row",
};
let here = {};

export function onKey(keys) {
	here = keys;
}

export function help() {
	const close = (event) => event.currentTarget.closest("dialog").close();
	const rows = [
		...Object.entries(EVERYWHERE).map(([key, [what]]) => [key, what]),
		...Object.entries(here).map(([key, [what]]) => [key, what]),
		...Object.entries(IN_LISTS),
	];
	const dialog = el(
		"dialog",
		{ "aria-label": "Keys", onclose: (event) => event.currentTarget.remove() },
		el("h2", {}, "Keys"),
		el(
			"dl",
			{},
			rows.map(([key, what]) => [
				el("dt", {}, el("kbd", {}, key)),
				el("dd", {}, what),
			]),
		),
		el("button", { type: "button", onclick: close }, "Close"),
	);
	document.body.append(dialog);
	dialog.showModal();
}

export function listen() {
	document.getElementById("keys").addEventListener("click", help);
	document.addEventListener("keydown", (event) => {
		if (event.ctrlKey || event.altKey || event.metaKey) return;
		if (event.target.closest("input, select, textarea, dialog")) return;
		const [, act] = here[event.key] ?? EVERYWHERE[event.key] ?? [];
		if (!act) return;
		event.preventDefault();
		act();
	});
}
