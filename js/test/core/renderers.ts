import katex from "@vscode/markdown-it-katex";
import MarkdownIt from "markdown-it";
import { Marked } from "marked";
import { cutMath, putMathBack } from "./lab-math.ts";

type Renderer = (markdown: string) => string;

const marked = new Marked({ gfm: true });
const markdownIt = new MarkdownIt({ html: true, linkify: true });

/** Renderers of other programs that show a saved notebook; `tests/renderers.py` has those in Python. */
export const RENDERERS: Readonly<Record<string, Renderer>> = {
  "JupyterLab's marked": (markdown) => {
    const { text, math } = cutMath(markdown);
    return putMathBack(marked.parse(text) as string, math);
  },
  "markdown-it with HTML": (markdown) => markdownIt.render(markdown),
};

/** KaTeX' output as MathML alone, from which the formula's source can be read. */
const vsCode = new MarkdownIt({ html: true, linkify: true }).use(katex.default ?? katex, {
  globalGroup: true,
  enableBareBlocks: true,
  enableFencedBlocks: true,
  output: "mathml",
});
vsCode.linkify.set({ fuzzyLink: false });

const MATH =
  /<math[^>]*?( display="block")?>[\s\S]*?<annotation[^>]*>([\s\S]*?)<\/annotation>[\s\S]*?<\/math>/g;

/**
 * The renderer of VS Code's notebooks, with the options of its extensions `markdown-language-features` and
 * `markdown-math` (`notebook/`).
 */
export const renderWithFormulas: Renderer = (markdown) => vsCode.render(markdown);

/** The same, with its formulas between dollar signs again. */
export const renderAsVsCode: Renderer = (markdown) =>
  renderWithFormulas(markdown).replace(MATH, (_, block, tex) => (block ? `$$${tex}$$` : `$${tex}$`));
