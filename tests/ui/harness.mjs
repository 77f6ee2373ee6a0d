// Stories in a real browser. Each prints "ok FACT" or "not ok FACT"; a story that throws is one
// failure more. SERVE_URL and OTLP_URL say where the sidecar is.
import { chromium } from "playwright-core";

export const URL_ = process.env.SERVE_URL;
export const OTLP = process.env.OTLP_URL;
export const TRACE = "000000000000000000000000000000aa";
const ARGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

let failed = 0;
export function check(fact, good, seen) {
	console.log(`${good ? "ok" : "not ok"} ${fact}`);
	if (good) return;
	failed++;
	if (seen !== undefined) console.log(`#   seen: ${JSON.stringify(seen)?.slice(0, 600)}`);
}
export const equal = (fact, expected, actual) =>
	check(fact, JSON.stringify(expected) === JSON.stringify(actual), actual);

// Becomes true within seconds: a page that waits for the sidecar is asked until it has it.
export async function eventually(fact, test) {
	const until = Date.now() + 10000;
	let seen;
	while (Date.now() < until) {
		seen = await test();
		if (seen === true) return check(fact, true);
		await new Promise((r) => setTimeout(r, 100));
	}
	check(fact, false, seen);
}

export const launch = () =>
	chromium.launch({
		executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
		args: ARGS,
	});

// A page of its own for each story. Errors of scripts, and what the policy forbids, are failures.
export async function run(name, stories, options = {}) {
	const browser = await launch();
	for (const [title, story] of Object.entries(stories)) {
		const context = await browser.newContext({
			viewport: { width: 1400, height: 900 },
			...options,
		});
		const page = await context.newPage();
		const errors = [];
		page.on("pageerror", (e) => errors.push(e.message));
		page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
		page.on("dialog", (d) => (errors.push(`dialog: ${d.message()}`), d.dismiss()));
		page.setDefaultTimeout(10000);
		console.log(`# ${name}: ${title}`);
		try {
			await story(page, context);
		} catch (error) {
			check(`${name}: ${title}: runs to its end`, false, error.message);
		}
		equal(
			`${name}: ${title}: no errors in the page`,
			[],
			errors.filter((e) => !/status of 40[04]/.test(e)),
		);
		await context.close();
	}
	await browser.close();
	process.exitCode = failed ? 1 : 0;
}

export async function open(page, path) {
	await page.goto(URL_ + path);
	await settled(page);
}
export const settled = (page) => page.waitForSelector("main[aria-busy=false]");
export const chosen = (page) => page.locator("[aria-selected=true]").first().innerText();
export const texts = (page, selector) => page.locator(selector).allInnerTexts();
