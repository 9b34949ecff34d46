// Sends two spans and a log record through the SDK, as an app would, over the transport that is named.
"use strict";

const { SpanKind, SpanStatusCode } = require("@opentelemetry/api");
const { SeverityNumber } = require("@opentelemetry/api-logs");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { BasicTracerProvider, BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const { LoggerProvider, BatchLogRecordProcessor } = require("@opentelemetry/sdk-logs");

const [transport, port, mark] = process.argv.slice(2);
const { OTLPTraceExporter } = require(`@opentelemetry/exporter-trace-otlp-${transport}`);
const { OTLPLogExporter } = require(`@opentelemetry/exporter-logs-otlp-${transport}`);
const resource = resourceFromAttributes({ "service.name": `shop-${mark}` });

function options(path) {
  return { url: `http://127.0.0.1:${port}${transport === "grpc" ? "" : path}`, compression: "gzip" };
}

async function main() {
  const tracers = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(options("/v1/traces")))],
  });
  const tracer = tracers.getTracer("shop", "1.2.3");
  const span = tracer.startSpan("GET /cart", { kind: SpanKind.SERVER, attributes: { "http.route": "/cart", mark } });
  span.addEvent("exception", { "exception.type": "TypeError", "exception.message": "no cart of ada@example.org" });
  span.setStatus({ code: SpanStatusCode.ERROR, message: "no cart" });
  span.end();
  tracer.startSpan("POST /cart", { attributes: { "user.id": "ada", numbers: [1, 2.5], flag: true } }).end();
  await tracers.shutdown();

  const loggers = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(options("/v1/logs")) })],
  });
  loggers.getLogger("shop").emit({
    eventName: "lift.api_error",
    severityNumber: SeverityNumber.ERROR,
    body: { message: "no cart", tries: [1, "two"] },
    attributes: { "http.route": "/cart", "http.response.status_code": 500, mark },
  });
  await loggers.shutdown();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
