// Which page a path is.
import { note, el } from "./dom.js";
import { traceAddress } from "./api.js";
import { listen } from "./keys.js";
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
listen();
try {
	main.replaceChildren(
		...(await here.page(id && decodeURIComponent(id))).flat(9).filter(Boolean),
	);
	document.title = `${main.querySelector("h1").textContent} – Linespan`;
} catch (error) {
	const alert = note(error.message);
	alert.setAttribute("role", "alert");
	main.replaceChildren(
		el("h1", {}, "Nothing to show"),
		alert,
		el(
			"p",
			{},
			el("a", { href: "/search" }, "All traces"),
			" or ",
			el("a", { href: "/logs" }, "all log lines"),
		),
	);
	document.title = "Nothing to show – Linespan";
}
main.setAttribute("aria-busy", "false");
