import { suite } from '../support/suite.js';
import { runExamples } from './examples.js';

const guides = suite('docs: guides');
const { test } = guides;

test('from Erlang and Elixir', () => runExamples('docs/guides/from-erlang.md', 9, 1));
test('from Map, lru-cache and Redis', () => runExamples('docs/guides/from-map.md', 6, 1));

guides.run();
