/**
 * JupyterLab's protection of formulas from its Markdown renderer: `removeMath` and `replaceMath` of
 * `@jupyterlab/rendermime` 4.6 (`latex.ts`), shortened. It may move a formula into an attribute.
 */

const SPLIT = /(\$\$?|\\(?:begin|end)\{[a-z]*\*?\}|\\[{}$]|[{}]|(?:\n\s*)+|@@\d+@@|\\\\[()[\]])/i;

export function cutMath(markdown: string): { text: string; math: string[] } {
  const hasCode = /`|~~~/.test(markdown);
  const hide = (whole: string) => whole.replace(/\$/g, "~D");
  const hidden = hasCode
    ? markdown
        .replace(/~/g, "~T")
        .replace(/^(?<fence>`{3,}|(~T){3,})[^`\n]*\n([\s\S]*?)^\k<fence>`*$/gm, hide)
        .replace(/(^|[^\\])(`+)([^\n]*?[^`\n])\2(?!`)/gm, hide)
    : markdown;
  const shown = (text: string) =>
    hasCode ? text.replace(/~([TD])/g, (_, char) => (char === "T" ? "~" : "$")) : text;
  const math: string[] = [];
  const blocks = hidden.replace(/\r\n?/g, "\n").split(SPLIT);
  let start = -1;
  let end = "";
  let last = -1;
  let braces = 0;
  const cut = (to: number) => {
    const group = blocks.slice(start, to + 1).join("");
    blocks.fill("", start + 1, to + 1);
    blocks[start] = `@@${math.length}@@`;
    math.push(shown(group.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;")));
  };
  for (let i = 1; i < blocks.length; i += 2) {
    const block = blocks[i] as string;
    if (block.startsWith("@")) {
      blocks[i] = `@@${math.length}@@`;
      math.push(block);
    } else if (start >= 0) {
      if (block === end && braces > 0) last = i;
      else if (block === end || /\n.*\n/.test(block)) {
        if (block === end) cut(i);
        else if (last >= 0) {
          i = last;
          cut(i);
        }
        start = last = -1;
        braces = 0;
      } else if (block === "{") braces++;
      else if (block === "}" && braces > 0) braces--;
    } else {
      const opens = block === "$" || block === "$$" || /^\\\\[([]$/.test(block) || /^\\begin/i.test(block);
      if (!opens) continue;
      start = i;
      braces = 0;
      end = block.startsWith("$") ? block : (CLOSES[block] ?? `\\end${block.slice(6)}`);
    }
  }
  if (start >= 0 && last >= 0) cut(last);
  return { text: shown(blocks.join("")), math };
}

const CLOSES: Readonly<Record<string, string>> = { "\\\\(": "\\\\)", "\\\\[": "\\\\]" };

export function putMathBack(html: string, math: readonly string[]): string {
  return html.replace(/@@(\d+)@@/g, (_, n) => {
    const group = math[Number(n)];
    if (group === undefined) throw new Error("JupyterLab shows nothing of such a text");
    return group;
  });
}
