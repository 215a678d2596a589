import assert from "node:assert/strict";
import test from "node:test";
import { arrange, fits, SLANT } from "../../../../explorer/ui/components/network_diagram/layout.js";
import { closedLines, titleOf } from "../../../../explorer/ui/components/network_diagram/measure.js";
import { treeOf, walk } from "../../../../explorer/ui/components/network_diagram/tree.js";
import { block, BLOCKS, body, items, layer, TUTORIAL } from "./items.js";

const of = (list, ...more) => arrange(treeOf(list), ...more);

// Every pixel a layer takes, its depth and its label's line included.
function extent({ x, y, width, height, depth, labelY }) {
  return { left: x, right: x + width + depth, top: y - depth * SLANT, bottom: Math.max(y + height, labelY) };
}

const frameExtent = ({ x, y, width, height }) => ({ left: x, right: x + width, top: y, bottom: y + height });

const apart = (one, other) =>
  one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;

const within = (inner, outer) =>
  inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;

for (const [name, list] of Object.entries({ TUTORIAL, BLOCKS })) {
  for (const width of [320, 436, 756, 1400, Infinity]) {
    test(`${name}: layers stay apart and inside the drawing at ${width} pixels`, () => {
      const { boxes, width: wide, height } = of(list, width);
      if (name === "TUTORIAL") assert.ok(wide <= width);
      const all = { left: 0, right: wide, top: 0, bottom: height };
      const extents = boxes.map(extent);
      for (const [number, one] of extents.entries()) {
        assert.ok(within(one, all), boxes[number].node.item.name);
        for (const other of extents.slice(number + 1)) assert.ok(apart(one, other), boxes[number].node.item.name);
      }
    });

    test(`${name}: what is in a block is inside its frame, all else outside, at ${width} pixels`, () => {
      const { boxes, frames } = of(list, width);
      for (const frame of frames) {
        const inside = new Set([...walk(frame.node.lists.flat())]);
        for (const box of boxes) {
          const shown = frameExtent(frame);
          const right = inside.has(box.node) ? within(extent(box), shown) : apart(extent(box), shown);
          assert.ok(right, `${box.node.item.name} and ${frame.node.item.name}`);
        }
      }
    });
  }
}

for (const width of [320, 756]) {
  test(`sizes are to scale at ${width} pixels`, () => {
    const { boxes, scale } = of(TUTORIAL, width);
    for (const { node, ...box } of boxes) {
      const { shape, plate } = node.item;
      if (shape?.length !== 3) continue;
      assert.ok(Math.abs(box.height - shape[1] * scale.side) < 1e-9);
      if (plate) continue;
      assert.ok(Math.abs(box.width - shape[2] * scale.side) < 1e-9);
      assert.ok(Math.abs(box.depth - Math.max(1, shape[0] * scale.depth)) < 1e-9);
    }
  });
}

test("layers go from left to right and then on in the next row", () => {
  const { boxes, rows } = of(TUTORIAL, 436);
  assert.ok(rows > 1);
  boxes.slice(1).forEach((box, number) => {
    const before = boxes[number];
    assert.ok(box.x > before.x || box.labelY > before.labelY);
  });
});

test("pictures are drawn larger where that costs no row, and smaller where it saves height", () => {
  assert.equal(of(TUTORIAL, 2000).boxes[0].height, 170);
  const small = of(TUTORIAL, 756);
  assert.ok(small.boxes[0].height < 170);
  assert.equal(small.rows, 1);
  const free = of(BLOCKS, 756);
  const low = of(BLOCKS, 756, () => true, free.height - 40);
  assert.ok(low.height <= free.height - 40);
  assert.ok(low.boxes[0].height < free.boxes[0].height);
  const lowest = of(BLOCKS, 756, () => true, of(BLOCKS, 756, () => true, 0).height - 1);
  assert.ok(lowest.boxes[0].height < 82);
});

test("an input without layers is a diagram too", () => {
  const drawing = of(items([layer("input", [1, 28, 28])]), 400);
  assert.equal(drawing.boxes.length, 1);
  assert.equal(drawing.wires.length, 0);
});

test("every layer but the input has an arrow to it, and nothing else has", () => {
  for (const list of [TUTORIAL, BLOCKS]) {
    for (const width of [436, 2000]) {
      const { boxes, wires, joints } = of(list, width);
      const tips = wires.filter(({ arrow }) => arrow).map(({ points }) => points.at(-1));
      const touches = ([x, y], box) => Math.abs(x - box.x) <= 3 && y > box.y - 1 && y < box.y + box.height + 1;
      for (const box of boxes.slice(1)) {
        assert.equal(tips.filter((tip) => touches(tip, box)).length, 1, box.node.item.name);
      }
      const adding = joints.filter(({ kind }) => kind === "add" || kind === "concatenate");
      assert.equal(tips.length, boxes.length - 1 + 2 * adding.length);
    }
  }
});

test("lines are upright or level", () => {
  const { wires } = of(BLOCKS, 756);
  for (const { points } of wires) {
    points.slice(1).forEach(([x, y], number) => {
      const [before, above] = points[number];
      assert.ok(Math.abs(x - before) < 1e-6 || Math.abs(y - above) < 1e-6);
    });
  }
});

test("a residual block splits before its body and adds after it, with an arrow past it", () => {
  const { joints, wires, notes, boxes, frames } = of(BLOCKS, 2000);
  const [first] = joints.filter(({ kind }) => kind === "add");
  const split = joints.find(({ kind, node }) => kind === "split" && node === first.node);
  const inside = boxes.filter(({ node }) => node.parent === first.node);
  assert.ok(inside.every(({ x, width }) => x > split.x && x + width < first.x));
  const past = wires.find(({ skip }) => skip);
  assert.deepEqual(past.points[0], [split.x, split.y]);
  const top = Math.min(...inside.map(({ y, depth }) => y - depth * SLANT));
  assert.ok(past.points[1][1] < top);
  const frame = frames.find(({ node }) => node === first.node);
  assert.ok(past.points[1][1] > frame.y + 30); // the title and the name of the arrow are above
  assert.deepEqual(notes.filter(({ kind }) => kind === "skip").map(({ text }) => text), ["+ input"]);
  assert.equal(joints.filter(({ kind }) => kind === "projection").length, 1);
});

test("each branch has a lane of its own; an empty one is a line", () => {
  const { joints, notes, boxes } = of(BLOCKS, 2000);
  const join = joints.find(({ kind }) => kind === "concatenate");
  const lanes = notes.filter(({ kind }) => kind === "lane").map(({ text }) => text);
  assert.deepEqual(lanes, ["branch1", "as it came", "branch2"]);
  const inside = boxes.filter(({ node }) => node.parent === join.node);
  assert.equal(inside.length, 3);
  assert.equal(new Set(inside.map(({ y, height }) => y + height / 2)).size, 1);
});

test("a closed block is one box of the shape it puts out, with nothing of what is in it", () => {
  const { boxes, frames, joints, scale } = of(BLOCKS, 2000, () => false);
  assert.deepEqual(boxes.map(({ node }) => node.name), ["input", "block1", "branches1", "stage", "fc1"]);
  assert.ok(frames.every(({ open }) => !open));
  assert.equal(joints.length, 0);
  assert.ok(Math.abs(boxes[1].height - 16 * scale.side) < 1e-9);
});

test("a frozen block says so, open or closed", () => {
  const nodes = [block("features", [8, 4, 4], [body(8)], { kind: "Pretrained", frozen: true })];
  const [node] = treeOf(items([layer("input", [3, 16, 16], { role: "input" }), ...nodes])).filter(({ item }) => item.block);
  assert.equal(titleOf(node)[1], "Pretrained, frozen");
  assert(closedLines({ ...node, layers: 3 }).includes("Pretrained, frozen"));
  const free = { ...node, item: { ...node.item, frozen: false } };
  assert.equal(titleOf(free)[1], "Pretrained");
});

test("windows lie on what a layer reads: also through blocks, but not on joined channels", () => {
  const { windows } = of(BLOCKS, 2000);
  const read = windows.map(({ from, to }) => `${from.node.item.name} > ${to.node.item.name}`);
  assert.ok(read.includes("input > block1.conv1"));
  assert.ok(read.includes("block1.conv2 > branches1.conv1"));
  assert.ok(!read.some((text) => text.endsWith("stage.block1.conv1")));
  const near = windows.filter((window) => window.near).map(({ to }) => to.node.name);
  assert.deepEqual(near, ["conv2", "conv2", "conv2"]);
});

test("the flow ends at what fails, and goes into a block in which something does", () => {
  const broken = items([
    layer("input", [3, 16, 16]),
    block(
      "block1",
      null,
      [[layer("conv1", [3, 16, 16]), layer("conv2", null, { role: "failed" }), layer("conv3", null, { role: "waiting" })]],
      { kind: "Residual", shortcut: "identity", role: "waiting" },
    ),
    layer("fc1", null, { role: "waiting" }),
  ]);
  const { wires } = of(broken, 2000);
  const states = wires.map(({ state }) => state);
  assert.deepEqual(states.toSorted(), ["", "", "failed", "waiting", "waiting", "waiting", "waiting"].toSorted());
  assert.equal(of(broken, 2000, () => false).wires[0].state, "failed");
});

test("a cone shows what a layer reads only from the layer just before it", () => {
  const after = items([
    layer("input", [3, 16, 16]),
    block("block1", [3, 16, 16], [[layer("conv1", [3, 16, 16])]], { kind: "Residual", shortcut: "identity" }),
    layer("conv2", [3, 14, 14], { kernel: [3, 3] }),
    layer("conv3", [3, 12, 12], { kernel: [3, 3] }),
  ]);
  for (const open of [true, false]) {
    const { windows } = of(after, 2000, () => open);
    assert.deepEqual(windows.map(({ near }) => near), [false, true]);
    assert.equal(windows[0].from.node.name, open ? "conv1" : "block1");
  }
});

test("what fits is neither too high nor too wide nor broken into rows inside a block", () => {
  const tree = treeOf(BLOCKS);
  assert.ok(fits(tree, () => true, 2000, 600));
  assert.ok(!fits(tree, () => true, 2000, 100));
  const wrapped = [...Array(80)].map((_, number) => 250 + 5 * number).find((width) => {
    const { frames, width: wide } = arrange(tree, width, () => true, 0);
    return wide <= width && frames.some(({ node, height }) => node.name === "block1" && height > 200);
  });
  assert.ok(wrapped && !fits(tree, () => true, wrapped, 6000));
  assert.ok(!fits(tree, () => false, 60, 6000));
  assert.ok(fits(tree, () => false, 300, 1200));
});
