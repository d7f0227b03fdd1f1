#!/usr/bin/env node
/* The command of the package: `npx termstore doctor`. Loads nothing that needs the binary. */
import { buildFromSource } from './build-from-source.js';
import { examine } from './doctor.js';

const USAGE = `usage: termstore doctor | build

doctor  says whether the native binary loads, which one, why not otherwise, and what to do;
        looks for further copies of the package in the node_modules of the current folder
build   compiles the binary from source, for systems that the package has none for;
        needs Python 3, make and a compiler of C++20`;

function doctor(): number {
  const { healthy, lines } = examine();
  console.log(lines.join('\n'));
  return healthy ? 0 : 1;
}

function help(): number {
  console.log(USAGE);
  return 0;
}

const commands: Readonly<Record<string, () => number>> = {
  doctor,
  build: buildFromSource,
  '--help': help,
  '-h': help,
};

const [name = '', ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) && rest.length === 0 ? commands[name] : undefined;
if (command === undefined) console.error(USAGE);
process.exitCode = command === undefined ? 2 : command();
