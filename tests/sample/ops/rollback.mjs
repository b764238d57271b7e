// Gives all traffic back.

import { behave, call, operation } from "./platform.mjs";

const { SEAWORTHY_TO: to, SEAWORTHY_REASON: reason } = process.env;
await behave(await call("/rollback", { ...operation(), to, reason }));
