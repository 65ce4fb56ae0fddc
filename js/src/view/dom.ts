/** Elements made one by one: nothing that came from outside is ever parsed as HTML. */

type Attributes = Readonly<Record<string, string>>;

/** An element with a class, attributes and children; strings become text nodes. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Set an attribute or text only when it differs: an unchanged node costs no layout and no announcement. */
export function setText(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}
