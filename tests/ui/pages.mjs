// Search, logs, compare, lint: filters are addresses, rows are links.
import {
	OTLP,
	TRACE,
	check,
	equal,
	eventually,
	open,
	run,
	settled,
	texts,
	URL_,
} from "./harness.mjs";
import { log, logs } from "./data.mjs";

const params = (page) =>
	page.evaluate(() => Object.fromEntries(new URLSearchParams(location.search)));

await run("pages", {
	async "search, then a trace, then back"(page) {
		await open(page, "/search?limit=100&since=1600000000");
		await Promise.all([
			page.waitForNavigation(),
			page.selectOption("[name=service]", "gateway"),
		]);
		await settled(page);
		equal(
			"a choice is in the address at once",
			"gateway",
			(await params(page)).service,
		);
		equal("31 traces of the gateway", 31, await page.locator("a.found").count());
		equal(
			"each is a dot in the picture",
			31,
			await page.locator(".chart .dots a").count(),
		);
		await page.fill("[name=min-duration]", "60ms");
		await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
		await settled(page);
		equal("those that took at least 60 ms", 11, await page.locator("a.found").count());
		await Promise.all([
			page.waitForNavigation(),
			page.selectOption("[name=errors]", "true"),
		]);
		await settled(page);
		equal("of them one with errors", 1, await page.locator("a.found").count());
		await Promise.all([page.waitForNavigation(), page.click("a.found")]);
		await settled(page);
		check(
			"a row is a link to its trace",
			(await page.locator("h1").innerText()).includes(TRACE),
		);
		await page.goBack();
		await settled(page);
		equal(
			"back is the search as it was",
			"60ms",
			await page.inputValue("[name=min-duration]"),
		);
	},

	async "a trace id in the field"(page) {
		for (const id of [
			TRACE,
			TRACE.toUpperCase(),
			"00000000-0000-0000-0000-0000000000aa",
			"170",
			`00-${TRACE}-00f067aa0ba902b7-01`,
		]) {
			await open(page, "/");
			await page.fill("#id", ` ${id} `);
			await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
			await settled(page);
			check(
				`${id} opens its trace`,
				(await page.locator("h1").innerText()).includes(TRACE),
				await page.locator("main").innerText(),
			);
		}
	},

	async "logs, and the jump to a trace"(page) {
		await open(page, "/logs?text=refused");
		equal("lines with the word", 2, await page.locator(".row.log").count());
		equal(
			"the word stands out",
			["refused", "refused"],
			await texts(page, ".row mark"),
		);
		await page.click(".row.log >> nth=0");
		check(
			"the chosen line is told whole",
			(await page.locator(".panel").innerText()).includes("card refused again"),
		);
		await Promise.all([
			page.waitForNavigation(),
			page.click(".row.log >> nth=0 >> .to a"),
		]);
		await settled(page);
		await eventually("its trace opens at the line", async () =>
			(await page.locator(".row.log[aria-selected=true]").innerText()).includes(
				"card refused again",
			),
		);
	},

	async "live tail"(page) {
		await open(page, "/logs?service=tail");
		check(
			"nothing is there yet",
			(await page.locator("main").innerText()).includes("No line fits"),
		);
		await page.check(".live input");
		const send = (body) =>
			fetch(`${OTLP}/v1/logs`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: logs("tail", [log(0, 0, 1, body)]),
			});
		await send("first <b>line</b>");
		await eventually(
			"a line comes by itself",
			async () =>
				(await texts(page, ".row.log .line"))[0] === "first <b>line</b>",
		);
		await send("second line");
		await eventually(
			"the newest is on top",
			async () => (await texts(page, ".row.log .line"))[0] === "second line",
		);
		await page.uncheck(".live input");
		await page.waitForTimeout(1500);
		await send("third line");
		await page.waitForTimeout(1500);
		equal(
			"and stops when it is told to",
			["second line", "first <b>line</b>"],
			await texts(page, ".row.log .line"),
		);
	},

	async "compare and lint"(page) {
		await open(page, "/compare");
		check(
			"compare asks for two windows",
			(await page.locator("main").innerText()).includes("FROM..TO"),
		);
		await page.fill("[name=baseline]", "1699999900..1699999990");
		await page.fill("[name=incident]", "1699999999..1700000100");
		await Promise.all([page.waitForNavigation(), page.click("text=Show")]);
		await settled(page);
		check(
			"the services are ranked",
			/1\.\s+bank|1\.\s+checkout|1\.\s+gateway/.test(
				await page.locator("main").innerText(),
			),
			await page.locator("main").innerText(),
		);
		await open(page, "/compare?baseline=x..y&incident=1..2");
		check(
			"a window that is none is refused by name",
			/baseline/.test(await page.locator("[role=alert]").innerText()),
		);
		await open(page, "/lint");
		check(
			"lint has a score for each service",
			(await texts(page, "details.ranked > summary")).some((s) =>
				/gateway .*of 100/.test(s),
			),
		);
	},

	async "what is not there says why"(page) {
		await open(page, "/trace/4bf92f3577b34da6a3ce929d0e0e4736");
		check(
			"an unknown trace",
			/not sampled/.test(await page.locator("[role=alert]").innerText()),
		);
		await open(page, "/trace/nonsense");
		check(
			"what is no id",
			/not a trace id/.test(await page.locator("[role=alert]").innerText()),
		);
		await open(page, "/trace/000000000000000000000000000000bb");
		check(
			"only lines",
			/Only log lines are known/.test(await page.locator("main").innerText()),
		);
		equal("with the line", 1, await page.locator(".row.log").count());
		await open(page, "/trace/000000000000000000000000000000cc");
		check(
			"only spans",
			/No log line names this trace/.test(await page.locator("main").innerText()),
		);
		await open(page, "/trace/000000000000000000000000000000ee");
		check(
			"a parent that is not here",
			(await page.locator(".row").innerText()).includes("parent missing"),
		);
		await open(page, "/trace/000000000000000000000000000000ef");
		equal("a circle of parents", 2, await page.locator(".row").count());
		await open(page, "/search?service=nobody");
		check(
			"a search without result",
			/No trace fits/.test(await page.locator("main").innerText()),
		);
	},

	async "hostile texts"(page) {
		await open(page, "/trace/000000000000000000000000000000dd#span=0000000000000001");
		await page.click("text=rows");
		await page.click(".row.log >> nth=2");
		check(
			"a line of a megabyte is cut",
			/\(1000000 characters\)/.test(await page.locator(".panel").innerText()),
		);
		const all = await page.evaluate(
			() => document.body.innerText + document.body.innerHTML,
		);
		check(
			"no escapes and overrides get through",
			!/[\u001b\u202e\u2066\u0000\u2028]/.test(all),
		);
		check("but they are shown", all.includes("\\u202e"));
		equal(
			"markup makes no elements",
			0,
			await page.locator("main img, main script").count(),
		);
		equal("and no script ran", undefined, await page.evaluate(() => window.hacked));
		check("other scripts stay as they are", all.includes("שלום مرحبا 日本語 🎈"));
		await open(page, "/logs?text=onerror");
		equal(
			"markup is text in the list",
			["<img src=x onerror=window.hacked=1>"],
			await texts(page, ".row.log .line"),
		);
		await open(page, "/search?service=%3Cscript%3Ewindow.hacked%3D1%3C%2Fscript%3E");
		equal("and in the address", undefined, await page.evaluate(() => window.hacked));
	},

	async "10,000 spans and lines"(page) {
		await open(page, "/trace/000000000000000000000000000000ff");
		check(
			"all are counted",
			/10,001 spans\s+10,000 log lines/.test(
				await page.locator(".facts").innerText(),
			),
		);
		await page.click("text=rows");
		let most = 0;
		for (let i = 0; i <= 10; i++) {
			await page.evaluate((share) => {
				const box = document.querySelector(".rows");
				box.scrollTop = box.scrollHeight * share;
			}, i / 10);
			await page.waitForTimeout(50);
			most = Math.max(most, await page.locator(".row").count());
		}
		check("only rows in sight are in the document", most > 10 && most < 100, most);
		check(
			"the last row is the last",
			(await page.locator(".row").last().innerText()).includes("line 9999"),
		);
		await page.goto(
			`${URL_}/trace/000000000000000000000000000000ff#span=000000000000269e`,
		);
		await settled(page);
		await eventually("a link goes to a row far below", async () =>
			(await page.locator("[aria-selected=true]").innerText()).includes(
				"step 9876",
			),
		);
	},
});
