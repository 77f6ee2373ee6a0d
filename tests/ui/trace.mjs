// A trace: the waterfall with its lines, by mouse and by keys.
import {
	TRACE,
	check,
	chosen,
	equal,
	eventually,
	open,
	run,
	settled,
	texts,
	URL_,
} from "./harness.mjs";

const path = (page) => page.evaluate(() => location.pathname + location.hash);
const cards = (page) => page.waitForSelector(".cards[aria-busy=false]");

await run("trace", {
	async "what happened"(page) {
		await open(page, `/trace/${TRACE}`);
		await cards(page);
		const said = (await texts(page, ".card")).join("\n");
		check(
			"the origin of the error is named",
			/Where the error began\s+✗ bank pay: ledger is read-only/.test(said),
			said,
		);
		check("with its first error line", said.includes("card refused"), said);
		check(
			"retries are told",
			/checkout buy|POST \/pay: 2 attempts, none succeeded/.test(said),
			said,
		);
		check("it is set beside others", /beside \d+ others/.test(said), said);
		equal(
			"spans are rows below their parents",
			["1", "2", "3", "4", "3", "4"],
			await page
				.locator("[role=treeitem]")
				.evaluateAll((rows) =>
					rows.map((r) => r.getAttribute("aria-level")),
				),
		);
		const bar = await page
			.locator(".row:has-text('checkout buy') .bar")
			.evaluate((b) => [b.style.left, b.style.width]);
		equal("a bar is where its span was", ["5%", "90%"], bar);
		check("the critical path is marked", (await page.locator(".critical").count()) > 0);
		equal(
			"services have a legend",
			["gateway 1", "checkout 3", "bank 2"],
			await texts(page, ".legend > li"),
		);
	},

	async "from the error to its line"(page) {
		await open(page, `/trace/${TRACE}`);
		await cards(page);
		await page.click(".quote");
		check("the line is chosen", (await chosen(page)).includes("card refused"));
		check(
			"the address is a link to it",
			/#log=17000000000\d+$/.test(await path(page)),
			await path(page),
		);
		await page.click(".panel >> text=Its span");
		check("the line leads to its span", (await chosen(page)).includes("bank pay"));
		await page.reload();
		await settled(page);
		await eventually("the link still chooses it after a reload", async () =>
			(await chosen(page)).includes("bank pay"),
		);
	},

	async "by keys alone"(page) {
		await open(page, `/trace/${TRACE}`);
		await page.focus(".rows");
		await page.keyboard.press("ArrowDown");
		check("down chooses the first span", (await chosen(page)).includes("GET /buy"));
		await page.keyboard.press("j");
		check("j the next", (await chosen(page)).includes("checkout buy"));
		await page.keyboard.press("ArrowLeft");
		equal(
			"left closes what is below",
			2,
			await page.locator("[role=treeitem]").count(),
		);
		equal(
			"and says so",
			"false",
			await page.locator("[aria-selected=true]").getAttribute("aria-expanded"),
		);
		await page.keyboard.press("ArrowRight");
		equal("right opens it", 6, await page.locator("[role=treeitem]").count());
		await page.keyboard.press("End");
		await page.keyboard.press("ArrowLeft");
		check(
			"left on a leaf goes to its parent",
			(await chosen(page)).includes("POST /pay"),
		);
		await page.keyboard.press("Home");
		check("home is the first", (await chosen(page)).includes("GET /buy"));
		await page.keyboard.press("e");
		check("e goes to where the error began", (await chosen(page)).includes("bank pay"));
		await page.keyboard.press("c");
		check("c to the longest of the critical path", (await chosen(page)).length > 0);
		await page.keyboard.press("l");
		equal("l shows lines as rows", 4, await page.locator(".row.log").count());
		await page.keyboard.press("l");
		equal("and hides them", 0, await page.locator(".row.log, .dot").count());
		await page.keyboard.press("?");
		check(
			"? lists the keys",
			(await page.locator("dialog").innerText()).includes(
				"where the error began",
			),
		);
		await page.keyboard.press("Escape");
		await page.keyboard.press("/");
		equal(
			"/ goes to the field for an id",
			"id",
			await page.evaluate(() => document.activeElement.id),
		);
	},

	async "lines of one span, and below"(page) {
		await open(page, `/trace/${TRACE}`);
		equal("lines are dots on the bars", 4, await page.locator(".dot").count());
		check(
			"a dot says its line",
			(await page.locator(".dot.bad").first().getAttribute("title")).includes(
				"is lost",
			),
		);
		await page.click("text=rows");
		equal("rows show all of them", 4, await page.locator(".row.log").count());
		await page.click(".row:has-text('checkout buy')");
		await page.click(".tools >> text=span");
		equal("only those of the chosen span", 2, await page.locator(".row.log").count());
		await page.click(".tools >> text=below");
		equal("of the span and below", 4, await page.locator(".row.log").count());
		await page.click(".row:has-text('bank pay') >> nth=0");
		equal("the choice moves with the span", 1, await page.locator(".row.log").count());
		await page.click(".panel button:has-text('and below')");
		equal(
			"the panel lists lines, too",
			1,
			await page.locator(".panel .loglines li").count(),
		);
	},

	async "finding words"(page) {
		await open(page, `/trace/${TRACE}`);
		await page.keyboard.press("f");
		await page.keyboard.type("debit");
		equal(
			"a span whose attribute says it stands out",
			1,
			await page.locator(".row:not(.faint)").count(),
		);
		await page.keyboard.press("Enter");
		check("enter chooses it", (await chosen(page)).includes("bank pay"));
		check(
			"its attributes are told",
			(await page.locator(".panel").innerText()).includes("card.kind"),
		);
		await page.fill("input[type=search]", "");
		await eventually(
			"without words all do",
			async () => (await page.locator(".row:not(.faint)").count()) === 6,
		);
	},

	async copying(page, context) {
		await context.grantPermissions(["clipboard-read", "clipboard-write"]);
		await open(page, `/trace/${TRACE}#span=0000000000000004`);
		const copied = async (label) => {
			await page.click(`.menu button:has-text("${label}")`);
			return page.evaluate(() => navigator.clipboard.readText());
		};
		await page.click(".menu summary");
		equal("as a command", `linespan show ${TRACE}`, await copied("linespan show"));
		equal("as curl", `curl '${URL_}/api/v1/traces/${TRACE}'`, await copied("curl"));
		equal("as JSON", TRACE, JSON.parse(await copied("JSON")).trace_id);
		await eventually(
			"as a link to what is chosen",
			async () =>
				(await copied("link")) ===
				`${URL_}/trace/${TRACE}#span=0000000000000004`,
		);
		await page.evaluate(() =>
			Object.defineProperty(navigator, "clipboard", { value: undefined }),
		);
		await page.evaluate(
			() =>
				(document.execCommand = (command) =>
					(window.copied = [command, getSelection().toString()])),
		);
		await page.click(".menu button:has-text('trace id')");
		equal(
			"without the clipboard's interface, too",
			["copy", TRACE],
			await page.evaluate(() => window.copied),
		);
	},
});
