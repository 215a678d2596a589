/** The part of a canvas's interface that builds paths, as a list of SVG commands. No DOM. */

export class PathBuilder {
  constructor() {
    this.path = []; // ["M", x, y], ["L", x, y], ["A", rx, ry, turn, large, sweep, x, y], ["Z"], …
  }

  beginPath() {
    this.path = [];
  }

  moveTo(x, y) {
    this.path.push(["M", x, y]);
  }

  lineTo(x, y) {
    this.path.push([this.path.length ? "L" : "M", x, y]);
  }

  bezierCurveTo(...points) {
    this.path.push(["C", ...points]);
  }

  quadraticCurveTo(...points) {
    this.path.push(["Q", ...points]);
  }

  closePath() {
    if (this.path.length) this.path.push(["Z"]);
  }

  rect(x, y, width, height) {
    this.path.push(["M", x, y], ["L", x + width, y], ["L", x + width, y + height]);
    this.path.push(["L", x, y + height], ["Z"]);
  }

  arc(x, y, radius, start, end, counterclockwise = false) {
    const turn = 2 * Math.PI;
    let sweep = counterclockwise ? start - end : end - start;
    sweep = sweep >= turn ? turn : ((sweep % turn) + turn) % turn;
    const direction = counterclockwise ? -1 : 1;
    const at = (angle) => [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    this.lineTo(...at(start));
    // SVG cannot write a whole turn as one arc: in parts of at most a third of a turn.
    const parts = Math.max(1, Math.ceil(sweep / (turn / 3)));
    for (let part = 1; part <= parts; part++) {
      const angle = start + (direction * sweep * part) / parts;
      this.path.push(["A", radius, radius, 0, 0, counterclockwise ? 0 : 1, ...at(angle)]);
    }
  }
}
