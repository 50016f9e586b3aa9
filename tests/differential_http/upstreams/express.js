// Reads chat bodies as Express with body-parser does.
const express = require("express");
const app = express();
app.use(express.json({ limit: "64mb", strict: false, type: () => true }));
app.post("/v1/chat/completions", (request, response) => {
  const body = request.body || {};
  const messages = Array.isArray(body.messages) ? body.messages : [];
  response.json({ read: messages.map((message) => String(message && message.content)).concat([String(body.prompt)]).join(" ") });
});
app.use((error, _request, response, _next) => response.status(error.status || 500).json({ error: String(error.type) }));
app.listen(Number(process.argv[2]), "127.0.0.1");
