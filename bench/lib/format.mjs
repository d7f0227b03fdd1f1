/** Three significant digits, but never fewer than the integer part has. */
export function figure(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en-US').replaceAll(',', '\u202f');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export const spread = ({ min, max }) => (min === max ? '' : `${figure(min)}–${figure(max)}`);

export function targetText(target, unit) {
  if (target === undefined) return '';
  const parts = [];
  if (target.max !== undefined) parts.push(`≤ ${figure(target.max)} ${unit}`);
  if (target.ratio !== undefined) parts.push(`≤ ${target.ratio.toFixed(1)} ×`);
  return parts.join(', ');
}

export function mark(met) {
  if (met === undefined) return '';
  return met ? '✓' : '✗';
}

/** One line per row; columns are as wide as their widest cell, the first is left-aligned, the others right. */
export function align(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => [...row[column]].length)));
  const pad = (cell, column) => {
    const space = ' '.repeat(widths[column] - [...cell].length);
    return column === 0 ? cell + space : space + cell;
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}
