/**
 * What every component exports: one view for its place on the page, fed at every call.
 *
 * Streamlit calls a component anew with every change of its data. A call that was overtaken while
 * the module was still loading is cleaned up after the later one has drawn: only the clean-up of
 * the last call may close the view, or nothing would be left on the page.
 *
 * @param {(parentElement: Element) => View} create  What to show; it has a `close()` method.
 * @param {(view: View, call: object) => void} feed  Hand over what the call brings.
 */
export function mounted(create, feed) {
  const views = new WeakMap();
  const calls = new WeakMap();
  return function render(call) {
    const { parentElement } = call;
    let view = views.get(parentElement);
    if (!view) {
      view = create(parentElement);
      views.set(parentElement, view);
    }
    calls.set(parentElement, call);
    feed(view, call);
    return () => {
      if (calls.get(parentElement) !== call) return;
      views.delete(parentElement);
      view.close();
    };
  };
}
