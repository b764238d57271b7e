// Tide tables over HTTP. PORT, VERSION, COMMIT and DEPLOYMENT come from whoever starts it.

import { createServer } from "node:http";
import { untilHighWater } from "./tides.mjs";

const { PORT = "0", VERSION = "dev", COMMIT = "unknown", DEPLOYMENT = "local" } = process.env;

const pages = {
  "/": () => ({ type: "text/plain", body: `high water in ${untilHighWater(Math.floor(Date.now() / 60_000))} minutes\n` }),
  "/health": () => ({ type: "text/plain", body: "well\n" }),
  "/version": () => ({
    type: "application/json",
    body: JSON.stringify({ version: VERSION, commit: COMMIT, deployment: DEPLOYMENT }),
  }),
};

const server = createServer((request, response) => {
  const page = pages[new URL(request.url, "http://localhost").pathname];
  response.setHeader("x-version", VERSION);
  response.setHeader("x-deployment", DEPLOYMENT);
  if (!page) {
    response.writeHead(404).end("not here\n");
    return;
  }
  const { type, body } = page();
  response.writeHead(200, { "content-type": type }).end(body);
});

server.listen(Number(PORT), "127.0.0.1", () => {
  // Started by the platform, it tells its port; started by hand, it tells a person.
  if (process.send) process.send({ port: server.address().port });
  else console.log(`listening on http://127.0.0.1:${server.address().port}`);
});

// Nobody is left to route to it.
process.on("disconnect", () => process.exit(0));
