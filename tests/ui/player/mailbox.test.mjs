// Messages to the server go one at a time, in order, and none is lost.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Mailbox } from "../../../explorer/ui/components/player/mailbox.js";

function mailbox() {
  const sent = [];
  return { sent, box: new Mailbox((name, value) => sent.push([name, value])) };
}

test("the next message waits for an answer", () => {
  const { sent, box } = mailbox();
  box.post("kernel", 1);
  box.post("window", 2);
  box.post("window", 3); // takes the place of the one before
  assert.deepEqual(sent, [["kernel", 1]]);
  assert.equal(box.waiting, true);
  box.answered();
  assert.deepEqual(sent, [["kernel", 1], ["window", 3]]);
  assert.equal(box.waiting, false);
  box.close();
});

test("cells are told apart, and each keeps its turn", () => {
  const { sent, box } = mailbox();
  box.post("view", 0);
  box.post("input", "a", 1);
  box.post("input", "b", 2);
  box.post("input", "c", 1);
  box.answered();
  box.answered();
  assert.deepEqual(sent.map(([, value]) => value), [0, "c", "b"]);
  box.close();
});

test("an answer that never comes is waited for only so long", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const now = mock.method(performance, "now", () => 0);
  const { sent, box } = mailbox();
  box.post("view", 1);
  box.post("kernel", 2);
  now.mock.mockImplementation(() => 5000);
  mock.timers.tick(5000);
  assert.deepEqual(sent.map(([name]) => name), ["view", "kernel"]);
  mock.timers.reset();
  now.mock.restore();
  box.close();
});
