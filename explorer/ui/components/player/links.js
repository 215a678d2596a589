/** Lines from the window to its arithmetic and from the result to its output cell. */

const SVG = "http://www.w3.org/2000/svg";
const BESIDE = 12; // CSS pixels by which a line passes beside the numbers that are added up

function line(className) {
  const element = document.createElementNS(SVG, "polyline");
  element.setAttribute("class", className);
  return element;
}

export function createLinks() {
  const element = document.createElementNS(SVG, "svg");
  element.setAttribute("class", "links");
  element.setAttribute("aria-hidden", "true");
  const lines = [line("window"), line("window"), line("result")];
  element.append(...lines);
  let paths = [];

  /**
   * Rectangles in the stage's pixels; how they are joined depends on the number of columns.
   * @param {{window: object, patch: object, value: object, cell: object, top: number}} places `top`
   *   is where the numbers that lead to the value begin; null where there are none
   */
  function show({ window, patch, value, cell, top }, columns) {
    element.style.visibility = "";
    const right = (rectangle) => rectangle.x + rectangle.width;
    const bottom = (rectangle) => rectangle.y + rectangle.height;
    const [x, y] = [right(value), value.y + value.height / 2];
    const middle = cell.x + cell.width / 2;
    if (columns === 3) {
      paths = [
        [right(window), window.y, patch.x, patch.y],
        [right(window), bottom(window), patch.x, bottom(patch)],
        [x, y, cell.x, cell.y + cell.height / 2],
      ];
    } else {
      paths = [
        [window.x, bottom(window), patch.x, patch.y],
        [right(window), bottom(window), right(patch), patch.y],
        columns === 2 && top === null
          ? [x - value.width / 2, value.y, middle, bottom(cell)]
          : columns === 2
          ? [x, y, x + BESIDE, y, x + BESIDE, top, middle, bottom(cell)]
          : [x - value.width / 2, bottom(value), middle, cell.y],
      ];
    }
    lines.forEach((each, index) =>
      each.setAttribute("points", paths[index].map((at) => at.toFixed(1)).join(" ")),
    );
  }

  /** Nothing to join: a result that no cell of the input counts in. */
  function hide() {
    element.style.visibility = "hidden";
  }

  /** The lines with another pen. */
  function draw(pen, theme) {
    if (element.style.visibility === "hidden") return;
    pen.lineWidth = 1.5;
    pen.globalAlpha = 0.65;
    paths.forEach((path, index) => {
      const result = index === 2;
      pen.strokeStyle = result ? theme.output : theme.kernel;
      pen.setLineDash(result ? [4, 3] : []);
      pen.beginPath();
      pen.moveTo(path[0], path[1]);
      for (let at = 2; at < path.length; at += 2) pen.lineTo(path[at], path[at + 1]);
      pen.stroke();
    });
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }
  return { element, show, hide, draw };
}
