import MarkdownIt from "markdown-it";
import { Marked } from "marked";
import { cutMath, putMathBack } from "./lab-math.ts";

const marked = new Marked({ gfm: true });
const markdownIt = new MarkdownIt({ html: true, linkify: true });

/** Renderers of other programs that show a saved notebook; `tests/renderers.py` has those in Python. */
export const RENDERERS: Readonly<Record<string, (markdown: string) => string>> = {
  "JupyterLab's marked": (markdown) => {
    const { text, math } = cutMath(markdown);
    return putMathBack(marked.parse(text) as string, math);
  },
  "markdown-it with HTML": (markdown) => markdownIt.render(markdown),
};
