import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';

/** @param {number} min @param {number} max */
const wholeNumber = (min, max) => (/** @type {string} */ text) => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
};

const THREADS = Math.max(2, Math.min(4, availableParallelism()));

/** Where state is kept by default: beside what the project builds, which no version control keeps. */
const DATA = fileURLToPath(new URL('../../build/who-owns', import.meta.url));

/** @returns {{ port: number, host: string, threads: number, data: string }} */
export function readOptions() {
  const command = new Command('who-owns')
    .description('Answers over HTTP who owns an IP address, from several threads over one store.')
    .addOption(
      new Option('--port <number>', '0 chooses a free one')
        .env('PORT')
        .default(3000)
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option('--host <address>', 'where to listen; 0.0.0.0 lets other machines in')
        .env('HOST')
        .default('127.0.0.1'),
    )
    .addOption(
      new Option('--threads <number>', 'how many threads answer')
        .env('THREADS')
        .default(THREADS)
        .argParser(wholeNumber(1, 64)),
    )
    .addOption(
      new Option('--data <folder>', 'where the configuration is kept; one server at a time')
        .env('DATA')
        .default(DATA),
    );
  return command.parse().opts();
}
