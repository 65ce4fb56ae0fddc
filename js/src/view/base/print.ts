/** What a chat does while the page is printed. */

/** Open everything that is closed while the page is printed, because nothing can be opened on paper. */
export function openDetailsForPrint(root: HTMLElement, signal: AbortSignal): void {
  const opened = new Set<HTMLDetailsElement>();
  const open = () => {
    for (const closed of root.querySelectorAll<HTMLDetailsElement>("details:not([open])")) opened.add(closed);
    for (const details of opened) details.open = true;
  };
  const close = () => {
    for (const details of opened) details.open = false;
    opened.clear();
  };
  addEventListener("beforeprint", open, { signal });
  addEventListener("afterprint", close, { signal });
}
