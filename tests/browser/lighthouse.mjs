// What Lighthouse says of pages on slow networks, each loaded anew with nothing kept.
//
// Input:  {urls: [url], networks: [{name, rttMs, kbps}]}
// Output: [{url, network, fcpMs, lcpMs, firstIsLargest, shift}]: first and largest contentful paint, whether the largest one was
//         the first when the page was really loaded, and how much the page moved
//
// Lighthouse loads a page at full speed in a browser of its own and works out what the network would have made of it
// (`simulate`); a busy machine cannot spoil that, four times slower than a desktop it is anyway.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Session } from './lib.mjs';

const AUDITS = ['first-contentful-paint', 'largest-contentful-paint', 'cumulative-layout-shift', 'metrics'];

/** A port that nobody listens on now. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export default async function measure(_session, { urls, networks }) {
  const module = join(process.env.TRACELIGHT_NODE_MODULES, 'lighthouse/core/index.js');
  const { default: lighthouse } = await import(pathToFileURL(module).href);
  const port = await freePort();
  const session = await Session.start([`--remote-debugging-port=${port}`]);
  const results = [];
  try {
    for (const url of urls) {
      for (const { name, rttMs, kbps } of networks) {
        const throttling = { rttMs, throughputKbps: kbps, cpuSlowdownMultiplier: 4 };
        const options = { port, logLevel: 'error', output: 'json', onlyAudits: AUDITS, formFactor: 'mobile', throttlingMethod: 'simulate', throttling };
        const { lhr } = await lighthouse(url, options);
        if (lhr.runtimeError) throw new Error(`${url}: ${lhr.runtimeError.code}: ${lhr.runtimeError.message}`);
        const [fcpMs, lcpMs, shift] = AUDITS.map((audit) => lhr.audits[audit].numericValue);
        const [seen] = lhr.audits.metrics.details.items;
        const firstIsLargest = seen.observedLargestContentfulPaint === seen.observedFirstContentfulPaint;
        results.push({ url, network: name, fcpMs, lcpMs, firstIsLargest, shift });
      }
    }
  } finally {
    await session.close();
  }
  return results;
}
