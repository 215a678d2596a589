// The network as blocks drawn to scale. Names are people's text: only ever set as textContent.

import { arrange, shapeText, SLANT } from "./layout.js";

const SVG = "http://www.w3.org/2000/svg";

function element(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function points(...pairs) {
  return pairs.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
}

function faces({ x, y, width, height, depth }) {
  const rise = depth * SLANT;
  const drawn = [element("rect", { x, y, width, height, class: "front" })];
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

function label(text, x, y, className) {
  const made = element("text", { x, y, class: className, "text-anchor": "middle" });
  made.textContent = text;
  return made;
}

function title(text) {
  const made = element("title", {});
  made.textContent = text;
  return made;
}

function blockOf(item, place, onSelect) {
  const group = element("g", { class: `block ${item.role}${item.selected ? " selected" : ""}` });
  group.append(
    title(item.shape ? `${item.name}: ${shapeText(item.shape)}` : `${item.name}: ${item.role}`),
    // The whole block can be clicked, not only its lines and letters.
    element("rect", {
      class: "hit",
      x: place.x,
      y: place.y - place.depth * SLANT,
      width: place.width + place.depth,
      height: place.labelY + 16 - place.y + place.depth * SLANT,
    }),
    ...faces(place),
    label(item.name, place.labelX, place.labelY, "name"),
  );
  if (item.shape && !item.plate) {
    group.append(label(shapeText(item.shape), place.labelX, place.labelY + 14, "shape"));
  }
  if (item.role === "failed") {
    group.append(label("✗", place.x + place.width / 2, place.y + place.height / 2 + 6, "cross"));
  }
  group.addEventListener("click", () => onSelect(item.index));
  return group;
}

// The window on the picture before, and its cone to the one cell it makes in the picture after.
function kernelOf(item, from, to, scale) {
  const width = Math.min(from.width, item.kernel[1] * scale.side);
  const height = Math.min(from.height, item.kernel[0] * scale.side);
  const x = from.x + (from.width - width) * 0.6;
  const y = from.y + (from.height - height) * 0.4;
  const group = element("g", { class: "kernel" });
  if (from.row === to.row) {
    const target = [to.x + to.width * 0.6, to.y + to.height * 0.4];
    for (const corner of [[x + width, y], [x + width, y + height]]) {
      group.append(element("polyline", { points: points(corner, target) }));
    }
  }
  group.append(element("rect", { x, y, width, height }));
  return group;
}

/** Draw into `svg`; `onSelect` is called with the index of a clicked layer (-1: the input). */
export function drawDiagram(svg, items, width, onSelect) {
  const { height, scale, blocks } = arrange(items, width);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  const shown = items.map((item) => `${item.name} ${item.shape ? shapeText(item.shape) : item.role}`);
  svg.setAttribute("aria-label", `The network from input to output: ${shown.join(", ")}`);
  const drawn = items.map((item, number) => blockOf(item, blocks[number], onSelect));
  const kernels = items
    .map((item, number) => item.kernel && item.shape && kernelOf(item, blocks[number - 1], blocks[number], scale))
    .filter(Boolean);
  svg.replaceChildren(...drawn, ...kernels);
}
