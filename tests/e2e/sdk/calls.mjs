// Calls an OTLP/gRPC server by grpc-js and prints, a line each, what it hears: the code's name, the
// message of an error, what the answer says, and whether it may be sent again.
//
// usage: calls.mjs HOST:PORT
import grpc from '@grpc/grpc-js';

const COLLECTOR = '/opentelemetry.proto.collector';
const TRACES = `${COLLECTOR}.trace.v1.TraceService/Export`;
const LOGS = `${COLLECTOR}.logs.v1.LogsService/Export`;
const METRICS = `${COLLECTOR}.metrics.v1.MetricsService/Export`;
const HEALTH = '/grpc.health.v1.Health/Check';
const GZIP = { 'grpc.default_compression_algorithm': 2 };

const field = (n, bytes) => {
	const out = [n << 3 | 2];
	let size = bytes.length;
	for (; size > 127; size >>= 7) out.push(size & 127 | 128);
	return Buffer.concat([Buffer.from([...out, size]), bytes]);
};
const text = (n, value) => field(n, Buffer.from(value));
const time = (n, ns) => {
	const out = Buffer.alloc(9, n << 3 | 1);
	out.writeBigUInt64LE(BigInt(ns), 1);
	return out;
};
const START = '1700000000000000001';
const END = '1700000000000000002';
const shop = field(1, field(1, Buffer.concat([
	text(1, 'service.name'), field(2, text(1, 'shop'))])));
const span = (id, start = START, end = END) => field(2, Buffer.concat([
	field(1, Buffer.from(id, 'hex')), field(2, Buffer.from('00f067aa0ba902b7', 'hex')),
	text(5, 'POST /pay'), time(7, start), time(8, end)]));
const spans = (...all) => field(1, Buffer.concat([shop, field(2, Buffer.concat(all))]));
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const good = span(TRACE);
const log = Buffer.concat([time(1, START), field(5, text(1, 'card declined'))]);
const point = field(2, field(2, Buffer.concat([text(1, 'cpu'), field(5, text(1, ''))])));

const cases = [
	['nothing', TRACES, Buffer.alloc(0)],
	['spans', TRACES, spans(good)],
	['spans, gzip', TRACES, spans(good), GZIP],
	['a bad span', TRACES, spans(good, span('4bf9'))],
	['spans with the wrong times', TRACES, spans(span(TRACE, END, START), span(TRACE, 5, 0))],
	['logs', LOGS, field(1, Buffer.concat([shop, field(2, field(2, log))]))],
	['logs of nobody', LOGS, field(1, field(2, field(2, log)))],
	['metrics', METRICS, field(1, point)],
	['what is no protobuf', TRACES, Buffer.from('ff', 'hex')],
	['too much', TRACES, Buffer.alloc(2 << 20)],
	['too much, compressed', TRACES, Buffer.alloc(2 << 20), GZIP],
	['another method', `${TRACES}s`, Buffer.alloc(0)],
	['health', HEALTH, Buffer.alloc(0)],
	['health of a service', HEALTH,
		text(1, 'opentelemetry.proto.collector.trace.v1.TraceService')],
	['health of another', HEALTH, text(1, 'shop')],
];

const address = process.argv[2];
const same = (x) => x;
// The partial_success of an answer: what was rejected, and the message. Other answers as hex.
const partial = (answer) => {
	if (answer[0] !== 0x0a) return answer.toString('hex');
	const at = answer.indexOf(0x12);
	const from = answer[at + 1] > 127 ? at + 3 : at + 2;
	return `${at < 4 ? 0 : answer[at - 1]} rejected: ${answer.subarray(from)}`;
};
const call = (path, message, options) => new Promise((resolve) => {
	const client = new grpc.Client(address, grpc.credentials.createInsecure(), options);
	client.makeUnaryRequest(path, same, same, message, (error, answer) => {
		client.close();
		resolve({ error, answer });
	});
});
for (const [name, path, message, options = {}] of cases) {
	const { error, answer } = await call(path, message, options);
	const retry = error?.metadata.get('grpc-status-details-bin').length ? ', retry' : '';
	const said = error ? `${grpc.status[error.code]}: ${error.details}${retry}`
		: `OK ${partial(answer)}`.trimEnd();
	console.log(`${name}: ${said}`);
}
// 200 calls at once over one connection.
const client = new grpc.Client(address, grpc.credentials.createInsecure());
const codes = await Promise.all(Array.from({ length: 200 }, () => new Promise((resolve) => {
	const done = (error) => resolve(error?.code ?? 0);
	client.makeUnaryRequest(TRACES, same, same, spans(good), done);
})));
console.log(`200 at once: ${codes.filter((c) => c === 0).length} OK`);
client.close();
