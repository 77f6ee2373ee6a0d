// Looks up by trace id what export.mjs sent, and prints "spans N logs N" of those found as they
// were sent; the first differences go to standard error.
//
// usage: [TOKEN=…] verify.mjs SENT.json API_URL
import { readFileSync } from 'node:fs';

const sent = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { TOKEN } = process.env;
const headers = TOKEN ? { authorization: `Bearer ${TOKEN}` } : {};
let spans = 0;
let logs = 0;
let shown = 0;

function differs(what, expected, actual) {
	if (shown++ < 5) console.error(what, 'expected', expected, 'found', JSON.stringify(actual));
}

function sameSpan(trace, wanted, found) {
	const wantedParent = wanted.id === trace.root ? null : trace.root;
	const n = Number(wanted.name.split(' ')[1]);
	const a = found?.attributes ?? {};
	const same = found && found.name === wanted.name && found.parent_span_id === wantedParent
		&& found.kind === (n === 0 ? 'server' : 'client') && found.events.length === 1
		&& found.status === (n === 9 ? 'error' : 'unset')
		&& a.text === 'Bücher & "Tee"' && Number(a.n) === n && Number(a.half) === n + 0.5;
	if (!same) differs(`span ${wanted.id} of ${trace.trace_id}`, wanted.name, found);
	return same;
}

for (const trace of sent) {
	const url = `${process.argv[3]}/api/v1/traces/${trace.trace_id}`;
	const response = await fetch(url, { headers });
	const found = response.ok ? await response.json() : { spans: [], logs: [] };
	const byId = new Map(found.spans.map((span) => [span.span_id, span]));
	for (const wanted of trace.spans) {
		const span = byId.get(wanted.id);
		if (sameSpan(trace, wanted, span)) spans++;
		const log = span?.logs.find(({ body }) => body === wanted.body);
		if (log && log.severity === 'WARN') logs++;
		else differs(`log of ${wanted.id}`, wanted.body, span?.logs);
	}
}
console.log(`spans ${spans} logs ${logs}`);
