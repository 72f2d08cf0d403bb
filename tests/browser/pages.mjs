// Opens pages one after the other and reports on each.
//
// Input: a list of page options (lib.mjs), each with, if wanted,
//   wait        a selector of what has to be seen first
//   steps       what to do before the report (OpenPage.steps)
//   axe         true to check accessibility
//   screenshot  a file to write the whole page to
//   pdf         a file to print the page to, as the browser's own "print" does
// Output: a list of reports in the same order (OpenPage.report).

export default async function pages(session, list) {
  const reports = [];
  for (const options of list) {
    const open = await session.open(options);
    if (options.wait) await open.steps([{ wait: options.wait }]);
    if (options.steps) await open.steps(options.steps);
    const report = await open.report({ axe: options.axe ?? false });
    if (options.screenshot) await open.screenshot(options.screenshot);
    if (options.pdf) await open.print(options.pdf);
    reports.push(report);
    await open.page.close();
  }
  return reports;
}
