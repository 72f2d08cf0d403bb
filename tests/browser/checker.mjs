// The phone's checker in a real browser, on bundles from a file: true ones and lies.
//
// Input:  {base, js, wasm, chain, cases: [{name, bundle, anchor, code, now_ms}], rounds?}
//   base     a site with the built assets at /, where `js` and `wasm` are files
//   bundle, anchor   in hex
//   rounds   when given, the first case is checked so often, and the milliseconds of each are returned
// Output: {answers: [{name, answer}], times_ms}

export default async function checker(session, { base, js, wasm, chain, cases, rounds = 0 }) {
  const open = await session.open({ url: base + '/' });
  const output = await open.page.evaluate(
    async ({ js, wasm, chain, cases, rounds }) => {
      const lib = await import(js);
      await lib.default({ module_or_path: wasm });
      const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (two) => parseInt(two, 16));
      const answers = cases.map(({ name, bundle, anchor, code, now_ms }) => ({
        name,
        answer: JSON.parse(lib.verify_bundle(bytes(bundle), bytes(anchor), chain, code, now_ms)),
      }));
      const times_ms = [];
      if (rounds > 0) {
        const { bundle, anchor, code, now_ms } = cases[0];
        const [whole, beside] = [bytes(bundle), bytes(anchor)];
        // The clock of a page has steps of a tenth of a millisecond: four checks a measurement.
        const once = () => lib.verify_bundle(whole, beside, chain, code, now_ms);
        for (let round = 0; round < rounds; round++) {
          const start = performance.now();
          for (let i = 0; i < 4; i++) once();
          times_ms.push((performance.now() - start) / 4);
        }
      }
      return { answers, times_ms };
    },
    { js, wasm, chain, cases, rounds },
  );
  const report = await open.report();
  await open.page.close();
  return { ...output, errors: report.errors };
}
