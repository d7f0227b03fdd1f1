import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { publicFunctions } from './documented.js';
import { runExample } from './examples.js';

const api = suite('docs: API reference');
const { test } = api;

const functions = publicFunctions(['index.ts', 'ms.ts', 'dets.ts', 'persist.ts', 'telemetry.ts']);

test('every public function has a docstring with an example', () => {
  assert.ok(functions.length > 120, `only ${functions.length} functions were found`);
  const without = functions
    .filter(({ text, examples }) => text === '' || examples.length === 0)
    .map(({ name }) => name);
  assert.equal(without, []);
});

test('every function says what it costs, or whose cost it is', () => {
  // Functions of match specs cost what their arguments' size costs: docs/match-programs.md.
  const silent = functions.filter(({ name, text }) => /[.[]/.test(name) && !/Time|O\(|\bas `/i.test(text));
  assert.equal(
    silent.map(({ name }) => name),
    [],
  );
});

test('every example runs and gives what its comments say', async () => {
  const failures: string[] = [];
  for (const { name, examples } of functions) {
    for (const example of examples) {
      const failure = await runExample(example);
      if (failure !== undefined) failures.push(`${name}: ${failure}`);
    }
  }
  assert.is(failures.length, 0, failures.join('\n'));
});

api.run();
