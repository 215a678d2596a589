/** A volume to turn around, with the window's cube in it. Plotly draws it, fetched when it is opened. */

const LONGEST_SIDE = 22; // cells of the volume drawn: enough to recognise, few enough to turn
const ROOM = { width: 560, height: 430 };

/** Whether there is a Plotly to fetch: a page saved for offline use has none. */
export const canOrbit = () => Boolean(globalThis.explorerPlotly);

/** A channel of a field (channels, depth, rows, columns) with at most LONGEST_SIDE cells a side. */
export function thinned({ shape, values }, channel = 0) {
  const [, depth, rows, columns] = shape;
  const from = channel * depth * rows * columns;
  const every = Math.max(1, Math.ceil(Math.max(depth, rows, columns) / LONGEST_SIDE));
  const [z, y, x, value] = [[], [], [], []];
  for (let plane = 0; plane < depth; plane += every) {
    for (let row = 0; row < rows; row += every) {
      for (let column = 0; column < columns; column += every) {
        z.push(plane);
        y.push(row);
        x.push(column);
        value.push(values[from + (plane * rows + row) * columns + column]);
      }
    }
  }
  return { z, y, x, value };
}

/** The twelve edges of a box of cells as one broken line, per axis. */
export function boxEdges(cells) {
  const [z, y, x] = cells.map((along) => [along[0] - 0.5, along[along.length - 1] + 0.5]);
  const line = { x: [], y: [], z: [] };
  const add = (from, to) => {
    for (const corner of [from, to]) {
      line.z.push(z[corner[0]]);
      line.y.push(y[corner[1]]);
      line.x.push(x[corner[2]]);
    }
    for (const axis of Object.values(line)) axis.push(null);
  };
  for (const [a, b] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
    add([0, a, b], [1, a, b]);
    add([a, 0, b], [a, 1, b]);
    add([a, b, 0], [a, b, 1]);
  }
  return line;
}

export function createOrbit() {
  const element = document.createElement("section");
  element.className = "orbit";
  const text = document.createElement("p");
  text.textContent =
    "The input as a block to turn with the pointer: bright cells are solid, dark ones clear. The " +
    "orange box is the window.";
  const plot = document.createElement("div");
  element.append(text, plot);
  let Plotly = null;
  let drawn = null;

  async function show(scene, channel, cells, theme) {
    try {
      const { loadPlotly } = await import(new URL("../curves/plotly.js", import.meta.url));
      Plotly = await loadPlotly(globalThis.explorerPlotly);
    } catch (error) {
      text.textContent = `The block cannot be drawn: ${error.message}`;
      return;
    }
    if (!document.createElement("canvas").getContext("webgl")) {
      text.textContent = "The block cannot be drawn: this browser has no WebGL.";
      return;
    }
    const thin = thinned(scene.input, channel);
    const axis = (title) => ({ title: { text: title }, color: theme.text, backgroundcolor: "rgba(0,0,0,0)" });
    await Plotly.react(
      plot,
      [
        {
          type: "volume",
          ...thin,
          opacity: 0.12,
          surface: { count: 12 },
          colorscale: "Greys",
          reversescale: true,
          showscale: false,
          hoverinfo: "skip",
        },
        cube(cells, theme),
      ],
      {
        ...ROOM,
        margin: { l: 20, r: 20, t: 0, b: 40 },
        paper_bgcolor: "rgba(0,0,0,0)",
        font: { color: theme.text },
        showlegend: false,
        uirevision: "orbit", // the way it was turned stays
        scene: {
          xaxis: axis("width (W)"),
          yaxis: { ...axis("height (H)"), autorange: "reversed" },
          zaxis: axis("depth (D)"),
          aspectmode: "data",
        },
      },
      { displayModeBar: false, responsive: false },
    );
    drawn = cells;
    element.dataset.drawn = "true";
  }

  const cube = (cells, theme) => ({
    type: "scatter3d",
    mode: "lines",
    ...boxEdges(cells),
    line: { color: theme.kernel, width: 6 },
    hoverinfo: "skip",
  });

  /** Move the cube. */
  function paint(cells) {
    if (!drawn || !Plotly) return;
    const { x, y, z } = boxEdges(cells);
    Plotly.restyle(plot, { x: [x], y: [y], z: [z] }, [1]);
    element.dataset.cube = JSON.stringify(cells.map((along) => [along[0], along[along.length - 1]]));
  }

  function destroy() {
    if (Plotly) Plotly.purge(plot);
  }
  return { element, show, paint, destroy };
}
