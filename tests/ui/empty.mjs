// A store that has nothing yet: each page says what to do.
import { check, equal, open, run } from "./harness.mjs";

const words = (page) => page.locator("main").innerText();

await run("empty", {
	async "each page says what to do"(page) {
		await open(page, "/");
		check(
			"no spans yet, and how to send some",
			/No spans yet. Send OTLP to port 4318/.test(await words(page)),
		);
		equal(
			"the page is named in the navigation",
			"Traces",
			await page.locator("nav [aria-current=page]").innerText(),
		);
		equal("and in the title", "Traces – Linespan", await page.title());
		await open(page, "/logs");
		check(
			"no lines, and where they come from",
			/No lines. Programs log here when/.test(await words(page)),
		);
		await open(page, "/compare?baseline=2h..1h&incident=1h..now");
		check(
			"compare tells of an empty baseline",
			/the baseline has no spans/.test(await words(page)),
			await words(page),
		);
		await open(page, "/lint");
		check("lint has nothing to judge", /nothing to judge/.test(await words(page)));
		await open(page, "/trace/4bf92f3577b34da6a3ce929d0e0e4736");
		check(
			"a trace that nobody knows says why",
			/not sampled/.test(await page.locator("[role=alert]").innerText()),
		);
	},
});
