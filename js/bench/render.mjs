// Renders texts as another program does: `node bench/render.mjs NAME`. Each line of the input is an array of texts,
// and each line of the output has the HTML of each, or null where the program fails. `tests/fuzz` runs this.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";

const contents = `
export { RENDERERS, renderWithFormulas } from "../test/core/renderers.ts";
export { makeSafe } from "../src/core/saved/safe-markdown.ts";`;
const { outputFiles } = await build({
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  charset: "utf8",
  stdin: { contents, resolveDir: new URL(".", import.meta.url).pathname, loader: "ts" },
});
const folder = mkdtempSync(join(tmpdir(), "render-"));
const script = join(folder, "render.mjs");
writeFileSync(script, outputFiles[0].text);
const { RENDERERS, renderWithFormulas, makeSafe } = await import(script);
rmSync(folder, { recursive: true });

const name = process.argv[2] ?? "";
const render = { ...RENDERERS, "VS Code": renderWithFormulas, "the page's sanitiser": makeSafe }[name];
if (render === undefined) throw new Error(`${JSON.stringify(name)} is no renderer of this program.`);
for await (const line of createInterface({ input: process.stdin })) {
  const pages = JSON.parse(line).map((text) => {
    try {
      return render(text);
    } catch {
      return null;
    }
  });
  process.stdout.write(`${JSON.stringify(pages)}\n`);
}
