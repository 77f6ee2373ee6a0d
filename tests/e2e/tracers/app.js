// Logs by console.log inside and outside of spans; beside each line the ids that the tracer's own
// API knows, for the test to compare.
const tracer = require("dd-trace").init({
	service: "checkout",
	startupLogs: false,
	url: "http://127.0.0.1:9",
	plugins: false,
});
const fs = require("fs");

const want = [];
function say(text) {
	const span = tracer.scope().active();
	const context = span && span.context();
	const trace = context && context.toTraceId(true).padStart(32, "0");
	const id = context && BigInt(context.toSpanId()).toString(16).padStart(16, "0");
	want.push(text + (context ? ` trace_id=${trace} span_id=${id}` : ""));
	console.log(text);
}

async function order(n) {
	await tracer.trace("order", async () => {
		say(`order ${n} begins`);
		await new Promise((resolve) => setTimeout(resolve, 5 * (4 - n)));
		say(`order ${n} after a timer`);
		await tracer.trace("pay", async () => {
			say(`order ${n} pays`);
			await Promise.resolve();
			say(`order ${n} has paid`);
		});
		say(`order ${n} ends`);
	});
}

(async () => {
	say("before all spans");
	await Promise.all([order(1), order(2), order(3)]);
	say("after all spans");
	fs.writeFileSync(process.argv[2], want.join("\n") + "\n");
	process.exit(0);
})();
