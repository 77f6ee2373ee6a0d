// Can it be used by everyone: axe's rules (WCAG 2.2 A and AA) on every page, light and dark, wide
// and narrow.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { TRACE, check, equal, open, run } from "./harness.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = [
	`/trace/${TRACE}#span=0000000000000004`,
	"/trace/000000000000000000000000000000bb",
	"/search?since=1600000000",
	"/logs?text=refused",
	"/compare?baseline=1699999900..1699999990&incident=1699999999..1700000100",
	"/lint",
	"/trace/nonsense",
];

async function violations(page) {
	await page.evaluate(axe);
	const found = await page.evaluate(() =>
		window.axe.run(document, {
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
		}),
	);
	return found.violations.map((v) =>
		[v.id, v.nodes[0].html.slice(0, 160), v.nodes[0].failureSummary].join(": "),
	);
}

for (const [colorScheme, width] of [
	["light", 1400],
	["dark", 1400],
	["light", 480],
])
	await run(
		`access, ${colorScheme}, ${width} wide`,
		{
			async "the rules"(page) {
				for (const path of PAGES) {
					await open(page, path);
					if (path.startsWith(`/trace/${TRACE}`))
						await page.waitForSelector(
							".cards[aria-busy=false]",
						);
					equal(
						`${colorScheme}, ${width}: ${path.split("?")[0]}`,
						[],
						await violations(page),
					);
					const wide = await page.evaluate(
						() =>
							document.documentElement.scrollWidth -
							innerWidth,
					);
					check(
						`${colorScheme}, ${width}: ${path} fits its width`,
						wide <= 0,
						wide,
					);
				}
			},
		},
		{ colorScheme, viewport: { width, height: 800 } },
	);
