import { suite } from '../support/suite.js';
import { runExamples } from './examples.js';

const readme = suite('docs: README');

readme.test('the examples run and give what their comments say', () => runExamples('README.md', 4, 1));

readme.run();
