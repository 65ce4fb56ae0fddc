/** Table that maps the many style names of the modes to the few styles that have a colour in `code.css`. */

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
 * Map a mode's style to one of this table's styles. The mode's style is a text such as
 * `"variableName.definition"` or `"keyword strong"`, or `null`; some modes forget to return it, and then it
 * is undefined. If several words have a colour, the last one counts, because modes put the more general word
 * first.
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
