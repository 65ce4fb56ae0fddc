import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const chromium = process.env.NBSTREAM_CHROMIUM ?? "/usr/bin/chromium";

/** Tests that need no page, in folders whose other tests need one. */
const WITHOUT_PAGE = ["test/sse/**/*.test.ts", "test/transport/{http,idle-disconnect,update-batch}.test.ts"];

/** Tests of plain data run in Node, and tests of the page in a real Chromium. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "core",
          include: ["test/core/**/*.test.ts", "test/lazy/highlight/*.test.ts", ...WITHOUT_PAGE],
          environment: "node",
          css: true,
        },
      },
      {
        optimizeDeps: { include: ["axe-core", "temml"] },
        test: {
          name: "page",
          include: [
            "test/{batch,chat,entry,jupyterlab,transport,view}/**/*.test.ts",
            "test/lazy/{*,move/*}.test.ts",
          ],
          exclude: WITHOUT_PAGE,
          // A condition is waited for this long, because the machine may be loaded.
          expect: { poll: { timeout: 5_000 } },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: chromium,
                args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
