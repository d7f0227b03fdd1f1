import cliProgress from 'cli-progress';

const kNothing = { start() {}, title() {}, step() {}, finished() {}, stop() {} };

/** A progress bar on stderr where that is a terminal, and nothing elsewhere. */
export function createProgress(cases, rounds) {
  if (!process.stderr.isTTY) return kNothing;
  const roundsOf = (entry) => Math.min(entry.rounds ?? rounds, rounds);
  const total = cases.reduce((sum, entry) => sum + roundsOf(entry), 0);
  const bar = new cliProgress.SingleBar(
    {
      stream: process.stderr,
      clearOnComplete: true,
      barsize: 30,
      format: '{bar} {percentage} % | {duration_formatted} | {title}',
    },
    cliProgress.Presets.shades_classic,
  );
  let reached = 0;
  let ended = 0;
  return {
    start: () => bar.start(total, 0, { title: '' }),
    title: (title) => bar.update(reached, { title: title.slice(0, 60) }),
    step: () => bar.update(++reached),
    // Rounds of sides that gave up are over too.
    finished: (together) => {
      ended += together.reduce((sum, entry) => sum + roundsOf(entry), 0);
      reached = ended;
      bar.update(reached);
    },
    stop: () => bar.stop(),
  };
}
