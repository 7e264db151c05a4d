import { performance } from 'node:perf_hooks'
import type { Dictionary } from '../src/dictionary/index.ts'
import { HL7_VERSIONS, loadDictionary, nearestVersion } from '../src/dictionary/index.ts'
import type { Message } from '../src/index.ts'
import { leavesOf, parse, parsePath } from '../src/index.ts'
import { acknowledge, validate } from '../src/validation/index.ts'
import { createRandom, mutate } from '../test/mutation.ts'

export interface FuzzOptions {
  readonly originals: readonly Uint8Array[]
  readonly messages: number
  readonly seed: number
  /** Longest that one message may take of the CPU. */
  readonly runMsMax: number
  /** Called now and then with the number of messages done. */
  readonly onProgress?: (done: number) => void
}

/** A message that failed, so that it can be tried again. */
export interface FuzzFailure {
  readonly kind: 'exception' | 'bytes-lost' | 'slow'
  /** Which mutation of the seed. */
  readonly index: number
  readonly text: string
  /** The message's bytes, one character each. */
  readonly message: string
}

export interface FuzzReport {
  readonly messages: number
  readonly parsed: number
  readonly findings: number
  readonly slowestMs: number
  readonly cpuSeconds: number
  /** Resident memory after the first tenth, and the most later. */
  readonly rssStartMb: number
  readonly rssPeakMb: number
  readonly failures: readonly FuzzFailure[]
}

const FAILURES_MAX = 20
const SAMPLED_EVERY = 500

interface Outcome {
  readonly parsed: boolean
  readonly findings: number
  readonly lost: boolean
}

/**
 * Takes mutated messages through all that an interface does with one: parse, read every path, validate at both levels, answer, format. Looks for
 * exceptions, lost bytes, long runs and growing memory.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const dictionaries = new Map<string, Dictionary>()
  for (const version of HL7_VERSIONS) dictionaries.set(version, await loadDictionary(version))
  const random = createRandom(options.seed)
  const failures: FuzzFailure[] = []
  const tally = { parsed: 0, findings: 0, slowestMs: 0, rssStart: 0, rssPeak: 0 }
  const started = process.cpuUsage()
  for (let index = 0; index < options.messages && failures.length < FAILURES_MAX; index++) {
    const original = options.originals[random(options.originals.length)]
    if (original === undefined) break
    const bytes = mutate(original, random)
    const fail = (kind: FuzzFailure['kind'], text: string): void => {
      failures.push({ kind, index, text, message: Array.from(bytes, byte => String.fromCharCode(byte)).join('') })
    }
    const began = performance.now()
    try {
      const outcome = run(bytes, dictionaries)
      if (outcome.parsed) tally.parsed++
      tally.findings += outcome.findings
      if (outcome.lost) fail('bytes-lost', 'The message does not come back byte for byte')
    } catch (error) {
      fail('exception', error instanceof Error ? (error.stack ?? error.message) : String(error))
      continue
    }
    let tookMs = performance.now() - began
    // On a busy machine the clock tells of others too; only the CPU's own time counts.
    if (tookMs > options.runMsMax) tookMs = Math.min(tookMs, cpuMs(bytes, dictionaries))
    if (tookMs > options.runMsMax) fail('slow', `One run took ${tookMs.toFixed(1)} ms of the CPU`)
    tally.slowestMs = Math.max(tally.slowestMs, tookMs)
    if (index % SAMPLED_EVERY === 0) {
      const { rss } = process.memoryUsage()
      if (index <= options.messages / 10) tally.rssStart = Math.max(tally.rssStart, rss)
      tally.rssPeak = Math.max(tally.rssPeak, rss)
      options.onProgress?.(index)
    }
  }
  const used = process.cpuUsage(started)
  return {
    messages: options.messages,
    parsed: tally.parsed,
    findings: tally.findings,
    slowestMs: Math.round(tally.slowestMs * 10) / 10,
    cpuSeconds: Math.round((used.user + used.system) / 100_000) / 10,
    rssStartMb: Math.round(tally.rssStart / 1_000_000),
    rssPeakMb: Math.round(tally.rssPeak / 1_000_000),
    failures,
  }
}

function run(bytes: Uint8Array, dictionaries: ReadonlyMap<string, Dictionary>): Outcome {
  const result = parse(bytes)
  if (!result.ok) return { parsed: false, findings: 0, lost: false }
  const { message } = result
  readAll(message)
  const dictionary = dictionaries.get(nearestVersion(message.version))
  if (dictionary === undefined) throw new Error('A version without a dictionary')
  const strict = validate(message, dictionary, { level: 'strict', parseIssues: result.issues })
  const lenient = validate(message, dictionary, { level: 'lenient', parseIssues: result.issues })
  acknowledge(message, strict, { controlId: 'FUZZ', now: new Date(0) }).format()
  const copy = message.clone()
  copy.add('ZZZ')
  copy.remove('ZZZ')
  return { parsed: true, findings: strict.issues.length + lenient.issues.length, lost: !isSame(copy.format(), bytes) }
}

function readAll(message: Message): void {
  for (const leaf of leavesOf(message)) {
    const parsed = parsePath(leaf.path)
    if (parsed.ok) message.text(parsed.path)
  }
}

/** A removed segment may leave the line end that it needed. */
function isSame(written: Uint8Array, read: Uint8Array): boolean {
  if (written.length < read.length) return false
  for (let i = 0; i < read.length; i++) if (written[i] !== read[i]) return false
  return true
}

/** The least of three runs, by the process's own time. */
function cpuMs(bytes: Uint8Array, dictionaries: ReadonlyMap<string, Dictionary>): number {
  let least = Infinity
  for (let i = 0; i < 3; i++) {
    const before = process.cpuUsage()
    run(bytes, dictionaries)
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}
