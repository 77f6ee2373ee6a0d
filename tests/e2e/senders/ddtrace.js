// Three orders at once that dd-trace traces and sends by OTLP, with log records by the
// OpenTelemetry API and lines by console.log (on standard output: under the shim, they are
// stamped). Writes to SPANS and LOGS, a line each, what the tracer's API says: "TRACE SPAN PARENT
// SERVICE KIND STATUS NAME" and "TRACE SPAN SEVERITY BODY".
//
// usage: ddtrace.js SPANS LOGS
const tracer = require("dd-trace").init({ service: "shop", startupLogs: false, plugins: false });
const { logs } = require("@opentelemetry/api-logs");
const fs = require("fs");

const spans = [];
const records = [];
const idsOf = (span) => [span.context().toTraceId(true), span.context().toSpanId(true)].join(" ");

function log(span, severityNumber, severityText, body) {
	logs.getLogger("shop").emit({ severityNumber, severityText, body, attributes: { n: 1.5 } });
	records.push(`${idsOf(span)} ${severityText} ${body}`);
	console.log(`line of ${body}`);
}

async function traced(parent, name, kind, work) {
	await tracer.trace(name, { tags: { "span.kind": kind } }, async (span) => {
		let status = "unset";
		try {
			await work(span);
		} catch (error) {
			span.setTag("error", error);
			status = "error";
		}
		const above = parent ? parent.context().toSpanId(true) : "null";
		spans.push(`${idsOf(span)} ${above} shop ${kind} ${status} ${name}`);
	});
}

async function order(n) {
	await traced(null, `order ${n}`, "server", async (root) => {
		log(root, 9, "INFO", `order ${n} for Müller`);
		await new Promise((resolve) => setTimeout(resolve, 5 * (4 - n)));
		await traced(root, "pay", "client", async (span) => {
			if (n !== 3) return;
			log(span, 17, "ERROR", "card declined");
			throw new TypeError("declined");
		});
		await traced(root, "queue", "producer", async () => {});
	});
}

(async () => {
	await Promise.all([order(1), order(2), order(3)]);
	fs.writeFileSync(process.argv[2], spans.join("\n") + "\n");
	fs.writeFileSync(process.argv[3], records.join("\n") + "\n");
})();
