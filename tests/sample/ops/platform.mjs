// How the other scripts speak to the platform: one JSON request, one JSON answer.

import { spawn } from "node:child_process";

/** Calls the platform; what it refuses ends the script. */
export async function call(path, body) {
  const response = await fetch(`${process.env.PLATFORM}${path}`, {
    method: body ? "POST" : "GET",
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) {
    console.error(`the platform refuses: ${answer.error}`);
    process.exit(1);
  }
  return answer;
}

/** What Seaworthy tells about the operation at hand. */
export function operation() {
  const { SEAWORTHY_OPERATION, SEAWORTHY_ENVIRONMENT, SEAWORTHY_DEPLOYMENT } = process.env;
  return {
    operation: SEAWORTHY_OPERATION,
    environment: SEAWORTHY_ENVIRONMENT,
    deployment: SEAWORTHY_DEPLOYMENT,
  };
}

/** Behaves as badly as the platform was asked to make this script behave. */
export async function behave(answer) {
  if (answer.trouble === "fail") {
    console.error("the answer of the platform got lost");
    process.exit(1);
  }
  if (answer.trouble === "hang") {
    console.log("waiting for the platform");
    setInterval(() => {}, 1_000);
    await new Promise(() => {});
  }
  if (answer.trouble === "fork") {
    spawn("sleep", ["600"], { detached: true, stdio: "ignore" }).unref();
  }
}
