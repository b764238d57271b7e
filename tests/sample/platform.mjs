// A small platform: runs every deployment as a process of its own and splits the traffic of each environment.
//
// node platform.mjs STATE_FILE
//
// It prints one line of JSON with its ports. The admin port takes what the scripts in ops/ send, and what a test asks
// for: faults of a deployment (POST /fault) and trouble with the next calls (POST /trouble). Every change that took
// effect is a line in the log (GET /log), so that nobody can do anything twice without it showing.

import { fork } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Agent, createServer, request as ask } from "node:http";
import { join } from "node:path";

const ENVIRONMENTS = ["staging", "production"];
const BODY_BYTES_MAX = 1_000_000;
const stateFile = process.argv[2];
const agent = new Agent({ keepAlive: true });

const state = existsSync(stateFile)
  ? JSON.parse(readFileSync(stateFile, "utf8"))
  : { environments: Object.fromEntries(ENVIRONMENTS.map((name) => [name, []])), log: [] };
const running = new Map();
const faults = new Map();
const troubles = [];
let served = 0;
let pending = 0;

function keep() {
  writeFileSync(`${stateFile}.new`, JSON.stringify(state, null, 1));
  renameSync(`${stateFile}.new`, stateFile);
}

function start(row) {
  const env = { PATH: process.env.PATH, PORT: "0", VERSION: row.version, COMMIT: row.commit, DEPLOYMENT: row.id };
  const child = fork(join(row.directory, "server.mjs"), [], { env, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  return new Promise((resolve, reject) => {
    child.once("message", ({ port }) => {
      running.set(row.id, { child, port });
      resolve();
    });
    child.once("exit", (code) => {
      running.delete(row.id);
      reject(new Error(`${row.id} ended with ${code}`));
    });
  });
}

function rows(environment) {
  const found = state.environments[environment];
  if (!found) throw new Error(`there is no environment ${environment}`);
  return found;
}

function row(environment, id) {
  const found = rows(environment).find((one) => one.id === id);
  if (!found) throw new Error(`${id} is not deployed in ${environment}`);
  return found;
}

// The deployment with most traffic gives what another one gets.
function give(environment, id, share) {
  row(environment, id);
  const others = rows(environment).filter((one) => one.id !== id);
  const main = others.reduce((most, one) => (most && most.share >= one.share ? most : one), null);
  for (const one of rows(environment)) one.share = one.id === id ? share : one === main ? 100 - share : 0;
}

const changes = {
  "/deploy": async ({ environment, deployment, version, commit, directory }) => {
    if (rows(environment).some((one) => one.id === deployment)) throw new Error(`${deployment} is there already`);
    const placed = { id: deployment, share: 0, version, commit, directory };
    await start(placed);
    rows(environment).push(placed);
  },
  "/share": async ({ environment, deployment, share }) => give(environment, deployment, share),
  "/rollback": async ({ environment, to }) => give(environment, to, 100),
};

// Trouble for `what`: asked for once, used up by the calls it hits.
function trouble(what) {
  const index = troubles.findIndex((one) => one.what === what);
  if (index < 0) return {};
  const [found] = troubles.splice(index, 1);
  if (found.times > 1) troubles.push({ ...found, times: found.times - 1 });
  return found;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function change(path, order, socket) {
  const { how, ms = 0 } = trouble(path.slice(1));
  if (how === "refuse") throw new Error("the platform was asked to refuse");
  if (how === "before") {
    pending += 1;
    await pause(ms);
    pending -= 1;
    // Whoever asked is gone before anything happened: then nothing does.
    if (socket.destroyed) throw new Error("nobody waits for this any more");
  }
  await changes[path](order);
  state.log.push({ what: path.slice(1), at: Date.now(), ...order });
  keep();
  if (how === "after") await pause(ms);
  return { trouble: how };
}

const admin = {
  "/observe": async (_, query) => {
    const environment = query.get("environment");
    const { how } = trouble("observe");
    if (how === "refuse") throw new Error("the platform was asked to refuse");
    const deployments = rows(environment).map(({ id, share, version, commit }) => ({
      id,
      share: String(share),
      version,
      commit,
      url: running.has(id) ? `http://127.0.0.1:${running.get(id).port}` : undefined,
    }));
    return { trouble: how, deployments };
  },
  "/log": async () => ({ log: state.log, pending }),
  "/fault": async ({ deployment, ...fault }) => {
    faults.clear();
    if (deployment) faults.set(deployment, fault);
    return {};
  },
  "/stop": async ({ deployment }) => {
    running.get(deployment)?.child.kill();
    return {};
  },
  "/trouble": async (asked) => {
    troubles.push({ times: 1, ...asked });
    return {};
  },
};

function body(request) {
  return new Promise((resolve, reject) => {
    const parts = [];
    let bytes = 0;
    request.on("data", (part) => {
      bytes += part.length;
      if (bytes > BODY_BYTES_MAX) request.destroy(new Error("too long"));
      parts.push(part);
    });
    request.on("end", () => resolve(bytes ? JSON.parse(Buffer.concat(parts)) : {}));
    request.on("error", reject);
  });
}

const adminServer = createServer(async (request, response) => {
  try {
    const url = new URL(request.url, "http://localhost");
    const asked = await body(request);
    const work = admin[url.pathname];
    if (!work && !changes[url.pathname]) throw new Error(`${url.pathname} means nothing`);
    const answer = work ? await work(asked, url.searchParams) : await change(url.pathname, asked, request.socket);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(409, { "content-type": "application/json" }).end(JSON.stringify({ error: error.message }));
  }
});

function pick(environment, wanted) {
  const all = rows(environment);
  const named = all.find((one) => one.id === wanted);
  if (named) return named;
  // Every hundred requests are split exactly as the shares say, well mixed.
  let draw = (served++ * 37) % 100;
  return all.find((one) => (draw -= one.share) < 0) ?? all[0];
}

async function pass(environment, request, response) {
  const chosen = pick(environment, request.headers["x-candidate"]);
  const port = chosen && running.get(chosen.id)?.port;
  if (!port) {
    response.writeHead(503).end("nothing is deployed\n");
    return;
  }
  const fault = faults.get(chosen.id) ?? {};
  fault.draw = ((fault.draw ?? 0) + 37) % 100;
  if (fault.latency_ms) await pause(fault.latency_ms);
  if (fault.html) {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Log in</title>\n");
    return;
  }
  if (fault.redirect) {
    response.writeHead(302, { location: "https://login.invalid/" }).end();
    return;
  }
  if (fault.draw < (fault.errors_percent ?? 0)) {
    response.writeHead(500, { "x-deployment": chosen.id, "x-version": chosen.version }).end("broken\n");
    return;
  }
  const headers = { ...request.headers, host: `127.0.0.1:${port}` };
  const onward = ask({ port, path: request.url, method: request.method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.writeHead(502).end("the deployment does not answer\n"));
  request.pipe(onward);
}

const listen = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

for (const one of ENVIRONMENTS.flatMap((name) => rows(name))) await start(one);
const ports = { admin: await listen(adminServer) };
for (const environment of ENVIRONMENTS) {
  ports[environment] = await listen(createServer((request, response) => pass(environment, request, response)));
}
console.log(JSON.stringify(ports));
// Its standard input is held open by whoever started it; nobody left means nobody needs it.
process.stdin.on("end", () => process.exit(0)).resume();
