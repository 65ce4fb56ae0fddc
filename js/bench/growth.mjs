// Prints the exponents of `growth.ts`: `node bench/growth.mjs [part of a name] [rounds]`.
import { build } from "esbuild";

const entry = new URL("growth.ts", import.meta.url).pathname;
const options = { bundle: true, write: false, format: "esm", platform: "node", charset: "utf8" };
const { outputFiles } = await build({ ...options, entryPoints: [entry] });
const code = Buffer.from(outputFiles[0].contents).toString("base64");
const { print } = await import(`data:text/javascript;base64,${code}`);
print(process.argv[2], Number(process.argv[3] ?? 3));
