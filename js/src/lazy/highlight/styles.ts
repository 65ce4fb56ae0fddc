/** Table from the modes' many words for kinds of token to the few styles that have a colour in `code.css`. */

const STYLES: Readonly<Record<string, string>> = {
  keyword: "keyword",
  controlKeyword: "keyword",
  definitionKeyword: "keyword",
  moduleKeyword: "keyword",
  operatorKeyword: "keyword",
  modifier: "keyword",
  self: "keyword",
  builtin: "builtin",
  standard: "builtin",
  atom: "atom",
  bool: "atom",
  null: "atom",
  unit: "atom",
  color: "atom",
  labelName: "atom",
  number: "number",
  integer: "number",
  float: "number",
  string: "string",
  character: "string",
  special: "special",
  regexp: "special",
  escape: "special",
  url: "special",
  comment: "comment",
  lineComment: "comment",
  blockComment: "comment",
  docComment: "comment",
  docString: "string",
  quote: "comment",
  def: "def",
  definition: "def",
  function: "def",
  type: "type",
  typeName: "type",
  className: "type",
  namespace: "type",
  property: "property",
  propertyName: "property",
  operator: "operator",
  compareOperator: "operator",
  logicOperator: "operator",
  definitionOperator: "operator",
  meta: "meta",
  annotation: "meta",
  processingInstruction: "meta",
  documentMeta: "meta",
  macroName: "meta",
  qualifier: "meta",
  tag: "tag",
  tagName: "tag",
  angleBracket: "tag",
  attribute: "attribute",
  attributeName: "attribute",
  attributeValue: "string",
  inserted: "inserted",
  deleted: "deleted",
  changed: "meta",
  heading: "heading",
  header: "heading",
  link: "special",
};

/** All styles; each has a rule `.nbstream-hl-…` in `code.css`. */
export const ALL_STYLES: ReadonlySet<string> = new Set(Object.values(STYLES));

const cache = new Map<string, string>();

/**
 * Translate a mode's style (`"variableName.definition"`, `"keyword strong"`, `null`, or undefined from a mode
 * that forgets it) into one of ours. Of several words the last one with a colour counts, because modes put
 * the general word first.
 */
export function styleOf(words: string | null | undefined): string {
  if (!words) return "";
  let style = cache.get(words);
  if (style === undefined) {
    style = "";
    for (const word of words.split(/[\s.]+/)) if (Object.hasOwn(STYLES, word)) style = STYLES[word] ?? style;
    cache.set(words, style);
  }
  return style;
}
