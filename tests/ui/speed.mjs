// Not a test: how soon the page of a trace with 10,000 spans and 10,000 lines shows, and how it
// scrolls. Prints "paint_ms=N frames=N late=N worst_ms=N".
import { URL_, launch, settled } from "./harness.mjs";

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
await page.goto(`${URL_}/`);
const from = performance.now();
await page.goto(`${URL_}/trace/000000000000000000000000000000ff`);
await settled(page);
await page.waitForSelector("[role=treeitem]");
const paint = performance.now() - from;
await page.click("text=rows");
await page.waitForTimeout(500);
const frames = await page.evaluate(
	() =>
		new Promise((done) => {
			const box = document.querySelector(".rows");
			const gaps = [];
			let last = performance.now();
			const step = (now) => {
				gaps.push(now - last);
				last = now;
				box.scrollTop += 300;
				if (gaps.length < 240) requestAnimationFrame(step);
				else done(gaps.slice(1));
			};
			requestAnimationFrame(step);
		}),
);
const late = frames.filter((gap) => gap > 20).length;
console.log(
	`paint_ms=${paint.toFixed(0)} frames=${frames.length} late=${late} ` +
		`worst_ms=${Math.max(...frames).toFixed(1)}`,
);
await browser.close();
