// Collects what runs in production in dist/.

import { cpSync, mkdirSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
for (const file of ["server.mjs", "tides.mjs", "package.json"]) cpSync(file, `dist/${file}`);
console.log("dist/ is built");
