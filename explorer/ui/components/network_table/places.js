// Where a dragged row may go: pure functions over rows, as `explorer.ui.network.rows` makes them.

const begins = (path, start) => start.every((number, place) => path[place] === number);

/** The rows that are seen: not those in blocks whose names `isOpen` does not have. */
export function visibleRows(rows, isOpen) {
  const seen = [];
  let closed = null;
  for (const row of rows) {
    if (closed && row.depth > closed.depth) continue;
    closed = row.block && !isOpen(row) ? row : null;
    seen.push(row);
  }
  return seen;
}

/** The places below the row at `index` of `rows`; of a closed block those behind all that is in it. */
export function placesBelow(rows, index, open) {
  const row = rows[index];
  if (!row.block || open) return row.places;
  let last = index;
  while (rows[last + 1]?.depth > row.depth) last += 1;
  return rows[last].places.filter((place) => place.depth <= row.depth);
}

/** Why a row cannot be put in a place: "" where it can, "here" where it stands already. */
export function refusal(row, place) {
  const { path } = row;
  const { to } = place;
  if (to.length > path.length && begins(to, path)) return "inside itself";
  const same = to.length === path.length && begins(to, path.slice(0, -1));
  const there = same && [path.at(-1), path.at(-1) + 1].includes(to.at(-1));
  return there ? "here" : "";
}

/**
 * The place that is meant, of those between two rows.
 *
 * `depth` is how deep the pointer has it, by how far it went left or right; where several are as
 * near, `below` the middle of the gap the later one. Null if there is none for this row.
 */
export function meant(places, row, depth, below) {
  const possible = places.filter((place) => refusal(row, place) !== "inside itself");
  if (!possible.length) return null;
  const off = (place) => Math.abs(place.depth - depth);
  const nearest = Math.min(...possible.map(off));
  const best = possible.filter((place) => off(place) === nearest);
  return below ? best.at(-1) : best[0];
}

/** In words: what a drop does. */
export function described(row, place) {
  return place.into ? `${row.label} → into ${place.into}` : `${row.label} → here`;
}
