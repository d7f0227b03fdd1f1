import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The page: one file without anything from elsewhere, so that it works offline and tells nobody who looks at it. */
export const page = readFileSync(new URL('page.html', import.meta.url), 'utf8');

/** @param {string} element */
function hashOf(element) {
  const content = new RegExp(`<${element}>([^]*?)</${element}>`).exec(page)?.[1];
  if (content === undefined) throw new Error(`page.html has no plain <${element}>`);
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

/** Nothing runs on the page but the one script and the one style sheet that are in it. */
const policy = [
  "default-src 'none'",
  `script-src ${hashOf('script')}`,
  `style-src ${hashOf('style')}`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
};
