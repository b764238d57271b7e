// Prints what is deployed.

import { behave, call } from "./platform.mjs";

const answer = await call(`/observe?environment=${encodeURIComponent(process.env.SEAWORTHY_ENVIRONMENT)}`);
await behave(answer);
console.log(JSON.stringify({ deployments: answer.deployments }));
