/** Three significant digits, but never fewer than the integer part has. */
export function figure(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en-US').replaceAll(',', '\u202f');
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}

export const spread = ({ min, max }) => (min === max ? '' : `${figure(min)}–${figure(max)}`);

export function ratioText(ratio) {
  if (ratio >= 100) return figure(ratio);
  return ratio >= 0.1 ? ratio.toFixed(2) : ratio.toPrecision(2);
}

/** One line per row; columns are as wide as their widest cell, the first and the last are left-aligned, the others right. */
export function align(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => [...row[column]].length)));
  const pad = (cell, column) => {
    const space = ' '.repeat(widths[column] - [...cell].length);
    return column === 0 || column === widths.length - 1 ? cell + space : space + cell;
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}

/** Nanoseconds in the unit that suits them. */
export function timeText(ns) {
  if (ns < 1000) return `${figure(ns)} ns`;
  if (ns < 1e6) return `${figure(ns / 1000)} µs`;
  return `${figure(ns / 1e6)} ms`;
}
