// Builds the page's code into the Python package; `--watch` rebuilds it on every change.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { build as buildOnce, context } from "esbuild";

const out = new URL("../src/nbstream/static/", import.meta.url).pathname;

const common = {
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
  absWorkingDir: new URL(".", import.meta.url).pathname,
};

const build = await context({
  ...common,
  entryPoints: [
    "src/entry/widget.ts",
    "src/entry/chat-model.ts",
    "src/entry/batch.ts",
    "src/entry/batch.css",
    "src/entry/comparison-box.ts",
    "src/entry/widget.css",
    "src/lazy/highlight/code.ts",
    "src/lazy/math.ts",
    "src/lazy/move/move.ts",
    "src/lazy/output.ts",
    "src/lazy/save.ts",
    "src/lazy/variables.ts",
    "src/entry/web.ts",
    "src/entry/web.css",
  ],
  entryNames: "[name]",
  outdir: out,
  minify: true,
  // Biome asks for the long forms in the source; these are the same values in fewer bytes.
  define: { "Number.POSITIVE_INFINITY": "Infinity", "Number.NaN": "NaN" },
});

/** Bundled packages whose licences must be distributed with their code. */
const BUNDLED = ["@codemirror/legacy-modes", "@codemirror/streamparser", "eventsource-parser", "temml"];

async function licenseOf(name) {
  const text = await readFile(new URL(`node_modules/${name}/LICENSE`, import.meta.url), "utf8");
  return `${name}\n\n${text.trim()}\n`;
}

/** Write the page without a notebook, with its texts from the table of texts. */
async function writePage() {
  const { outputFiles } = await buildOnce({
    ...common,
    entryPoints: ["src/core/page-text.ts"],
    write: false,
  });
  const { PAGE_TEXT } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
  const page = await readFile(new URL("src/entry/page.html", import.meta.url), "utf8");
  const translated = page.replace('lang="en"', `lang="${PAGE_TEXT.language}"`);
  await writeFile(
    `${out}page.html`,
    translated.replace(/\{\{(\w+)\}\}/g, (_, name) => PAGE_TEXT[name]),
  );
}

await mkdir(out, { recursive: true });
await writePage();
await writeFile(`${out}LICENSES.txt`, (await Promise.all(BUNDLED.map(licenseOf))).join("\n\n"));

if (process.argv.includes("--watch")) await build.watch();
else {
  await build.rebuild();
  await build.dispose();
  // The client for pages that are not ours, as an npm package; `tsc -p npm` adds its types.
  const npm = new URL("npm/", import.meta.url).pathname;
  await buildOnce({ ...common, entryPoints: ["src/sse/client.ts"], outdir: npm });
  const own = await readFile(new URL("../LICENSE", import.meta.url), "utf8");
  await writeFile(`${npm}LICENSE`, `${own.trim()}\n\n\n${await licenseOf("eventsource-parser")}`);
}
