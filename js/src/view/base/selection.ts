/** Preservation of the user's selection while its nodes are replaced by nodes with the same text. */

type Point = readonly [Node, number];

/** Run `change`, which replaces nodes in `root`, and select the same characters again. */
export function preserveSelection(root: Element, change: () => void): void {
  const selection = root.ownerDocument.getSelection();
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection ?? {};
  const anchor = charsBefore(root, anchorNode, anchorOffset);
  const focus = charsBefore(root, focusNode, focusOffset);
  change();
  if (!selection || (anchor === undefined && focus === undefined)) return;
  const from: Point = anchor === undefined ? [anchorNode as Node, anchorOffset ?? 0] : pointAt(root, anchor);
  const to: Point = focus === undefined ? [focusNode as Node, focusOffset ?? 0] : pointAt(root, focus);
  selection.setBaseAndExtent(...from, ...to);
}

/** Count the characters in `root` before a point; undefined for a point outside. */
function charsBefore(root: Element, node: Node | null | undefined, offset = 0): number | undefined {
  if (!node || !root.contains(node)) return undefined;
  const range = root.ownerDocument.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/** Find the point that has `chars` characters of `root` before it. */
export function pointAt(root: Element, chars: number): Point {
  const texts = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let rest = chars;
  for (let text = texts.nextNode() as Text | null; text; text = texts.nextNode() as Text | null) {
    if (rest <= text.length) return [text, rest];
    rest -= text.length;
  }
  return [root, root.childNodes.length];
}
