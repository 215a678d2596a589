/**
 * What the player tells of itself, for tests and benchmarks: in the `dataset` of its root element
 * `step`, `steps`, `value`, `playing`, `hover`, `pin`, `link`, `linked`, `map`, `confirmed`,
 * `difference`, `mounts`, `scenes` (packed scenes shown), `live` (scenes computed here), `width`,
 * `frames`, `saved`.
 */

/** After a frame: `at` is the step that is played, `step` the one that is read. */
export function tellHooks(player, { at, step, focus }) {
  const { root, stage, live, map, terms, hover, pin } = player;
  const values = terms.outputs.length ? terms.outputs : [stage.valueAt({ map, filled: at + 1 }, terms)];
  Object.assign(root.dataset, {
    step,
    steps: player.steps,
    value: values.join(" "),
    playing: player.play.playing,
    hover: hover?.step ?? "",
    pin: pin ? (pin.step ?? pin.kind) : "",
    link: focus?.kind ?? "",
    linked: focus ? JSON.stringify(stage.shown.linked) : "{}",
    map,
    confirmed: player.scene.confirmed,
    scenes: player.scenes,
    live: live.count,
    width: player.width,
    frames: ++player.frames,
  });
  if (live.difference === null) delete root.dataset.difference;
  else root.dataset.difference = live.difference;
}
