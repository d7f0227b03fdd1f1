import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '..', '..', '..');

/** A function of the public interface, and what its docstring has. */
export interface Documented {
  /** As users write it: `Table.insert`, `ets.new`, `gt`. */
  readonly name: string;
  /** The docstring without its tags. */
  readonly text: string;
  /** The code of its `@example` tags. */
  readonly examples: readonly string[];
}

/** Every public function, method and accessor that the entry points `files` (below `lib`) export, each once. */
export function publicFunctions(files: readonly string[]): Documented[] {
  const checker = checkerOf(files);
  const symbols = files.flatMap((file) => exportsOf(checker, file));
  return [...new Set(symbols)].flatMap((symbol) => functionsOf(checker.types, symbol));
}

/** The names of the members of a type that `lib/index.ts` exports. */
export function membersOf(type: string): string[] {
  const checker = checkerOf(['index.ts']);
  const symbol = exportsOf(checker, 'index.ts').find(({ name }) => name === type);
  if (symbol === undefined) throw new Error(`lib/index.ts does not export ${type}`);
  return checker.types
    .getDeclaredTypeOfSymbol(symbol)
    .getProperties()
    .map(({ name }) => name);
}

interface Checker {
  readonly program: ts.Program;
  readonly types: ts.TypeChecker;
}

/** By their entry points: reading the sources takes a second or two. */
const checkers = new Map<string, Checker>();

function checkerOf(files: readonly string[]): Checker {
  const known = checkers.get(files.join());
  if (known !== undefined) return known;
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, 'tsconfig.json'),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  const program = ts.createProgram(
    files.map((file) => join(ROOT, 'lib', file)),
    config?.options ?? {},
  );
  const made = { program, types: program.getTypeChecker() };
  checkers.set(files.join(), made);
  return made;
}

function exportsOf({ program, types }: Checker, file: string): ts.Symbol[] {
  const source = program.getSourceFile(join(ROOT, 'lib', file));
  const entry = source === undefined ? undefined : types.getSymbolAtLocation(source);
  if (entry === undefined) throw new Error(`lib/${file} exports nothing`);
  return types.getExportsOfModule(entry).map((symbol) => resolved(types, symbol));
}

function resolved(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

function functionsOf(checker: ts.TypeChecker, symbol: ts.Symbol): Documented[] {
  if ((symbol.flags & ts.SymbolFlags.Class) !== 0) {
    const instance = checker.getDeclaredTypeOfSymbol(symbol);
    return instance.getProperties().flatMap((member) => documentedMember(symbol.name, member));
  }
  const type = checker.getTypeOfSymbol(symbol);
  if (type.getCallSignatures().length > 0)
    return [documented(symbol.name, [...(symbol.declarations ?? []), ...declarationsOf(type)])];
  if ((symbol.flags & ts.SymbolFlags.Variable) === 0) return [];
  return type.getProperties().flatMap((member) => {
    // Those of a symbol are the language's, not ours.
    const declarations = declarationsOf(checker.getTypeOfSymbol(member)).filter(
      (node) => !node.getSourceFile().isDeclarationFile,
    );
    return declarations.length === 0 ? [] : [documented(`${symbol.name}.${member.name}`, declarations)];
  });
}

function declarationsOf(type: ts.Type): ts.Declaration[] {
  return type.getCallSignatures().map((signature) => signature.getDeclaration());
}

/** What users call on an instance: neither fields, nor what is inherited from `Error`, nor internals. */
function documentedMember(className: string, member: ts.Symbol): Documented[] {
  const declarations = (member.declarations ?? []).filter(
    (node) => ts.isMethodDeclaration(node) || ts.isGetAccessorDeclaration(node),
  );
  const ours = declarations.filter((node) => !node.getSourceFile().isDeclarationFile);
  const hidden = ours.some(
    (node) =>
      ts.isPrivateIdentifier(node.name) ||
      (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0 ||
      ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'internal'),
  );
  if (ours.length === 0 || hidden) return [];
  const name = member.name.startsWith('__@') ? ours[0]?.name.getText() : `.${member.name}`;
  return [documented(`${className}${name}`, ours)];
}

function documented(name: string, declarations: readonly ts.Declaration[]): Documented {
  const nodes = [...new Set(declarations)];
  const tags = new Set(nodes.flatMap((node) => ts.getJSDocTags(node)));
  const examples = [...tags]
    .filter((tag) => tag.tagName.text === 'example')
    .map((tag) => ts.getTextOfJSDocComment(tag.comment) ?? '')
    .map((text) => /```js\n([\s\S]*?)```/.exec(text)?.[1] ?? '');
  const text = nodes
    .flatMap((node) => ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc))
    .map((comment) => ts.getTextOfJSDocComment(comment.comment) ?? '')
    .join('\n');
  return { name, text, examples };
}
