// Small pieces of SVG as elements of the page. People's texts are only ever set as textContent.

const SVG = "http://www.w3.org/2000/svg";
const CORNER = 6; // radius of a line's corners
const ARROW = { length: 6, half: 3.2 };

export function element(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function label(text, x, y, className, anchor = "middle") {
  const made = element("text", { x: at(x), y: at(y), class: className, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

export function title(text) {
  const made = element("title", {});
  made.textContent = text;
  return made;
}

/** A coordinate, to a tenth of a pixel. */
export function at(value) {
  return String(Math.round(value * 10) / 10);
}

export function points(...pairs) {
  return pairs.map(([x, y]) => `${at(x)},${at(y)}`).join(" ");
}

// Without points that are the same as, or on the way between, their neighbours.
function corners(way) {
  const kept = [];
  for (const point of way) {
    const [before, last] = [kept.at(-2), kept.at(-1)];
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < 0.5) continue;
    const straight = (axis) => before && Math.abs(before[axis] - last[axis]) < 0.5 && Math.abs(last[axis] - point[axis]) < 0.5;
    if (straight(0) || straight(1)) kept.pop();
    kept.push(point);
  }
  return kept;
}

// A point this far from `from` on the way to `to`.
function towards([x, y], to, distance) {
  const length = Math.hypot(to[0] - x, to[1] - y) || 1;
  const share = Math.min(0.5, distance / length);
  return [x + (to[0] - x) * share, y + (to[1] - y) * share];
}

/** A line with round corners, as the value of `d`. */
export function roundedPath(way) {
  const kept = corners(way);
  const text = ([x, y]) => `${at(x)} ${at(y)}`;
  let path = `M${text(kept[0])}`;
  for (let index = 1; index < kept.length - 1; index++) {
    const corner = kept[index];
    path += `L${text(towards(corner, kept[index - 1], CORNER))}`;
    path += `Q${text(corner)} ${text(towards(corner, kept[index + 1], CORNER))}`;
  }
  return kept.length > 1 ? `${path}L${text(kept.at(-1))}` : path;
}

/** The head of an arrow at the end of a line, as points of a polygon. */
export function arrowHead(way) {
  const kept = corners(way);
  const [tip, from] = [kept.at(-1), kept.at(-2) ?? kept.at(-1)];
  const length = Math.hypot(tip[0] - from[0], tip[1] - from[1]) || 1;
  const [dx, dy] = [(tip[0] - from[0]) / length, (tip[1] - from[1]) / length];
  const back = [tip[0] - dx * ARROW.length, tip[1] - dy * ARROW.length];
  const side = [-dy * ARROW.half, dx * ARROW.half];
  return points(tip, [back[0] + side[0], back[1] + side[1]], [back[0] - side[0], back[1] - side[1]]);
}
