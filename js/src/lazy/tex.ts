/** TeX as models write it, in the form that Temml takes. */

/** The macros whose argument is text. TeX has no `_` there unless a backslash stands before it; models leave it out. */
const TEXT_MACRO = /\\(?:text(?:rm|bf|it|tt|sf|sc|normal|up|md)?|mbox|hbox)\s*(?=\{)/g;

const SPECIAL: Readonly<Record<string, string>> = { "^": "\\textasciicircum{}" };

/** Environments that Temml lacks, each as one that it has. */
const ENVIRONMENTS: Readonly<Record<string, readonly [begin: string, end: string]>> = {
  eqnarray: ["\\begin{array}{rcl}", "\\end{array}"],
  flalign: ["\\begin{align}", "\\end{align}"],
  displaymath: ["", ""],
  math: ["", ""],
  subequations: ["", ""],
};

/** Macros of siunitx and other packages, which Temml lacks. */
export const MACROS: Readonly<Record<string, string>> = {
  "\\mbox": "\\text{#1}",
  "\\mathds": "\\mathbb{#1}",
  "\\SI": "#1\\,\\mathrm{#2}",
  "\\si": "\\mathrm{#1}",
  "\\unit": "\\mathrm{#1}",
  "\\num": "{#1}",
  "\\ang": "{#1}^{\\circ}",
  "\\per": "/",
  "\\squared": "^{2}",
  "\\cubed": "^{3}",
  "\\micro": "\\mu ",
  "\\ohm": "\\Omega ",
  "\\percent": "\\%",
  "\\celsius": "{}^{\\circ}\\mathrm{C}",
  ...Object.fromEntries(
    Object.entries({
      ...{
        meter: "m",
        metre: "m",
        second: "s",
        gram: "g",
        kilogram: "kg",
        ampere: "A",
        kelvin: "K",
        mole: "mol",
      },
      ...{
        newton: "N",
        joule: "J",
        watt: "W",
        volt: "V",
        hertz: "Hz",
        pascal: "Pa",
        coulomb: "C",
        tesla: "T",
      },
      ...{
        hour: "h",
        litre: "L",
        liter: "L",
        kilo: "k",
        mega: "M",
        giga: "G",
        centi: "c",
        milli: "m",
        nano: "n",
      },
    }).map(([name, unit]) => [`\\${name}`, `\\mathrm{${unit}}`]),
  ),
};

const DEFINITION =
  /\\(?:(?:re|provide)?(?:new)?command\*?|DeclareMathOperator\*?|[egx]?def)\s*\{?\\[A-Za-z]+\}?[^{}]*(?=\{)/g;

/** Return a formula in the form that Temml takes. */
export function adapted(tex: string): string {
  const named = tex
    .replace(/\\(begin|end)\{(eqnarray|flalign|displaymath|math|subequations)\*?\}/g, (_, side, name) => {
      return (ENVIRONMENTS[name as string] as readonly string[])[side === "begin" ? 0 : 1] as string;
    })
    // Temml refuses a `\newcommand` for a name that it has itself, and models define such names.
    .replace(/\\newcommand\b/g, "\\providecommand");
  return withArguments(named, TEXT_MACRO, escaped);
}

/** Return a formula without the definitions of its macros. */
export function withoutDefinitions(tex: string): string {
  return withArguments(tex, DEFINITION, () => undefined);
}

/** Replace the argument behind each match. For undefined, match and argument are left out. */
function withArguments(
  tex: string,
  pattern: RegExp,
  change: (argument: string) => string | undefined,
): string {
  let out = "";
  let from = 0;
  for (const { 0: macro, index } of tex.matchAll(pattern)) {
    if (index < from) continue;
    const start = index + macro.length;
    const end = groupEnd(tex, start);
    if (end < 0) break;
    const argument = change(tex.slice(start + 1, end - 1));
    out += tex.slice(from, index) + (argument === undefined ? "" : `${macro}{${argument}}`);
    from = end;
  }
  return out + tex.slice(from);
}

/** Escape the characters of a text that are special in TeX. Formulas inside the text stay. */
function escaped(text: string): string {
  let isFormula = false;
  return text.replace(/\\[\s\S]|[$_&#%^]/g, (mark) => {
    if (mark === "$") isFormula = !isFormula;
    if (mark.length > 1 || mark === "$" || isFormula) return mark;
    return SPECIAL[mark] ?? `\\${mark}`;
  });
}

/** Return the index behind the group that opens at an index, or -1 if it does not close. */
function groupEnd(tex: string, at: number): number {
  let open = 0;
  for (let index = at; index < tex.length; index++) {
    if (tex[index] === "\\") index++;
    else if (tex[index] === "{") open += 1;
    else if (tex[index] === "}" && --open === 0) return index + 1;
  }
  return -1;
}
