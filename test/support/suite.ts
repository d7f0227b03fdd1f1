import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import * as uvu from 'uvu';

/** What a test or a hook does. */
export type Body = () => void | Promise<void>;

/** A suite under construction; nothing happens before `run()`, and a file that forgets it fails. */
export interface Suite {
  /** Declares a test. `name` is a sentence that is true of a correct program. */
  readonly test: (name: string, body: Body) => void;
  /** Declares a test that cannot run here; `reason` is shown and the test is counted as skipped. */
  readonly skip: (name: string, reason: string) => void;
  /** Once before the first test. When it throws, every test of the suite fails. */
  readonly before: (body: Body) => void;
  /** Once after the last test. When it throws, the file fails. */
  readonly after: (body: Body) => void;
  /** Around each test, inside it: when one throws, that test fails. `afterEach` also follows a failed test. */
  readonly beforeEach: (body: Body) => void;
  readonly afterEach: (body: Body) => void;
  readonly run: () => void;
}

/** What a test file leaves for scripts/run-tests.mjs. */
export interface FileReport {
  passed: number;
  failed: number;
  skipped: string[];
  /** Why the file fails although no test did. */
  problems: string[];
}

const report: FileReport = { passed: 0, failed: 0, skipped: [], problems: [] };
const unfinished = new Set<string>();
const notRun = new Set<string>();

// Taken out of the environment: a child that a test starts must not overwrite its parent's report.
const reportPath = process.env['TERMSTORE_TEST_REPORT'];
delete process.env['TERMSTORE_TEST_REPORT'];

if (!isMainThread) throw new Error('tests run on the main thread: give the worker a file of its own');

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}

/** uvu formats `error.stack` and `error.name`, and loses the whole suite when there is none. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`threw ${String(thrown)}, which is no Error`);
}

/** Runs `body` between the suite's hooks. The first thing thrown wins; every `afterEach` runs in any case. */
async function runBetween(
  beforeEach: readonly Body[],
  body: Body,
  afterEach: readonly Body[],
): Promise<void> {
  let thrown: { error: unknown } | undefined;
  try {
    for (const hook of beforeEach) await hook();
    await body();
  } catch (error) {
    thrown = { error };
  }
  for (const hook of afterEach) {
    try {
      await hook();
    } catch (error) {
      thrown ??= { error };
    }
  }
  if (thrown !== undefined) throw asError(thrown.error);
}

/**
 * `uvu.suite` that cannot pass by accident.
 *
 * uvu 0.5.6 exits with 0 when a hook throws, when `run()` is forgotten, when `.only` hides the other tests, when there are
 * no tests, and when a test waits for something that never comes and nothing else keeps the process alive. None of these
 * passes here: hooks are run and recorded by this module, there is no `only`, and the exit handler counts.
 */
export function suite(title: string): Suite {
  const inner = uvu.suite(title);
  const beforeEach: Body[] = [];
  const afterEach: Body[] = [];
  let setupFailure: Error | undefined;
  notRun.add(title);

  const recorded = (hook: string, body: Body) => async (): Promise<void> => {
    try {
      await body();
    } catch (error) {
      report.problems.push(`${title}: ${hook} hook: ${describe(error)}`);
      if (hook === 'before') setupFailure ??= asError(error);
    }
  };

  return {
    test(name, body) {
      const id = `${title}: ${name}`;
      if (unfinished.has(id)) throw new Error(`two tests are called "${id}"`);
      unfinished.add(id);
      inner(name, async () => {
        try {
          if (setupFailure !== undefined) throw setupFailure;
          await runBetween(beforeEach, body, afterEach);
          report.passed++;
        } catch (error) {
          report.failed++;
          throw error;
        } finally {
          unfinished.delete(id);
        }
      });
    },
    skip: (name, reason) => void report.skipped.push(`${title}: ${name} (${reason})`),
    before: (body) => inner.before(recorded('before', body)),
    after: (body) => inner.after(recorded('after', body)),
    beforeEach: (body) => void beforeEach.push(body),
    afterEach: (body) => void afterEach.push(body),
    run() {
      notRun.delete(title);
      inner.run();
    },
  };
}

process.on('exit', (code) => {
  const { problems } = report;
  for (const title of notRun) problems.push(`${title}: run() was never called`);
  for (const id of unfinished) problems.push(`${id}: never finished`);
  if (report.passed + report.failed + report.skipped.length === 0) problems.push('no test was executed');
  if (problems.length > 0) process.stderr.write(problems.join('\n') + '\n');
  if (problems.length > 0 || report.failed > 0) process.exitCode = code === 0 ? 1 : code;
  if (reportPath !== undefined) writeFileSync(reportPath, JSON.stringify(report));
});
