// The points of one run's curves, as columns, and how messages from the server change them.
// Pure functions: nothing here touches the page.
//
// A message says: "these are all the points after step `after`". Each repeats a few points that
// were sent before, so one that is lost heals with the next; if too many were lost, the gap shows.

export const POINT_LIMIT = 3000;
const KEPT_SHARP = 200;

const columnsFor = (contenders) => ({
  steps: [],
  seconds: [],
  loss: contenders.map(() => []),
  accuracy: contenders.map(() => []),
});

// What is measured, a list per contender each: loss, accuracy, and the average_precision of
// validation where pictures have several labels.
const measured = ({ steps, seconds, ...measures }, change) =>
  Object.fromEntries(Object.entries(measures).map(([field, lists]) => [field, change(lists, field)]));

export function emptySeries(run, contenders) {
  return { run, training: columnsFor(contenders), validation: columnsFor(contenders) };
}

export const lastStep = (columns) => columns.steps.at(-1) ?? 0;

const select = (columns, chosen) => ({
  steps: chosen(columns.steps),
  seconds: chosen(columns.seconds),
  ...measured(columns, (lists) => lists.map(chosen)),
});

// The columns up to and including step `after`, followed by the ones that came.
function append(columns, after, arrived) {
  const firstReplaced = columns.steps.findIndex((step) => step > after);
  const kept = firstReplaced < 0 ? columns : select(columns, (values) => values.slice(0, firstReplaced));
  return {
    steps: [...kept.steps, ...arrived.steps],
    seconds: [...kept.seconds, ...arrived.seconds],
    ...measured(arrived, (lists, field) =>
      lists.map((values, index) => [...(kept[field]?.[index] ?? []), ...values]),
    ),
  };
}

// Neighbours averaged two by two, except for the newest points, until at most `limit` remain.
export function thin(columns, limit = POINT_LIMIT) {
  let result = columns;
  while (result.steps.length > limit) {
    const sharp = Math.min(KEPT_SHARP, Math.floor(limit / 2));
    const paired = (result.steps.length - sharp) & ~1;
    const halve = (merge) => (values) => {
      const halved = [];
      for (let index = 0; index < paired; index += 2) {
        halved.push(merge(values[index], values[index + 1]));
      }
      return [...halved, ...values.slice(paired)];
    };
    const mean = halve((a, b) => (a + b) / 2);
    const last = halve((_, later) => later);
    result = {
      steps: last(result.steps),
      seconds: last(result.seconds),
      ...measured(result, (lists) => lists.map(mean)),
    };
  }
  return result;
}

// What is known after a message: { series, gap }. With a gap the series is unchanged and the
// server has to send everything again.
export function merge(series, message) {
  const known = series?.run === message.run ? series : emptySeries(message.run, message.contenders);
  if (message.after > lastStep(known.training)) return { series: known, gap: true };
  return {
    series: {
      run: message.run,
      training: thin(append(known.training, message.after, message.training)),
      validation: append(known.validation, message.after, message.validation),
    },
    gap: false,
  };
}
