/** Watch over an output: whether it is in the user's sight, or near it. */

/**
 * A view is kept up to date if it is out of sight by at most this share of the window, so that it is complete
 * when the user scrolls to it.
 */
const VISIBILITY_MARGIN = "50%";

/** Call `onChange` now and at each change, until the signal aborts. */
export function watchVisibility(
  root: Element,
  onChange: (isVisible: boolean) => void,
  signal: AbortSignal,
): void {
  const observer = new IntersectionObserver((entries) => onChange(entries.at(-1)?.isIntersecting ?? false), {
    rootMargin: VISIBILITY_MARGIN,
  });
  observer.observe(root);
  signal.addEventListener("abort", () => observer.disconnect());
}
