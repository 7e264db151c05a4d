import type { RegressionResult } from './run-regressions.ts'
import type { RouteTestResult } from './route-test-files.ts'

type Case = {
  readonly suite: string
  readonly name: string
  readonly ms: number
  readonly skipped: boolean
  readonly failure: string | undefined
}

/** JUnit's XML, as CI servers read it: a suite per file of tests and per route with recorded messages. */
export function junitReport(tests: readonly RouteTestResult[], regressions: readonly RegressionResult[]): string {
  const cases: Case[] = [
    ...tests.map(({ file, name, ms, skipped, error }) => ({ suite: file, name, ms, skipped, failure: error })),
    ...regressions.map(result => ({
      suite: `${result.route} (recorded)`,
      name: result.name,
      ms: result.ms,
      skipped: false,
      failure: result.ok ? undefined : regressionText(result),
    })),
  ]
  const suites = Map.groupBy(cases, ({ suite }) => suite)
  const body = [...suites].map(([name, own]) => suiteXml(name, own)).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${totals(cases)}>\n${body}</testsuites>\n`
}

export function regressionText({ error, differences }: RegressionResult): string {
  if (error !== undefined) return error
  return differences
    .map(({ kind, output, lines }) => [`${kind}${output === null ? '' : ` ${output}`}`, ...lines].join('\n'))
    .join('\n')
}

function suiteXml(name: string, cases: readonly Case[]): string {
  const lines = cases.map(one => `    ${caseXml(one)}\n`).join('')
  return `  <testsuite name="${escaped(name)}"${totals(cases)}>\n${lines}  </testsuite>\n`
}

function caseXml({ suite, name, ms, skipped, failure }: Case): string {
  const head = `<testcase classname="${escaped(suite)}" name="${escaped(name)}" time="${seconds(ms)}"`
  if (failure !== undefined) {
    const [first = ''] = failure.split('\n')
    return `${head}><failure message="${escaped(first)}">${escaped(failure)}</failure></testcase>`
  }
  return skipped ? `${head}><skipped/></testcase>` : `${head}/>`
}

function totals(cases: readonly Case[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length
  const skipped = cases.filter(one => one.skipped).length
  const time = seconds(cases.reduce((sum, { ms }) => sum + ms, 0))
  return ` tests="${cases.length}" failures="${failures}" skipped="${skipped}" time="${time}"`
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Control characters cannot stand in XML at all, not even escaped. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"]/g, character => entities[character] ?? character)
    .replaceAll('\n', '&#10;')
}
