// What an OpenTelemetry exporter tells its user of what the server answers: one span by an SDK that
// is set up well, then two by one that has no name for its service and drops attributes.
//
// usage: warned.mjs proto|http|grpc OTLP_URL
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { emptyResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

const [kind, url] = process.argv.slice(2);
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${kind}`);
const say = (...words) => console.log(words.join(' '));
const nothing = () => {};
diag.setLogger({ error: say, warn: say, info: nothing, debug: nothing, verbose: nothing },
	DiagLogLevel.WARN);

async function send(resource, spanLimits, names) {
	const exporter = new OTLPTraceExporter({ url: kind === 'grpc' ? url : `${url}/v1/traces` });
	const provider = new BasicTracerProvider({
		resource, spanLimits, spanProcessors: [new SimpleSpanProcessor(exporter)] });
	for (const name of names) {
		provider.getTracer('t').startSpan(name, { attributes: { a: 1, b: 2 } }).end();
		await provider.forceFlush();
	}
	await provider.shutdown();
}

await send(resourceFromAttributes({ 'service.name': 'shop' }), {}, ['good']);
say('--');
await send(emptyResource(), { attributeCountLimit: 1 }, ['bad', 'worse']);
