// Runs the tests of the suite whose ids are given, or all, against BASE, and writes what
// came of them with what is needed to judge it.

import fetch from 'node-fetch'
import { runTests, getResults } from './client/runner.mjs'
import tests from './tests/index.mjs'

const only = new Set((process.env.ONLY || '').split(' ').filter(id => id !== ''))
const suites = tests.map(suite => ({
  ...suite,
  tests: suite.tests.filter(test => !test.browser_only && (only.size === 0 || only.has(test.id)))
}))

await runTests(suites, fetch, false, process.env.BASE)
const results = getResults()
console.log(JSON.stringify(suites.flatMap(suite => suite.tests.map(test => ({
  id: test.id,
  suite: suite.id,
  kind: test.kind || 'required',
  needs: test.depends_on || [],
  passed: results[test.id] === true,
  why: results[test.id] === true ? '' : results[test.id].join(': ')
})))))
