// The network drawn as SVG: blocks to scale, frames of what holds other layers, and the flow between.

import { closedLines, CONCATENATE, RADIUS, titleOf } from "./measure.js";
import { shapeText, SLANT } from "./sizes.js";
import { arrowHead, at, element, label, points, roundedPath, title } from "./svg.js";

const LINE = 13;
const STACK = 3; // how far the edges of a repeated block stand out behind one another
const MOST_EDGES = 2;
const PROJECTION = { width: 30, height: 16 };

function rectangle(x, y, width, height, attributes) {
  return element("rect", { x: at(x), y: at(y), width: at(width), height: at(height), ...attributes });
}

function faces({ x, y, width, height, depth }) {
  const rise = depth * SLANT;
  const drawn = [rectangle(x, y, width, height, { class: "front" })];
  if (depth) {
    const right = x + width;
    drawn.unshift(
      element("polygon", {
        class: "top",
        points: points([x, y], [x + depth, y - rise], [right + depth, y - rise], [right, y]),
      }),
      element("polygon", {
        class: "side",
        points: points([right, y], [right + depth, y - rise], [right + depth, y + height - rise], [right, y + height]),
      }),
    );
  }
  return drawn;
}

/** What a node is, read aloud and shown beside the pointer. */
export function described({ item, layers }, failure) {
  const what = [item.kind, item.summary].filter(Boolean).join(" · ");
  const inside = item.block ? `, ${layers} layer${layers === 1 ? "" : "s"}` : "";
  const result = item.shape ? shapeText(item.shape) : "the flow does not get here";
  const failed = item.role === "failed" && failure ? failure.problem.replaceAll("`", "") : result;
  return `${item.name}${what ? `, ${what}` : ""}${inside}: ${failed}`;
}

// What can be clicked and walked to.
function target(node, className, { selected, failure }) {
  const classes = [className, node.item.role];
  if (selected === node) classes.push("selected");
  if (node.broken) classes.push("broken");
  const group = element("g", {
    class: classes.join(" "),
    "data-index": node.item.index,
    role: "button",
    tabindex: -1,
    "aria-pressed": String(selected === node),
  });
  const said = described(node, failure);
  group.setAttribute("aria-label", said);
  group.append(title(said));
  return group;
}

// The triangle that opens and closes a block.
function chevron(x, y, open) {
  const shape = open ? [[-4, -2.5], [4, -2.5], [0, 3.5]] : [[-2.5, -4], [-2.5, 4], [3.5, 0]];
  return element(
    "g",
    { class: "toggle" },
    rectangle(x - 9, y - 9, 18, 18, { class: "hit" }),
    element("polygon", { points: points(...shape.map(([dx, dy]) => [x + dx, y + dy])) }),
  );
}

function frameParts(frame) {
  const { node, x, y, width, height, open } = frame;
  const edges = Math.min(MOST_EDGES, node.item.repeat - 1);
  const parts = [];
  for (let back = edges; back > 0; back--) {
    parts.push(rectangle(x + STACK * back, y - STACK * back, width, height, { rx: 8, class: "edge" }));
  }
  parts.push(rectangle(x, y, width, height, { rx: 8, class: "outline" }), chevron(x + 13, y + 12, open));
  const [name, kind, times, result] = titleOf(node);
  const text = element("text", { x: at(x + 24), y: at(y + 16), class: "title" });
  for (const [className, part] of [["name", name], ...(open ? [["kind", kind], ["times", times], ["kind", result]] : [])]) {
    if (!part) continue;
    const span = element("tspan", { class: className, ...(className === "name" ? {} : { dx: 6 }) });
    span.textContent = part;
    text.append(span);
  }
  parts.push(text);
  return parts;
}

function openBlock(frame, state) {
  const group = target(frame.node, "frame", state);
  group.setAttribute("aria-expanded", "true");
  group.append(...frameParts(frame));
  return group;
}

function blockOf(box, frame, state) {
  const { node } = box;
  const { item } = node;
  const group = target(node, frame ? "block closed" : "block", state);
  if (frame) {
    group.setAttribute("aria-expanded", "false");
    group.append(...frameParts(frame));
  } else {
    // The whole block can be clicked, not only its lines and letters.
    const width = Math.max(box.width + box.depth, 24);
    const top = box.y - box.depth * SLANT;
    const left = box.x + (box.width + box.depth - width) / 2;
    group.append(rectangle(left, top, width, box.labelY + 16 - top, { class: "hit" }));
  }
  group.append(...faces(box));
  if (frame) {
    closedLines(node).forEach((line, number) =>
      group.append(label(line, box.labelX, box.labelY + number * LINE, number || !item.shape ? "line" : "shape")),
    );
  } else {
    group.append(label(shortened(box), box.labelX, box.labelY, "name"));
    if (item.shape && !item.plate) group.append(label(shapeText(item.shape), box.labelX, box.labelY + LINE, "shape"));
  }
  if (item.role === "failed" || node.broken) {
    group.append(label("✗", box.x + box.width / 2, box.y + box.height / 2 + 6, "cross"));
  }
  return group;
}

const shortened = ({ node }) => titleOf(node)[0];

function wireOf({ points: way, arrow, state, skip }) {
  const group = element("g", { class: `wire ${state}${skip ? " skip" : ""}` });
  group.append(element("path", { d: roundedPath(way) }));
  if (arrow) group.append(element("polygon", { points: arrowHead(way) }));
  return group;
}

function jointOf({ node, kind, x, y }) {
  const group = element("g", { class: `joint ${kind} ${node.item.role}` });
  if (kind === "split") {
    group.append(element("circle", { cx: at(x), cy: at(y), r: 2.5 }));
  } else if (kind === "add") {
    group.append(
      element("circle", { cx: at(x), cy: at(y), r: RADIUS }),
      element("path", { d: `M${at(x - 5)} ${at(y)}H${at(x + 5)}M${at(x)} ${at(y - 5)}V${at(y + 5)}` }),
    );
  } else {
    const { width, height } = kind === "projection" ? PROJECTION : CONCATENATE;
    const text = kind === "projection" ? "1×1" : "concat";
    group.append(
      rectangle(x - width / 2, y - height / 2, width, height, { rx: 5 }),
      label(text, x, y + 4, "sign"),
    );
  }
  if (node.item.join && kind !== "split") {
    const { shape, role } = node.item;
    if (shape) group.append(label(shapeText(shape), x, y + 24, "joined"));
    if (role === "failed") group.append(label("✗", x, y + 30, "cross"));
  }
  return group;
}

// The window on the picture before, and its cone to the one cell it makes in the picture after.
function windowOf({ item, from, to, near }, scale) {
  const width = Math.min(from.width, item.kernel[1] * scale.side);
  const height = Math.min(from.height, item.kernel[0] * scale.side);
  const x = from.x + (from.width - width) * 0.6;
  const y = from.y + (from.height - height) * 0.4;
  const group = element("g", { class: "kernel" });
  if (near) {
    const tip = [to.x + to.width * 0.6, to.y + to.height * 0.4];
    for (const corner of [[x + width, y], [x + width, y + height]]) {
      group.append(element("polyline", { points: points(corner, tip) }));
    }
  }
  group.append(rectangle(x, y, width, height, {}));
  return group;
}

/**
 * Draw an arranged network into `svg`.
 * @param {{selected: ?object, failure: ?object}} state  the node that is marked, and what failed
 */
export function drawDiagram(svg, drawing, state) {
  const { width, height, scale } = drawing;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const closed = new Map(drawing.frames.filter(({ open }) => !open).map((frame) => [frame.node, frame]));
  svg.replaceChildren(
    ...drawing.frames.filter(({ open }) => open).map((frame) => openBlock(frame, state)),
    ...drawing.wires.map(wireOf),
    ...drawing.boxes.map((box) => blockOf(box, closed.get(box.node), state)),
    ...drawing.windows.map((window) => windowOf(window, scale)),
    ...drawing.joints.map(jointOf),
    ...drawing.notes.map(({ text, x, y, anchor, kind }) => label(text, x, y, `note ${kind}`, anchor)),
  );
}
