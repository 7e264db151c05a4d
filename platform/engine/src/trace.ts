import { type Encoded, parseRaw, runPipeline, type StepObserver } from '@samband/route'
import type { EngineContext } from './engine-context.ts'
import type { LoadedRoute, TraceResult } from './engine-types.ts'

type TraceStep = TraceResult['steps'][number]
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Capabilities of a trace: what was not recorded is not asked, because looking must not act. */
const askNothing: Readonly<Record<string, unknown>> = Object.freeze({})

/** Runs a stored message through the steps once more, without effects, to show what each step made of it. */
export async function traceMessage(
  context: EngineContext,
  loaded: LoadedRoute,
  messageId: number,
): Promise<TraceResult | undefined> {
  const row = await context.reader.message(messageId)
  const body = await context.reader.body(messageId)
  if (row === undefined || body === undefined) return undefined
  const steps: TraceStep[] = []
  const { definition } = loaded
  const parsed = parseRaw(definition, body)
  if (definition.parser !== undefined) {
    const text = parsed.issues.map(({ code, text: issue }) => `${code}: ${issue}`).join('\n')
    steps.push({
      name: definition.parser.name,
      kind: 'parse',
      outcome: parsed.ok ? 'passed' : 'failed',
      text: text === '' ? null : text,
      after: body.bytes,
    })
  }
  if (parsed.ok) {
    const observer: StepObserver = ({ step, outcome, after, text }) =>
      steps.push({ name: step.name, kind: step.kind, outcome, text: text ?? null, after: readable(after) })
    await runPipeline({
      definition,
      item: parsed.item,
      messageId,
      capabilities: recordedOnly(context.capabilities),
      recorded: (await context.reader.calls(messageId)) ?? [],
      observer,
    })
  }
  return { revision: loaded.revision, exact: row.revision === loaded.revision, steps }
}

function recordedOnly(capabilities: Readonly<Record<string, unknown>>): unknown {
  const refuse = (): never => {
    throw new Error('not recorded')
  }
  const silent: Mutable<Record<string, unknown>> = { ...askNothing }
  for (const [name, capability] of Object.entries(capabilities)) {
    silent[name] = typeof capability === 'function' ? refuse : new Proxy({}, { get: () => refuse })
  }
  return silent
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
