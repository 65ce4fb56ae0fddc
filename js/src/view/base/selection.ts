/** What is selected stays selected while the nodes that hold it are exchanged for others with the same text. */

type Point = readonly [Node, number];

export function preserveSelection(root: Element, change: () => void): void {
  const selection = root.ownerDocument.getSelection();
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection ?? {};
  const anchor = placeIn(root, anchorNode, anchorOffset);
  const focus = placeIn(root, focusNode, focusOffset);
  change();
  if (!selection || (anchor === undefined && focus === undefined)) return;
  const from: Point = anchor === undefined ? [anchorNode as Node, anchorOffset ?? 0] : pointAt(root, anchor);
  const to: Point = focus === undefined ? [focusNode as Node, focusOffset ?? 0] : pointAt(root, focus);
  selection.setBaseAndExtent(...from, ...to);
}

/** Characters before a point in the root; undefined for a point outside of it. */
function placeIn(root: Element, node: Node | null | undefined, offset = 0): number | undefined {
  if (!node || !root.contains(node)) return undefined;
  const range = root.ownerDocument.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/** The point after so many characters. */
export function pointAt(root: Element, place: number): Point {
  const texts = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let rest = place;
  for (let text = texts.nextNode() as Text | null; text; text = texts.nextNode() as Text | null) {
    if (rest <= text.length) return [text, rest];
    rest -= text.length;
  }
  return [root, root.childNodes.length];
}
