// The step of a run that is being looked at, shared by all components of the page: each of them
// imports this very module. Nothing here touches the page.

let shown = { run: null, step: null };
const listeners = new Set();

/** The step of a run that is looked at, or null. */
export const stepOf = (run) => (shown.run === run ? shown.step : null);

/** Look at a step of a run; null stops looking. */
export function lookAt(run, step) {
  if (shown.run === run && shown.step === step) return;
  shown = { run, step };
  for (const listener of listeners) listener(run, step);
}

/** Call `listener(run, step)` whenever another moment is looked at; returns how to stop that. */
export function onMoment(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
