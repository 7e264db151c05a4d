import type { FileResult, NamedTest } from './test-file.ts'

/** The line for a file that has ended; with `verbose`, or when a test failed, also what its tests wrote. */
export function fileLine(result: FileResult, verbose: boolean): string {
  const { path, passed, failed, skipped, durationMs, output } = result
  const counts = [`${passed} passed`]
  if (failed.length > 0) counts.push(`${failed.length} failed`)
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`)
  const line = `${failed.length > 0 ? 'FAILED' : 'ok    '} ${path}: ${counts.join(', ')} (${seconds(durationMs)})`
  const show = (verbose || failed.length > 0) && output.trim() !== ''
  return show ? `${line}\n${indented(output)}` : line
}

export interface Report {
  readonly text: string
  readonly ok: boolean
}

/** What stands at the end of a run: the skips by reason, the failures, node's summary and the one line that counts all. */
export function report(results: readonly FileResult[], durationMs: number): Report {
  const failed = results.flatMap(({ path, failed: tests }) => tests.map(one => ({ path, ...one })))
  const skipped = results.flatMap(({ path, skipped: tests }) => tests.map(one => ({ path, ...one })))
  const passed = sum(results.map(result => result.passed))
  const sections = [
    skips(skipped),
    failures(failed),
    [
      `tests ${passed + failed.length + skipped.length}`,
      `suites ${sum(results.map(result => result.suites))}`,
      `files ${results.length}`,
      `pass ${passed}`,
      `fail ${failed.length}`,
      `skipped ${skipped.length}`,
      `duration ${seconds(durationMs)}`,
    ].join('\n'),
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ]
  const ran = passed + failed.length > 0
  return { text: `\n${sections.filter(section => section !== '').join('\n\n')}`, ok: ran && failed.length === 0 }
}

type Located = NamedTest & { readonly path: string }

function skips(skipped: readonly Located[]): string {
  if (skipped.length === 0) return ''
  const byReason = Map.groupBy(skipped, ({ why }) => why)
  const groups = [...byReason].map(([why, tests]) => `  ${why}\n${tests.map(test => `    ${place(test)}`).join('\n')}`)
  return `Skipped:\n${groups.join('\n')}`
}

function failures(failed: readonly Located[]): string {
  if (failed.length === 0) return ''
  return `Failed:\n${failed.map(test => `  ${place(test)}\n${indented(test.why)}`).join('\n')}`
}

function place({ path, line, name }: Located): string {
  return `${line === undefined ? path : `${path}:${line}`} ${name}`
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map(line => `      ${line}`)
    .join('\n')
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
