// When a page is painted on a slow network, as Lighthouse reckons it, and whether anything jumps.
//
// Input:  {runs: [{page, url, network, rttMs, throughputKbps}]}
// Output: [{page, network, fcp, lcp, cls, moved}], times in milliseconds; `moved` is what jumped
//
// The browser is braked by its own means while Lighthouse loads the page (`throttlingMethod: 'devtools'`), with the factors that
// Lighthouse itself uses for it: 3.75 round trips before an answer, for the handshakes that this brake does not know, and nine
// tenths of the throughput. What Lighthouse reckons by default ('simulate') counts half of the deferred script to the
// largest paint, which does not wait for it. The processor is not slowed down. A browser of its own, because Lighthouse drives
// it by a port.

import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.TRACELIGHT_NODE_MODULES;
const require = createRequire(join(modules, 'tests.js'));
const { chromium } = require('playwright-core');
const AUDITS = { fcp: 'first-contentful-paint', lcp: 'largest-contentful-paint', cls: 'cumulative-layout-shift' };
const SHIFTS = 'layout-shifts';
const SCREEN = { mobile: true, width: 390, height: 844, deviceScaleFactor: 2, disabled: false };

const RTT_FACTOR = 3.75;
const THROUGHPUT_FACTOR = 0.9;

export default async function paint(_session, { runs }) {
  const { default: lighthouse } = await import(pathToFileURL(join(modules, 'lighthouse/core/index.js')).href);
  const port = await freePort();
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--remote-debugging-port=${port}`];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, headless: true, args, timeout: 60_000 });
  try {
    const seen = [];
    for (const { page, url, network, rttMs, throughputKbps } of runs) {
      const kbps = throughputKbps * THROUGHPUT_FACTOR;
      const throttling = { requestLatencyMs: rttMs * RTT_FACTOR, downloadThroughputKbps: kbps, uploadThroughputKbps: kbps, cpuSlowdownMultiplier: 1 };
      const wish = { port, onlyAudits: [...Object.values(AUDITS), SHIFTS], logLevel: 'error', output: 'json', formFactor: 'mobile' };
      const run = await lighthouse(url, { ...wish, throttlingMethod: 'devtools', throttling, screenEmulation: SCREEN });
      const { runtimeError, audits } = run.lhr;
      if (runtimeError) throw new Error(`${page}: ${runtimeError.code}: ${runtimeError.message}`);
      const figures = Object.entries(AUDITS).map(([key, id]) => [key, audits[id].numericValue]);
      const moved = (audits[SHIFTS]?.details?.items ?? []).map((item) => [item.node?.selector, item.score, ...(item.subItems?.items ?? [])]);
      seen.push({ page, network, ...Object.fromEntries(figures), moved });
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
