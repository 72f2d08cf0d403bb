// Reads scripts as engines of a year would: what they cannot parse, they do not run at all.
//
// Input:  {year, scripts: [{name, source, module}]}
// Output: [{name, fault}], the fault null where there is none

import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.env.TRACELIGHT_NODE_MODULES, 'tests.js'));
const { parse } = require('acorn');

export default async function syntax(_session, { year, scripts }) {
  return scripts.map(({ name, source, module }) => {
    try {
      parse(source, { ecmaVersion: year, sourceType: module ? 'module' : 'script' });
      return { name, fault: null };
    } catch (error) {
      return { name, fault: error.message };
    }
  });
}
