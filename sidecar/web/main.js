// Which page a path is.
import { el } from "./dom.js";
import { traceAddress } from "./api.js";
import * as compare from "./compare.js";
import * as lint from "./lint.js";
import * as logs from "./logs.js";
import * as search from "./search.js";
import * as trace from "./trace.js";

const main = document.getElementById("main");
const [, name, id] = location.pathname.split("/");
const pages = { compare, lint, logs, search, trace };
const here = pages[name] ?? search;

document.getElementById("jump").addEventListener("submit", (event) => {
	event.preventDefault();
	const wanted = new FormData(event.target).get("id").trim();
	if (wanted) location.href = traceAddress(wanted);
});
for (const link of document.querySelectorAll("nav a"))
	if (pages[link.pathname.slice(1)] === here) link.setAttribute("aria-current", "page");
try {
	main.replaceChildren(...(await here.page(id && decodeURIComponent(id))));
	document.title = `${main.querySelector("h1").textContent} – Linespan`;
} catch (error) {
	main.replaceChildren(
		el("h1", {}, "Nothing to show"),
		el("p", { role: "alert", class: "note" }, error.message),
	);
}
main.setAttribute("aria-busy", "false");
