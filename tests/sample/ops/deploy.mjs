// Places the candidate's commit on the platform, without traffic.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { behave, call, operation } from "./platform.mjs";

const { SEAWORTHY_COMMIT: commit, SEAWORTHY_RELEASE: version, RELEASES: releases } = process.env;
const order = operation();
const directory = join(releases, order.environment, order.deployment);
mkdirSync(directory, { recursive: true });
// Exactly the candidate's commit, whatever the working tree looks like.
const tar = execFileSync("git", ["archive", "--format=tar", commit]);
execFileSync("tar", ["-x", "-C", directory], { input: tar });
await behave(await call("/deploy", { ...order, version, commit, directory }));
