import { expect, test } from "vitest";
import renderFormula from "../../src/lazy/math.ts";
import { isMath, MATHML } from "../../src/view/base/math-dom.ts";
import { seeded } from "../core/random.ts";
import "../../src/entry/widget.css";

function set(tex: string, display = false, isFinished = false): Element | undefined {
  const node = renderFormula(tex, display, isFinished);
  if (node) expect(isMath(node), tex).toBe(true);
  return node as Element | undefined;
}

test.each([
  ["x^2", "x2"],
  ["\\frac{a}{b} + \\sqrt[3]{x}", "ab+x3"],
  ["\\mathbb{R}^n \\to \\mathcal{L}", "ℝn→ℒ"],
  ["\\sum_{i=1}^{n} i", "∑i=1ni"],
  ["\\ce{H2O}", "H2O"],
  ["\\text{if } x \\le 0", "if\u00a0x≤0"],
  ["p(\\theta \\mid x) \\propto \\exp(-x)", "p(θ|x)∝exp\u2061(−x)"],
  ["\\begin{cases} 1 & x > 0 \\\\ 0 & \\text{else} \\end{cases}", "{1x>00else"],
  ["\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}", "(abcd)"],
  ["\\left. \\frac{\\partial f}{\\partial x} \\right|_{x=0}", "∂f∂x|x=0"],
  ["\\operatorname{argmin}_{\\theta}", "argmin"],
])("%s is rendered", (tex, shown) => {
  const math = set(tex);
  expect(math?.namespaceURI).toBe(MATHML);
  expect(math?.localName).toBe("math");
  expect(math?.textContent?.replace(/\s/g, " ")).toContain(shown.replace(/\s/g, " "));
});

test("a displayed formula is marked as such, and its cells keep their alignment", () => {
  const math = set("\\begin{aligned} a &= b \\\\ cc &= d \\end{aligned}", true);
  expect(math?.getAttribute("display")).toBe("block");
  expect(math?.querySelectorAll("mtd.nbstream-tml-right")).toHaveLength(2);
  expect(math?.querySelectorAll("mtd.nbstream-tml-left")).toHaveLength(2);
});

test.each(["\\frac{", "\\unknowncommand x", "\\begin{matrix} a", "x^^2", "}", "\\left( x", "\\def"])(
  "%s is wrong and is not rendered",
  (tex) => {
    expect(set(tex)).toBe(undefined);
  },
);

const HOSTILE = [
  "\\href{javascript:alert(1)}{x}",
  "\\href{https://x.example}{x}",
  "\\url{https://x.example}",
  "\\includegraphics{https://x.example/a.png}",
  "\\includegraphics[height=1em]{data:image/png;base64,x}",
  "\\htmlStyle{background:url(https://x.example)}{x}",
  "\\htmlClass{jp-Toolbar}{x}",
  "\\htmlId{root}{x}",
  "\\htmlData{a=b}{x}",
  "\\class{jp-Toolbar}{x}",
  "\\id{root}{x}",
  "\\style{position:fixed}{x}",
  "\\data{a=b}{x}",
  "\\label{a} x \\ref{a} \\eqref{javascript:alert(1)}",
  "\\text{<img src=x onerror=alert(1)>}",
  "\\text{</math><script>alert(1)</script>}",
  "\\unicode{<img src=x>}",
  "\\color{red;background:url(//x.example)}x",
  "\\textcolor{url(//x.example)}{x}",
  "\\colorbox{red}{x} \\fcolorbox{red}{blue}{x}",
  "\\hspace{-100em} x \\kern-99em y",
  "\\llap{covers} \\rlap{covers} \\smash{x} \\raisebox{-100em}{x}",
  "\\rule{1000em}{1000em}",
  "\\mathchoice{a}{b}{c}{d} \\tag{<b>x</b>}",
  "\\toggle{a}{b}\\endtoggle \\mathtip{a}{b} \\texttip{a}{b}",
  "\\def\\x{\\href{javascript:alert(1)}}\\x{y}",
  "\\begin{array}{c@{\\href{javascript:alert(1)}{x}}c} a & b \\end{array}",
  "\\verb|<a href=javascript:alert(1)>|",
  "\\bordermatrix{a & b \\cr c & d} \\cancelto{0}{x} \\phase{x} \\longdiv{x}",
];

test.each(HOSTILE)("%s makes nothing but MathML", (tex) => {
  for (const display of [true, false]) {
    const math = set(tex, display) ?? set(tex, display, true);
    for (const node of math ? [math, ...math.querySelectorAll("*")] : []) {
      expect(node.namespaceURI).toBe(MATHML);
      expect(node.localName).not.toBe("a");
      for (const { name, value } of node.attributes) {
        expect(name).not.toMatch(/^(?:on.*|href|src|xlink:href|id|data-.*)$/);
        expect(value).not.toMatch(/url|javascript|position|(?<![.\d])\d{3,}(?:\.\d+)?(?:em|ex|pt|px)/);
        if (name === "class") expect(value).toMatch(/^(?:nbstream-tml-[\w-]+ ?)+$/);
      }
    }
  }
});

const BOMBS: Record<string, string> = {
  "a macro that calls itself": "\\def\\x{\\x\\x}\\x",
  "macros that double": Array.from(
    { length: 20 },
    (_, at) => `\\def\\m${letter(at + 1)}{\\m${letter(at)}\\m${letter(at)}}`,
  )
    .join("")
    .concat("\\mt"),
  "arguments that double": `\\def\\d#1{#1#1}${"\\d{".repeat(25)}x${"}".repeat(25)}`,
  "a long formula": "x+".repeat(5_000),
  "deep fractions": `${"\\frac{1}{".repeat(400)}x${"}".repeat(400)}`,
  "deep roots without braces": "\\sqrt".repeat(1_000).concat("x"),
  "deep delimiters": `${"\\left(".repeat(300)}x${"\\right)".repeat(300)}`,
  "deep groups": `${"\\begingroup ".repeat(250)}x${"\\endgroup ".repeat(250)}`,
  "many primes": "x".concat("'".repeat(3_900)),
  "many cells": `\\begin{matrix}${"&".repeat(1_900)}${"\\\\".repeat(900)}\\end{matrix}`,
  "a long macro, often": `\\def\\a{${"x+".repeat(900)}}${"\\a".repeat(199)}`,
  "cells in a macro": `\\def\\a{${"&".repeat(95)}}\\begin{array}{c}${"\\a".repeat(190)}${"\\\\x".repeat(90)}\\end{array}`,
  "sizes in sizes": `${"\\tiny".repeat(798)} x`,
  "many scripts": "x".concat("_{x}^{x}{}".repeat(390)),
};

function letter(at: number): string {
  return String.fromCharCode(97 + at);
}

test.each(Object.entries(BOMBS))("%s is rendered or refused quickly", (_, tex) => {
  const from = performance.now();
  set(tex, true);
  set(tex, true, true);
  expect(performance.now() - from).toBeLessThan(1_500);
});

test("a macro of one formula is unknown in the next", () => {
  expect(set("\\gdef\\mine{y}\\mine")?.textContent).toBe("y");
  expect(set("\\mine")).toBe(undefined);
  expect(set("\\gdef\\frac{z} x")).toBeDefined();
  expect(set("\\frac{a}{b}")?.querySelector("mfrac")).not.toBeNull();
});

test("random scraps of formulas make nothing but MathML, and throw nothing", () => {
  const random = seeded(7);
  const scraps = HOSTILE.concat(
    Object.values(BOMBS).filter((tex) => tex.length < 200),
    "\\alpha",
    "x",
    "1",
    "^",
    "_",
  )
    .flatMap((tex) => tex.split(/(?=[\\{}&^_])/))
    .concat("{", "}", "&", "\\\\", "$", "%", "#1", "~", "\0", "é", "😀", "\ud800");
  for (let run = 0; run < 400; run++) {
    const pick = () => scraps[Math.floor(random() * scraps.length)] ?? "";
    set(Array.from({ length: 1 + Math.floor(random() * 12) }, pick).join(""), random() < 0.5);
  }
});

test.each([
  ["\\text{learning_rate} = 0.1", "learning_rate=0.1"],
  ["\\textbf{a_b} \\texttt{50% & #1} \\mbox{x^2}", "% & #"],
  ["\\text{for $x_1$ in a_b}", "in a_b"],
  ["\\SI{9.8}{\\meter\\per\\second\\squared}", "9.8"],
  ["\\mathds{1}", "𝟙"],
  ["\\newcommand{\\R}{\\mathbb{R}} x \\in \\R", "x∈ℝ"],
  [`\\newcommand{\\loss}{\\mathcal{L}} \\loss ${"+ x".repeat(40)} = \\loss`, "=ℒ"],
  ["\\begin{eqnarray}a &=& b\\\\ c &=& d\\end{eqnarray}", "a=b"],
  ["\\begin{flalign*}a &= b\\end{flalign*}", "a=b"],
  ["\\begin{align}a &= b\\\\ c &= d\\end{align}", "a=b"],
  ["\\begin{CD}A @>f>> B\\end{CD}", "f"],
  ["\\begin{multline*}a\\\\b\\end{multline*}", "a"],
  ["\\begin{gather}a\\\\b\\end{gather}", "a"],
  ["\\begin{equation*}a\\end{equation*}", "a"],
])("%s is rendered as it is meant", (tex, shown) => {
  expect(set(tex, true)?.textContent?.replaceAll("\u00a0", " ")).toContain(shown);
});

test.each([
  ["\\unknowncommand x + y", "\\unknowncommandx+y"],
  ["\\SIrange{1}{2}{m} = x", "=x"],
  [`\\newcommand{\\p}[1]{P(#1)} \\p{x} ${"+ x".repeat(40)} = y`, "=y"],
])("in %s at least the rest is rendered once it is finished", (tex, shown) => {
  expect(set(tex)).toBe(undefined);
  expect(set(tex, true, true)?.textContent).toContain(shown);
});

/** The luminance of a colour as Chromium computes it. */
function luminance(color: string): number {
  const parts = color.match(/[\d.]+/g)?.map(Number) ?? [];
  const scale = color.startsWith("rgb") ? 255 : 1;
  const linear = parts.slice(0, 3).map((part) => {
    const value = part / scale;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
}

test.each([
  ["light", "rgb(255, 255, 255)", "rgb(0, 0, 0)"],
  ["dark", "rgb(17, 17, 17)", "rgb(255, 255, 255)"],
])("the name of an unknown macro can be read on a %s theme", (_, ground, text) => {
  const root = document.createElement("div");
  root.className = "nbstream";
  root.style.cssText = `--jp-error-color1: #d32f2f; --jp-content-font-color1: ${text}; background: ${ground}`;
  const math = set("\\unknowncommand x", false, true) as Element;
  root.append(math);
  document.body.append(root);
  const name = math.querySelector(".nbstream-tml-unknown") as Element;
  expect(name.textContent).toBe("\\unknowncommand");
  expect(math.outerHTML).not.toContain("b2222");
  const [darker = 0, brighter = 0] = [getComputedStyle(name).color, ground]
    .map(luminance)
    .sort((a, b) => a - b);
  expect((brighter + 0.05) / (darker + 0.05)).toBeGreaterThanOrEqual(4.5);
  root.remove();
});

test("a formula that is nested too deeply is not rendered", () => {
  expect(set(`${"\\displaystyle".repeat(250)} x`, true)).toBe(undefined);
  expect(set(`${"\\displaystyle".repeat(20)} x`, true)).toBeDefined();
});
