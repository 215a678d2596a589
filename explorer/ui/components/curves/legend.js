// Who is who, and how each one stands now: names and numbers as plain text above the curves.

const percent = (fraction) => `${(100 * fraction).toFixed(1)} %`;
const number = (value) => (value >= 1000 ? value.toExponential(1) : value.toFixed(3));

const latest = (columns, index) => {
  const loss = columns.loss[index]?.at(-1);
  const accuracy = columns.accuracy[index]?.at(-1);
  return loss === undefined ? ["–", "–"] : [number(loss), percent(accuracy)];
};

const ranked = ({ average_precision: lists }, index) => {
  const value = lists?.[index]?.at(-1);
  return value == null ? "–" : number(value);
};

// Rows of text for a table: a heading, then one row per contender; with one column more where
// pictures have several labels.
export function legendRows(series, contenders, several = false) {
  const headings = ["training loss", "training accuracy", "validation loss", "validation accuracy"];
  return [
    ["", ...headings, ...(several ? ["mean average precision"] : [])],
    ...contenders.map(({ name }, index) => [
      name,
      ...latest(series.training, index),
      ...latest(series.validation, index),
      ...(several ? [ranked(series.validation, index)] : []),
    ]),
  ];
}

// Draws the rows, changing only texts that changed.
export function drawLegend(table, rows, contenders) {
  const body = table.tBodies[0] ?? table.createTBody();
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((texts, rowIndex) => {
    const row = body.rows[rowIndex] ?? body.insertRow();
    texts.forEach((text, index) => {
      const cell = row.cells[index] ?? row.insertCell();
      if (cell.textContent !== text) cell.textContent = text;
    });
    while (row.cells.length > texts.length) row.deleteCell(-1);
    row.style.setProperty("--colour", contenders[rowIndex - 1]?.colour ?? "transparent");
  });
}
