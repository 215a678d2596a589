// Actions in the table reach the server in order, and each is done exactly once.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Actions } from "../../../../explorer/ui/components/network_table/actions.js";

const numbers = ({ actions }) => actions.map(({ number }) => number);

function table() {
  const sent = [];
  return { sent, actions: new Actions((message) => sent.push(message), "here") };
}

test("one message at a time; what comes meanwhile goes with the next", () => {
  const { sent, actions } = table();
  for (const act of ["undo", "undo", "redo"]) actions.post({ do: act });
  assert.deepEqual(sent, [{ source: "here", actions: [{ do: "undo", number: 1 }] }]);
  assert.equal(actions.answered({ source: "here", number: 1 }), true);
  assert.deepEqual(sent[1].actions, [{ do: "undo", number: 2 }, { do: "redo", number: 3 }]);
  assert.equal(actions.busy, true);
  actions.answered({ source: "here", number: 3 });
  assert.equal(actions.busy, false);
  assert.equal(sent.length, 2);
  actions.post({ do: "undo" });
  assert.deepEqual(numbers(sent[2]), [4]);
  actions.close();
});

test("an answer that knows nothing of the actions, or of another table's, is none", () => {
  const { sent, actions } = table();
  actions.post({ do: "undo" });
  assert.equal(actions.answered({ source: "", number: 0 }), false);
  assert.equal(actions.answered({ source: "there", number: 7 }), false);
  assert.equal(actions.busy, true);
  assert.equal(sent.length, 1);
  actions.close();
});

test("what is not answered is sent again, ever more slowly, with its number", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { sent, actions } = table();
  actions.post({ do: "undo" });
  actions.post({ do: "redo" });
  mock.timers.tick(1999);
  assert.equal(sent.length, 1);
  mock.timers.tick(1);
  assert.deepEqual(sent.map(numbers), [[1], [1, 2]]);
  mock.timers.tick(3999);
  assert.equal(sent.length, 2);
  mock.timers.tick(1);
  assert.deepEqual(numbers(sent[2]), [1, 2]);
  actions.answered({ source: "here", number: 1 }); // the first message after all
  assert.equal(sent.length, 3, "the second is under way");
  actions.answered({ source: "here", number: 2 });
  mock.timers.tick(100000);
  assert.equal(sent.length, 3);
  mock.timers.reset();
});

test("however many there are, none is left out", () => {
  const { sent, actions } = table();
  for (let key = 0; key < 500; key += 1) actions.post({ do: "undo" });
  while (actions.busy) actions.answered({ source: "here", number: numbers(sent.at(-1)).at(-1) });
  assert.deepEqual(sent.flatMap(numbers), Array.from({ length: 500 }, (_, index) => index + 1));
  assert.ok(Math.max(...sent.map(({ actions: each }) => each.length)) <= 50);
});
