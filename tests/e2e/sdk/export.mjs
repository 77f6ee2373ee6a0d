// Sends 1,000 spans and 1,000 logs through one kind of OTLP exporter of the OpenTelemetry SDK and
// prints, as JSON, what it sent.
//
// usage: export.mjs proto|http|grpc OTLP_URL [gzip]
import { context as contexts, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const TRACES = 100;
const SPANS = 10; // of a trace; each with one log
const [kind, url, compression] = process.argv.slice(2);
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${kind}`);
const { OTLPLogExporter } = await import(`@opentelemetry/exporter-logs-otlp-${kind}`);

const resource = resourceFromAttributes({ 'service.name': `sdk-${kind}`, 'host.name': 'here' });
const limits = { maxQueueSize: 4096, maxExportBatchSize: 300 };
const to = (path) => ({ url: kind === 'grpc' ? url : `${url}${path}`, compression });
const spanExporter = new OTLPTraceExporter(to('/v1/traces'));
const logExporter = new OTLPLogExporter(to('/v1/logs'));
const tracerProvider = new BasicTracerProvider({
	resource,
	spanProcessors: [new BatchSpanProcessor(spanExporter, limits)],
});
const loggerProvider = new LoggerProvider({
	resource,
	processors: [new BatchLogRecordProcessor({ exporter: logExporter, ...limits })],
});
const tracer = tracerProvider.getTracer('shop', '1.0');
const logger = loggerProvider.getLogger('shop', '1.0');

function makeSpan(n, parent) {
	const within = parent ? trace.setSpan(contexts.active(), parent) : contexts.active();
	const span = tracer.startSpan(`step ${n}`, {
		kind: n === 0 ? SpanKind.SERVER : SpanKind.CLIENT,
		attributes: {
			n, half: n + 0.5, odd: n % 2 === 1, text: 'Bücher & "Tee"',
			list: ['a', 'b'],
		},
	}, within);
	span.addEvent('waited', { for: 'the bank' });
	if (n === SPANS - 1) span.setStatus({ code: SpanStatusCode.ERROR, message: 'no tea' });
	const body = `log of ${span.spanContext().spanId}`;
	logger.emit({
		severityNumber: SeverityNumber.WARN,
		severityText: 'WARN',
		body,
		attributes: { n },
		context: trace.setSpan(contexts.active(), span),
	});
	return { span, body };
}

const sent = [];
for (let t = 0; t < TRACES; t++) {
	const root = makeSpan(0);
	const made = [root];
	for (let n = 1; n < SPANS; n++) made.push(makeSpan(n, root.span));
	made.reverse().forEach(({ span }) => span.end());
	sent.push({
		trace_id: root.span.spanContext().traceId,
		root: root.span.spanContext().spanId,
		spans: made.map(({ span, body }) => (
			{ id: span.spanContext().spanId, name: span.name, body })),
	});
}
await tracerProvider.forceFlush();
await loggerProvider.forceFlush();
await tracerProvider.shutdown();
await loggerProvider.shutdown();
console.log(JSON.stringify(sent));
