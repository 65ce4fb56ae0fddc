// Runs cells in JupyterLite's kernel, in Pyodide in Node.
//
// Usage: node pyodide_kernel.mjs FOLDER < CELLS
// FOLDER has the distribution that `site/build_site.py` makes, CELLS is a JSON list of code. Writes one line of JSON:
// for each cell its status, what it printed, and the MIME types of its outputs.
//
// The callbacks are those that the kernel's worker sets (`execute` in jupyterlite-pyodide-kernel's worker.ts).
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const home = `${resolve(process.argv[2])}/`;
const { loadPyodide } = await import(`${home}pyodide.mjs`);
const pyodide = await loadPyodide({ indexURL: home, stdout: () => {}, stderr: () => {} });
await pyodide.loadPackage(["pyodide-kernel", "ipykernel", "nbstream"], { messageCallback: () => {} });
pyodide.globals.set("cells", pyodide.toPy(JSON.parse(readFileSync(0, "utf-8"))));
const result = await pyodide.runPythonAsync(`
import json
import pyodide_kernel

kernel = pyodide_kernel.kernel_instance
shell = kernel.interpreter

async def run(number, code):
    printed, outputs = [], []
    write = lambda name, text: printed.append(text)
    pyodide_kernel.stdout_stream.publish_stream_callback = write
    pyodide_kernel.stderr_stream.publish_stream_callback = write
    shell.display_pub.display_data_callback = lambda data, *_: outputs.append(sorted(data))
    shell.display_pub.update_display_data_callback = lambda *_: None
    shell.displayhook.publish_execution_result = lambda _, data, __: data and outputs.append(sorted(data))
    shell.send_comm = lambda *_: None
    header = {"msg_type": "execute_request", "msg_id": str(number), "session": "s", "username": ""}
    kernel._parent_header = {"header": header, "metadata": {"cellId": str(number)}, "content": {}}
    result = await kernel.run(code)
    return {"result": result, "printed": "".join(printed), "outputs": outputs}

json.dumps([await run(number, code) for number, code in enumerate(cells)])
`);
console.log(result);
process.exit(0);
