import assert from "node:assert/strict";
import test from "node:test";
import { openAtFirst, Opening } from "../../../../explorer/ui/components/network_diagram/opening.js";
import { shown, treeOf, walk } from "../../../../explorer/ui/components/network_diagram/tree.js";
import { fileName, sharpness } from "../../../../explorer/ui/components/network_diagram/figure.js";
import { block, BLOCKS, items, layer } from "./items.js";

const tree = treeOf(BLOCKS);
const named = (name) => [...walk(tree)].find(({ item }) => item.name === name);

test("the tree has what the items say, layers counted as often as they are there", () => {
  assert.deepEqual(tree.map(({ name }) => name), ["input", "block1", "branches1", "stage", "fc1"]);
  assert.deepEqual(named("branches1").lists.map((list) => list.length), [0, 3]);
  assert.deepEqual(["block1", "branches1", "stage"].map((name) => named(name).layers), [3, 3, 12]);
  assert.equal(named("stage.block1").parent, named("stage"));
  const closed = [...shown(tree, ({ name }) => name !== "stage")].map(({ item }) => item.name);
  assert.ok(closed.includes("stage") && !closed.includes("stage.block1"));
});

test("everything is open at first if it fits, else what is outermost, else a few", () => {
  const opened = (fitsWith) => [...openAtFirst(tree, fitsWith)];
  assert.deepEqual(opened(() => true), ["block1", "branches1", "stage", "stage.block1"]);
  assert.deepEqual(opened((open) => !open.has("stage.block1")), ["block1", "branches1", "stage"]);
  assert.deepEqual(opened((open) => open.size < 2), ["block1"]);
  assert.deepEqual(opened(() => false), []);
});

test("a block with the failure in it is open even if that does not fit", () => {
  const broken = treeOf(items([
    block("outer", null, [[block("inner", null, [[layer("conv1", null, { role: "failed" })]])]]),
    block("other", null, [[layer("conv1", null)]]),
  ]));
  assert.deepEqual([...openAtFirst(broken, () => false)], ["outer", "outer.inner"]);
  const opening = new Opening();
  opening.take("one", broken, () => false);
  opening.toggle(broken[0]);
  assert.ok(!opening.isOpen(broken[0]));
});

test("what people opened and closed stays so, until another network comes", () => {
  const opening = new Opening();
  opening.take("one", tree, (open) => open.size < 2);
  assert.ok(opening.isOpen(named("block1")) && !opening.isOpen(named("stage")));
  opening.toggle(named("stage"));
  opening.toggle(named("block1"));
  opening.take("one", tree, () => true);
  assert.ok(opening.isOpen(named("stage")) && !opening.isOpen(named("block1")));
  opening.take("one", tree, () => true, true); // another width
  assert.ok(!opening.isOpen(named("block1")) && opening.isOpen(named("branches1")));
  opening.take("two", tree, () => true);
  assert.ok(opening.isOpen(named("block1")));
  opening.all(false);
  assert.ok(!opening.isOpen(named("stage.block1")));
});

test("a block that was just made is open, whatever else is", () => {
  const opening = new Opening();
  opening.take("one", tree, () => false);
  const more = treeOf([...BLOCKS, ...items([block("new", [3, 8, 8], [[]])])]);
  opening.take("one", more, () => false);
  assert.deepEqual(more.filter(({ lists }) => lists).map((node) => opening.isOpen(node)), [false, false, false, true]);
});

test("files are named after the network, and a PNG is as fine as browsers can draw", () => {
  assert.equal(fileName("ResNet-18 for small pictures"), "resnet_18_for_small_pictures");
  assert.equal(fileName("Crème <b>../x"), "creme_b_x");
  assert.equal(fileName("网络"), "network");
  assert.equal(sharpness(800, 600), 3);
  assert.ok(40_000 * sharpness(40_000, 200) <= 16_000);
  assert.ok(9000 * 9000 * sharpness(9000, 9000) ** 2 <= 100e6 + 1);
});
