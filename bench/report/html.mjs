import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { kSides } from '../peers/index.mjs';
import { sections } from './charts.mjs';
import { comparisonTable, resultTables, tiles, runLines } from './html-parts.mjs';

const kPage = path.join(import.meta.dirname, 'page');
const require = createRequire(import.meta.url);

const read = (name) => readFile(path.join(kPage, name), 'utf8');

/** Inside `<script>`, nothing may look like its end. */
const script = (text) => text.replaceAll('</script', '<\\/script');

/** One page with everything in it: no file beside it and no network is needed to look at it. */
export async function htmlReport(results) {
  const [template, style, code, library] = await Promise.all([
    read('page.html'),
    read('page.css'),
    read('page.js'),
    readFile(require.resolve('echarts/dist/echarts.common.min.js'), 'utf8'),
  ]);
  const found = sections(results.cases);
  const parts = {
    style,
    library: script(library),
    code: script(code),
    data: script(JSON.stringify({ sections: found, sides: kSides.map(({ name }) => name) })),
    run: runLines(results.run),
    tiles: tiles(results.cases),
    contents: found.map(({ title }, index) => `<a href="#section-${index}">${title}</a>`).join('\n'),
    comparison: comparisonTable(results.cases),
    tables: resultTables(results.cases),
  };
  return template.replace(/<!-- (\w+) -->|\/\* (\w+) \*\//g, (whole, html, inScript) => {
    const name = html ?? inScript;
    return parts[name] ?? whole;
  });
}
