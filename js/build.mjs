// Builds the page's code into the Python package; `--watch` builds again on every change.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { context } from "esbuild";

const out = new URL("../src/nbstream/static/", import.meta.url).pathname;

const build = await context({
  entryPoints: [
    "src/widget.ts",
    "src/stub.ts",
    "src/widget.css",
    "src/parts/code.ts",
    "src/parts/math.ts",
    "src/parts/file.ts",
    "src/web.ts",
    "src/web.css",
    "src/page.html",
  ],
  loader: { ".html": "copy" },
  entryNames: "[name]",
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  // The same value in three bytes.
  define: { "Number.POSITIVE_INFINITY": "Infinity" },
  legalComments: "none",
  logLevel: "info",
  absWorkingDir: new URL(".", import.meta.url).pathname,
});

/** Their licences ask that their text goes where their code goes. */
const BUNDLED = ["@codemirror/legacy-modes", "@codemirror/streamparser", "eventsource-parser", "temml"];

const licenses = await Promise.all(
  BUNDLED.map(async (name) => {
    const text = await readFile(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8");
    return `${name}\n\n${text.trim()}\n`;
  }),
);
await mkdir(out, { recursive: true });
await writeFile(`${out}LICENSES.txt`, licenses.join("\n\n"));

if (process.argv.includes("--watch")) await build.watch();
else {
  await build.rebuild();
  await build.dispose();
}
