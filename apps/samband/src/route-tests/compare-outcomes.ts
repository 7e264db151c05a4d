import { compareBytes } from './compare-bytes.ts'
import type { FixtureOutput, Outcome } from './fixture.ts'
import { jsonChanges } from './json-changes.ts'

export type DifferenceKind =
  | 'output'
  | 'missing'
  | 'extra'
  | 'attributes'
  | 'drop'
  | 'failure'
  | 'key'
  | 'group'
  | 'call'

/** One way in which a message runs otherwise than expected. */
export type Difference = {
  readonly kind: DifferenceKind
  /** 'ehr', 'ehr#2'; null where it concerns no output. */
  readonly output: string | null
  /** For people, a line each; they hold what the fixture holds. */
  readonly lines: readonly string[]
}

export async function compareOutcomes(expected: Outcome, actual: Outcome): Promise<readonly Difference[]> {
  return [
    ...judged('failure', failureText(expected), failureText(actual)),
    ...judged('key', expected.key ?? 'no key', actual.key ?? 'no key'),
    ...listed('drop', expected.dropped.map(dropText), actual.dropped.map(dropText)),
    ...listed('group', expected.joined.map(groupText), actual.joined.map(groupText)),
    ...(await outputs(expected.outputs, actual.outputs)),
  ]
}

function failureText({ failure }: Outcome): string {
  return failure === null ? 'no failure' : `${failure.step} fails with ${failure.code} (${failure.category})`
}

function dropText({ step, reason }: Outcome['dropped'][number]): string {
  return `${step}: ${reason}`
}

function groupText({ step, key }: Outcome['joined'][number]): string {
  return `${step}: ${key}`
}

function judged(kind: DifferenceKind, before: string, after: string): readonly Difference[] {
  return before === after ? [] : [{ kind, output: null, lines: [`${before} → ${after}`] }]
}

function listed(kind: DifferenceKind, before: readonly string[], after: readonly string[]): readonly Difference[] {
  const lines = [
    ...before.filter(text => !after.includes(text)).map(text => `- ${text}`),
    ...after.filter(text => !before.includes(text)).map(text => `+ ${text}`),
  ]
  if (lines.length === 0 && before.length !== after.length) lines.push(`${before.length} times → ${after.length} times`)
  return lines.length === 0 ? [] : [{ kind, output: null, lines }]
}

async function outputs(
  expected: readonly FixtureOutput[],
  actual: readonly FixtureOutput[],
): Promise<readonly Difference[]> {
  const left = new Map(actual.map(output => [outputName(output), output]))
  const differences: Difference[] = []
  for (const before of expected) {
    const output = outputName(before)
    const after = left.get(output)
    left.delete(output)
    if (after === undefined) {
      differences.push({ kind: 'missing', output, lines: ['nothing goes out any more'] })
      continue
    }
    const content = await compareBytes(before.bytes, after.bytes)
    if (content !== undefined) differences.push({ kind: 'output', output, lines: content.lines })
    const attributes = jsonChanges(before.attributes, after.attributes)
    if (attributes.length > 0) differences.push({ kind: 'attributes', output, lines: attributes })
  }
  for (const output of left.keys()) differences.push({ kind: 'extra', output, lines: ['goes out, and did not before'] })
  return differences
}

export function outputName({ destination, number }: Pick<FixtureOutput, 'destination' | 'number'>): string {
  return number === 1 ? destination : `${destination}#${number}`
}
