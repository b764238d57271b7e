// Gives the candidate its share of traffic.

import { behave, call, operation } from "./platform.mjs";

await behave(await call("/share", { ...operation(), share: Number(process.env.SEAWORTHY_SHARE) }));
