// The same vendor's API on Express. usage: node vendor_express.cjs PORT
const crypto = require("node:crypto");
const express = require("express");

const app = express();
app.disable("x-powered-by");
app.use(express.json({ limit: "40mb", verify: (request, _, raw) => (request.raw = raw) }));

function told(request) {
  const raw = request.raw ?? Buffer.alloc(0);
  const names = ["authorization", "x-api-key", "anthropic-version", "openai-organization", "content-type", "x-custom"];
  const fields = Object.fromEntries(names.map((name) => [name, request.headers[name] ?? null]));
  const [path, query = ""] = request.originalUrl.split("?");
  return { path, query, sha256: crypto.createHash("sha256").update(raw).digest("hex"), bytes: raw.length, fields, body: request.body ?? null };
}

app.post(["/v1/chat/completions", "/v1/messages", "/v1/embeddings"], async (request, response) => {
  const seen = told(request);
  response.set("x-vendor", "yes");
  if (request.headers["x-fail"]) {
    return response.status(Number(request.headers["x-fail"])).set("retry-after", "7").json({ error: { message: "as asked", type: "vendor" } });
  }
  if (!request.body.stream) {
    return response.cookie("a", "1").json({ object: "chat.completion", seen, choices: [{ message: { role: "assistant", content: "rye bread 🍞 ".repeat(40) } }] });
  }
  response.set("content-type", "text/event-stream");
  for (let number = 0; number < 40; number++) {
    response.write(`data: ${JSON.stringify({ n: number, text: "loaf 🍞".repeat(number % 5), seen: seen.sha256 })}\n\n`);
    await new Promise((done) => setTimeout(done, 2));
  }
  response.end("data: [DONE]\n\n");
});

app.post("/api/chat", async (request, response) => {
  const seen = told(request);
  response.set("content-type", "application/x-ndjson");
  for (let number = 0; number < 20; number++) {
    response.write(JSON.stringify({ n: number, seen: seen.sha256, done: number === 19 }) + "\n");
    await new Promise((done) => setTimeout(done, 2));
  }
  response.end();
});

app.get("/v1/models", (request, response) => response.json(told(request)));

app.listen(Number(process.argv[2]), "127.0.0.1");
