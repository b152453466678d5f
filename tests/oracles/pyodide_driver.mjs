// Runs a program in Pyodide, a CPython of WebAssembly, without a network; what stands on the input is typed.
//
//     node pyodide_driver.mjs ORACLE FOLDER PROGRAM [ARGUMENT ...]      in FOLDER; with ORACLE/node_modules

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";

const [oracle, folder, ...program] = process.argv.slice(2);
const entry = createRequire(path.join(path.resolve(oracle), "package.json")).resolve("pyodide/pyodide.mjs");
const { loadPyodide } = await import(pathToFileURL(entry));
globalThis.fetch = () => {
  throw new Error("no network");
};

const typed = readFileSync(0, "utf-8").split("\n");
const python = await loadPyodide({ stdin: () => (typed.length ? typed.shift() : null) });
python.mountNodeFS("/folder", folder);
python.globals.set("program", python.toPy(program));
const status = python.runPython(`
import os, platform, runpy, sys
os.chdir("/folder")
sys.argv = program
print(sys.implementation.name, platform.machine(), platform.python_version())
try:
    runpy.run_path(program[0], run_name="__main__")
    status = 0
except SystemExit as end:
    status = end.code
sys.stdout.flush()
status
`);
process.exit(status);
