import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { filesUnder, root } from './files.mjs';

/** Of what V8 counts as never run, the ends of blocks that are left before say nothing. */
const SILENT = /^[\s{}()[\];,]/;

/** Compiles lib/ in memory. Returns `path under dist/ -> { code, map }`. */
function compileWithMaps() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    { ...config, compilerOptions: { ...config.compilerOptions, sourceMap: true } },
    ts.sys,
    root,
  );
  const outputs = new Map();
  ts.createProgram(fileNames, options).emit(undefined, (path, text) => {
    const [, name, kind] = /\/dist\/(.*\.js)(\.map)?$/.exec(path) ?? [];
    if (name === undefined) return;
    const output = outputs.get(name) ?? {};
    outputs.set(name, kind === undefined ? { ...output, code: text } : { ...output, map: JSON.parse(text) });
  });
  return outputs;
}

/** Marks what ran in one process or thread; the ranges of a function come after those around it. */
function markScript({ functions }, ran) {
  const here = new Uint8Array(ran.length);
  for (const { ranges } of functions)
    for (const { startOffset, endOffset, count } of ranges)
      here.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  here.forEach((one, at) => (ran[at] |= one));
}

/** Which characters of the compiled files ran in any of the processes that wrote to `reports`. */
function readReports(reports, dist, outputs) {
  const ran = new Map();
  for (const [name, { code }] of outputs) ran.set(name, new Uint8Array(code.length));
  const base = `${pathToFileURL(dist)}/`;
  for (const report of filesUnder(relative(root, reports), (path) => path.endsWith('.json'))) {
    let result;
    try {
      ({ result } = JSON.parse(readFileSync(join(root, report), 'utf8')));
    } catch (error) {
      // A process that was ended while it wrote.
      if (error instanceof SyntaxError) continue;
      throw error;
    }
    for (const script of result) {
      const marks = script.url.startsWith(base) ? ran.get(script.url.slice(base.length)) : undefined;
      if (marks !== undefined) markScript(script, marks);
    }
  }
  return ran;
}

/** Every place of `code` that a source map knows: `[offset, line of the source]`. */
function* mappedPlaces(code, map) {
  const sourceMap = new SourceMap(map);
  let start = 0;
  for (const [row, text] of code.split('\n').entries()) {
    let last;
    for (let column = 0; column < text.length; column++) {
      const entry = sourceMap.findEntry(row, column);
      const fresh = entry.generatedLine === row && entry.generatedColumn === column;
      if (fresh && entry !== last && !SILENT.test(text.slice(column)))
        yield [start + column, entry.originalLine + 1];
      last = entry;
    }
    start += text.length + 1;
  }
}

/**
 * Which lines of lib/ ran, into `path -> line -> whether`. A line of which a part never ran, like what follows its `if`, did not.
 * Throws when `dist`, which ran, is not what lib/ compiles to.
 */
export function readLib(reports, dist, into) {
  const outputs = compileWithMaps();
  for (const [name, marks] of readReports(reports, dist, outputs)) {
    const { code, map } = outputs.get(name);
    const ranCode = readFileSync(join(dist, name), 'utf8');
    if (!code.startsWith(ranCode.trimEnd())) throw new Error(`dist/${name} is not what lib/ compiles to`);
    const lines = new Map();
    for (const [offset, line] of mappedPlaces(ranCode, map))
      lines.set(line, (lines.get(line) ?? true) && marks[offset] === 1);
    into.set(`lib/${name.replace(/\.js$/, '.ts')}`, lines);
  }
}
