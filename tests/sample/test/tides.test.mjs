// What the service promises.

import assert from "node:assert/strict";
import { test } from "node:test";
import { untilHighWater } from "../tides.mjs";

test("high water comes round", () => {
  assert.equal(untilHighWater(0), 0);
  assert.equal(untilHighWater(1), 744);
  assert.equal(untilHighWater(745), 0);
  assert.equal(untilHighWater(-1), 1);
});
