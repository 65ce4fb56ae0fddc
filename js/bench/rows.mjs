/** Take pictures of the kinds of Markdown: `node bench/rows.mjs DIRECTORY`. */
import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { chromium } from "playwright";

const { outputFiles } = await build({
  entryPoints: [new URL("rows.ts", import.meta.url).pathname],
  bundle: true,
  format: "iife",
  globalName: "rows",
  write: false,
});
const SLICE_PIXELS = 2_000;
const style = readFileSync(new URL("../../src/nbstream/static/widget.css", import.meta.url), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.NBSTREAM_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
for (const [width, colorScheme] of [1200, 390].flatMap((width) => [
  [width, "light"],
  [width, "dark"],
])) {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  await page.setContent(
    `<meta charset=utf-8><style>body{background:Canvas;color:CanvasText;color-scheme:light dark;margin:0 16px}h6{margin:16px 0 4px;opacity:.6}
    .nbstream-text{padding:6px 0;border-top:1px solid #8884}${style}</style>`,
  );
  await page.addScriptTag({ content: `${outputFiles[0].text};rows.show()` });
  await page.waitForFunction(() => document.querySelectorAll("math").length > 8);
  // Chromium takes no picture of a page of any height.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let top = 0; top < height; top += SLICE_PIXELS) {
    await page.setViewportSize({ width, height: Math.min(SLICE_PIXELS, height - top) });
    await page.evaluate((y) => scrollTo(0, y), top);
    await page.screenshot({
      path: `${process.argv[2]}/markdown-${width}-${colorScheme}-${top / SLICE_PIXELS + 1}.png`,
    });
  }
}
await browser.close();
