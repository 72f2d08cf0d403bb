// Starts the system's Chromium, runs one test script in it, prints what the script returns.
//
//   node run.mjs SCRIPT.mjs < input.json > output.json
//
// SCRIPT's default export is `async (session, input) => output`; `session` is described in lib.mjs. Exit status: 0 when it
// returned, 1 when it threw (the reason is on standard error). Started by crates/testkit/src/browser.rs, which sets
//   TRACELIGHT_NODE_MODULES   the folder with playwright-core and axe-core
//   CHROMIUM                  the browser's executable

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Session } from './lib.mjs';

const script = process.argv[2];
if (!script) {
  console.error('usage: node run.mjs SCRIPT.mjs < input.json');
  process.exit(2);
}
const input = JSON.parse(readFileSync(0, 'utf8'));
const { default: main } = await import(pathToFileURL(resolve(script)).href);
const session = await Session.start();
let output;
try {
  output = await main(session, input);
} catch (error) {
  console.error(error?.stack ?? String(error));
  process.exitCode = 1;
} finally {
  await session.close();
}
if (process.exitCode !== 1) process.stdout.write(JSON.stringify(output ?? null) + '\n');
