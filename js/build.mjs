// Builds the page's code into the Python package; `--watch` builds again on every change.
import { context } from "esbuild";

const out = new URL("../src/nbstream/static/", import.meta.url).pathname;

const build = await context({
  entryPoints: ["src/widget.ts", "src/stub.ts", "src/widget.css"],
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
  absWorkingDir: new URL(".", import.meta.url).pathname,
});

if (process.argv.includes("--watch")) await build.watch();
else {
  await build.rebuild();
  await build.dispose();
}
