// Prints the exponents of `growth.ts`: `node bench/growth.mjs [part of a name] [rounds] [interpreted]`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

// All of V8's work is on the thread that is measured, and the young generation holds all that a text makes. So
// neither the collector's threads nor the copies of a growing heap count as the parser's time.
const FLAGS = ["--single-threaded", "--min-semi-space-size=256", "--max-semi-space-size=256"];

// In V8's interpreter a step takes ten times as long, and the memory is no slower. So where the exponent is above the goal
// only without it, the time grows by the processor's caches, and not by the work.
const INTERPRETED = ["--jitless", "--no-expose-wasm"];

const entry = new URL("growth.ts", import.meta.url).pathname;
const options = { bundle: true, write: false, format: "esm", platform: "node", charset: "utf8" };
const { outputFiles } = await build({ ...options, entryPoints: [entry] });
const folder = mkdtempSync(join(tmpdir(), "growth-"));
const script = join(folder, "growth.mjs");
const [name = "", rounds = "3", interpreted] = process.argv.slice(2);
const flags = interpreted === "interpreted" ? [...FLAGS, ...INTERPRETED] : FLAGS;
writeFileSync(script, `${outputFiles[0].text}\nprint(${JSON.stringify(name)}, ${Number(rounds)});\n`);
const { status } = spawnSync(process.execPath, [...flags, script], { stdio: "inherit" });
rmSync(folder, { recursive: true });
process.exit(status ?? 1);
