// The shopper's part of the story, in a real browser.
//
// Input:  {base, path, changes: [{name, body}], pages: [{name, path, dark?}], screenshots?}
//   changes  bundles with one changed byte, in hex, each with the part that the page has to name
// Output: {plain, reported, checked, changed, bytes, requests, checkerBytes, axe: [{name, width, violations}]}
//   plain    the page without JavaScript: {status, h1, text}
//   reported what the page says after a report without JavaScript
//   checked  what the strip says after the device has checked
//   changed  for each part of the bundle, which part the page names when a byte of it is changed on the way
import { join } from 'node:path';

export default async function story(session, { base, path, changes, pages, screenshots }) {
  const url = base + path;

  const still = await session.open({ url, js: false });
  const plain = await still.report({ axe: true });
  await still.page.close();
  const document = plain.requests.filter((r) => r.type === 'document');
  const result = {
    plain: { status: plain.status, h1: plain.h1, text: plain.text, axe: plain.axe },
    bytes: document.reduce((sum, r) => sum + r.bytes, 0),
    plainRequests: plain.requests.length,
  };

  // A report without JavaScript, from the pack's page to the case number.
  const form = await session.open({ url: `${base}/scan/report?code=${encodeURIComponent(path)}`, js: false });
  await form.page.check('input[name=what][value=seal]');
  await form.page.click('button.p');
  await form.page.waitForURL((now) => !now.search.includes('code='));
  result.reported = await form.text();
  await form.page.close();

  const live = await session.open({ url });
  const before = (await live.report()).requests.length;
  result.requestsBeforeTap = before;
  await live.page.click('#run');
  await live.page.waitForFunction(() => !document.querySelector('#run'), null, { timeout: 30_000 });
  const after = await live.report({ axe: true });
  result.checked = { h1: after.h1, text: after.text, errors: after.errors, axe: after.axe };
  result.checkerBytes = after.requests
    .filter((r) => /verifier/.test(r.url))
    .reduce((sum, r) => sum + r.bytes, 0);
  result.foreign = after.requests.filter((r) => !r.url.startsWith(base)).map((r) => r.url);
  if (screenshots) await live.screenshot(join(screenshots, 'scan-phone-checked-390.png'));
  await live.page.close();

  // A liar on the way: one byte of one part of the bundle is changed before it reaches the page.
  result.changed = [];
  for (const { name, body } of changes) {
    const open = await session.open({ url });
    await open.page.route('**/v1/bundle/**', async (route) => {
      await route.fulfill({ status: 200, contentType: 'application/octet-stream', body: Buffer.from(body, 'hex') });
    });
    await open.page.click('#run');
    await open.page.waitForFunction(() => document.querySelector('#v').classList.contains('stop'), null, { timeout: 30_000 });
    const named = await open.page.getAttribute('li.x[data-part]', 'data-part');
    result.changed.push({ name, named, h1: (await open.page.innerText('h1')).trim(), text: await open.text() });
    if (screenshots) await open.screenshot(join(screenshots, `scan-changed-${name}-390.png`));
    await open.page.close();
  }

  result.axe = [];
  for (const page of pages) {
    for (const width of [390, 1440]) {
      const open = await session.open({ url: base + page.path, width, dark: page.dark, lang: page.lang, cookies: page.cookies });
      const report = await open.report({ axe: true });
      if (screenshots) await open.screenshot(join(screenshots, `${page.name}-${width}.png`));
      result.axe.push({
        name: page.name, width, status: report.status, h1: report.h1, violations: report.axe, overflow: report.overflow, errors: report.errors,
      });
      await open.page.close();
    }
  }
  return result;
}
