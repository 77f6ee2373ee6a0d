// Buttons that copy. Where the page is not served from this machine or by TLS, browsers keep the
// clipboard from it; the old way by a selected text works there still.
import { el } from "./dom.js";

function bySelection(text) {
	const area = el("textarea", { class: "offscreen", readonly: true });
	area.value = text;
	document.body.append(area);
	area.select();
	const done = document.execCommand("copy");
	area.remove();
	if (!done) throw new Error("the browser does not let this page copy");
}

async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		bySelection(text);
	}
}

export function copyButton(label, text) {
	async function go(event) {
		const button = event.currentTarget;
		const said = await copy(text()).then(
			() => "copied",
			(error) => error.message,
		);
		button.textContent = said;
		setTimeout(() => (button.textContent = label), 1500);
	}
	return el("button", { type: "button", title: `Copy: ${label}`, onclick: go }, label);
}

// Ways to take a trace elsewhere.
export function copyMenu(trace) {
	const api = `${location.origin}/api/v1/traces/${trace.trace_id}`;
	return el(
		"details",
		{ class: "menu" },
		el("summary", {}, "Copy as"),
		el(
			"div",
			{},
			copyButton("linespan show", () => `linespan show ${trace.trace_id}`),
			copyButton("linespan grep", () => `linespan grep ${trace.trace_id}`),
			copyButton("curl", () => `curl '${api}'`),
			copyButton("JSON", () => JSON.stringify(trace, null, 1)),
			copyButton("link", () => location.href),
			copyButton("trace id", () => trace.trace_id),
		),
	);
}
