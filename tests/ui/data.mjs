// What the stories look at: OTLP JSON lines on standard output.
const AT = 1700000000n * 1000000000n;
const ms = (n) => String(AT + BigInt(Math.round(n * 1e6)));
const hex = (n, digits) => n.toString(16).padStart(digits, "0");
const value = (v) => (typeof v === "number" ? { intValue: String(v) } : { stringValue: v });
const attributes = (o) => Object.entries(o).map(([key, v]) => ({ key, value: value(v) }));

export function span(trace, id, parent, name, from, took, more = {}) {
	return {
		traceId: hex(trace, 32),
		spanId: hex(id, 16),
		parentSpanId: parent ? hex(parent, 16) : "",
		name,
		kind: more.kind ?? 2,
		startTimeUnixNano: ms(from),
		endTimeUnixNano: ms(from + took),
		status: more.error ? { code: 2, message: more.error } : {},
		attributes: attributes(more.attributes ?? {}),
		events: more.events ?? [],
	};
}

export const log = (trace, id, at, body, severity = 9) => ({
	timeUnixNano: ms(at),
	severityNumber: severity,
	body: { stringValue: body },
	...(trace ? { traceId: hex(trace, 32), spanId: hex(id, 16) } : {}),
});

const resource = (service) => ({ attributes: attributes({ "service.name": service }) });
export const spans = (service, all) =>
	JSON.stringify({
		resourceSpans: [{ resource: resource(service), scopeSpans: [{ spans: all }] }],
	});
export const logs = (service, all) =>
	JSON.stringify({
		resourceLogs: [{ resource: resource(service), scopeLogs: [{ logRecords: all }] }],
	});

function* shop() {
	yield spans("gateway", [
		span(0xaa, 1, 0, "GET /buy", 0, 100, {
			error: "502",
			attributes: { "http.response.status_code": 502 },
		}),
	]);
	yield spans("checkout", [
		span(0xaa, 2, 1, "buy", 5, 90, { error: "no money" }),
		span(0xaa, 3, 2, "POST /pay", 10, 20, { kind: 3, error: "500" }),
		span(0xaa, 5, 2, "POST /pay", 40, 50, { kind: 3, error: "500" }),
	]);
	yield spans("bank", [
		span(0xaa, 4, 3, "pay", 12, 15, { error: "ledger is read-only" }),
		span(0xaa, 6, 5, "pay", 42, 45, {
			error: "ledger is read-only",
			attributes: { "card.kind": "debit" },
		}),
	]);
	yield logs("checkout", [
		log(0xaa, 2, 6, "order 7 begins"),
		log(0xaa, 2, 94, "order 7 is lost", 17),
	]);
	yield logs("bank", [
		log(0xaa, 4, 13, "card refused", 17),
		log(0xaa, 6, 50, "card refused again", 17),
	]);
	for (let i = 0; i < 30; i++)
		yield spans("gateway", [
			span(0x1000 + i, 1, 0, "GET /buy", -60000 + i * 1000, 40 + i),
		]);
}

function* hostile() {
	yield spans("hostile", [
		span(0xdd, 1, 0, "<script>window.hacked=1</script>", 0, 10, {
			attributes: { '"><img src=x onerror=window.hacked=1>': "v" },
		}),
	]);
	yield logs("hostile", [
		log(0xdd, 1, 1, "<img src=x onerror=window.hacked=1>"),
		log(0xdd, 1, 2, "\x1b[31mred\x1b[0m \u202egnp.exe \u2066hidden\u2069"),
		log(0xdd, 1, 3, "M".repeat(1000000)),
		log(0xdd, 1, 4, "javascript:alert(1) \u0000 nul \u2028 line"),
		log(0xdd, 1, 5, "שלום مرحبا 日本語 🎈"),
	]);
}

function* odd() {
	yield logs("cron", [log(0xbb, 9, 5, "only a line")]);
	yield spans("quiet", [span(0xcc, 1, 0, "no lines", 0, 5)]);
	yield spans("orphan", [span(0xee, 2, 77, "its parent is not here", 0, 5)]);
	const a = span(0xef, 2, 3, "circle a", 0, 5);
	yield spans("circle", [a, span(0xef, 3, 2, "circle b", 1, 3)]);
}

// n spans below one, each with a line.
function* big(n) {
	const all = [span(0xff, 1, 0, "batch", 0, n)];
	for (let i = 0; i < n; i++)
		all.push(span(0xff, 10 + i, i % 10 ? 10 + i - (i % 10) : 1, `step ${i}`, i, 1));
	yield spans("many", all);
	yield logs(
		"many",
		all.slice(1).map((s, i) => ({
			...log(0xff, 1, i + 0.5, `line ${i}`),
			spanId: s.spanId,
		})),
	);
}

if (process.argv[2])
	for (const make of [() => big(10000), shop, hostile, odd])
		for (const l of make()) console.log(l);
