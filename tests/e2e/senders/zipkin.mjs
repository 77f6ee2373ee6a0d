// A shop of two services that Zipkin's own tracer for JavaScript traces: the front calls the bank
// over HTTP with B3 headers, and both report. Prints, a line each, what the tracer's API says of
// each span: "TRACE SPAN PARENT SERVICE KIND STATUS NAME". Both ends of a call share an id: the
// bank's is "shared", and hangs below the front's.
//
// usage: zipkin.mjs ENDPOINT 64|128
import { createServer, request } from 'node:http';
import zipkin from 'zipkin';
import { HttpLogger } from 'zipkin-transport-http';

const { Annotation, BatchRecorder, ExplicitContext, Instrumentation, jsonEncoder, option, Tracer,
} = zipkin;
const [endpoint, bits] = process.argv.slice(2);
const logger = new HttpLogger({ endpoint, jsonEncoder: jsonEncoder.JSON_V2, httpInterval: 20 });
const problems = [];
logger.on('error', (error) => problems.push(error.message));
let answers = 0;
logger.on('success', () => answers++);

const tracerOf = (localServiceName) => new Tracer({
	ctxImpl: new ExplicitContext(),
	recorder: new BatchRecorder({ logger }),
	localServiceName,
	traceId128Bit: bits === '128',
});
const front = tracerOf('front');
const bank = tracerOf('bank');
const say = (id, ...more) => console.log(id.traceId.padStart(32, '0'), ...more);
const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

function answer(req, res) {
	const at = new Instrumentation.HttpServer({ tracer: bank, port: 8080 });
	const header = (name) => option.fromNullable(req.headers[name.toLowerCase()]);
	bank.scoped(() => {
		const id = at.recordRequest(req.method, `http://bank${req.url}`, header);
		const fails = req.url === '/broke';
		say(id, 'shared', id.spanId, 'bank', 'server', fails ? 'error' : 'unset', 'post');
		res.statusCode = fails ? 500 : 200;
		res.end('done');
		at.recordResponse(id, String(res.statusCode));
	});
}

async function pay(port, path, parent) {
	const at = new Instrumentation.HttpClient({ tracer: front, remoteServiceName: 'bank' });
	const { id, headers } = front.letId(parent, () => {
		const call = at.recordRequest({ headers: {} }, `http://bank${path}`, 'POST');
		return { id: front.id, headers: call.headers };
	});
	const status = await new Promise((done) => {
		request({ port, path, method: 'POST', headers }, (res) => {
			res.resume().on('end', () => done(res.statusCode));
		}).end();
	});
	front.scoped(() => at.recordResponse(id, String(status)));
	const state = status === 500 ? 'error' : 'unset';
	say(id, id.spanId, parent.spanId, 'front', 'client', state, 'post');
}

async function order(port, n) {
	const root = front.createRootId();
	front.letId(root, () => {
		front.recordServiceName('front');
		front.recordRpc(`order ${n}`);
		front.recordBinary('shop.order', `Bücher & "Tee" ${n}`);
		front.recordAnnotation(new Annotation.ServerRecv());
		front.recordMessage('the tea is ready');
	});
	await pay(port, n === 3 ? '/broke' : '/pay', root);
	front.letId(root, () => front.recordAnnotation(new Annotation.ServerSend()));
	say(root, root.spanId, 'null', 'front', 'server', 'unset', `order ${n}`);
}

const server = createServer(answer).listen(0, '127.0.0.1');
await new Promise((done) => { server.on('listening', done); });
for (let n = 1; n <= 3; n++) await order(server.address().port, n);
server.close();
// All is handed to the reporter by now; what it took out of its queue may be on its way still.
for (let waited = 0; logger.queue.length && waited < 5000; waited += 20) await sleep(20);
await sleep(100);
if (problems.length || answers === 0) {
	console.error(problems.join('\n') || 'the reporter heard nothing');
	process.exit(1);
}
