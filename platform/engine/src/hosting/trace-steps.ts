import {
  type CallRecord,
  type Encoded,
  parseRaw,
  type Raw,
  type RouteDefinition,
  runPipeline,
  type StepObserver,
} from '@samband/route'
import type { TraceResult } from '../engine-types.ts'
import { type CapabilityKinds, silentCapabilities } from './capability-kinds.ts'

type TraceStep = TraceResult['steps'][number]

/** Runs a stored message through the steps once more, without effects, to show what each step made of it. */
export async function traceSteps(
  definition: RouteDefinition,
  capabilities: CapabilityKinds,
  messageId: number,
  raw: Raw,
  recorded: readonly CallRecord[],
): Promise<readonly TraceStep[]> {
  const steps: TraceStep[] = []
  const parsed = parseRaw(definition, raw)
  if (definition.parser !== undefined) {
    const text = parsed.issues.map(({ code, text: issue }) => `${code}: ${issue}`).join('\n')
    steps.push({
      name: definition.parser.name,
      kind: 'parse',
      outcome: parsed.ok ? 'passed' : 'failed',
      text: text === '' ? null : text,
      after: raw.bytes,
    })
  }
  if (!parsed.ok) return steps
  const observer: StepObserver = ({ step, outcome, after, text }) =>
    steps.push({ name: step.name, kind: step.kind, outcome, text: text ?? null, after: readable(after) })
  await runPipeline({
    definition,
    item: parsed.item,
    messageId,
    capabilities: silentCapabilities(capabilities),
    recorded,
    observer,
  })
  return steps
}

function readable(after: unknown): Uint8Array | string | null {
  if (after === undefined) return null
  if (isEncoded(after)) return after.bytes
  if (isFormattable(after)) return after.format()
  if (after instanceof Uint8Array || typeof after === 'string') return after
  return (
    JSON.stringify(
      after,
      (_, value: unknown) => (isFormattable(value) ? new TextDecoder().decode(value.format()) : value),
      2,
    ) ?? null
  )
}

function isEncoded(value: unknown): value is Encoded {
  return typeof value === 'object' && value !== null && 'bytes' in value && value.bytes instanceof Uint8Array
}

function isFormattable(value: unknown): value is { format(): Uint8Array } {
  return typeof value === 'object' && value !== null && 'format' in value && typeof value.format === 'function'
}
