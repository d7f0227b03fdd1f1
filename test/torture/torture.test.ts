// @timeout 240
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { SCENARIOS } from './scenarios.js';

const { test, run } = suite('torture, the short form');

const SHORT = { hotSeconds: 3, terminations: 36, ends: 1, cycles: 40 };

for (const { title, run: endure } of SCENARIOS) {
  test(title, async () => {
    assert.type(await endure(SHORT), 'string');
  });
}

run();
