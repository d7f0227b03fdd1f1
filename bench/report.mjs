import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { htmlReport } from './report/html.mjs';
import { markdownReport } from './report/markdown.mjs';
import { tailPicture } from './report/tail.mjs';

const kPicture = path.join(import.meta.dirname, '..', 'docs', 'event-loop-tail.svg');
const kPage = path.join(import.meta.dirname, '..', 'docs', 'performance.md');

const program = new Command('report')
  .description(
    'Writes docs/performance.md and docs/event-loop-tail.svg from what bench/run.mjs wrote as JSON.',
  )
  .argument('<json>')
  .option('--output <file>', 'where to write', kPage)
  .option('--tail <file>', 'where to write the picture of the tail', kPicture)
  .option('--html <file>', 'also the page with pictures')
  .parse();

const results = JSON.parse(await readFile(program.args[0], 'utf8'));
if (results.run.quick && program.opts().output === kPage)
  program.error('a --quick run measures nothing: make the report from a full one');
const failed = results.cases.some((entry) =>
  Object.values(entry.results).some(({ error }) => error !== undefined),
);
if (failed) program.error('some cases of this run failed');
const { output, tail, html } = program.opts();
await writeFile(output, markdownReport(results));
const picture = tailPicture(results);
if (picture !== undefined) await writeFile(tail, picture + '\n');
if (html !== undefined) await writeFile(html, await htmlReport(results));
