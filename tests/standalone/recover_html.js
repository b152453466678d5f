// The script of recover.html without a page. Each line on standard input is {code, given}: the body of a function
// with `given` as its argument, which sees all that the script defines; each line of the answer is {value} or {error}.
"use strict";
const fs = require("fs");
const readline = require("readline");
const vm = require("vm");

const page = fs.readFileSync(process.argv[2], "utf8");
vm.runInThisContext(page.match(/<script>([^]*)<\/script>/)[1]);

async function answer(line) {
  const { code, given } = JSON.parse(line);
  try {
    const value = await vm.runInThisContext(`(async (given) => {${code}})`)(given);
    return { value: value === undefined ? null : value };
  } catch (error) {
    return { error: error.key || String(error.stack) };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(line)) + "\n");
  }
})();
