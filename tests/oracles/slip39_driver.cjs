// Speaks for npm's slip39 as slip39_driver.py does for the others: a line of JSON in, a line of JSON out.
//
//     node slip39_driver.cjs FOLDER      with FOLDER/node_modules

"use strict";
const path = require("node:path");
const readline = require("node:readline");

const Slip39 = require(path.join(process.argv[2], "node_modules", "slip39"));

function answer(request) {
  if ("split" in request) {
    const made = Slip39.fromArray([...Buffer.from(request.split, "hex")], {
      passphrase: request.passphrase,
      threshold: request.group_threshold,
      groups: request.groups,
      iterationExponent: request.exponent,
      extendableBackupFlag: request.extendable ? 1 : 0,
    });
    return { groups: request.groups.map((_, index) => made.fromPath(`r/${index}`).mnemonics) };
  }
  try {
    const secret = Slip39.recoverSecret(request.combine, request.passphrase);
    return { secret: Buffer.from(secret).toString("hex") };
  } catch (error) {
    return { refused: error.message };
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
});
