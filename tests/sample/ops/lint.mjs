// Every module parses and says in its first line what it is for.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const files = execFileSync("git", ["ls-files", "*.mjs"], { encoding: "utf8" }).trim().split("\n");
let bad = 0;
for (const file of files) {
  if (!readFileSync(file, "utf8").startsWith("// ")) {
    console.error(`${file}: the first line does not say what it is for`);
    bad += 1;
  }
}
console.log(`${files.length} modules looked at`);
process.exit(bad ? 1 : 0);
