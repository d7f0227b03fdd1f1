import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './files.mjs';

/** The names of `file`'s exports that exist at run time, read from the types so that the addon need not be compiled. */
function valueExports(program, file) {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  if (module === undefined) return [];
  const isTypeOnly = (symbol) => symbol.declarations?.some((node) => ts.isTypeOnlyExportDeclaration(node));
  return checker
    .getExportsOfModule(module)
    .filter((symbol) => {
      if (isTypeOnly(symbol)) return false;
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return (target.flags & ts.SymbolFlags.Value) !== 0;
    })
    .map((symbol) => symbol.name)
    .sort();
}

/** The entries of `exports` in package.json that have an ESM and a CommonJS form. */
function entryNames() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.values(exports)
    .filter((entry) => typeof entry === 'object')
    .map((entry) => /^\.\/dist\/(.+)\.mjs$/.exec(entry.import.default)[1])
    .filter((name) => existsSync(join(root, `lib/${name}.ts`)));
}

/**
 * Writes dist/<entry>.mjs and .d.mts for every entry of the package.
 *
 * The ESM entry only names what the CommonJS one exports: one copy of the module state, one loaded addon.
 */
export function writeEsmEntries() {
  const entries = entryNames();
  const files = entries.map((name) => join(root, `dist/${name}.d.ts`));
  const { options } = ts.parseJsonConfigFileContent({ extends: './tsconfig.base.json' }, ts.sys, root);
  const program = ts.createProgram(files, { ...options, noEmit: true, composite: false });
  for (const [index, name] of entries.entries()) {
    const names = valueExports(program, files[index]);
    const lines = [`import cjs from './${name}.js';`, ...names.map((n) => `export const ${n} = cjs.${n};`)];
    writeFileSync(join(root, `dist/${name}.mjs`), lines.join('\n') + '\n');
    writeFileSync(join(root, `dist/${name}.d.mts`), `export * from './${name}.js';\n`);
  }
}
