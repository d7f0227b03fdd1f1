import cliProgress from 'cli-progress';

/** A progress bar on stderr where that is a terminal, and nothing elsewhere. */
export function createProgress(total) {
  if (!process.stderr.isTTY) return { start() {}, step() {}, stop() {} };
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    format: '{bar} {value}/{total} {title}',
  });
  return {
    start: () => bar.start(total, 0, { title: '' }),
    step: (title) => bar.increment(1, { title }),
    stop: () => bar.stop(),
  };
}
