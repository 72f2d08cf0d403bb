// When a page is painted on a slow network, as Lighthouse reckons it, and whether anything jumps.
//
// Input:  {pages: [{name, url}], networks: [{name, rttMs, throughputKbps}]}
// Output: [{page, network, fcp, lcp, cls}], times in milliseconds
//
// Lighthouse loads the page without a brake and works out from what it saw how long it takes on such a network
// (`throttlingMethod: 'simulate'`, its own default): the figure is the page's, not that of a busy machine. The processor is not
// slowed down. A browser of its own, because Lighthouse drives it by a port.

import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.TRACELIGHT_NODE_MODULES;
const require = createRequire(join(modules, 'tests.js'));
const { chromium } = require('playwright-core');
const AUDITS = { fcp: 'first-contentful-paint', lcp: 'largest-contentful-paint', cls: 'cumulative-layout-shift' };
const SCREEN = { mobile: true, width: 390, height: 844, deviceScaleFactor: 2, disabled: false };

export default async function paint(_session, { pages, networks }) {
  const { default: lighthouse } = await import(pathToFileURL(join(modules, 'lighthouse/core/index.js')).href);
  const port = await freePort();
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--remote-debugging-port=${port}`];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true, args, timeout: 60_000 });
  try {
    const seen = [];
    for (const page of pages) {
      for (const { name, rttMs, throughputKbps } of networks) {
        const throttling = { rttMs, throughputKbps, cpuSlowdownMultiplier: 1 };
        const wish = { port, onlyAudits: Object.values(AUDITS), logLevel: 'error', output: 'json', formFactor: 'mobile' };
        const run = await lighthouse(page.url, { ...wish, throttlingMethod: 'simulate', throttling, screenEmulation: SCREEN });
        const { runtimeError, audits } = run.lhr;
        if (runtimeError) throw new Error(`${page.name}: ${runtimeError.code}: ${runtimeError.message}`);
        const figures = Object.entries(AUDITS).map(([key, id]) => [key, audits[id].numericValue]);
        seen.push({ page: page.name, network: name, ...Object.fromEntries(figures) });
      }
    }
    return seen;
  } finally {
    await browser.close();
  }
}

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
