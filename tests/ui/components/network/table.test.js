// Where a dragged row may go, and what keys mean: the table's pure functions.

import assert from "node:assert/strict";
import test from "node:test";

import { isTyping, meaning, undoing } from "../../../../explorer/ui/components/network_table/keys.js";
import {
  described,
  meant,
  placesBelow,
  refusal,
  visibleRows,
} from "../../../../explorer/ui/components/network_table/places.js";

const place = (depth, ...to) => ({ to, depth, into: depth ? "block1.body" : "" });
const row = (label, depth, path, places, block = false) => ({ label, name: label, depth, path, places, block });

// input · conv1 · block1 (body.conv1 · body.relu1) · fc1
const ROWS = [
  row("input", 0, [], [place(0, 0)]),
  row("conv1", 0, [0], [place(0, 1)]),
  row("block1", 0, [1], [place(1, 1, 0)], true),
  row("body.conv1", 1, [1, 0], [place(1, 1, 1)]),
  row("body.relu1", 1, [1, 1], [place(1, 1, 2), place(0, 2)]),
  row("fc1", 0, [2], [place(0, 3)]),
];
const [, conv1, block1, bodyConv1] = ROWS;

test("what is in a closed block is not seen", () => {
  assert.deepEqual(visibleRows(ROWS, () => true), ROWS);
  const seen = visibleRows(ROWS, () => false).map(({ label }) => label);
  assert.deepEqual(seen, ["input", "conv1", "block1", "fc1"]);
});

test("a closed block within a closed block stays hidden, and what follows is seen", () => {
  const nested = [row("a", 0, [0], [], true), row("b", 1, [0, 0], [], true), row("c", 2, [0, 0, 0], []), row("d", 0, [1], [])];
  assert.deepEqual(visibleRows(nested, () => false).map(({ label }) => label), ["a", "d"]);
  assert.deepEqual(visibleRows(nested, ({ label }) => label === "a").map(({ label }) => label), ["a", "b", "d"]);
});

test("below an open block is its start, below a closed one what follows it", () => {
  assert.deepEqual(placesBelow(ROWS, 2, true), [place(1, 1, 0)]);
  assert.deepEqual(placesBelow(ROWS, 2, false), [place(0, 2)]);
  assert.deepEqual(placesBelow(ROWS, 1, false), [place(0, 1)]);
});

test("a block does not go into itself, and what stays is no move", () => {
  assert.equal(refusal(block1, place(1, 1, 2)), "inside itself");
  assert.equal(refusal(block1, place(0, 1)), "here");
  assert.equal(refusal(block1, place(0, 2)), "here");
  assert.equal(refusal(block1, place(0, 0)), "");
  assert.equal(refusal(bodyConv1, place(1, 1, 0)), "here");
  assert.equal(refusal(bodyConv1, place(0, 1)), "");
  assert.equal(refusal(conv1, place(1, 1, 0)), "");
});

test("left and right choose how deep", () => {
  const places = ROWS[4].places;
  assert.deepEqual(meant(places, conv1, 1, false), place(1, 1, 2));
  assert.deepEqual(meant(places, conv1, 5, false), place(1, 1, 2));
  assert.deepEqual(meant(places, conv1, 0, false), place(0, 2));
  assert.deepEqual(meant(places, conv1, -3, true), place(0, 2));
  assert.deepEqual(meant(places, block1, 1, false), place(0, 2), "the other is in itself");
  assert.equal(meant([place(1, 1, 0)], block1, 1, true), null);
});

test("between two branches the side of the line chooses", () => {
  const ends = { to: [0, 0, 1], depth: 1, into: "branches1.branch1" };
  const begins = { to: [0, 1, 0], depth: 1, into: "branches1.branch2" };
  const fc1 = ROWS.at(-1);
  assert.equal(meant([ends, begins], fc1, 1, false), ends);
  assert.equal(meant([ends, begins], fc1, 1, true), begins);
});

test("a drop is described", () => {
  assert.equal(described(conv1, place(1, 1, 0)), "conv1 → into block1.body");
  assert.equal(described(conv1, place(0, 3)), "conv1 → here");
});

const key = (name, held = {}) => ({ key: name, altKey: false, shiftKey: false, ctrlKey: false, metaKey: false, ...held });

test("keys on a row", () => {
  assert.deepEqual(meaning(key("ArrowDown")), { walk: "next" });
  assert.deepEqual(meaning(key("ArrowLeft")), { fold: "close" });
  assert.deepEqual(meaning(key("ArrowUp", { altKey: true })), { act: "up" });
  assert.deepEqual(meaning(key("Delete")), { act: "remove" });
  assert.deepEqual(meaning(key("Enter")), { choose: true });
  assert.deepEqual(meaning(key("d", { ctrlKey: true })), { act: "duplicate" });
  assert.deepEqual(meaning(key("D", { metaKey: true })), { act: "duplicate" });
});

test("keys of the browser and of others stay theirs", () => {
  for (const other of [
    key("ArrowDown", { ctrlKey: true }),
    key("ArrowLeft", { altKey: true }), // back
    key("Delete", { shiftKey: true }),
    key("d"),
    key("Tab"),
    key("Enter", { shiftKey: true }),
    key("Backspace"),
  ]) {
    assert.equal(meaning(other), null);
  }
});

test("undo and redo", () => {
  assert.equal(undoing(key("z", { ctrlKey: true })), "undo");
  assert.equal(undoing(key("Z", { metaKey: true, shiftKey: true })), "redo");
  assert.equal(undoing(key("y", { ctrlKey: true })), "redo");
  assert.equal(undoing(key("z")), null);
  assert.equal(undoing(key("z", { ctrlKey: true, altKey: true })), null);
});

test("who types keeps the keys", () => {
  assert.ok(isTyping({ tagName: "INPUT" }));
  assert.ok(isTyping({ tagName: "DIV", isContentEditable: true }));
  assert.ok(!isTyping({ tagName: "BUTTON" }));
  assert.ok(!isTyping(undefined));
});
