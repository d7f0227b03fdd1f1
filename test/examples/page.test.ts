import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite';
import { Connection, type Server, startServer } from './server';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 900 };

/** A Chromium of this machine: playwright-core brings none, and a test downloads nothing. */
function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const { test, skip, before, after, beforeEach, afterEach, run } = suite('example: the page');
const executablePath = findChromium();

let server: Server;
let browser: Browser;
let page: Page;
let complaints: string[];

async function open(viewport: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(viewport);
  await page.goto(server.url);
}

const answer = () => page.getByRole('status', { name: 'Answer' });

function declareTests(): void {
  before(async () => {
    server = await startServer();
    // The sandbox needs rights that a container does not give; the only page opened is our own.
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });

  after(async () => {
    await browser?.close();
    await server?.stop('SIGTERM');
  });

  beforeEach(async () => {
    page = await browser.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // Chromium reports every 4xx answer as an error of its own; those are what the page shows to the person.
      const isStatus = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isStatus) complaints.push(message.text());
    });
  });

  afterEach(async () => {
    await page.close();
    assert.equal(complaints, []);
  });

  for (const viewport of [PHONE, DESKTOP]) {
    test(`a person types an address and reads its network at ${viewport.width} pixels`, async () => {
      await open(viewport);
      await page.getByLabel('IPv4 or IPv6 address').fill('2606:4700:4700::1111');
      await page.getByLabel('IPv4 or IPv6 address').press('Enter');
      await answer().getByText('Cloudflare, Inc.').waitFor();
      assert.match(await answer().innerText(), /AS13335/);
      await page.getByRole('table', { name: 'Most asked for' }).getByText('AS13335').waitFor();
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(overflow <= 0, `the page is ${overflow} pixels too wide`);
    });
  }

  test('an example is one click away', async () => {
    await open(PHONE);
    await page.getByRole('button', { name: '8.8.8.8' }).click();
    await answer().getByText('Google LLC').waitFor();
  });

  test('a mistake is explained, and what was typed is shown as text', async () => {
    await open(PHONE);
    await page.getByLabel('IPv4 or IPv6 address').fill('<b>nobody</b>');
    await page.getByRole('button', { name: 'Look up' }).click();
    await answer().getByText('"<b>nobody</b>" is neither an IPv4 nor an IPv6 address').waitFor();
  });

  test('figures move without a reload', async () => {
    await open(DESKTOP);
    const tables = page.getByRole('table', { name: 'Tables' });
    await tables.getByText('ipv6').waitFor();
    const connection = new Connection(server);
    for (let i = 0; i < 7; i++) await connection.get('/ip/193.0.6.139');
    connection.close();
    await page
      .getByRole('row', { name: /AS3333\b/ })
      .getByRole('cell', { name: '7' })
      .waitFor();
  });

  test('the owners of the data are named with a link', async () => {
    await open(PHONE);
    assert.is(await page.getByRole('link', { name: 'DB-IP' }).getAttribute('href'), 'https://db-ip.com/');
    assert.is(await page.getByRole('link', { name: 'CC BY 4.0' }).count(), 1);
  });
}

if (executablePath !== undefined) {
  declareTests();
} else if (process.env['REQUIRE_CHROMIUM'] === '1') {
  test('there is a Chromium', () => assert.unreachable(`none of ${NAMES.join(', ')} is on the PATH`));
} else {
  skip('opens in a browser', `there is no Chromium here: none of ${NAMES.join(', ')} is on the PATH`);
}
run();
