/** Small helpers to make elements. */

/** An element of a class with children: elements, or texts that stay texts. */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}
