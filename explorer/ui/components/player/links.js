/** Lines from the window to its arithmetic and from the result to its output cell. */

const SVG = "http://www.w3.org/2000/svg";

function line(className) {
  const element = document.createElementNS(SVG, "line");
  element.setAttribute("class", className);
  return element;
}

const put = (element, x1, y1, x2, y2) =>
  Object.entries({ x1, y1, x2, y2 }).forEach(([name, value]) =>
    element.setAttribute(name, value.toFixed(1)),
  );

export function createLinks() {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("class", "links");
  element.setAttribute("aria-hidden", "true");
  const [first, second, result] = [line("window"), line("window"), line("result")];
  element.append(first, second, result);

  /** Rectangles in the stage's pixels; how they are joined depends on the number of columns. */
  function show({ window, patch, value, cell }, columns) {
    const right = (rectangle) => rectangle.x + rectangle.width;
    const bottom = (rectangle) => rectangle.y + rectangle.height;
    if (columns === 3) {
      put(first, right(window), window.y, patch.x, patch.y);
      put(second, right(window), bottom(window), patch.x, bottom(patch));
      put(result, right(value), value.y + value.height / 2, cell.x, cell.y + cell.height / 2);
    } else {
      put(first, window.x, bottom(window), patch.x, patch.y);
      put(second, right(window), bottom(window), right(patch), patch.y);
      const [from, to] = columns === 2 ? [value.y, bottom(cell)] : [bottom(value), cell.y];
      put(result, value.x + value.width / 2, from, cell.x + cell.width / 2, to);
    }
  }
  return { element, show };
}
