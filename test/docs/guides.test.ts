import { suite } from '../support/suite.js';
import { runExamples } from './examples.js';

const guides = suite('docs: guides');
const { test } = guides;

test('from Erlang and Elixir', () => runExamples('docs/guides/from-erlang.md', 9, 1));
test('from Map, lru-cache and Redis', () => runExamples('docs/guides/from-map.md', 6, 1));
test('caching', () => runExamples('docs/guides/caching.md', 4, 1));
test('rate limiting', () => runExamples('docs/guides/rate-limiting.md', 3, 2));
test('configuration', () => runExamples('docs/guides/configuration.md', 3, 2));
test('worker pools', () => runExamples('docs/guides/worker-pools.md', 2, 2));
test('Fastify and Express', () => runExamples('docs/guides/fastify-express.md', 2, 2));
test('the cookbook', () => runExamples('docs/cookbook.md', 14, 1));
test('hydrate at start', () => runExamples('docs/guides/hydrate.md', 2, 1));

test('An event-sourced process in ten minutes', () =>
  runExamples('docs/guides/event-sourced-process.md', 7, 1));
test('Choosing a durability mode', () => runExamples('docs/guides/durability.md', 1, 2));
test('watching a store at work', () => runExamples('docs/guides/operations.md', 2, 1));

guides.run();
