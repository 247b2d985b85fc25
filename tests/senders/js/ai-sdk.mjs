// Vercel's AI SDK: `node ai-sdk.mjs "Vercel AI SDK 6: Anthropic"`.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

const [, version, maker] = /SDK (\d+): (\w+)/.exec(process.argv[2]);
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();

const ai = await import(`ai${version}`);
const client = (await import(`ai${version}-${maker.toLowerCase()}`))[`create${maker.replace("Openai", "OpenAI").replace("Google", "GoogleGenerativeAI")}`];
const base = process.env.MODELS + (maker === "Google" ? "/v1beta" : "/v1");
const models = client({ apiKey: "none", baseURL: base });
const telemetry = { isEnabled: true };
if (version === "7") {
  const { OpenTelemetry } = await import("@ai-sdk/otel");
  ai.registerTelemetry(new OpenTelemetry());
}

const names = { Anthropic: ["claude-sonnet-4-5"], Openai: ["gpt-4.1-mini", "o4-mini"], Google: ["gemini-2.5-flash"] };
const shared = { maxRetries: 0, experimental_telemetry: telemetry, telemetry };

for (const name of names[maker]) {
  const chats = maker === "Openai" ? [models(name), models.chat(name)] : [models(name)];
  for (const model of chats) {
    await ai.generateText({ model, prompt: "Hello", ...shared });
    const stream = ai.streamText({ model, prompt: "Hello", ...shared });
    for await (const _ of stream.textStream);
    await ai.generateText({ model, prompt: "please FAIL", ...shared }).catch(() => {});
  }
}
if (maker === "Openai") {
  const embedding = models.textEmbeddingModel ?? models.embeddingModel;
  await ai.embed({ model: embedding.call(models, "text-embedding-3-small"), value: "Hello", ...shared });
}
await provider.forceFlush();
await provider.shutdown();
