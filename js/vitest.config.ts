import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const chromium = process.env.NBSTREAM_CHROMIUM ?? "/usr/bin/chromium";

/** Tests that need no page, in folders whose other tests need one. */
const WITHOUT_PAGE = [
  "test/sse/**/*.test.ts",
  "test/transport/{conversation-stream,http,idle-disconnect,update-batch}.test.ts",
];

/** The longest time of a test, and the longest wait for a condition, on a machine that may be loaded. */
const TEST_TIMEOUT_MS = 30_000;
const POLL_TIMEOUT_MS = 10_000;

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
          testTimeout: TEST_TIMEOUT_MS,
          expect: { poll: { timeout: POLL_TIMEOUT_MS } },
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
          testTimeout: TEST_TIMEOUT_MS,
          expect: { poll: { timeout: POLL_TIMEOUT_MS } },
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
