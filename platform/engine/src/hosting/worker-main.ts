/** Entry point of a thread that holds the code of routes. It owns nothing: no socket, no database, no clock of its own. */
import { flushCompileCache } from 'node:module'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { pathToFileURL } from 'node:url'
import { type Category, SambandError, toSambandError } from '@samband/errors'
import { describeRoute, type RouteDefinition } from '@samband/route'
import { askingCapabilities, type CapabilityKinds } from './capability-kinds.ts'
import { rehearse } from './inline-host.ts'
import { isRoute, routeMissing } from './is-route.ts'
import { MessageReading } from './message-reading.ts'
import { RunningMark } from './running-mark.ts'
import type { StepOutcome } from './route-host.ts'
import { StepRunner } from './step-runner.ts'
import { traceSteps } from './trace-steps.ts'
import {
  type FromWorker,
  packOutcomes,
  type PlainError,
  type Question,
  type ToWorker,
  unpackJob,
} from './worker-protocol.ts'

type Loaded = {
  readonly definition: RouteDefinition
  readonly capabilities: CapabilityKinds
  readonly runner: StepRunner
}

// This file is only ever started as a worker, which has a parent.
const port = parentPort as MessagePort
const mark = new RunningMark((workerData as { readonly mark: SharedArrayBuffer }).mark)
const routes = new Map<number, Loaded>()
const calls = new Map<number, { resolve: (value: unknown) => void; reject: (reason: unknown) => void }>()
const finished = new Map<number, StepOutcome[]>()
let nextCall = 0
let nextJob = 0
let flushing = false

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'load':
      void load(message)
      break
    case 'run':
      run(message)
      break
    case 'ready':
      routes.get(message.route)?.runner.ready()
      break
    case 'stop':
      routes.get(message.route)?.runner.stop()
      routes.delete(message.route)
      break
    case 'ask':
      void answer(message)
      break
    case 'answer':
      calls.get(message.call)?.resolve(message.value)
      calls.delete(message.call)
      break
    case 'answer-failed':
      calls.get(message.call)?.reject(rebuilt(message.error))
      calls.delete(message.call)
      break
    case 'ping': {
      const { external, arrayBuffers } = process.memoryUsage()
      say({ kind: 'pong', externalBytes: external + arrayBuffers })
      break
    }
  }
})

async function load({ route, file, capabilities, partsMax }: ToWorker & { kind: 'load' }): Promise<void> {
  try {
    const { default: definition } = (await import(pathToFileURL(file).href)) as { readonly default?: unknown }
    if (!isRoute(definition)) throw routeMissing(file)
    const runner = new StepRunner({
      definition,
      capabilities: askingCapabilities(capabilities, (capability, args) => ask(route, capability, args)),
      partsMax,
      grouped: outcome => {
        flush()
        const { outcomes, bytes } = packOutcomes([outcome])
        const [packed] = outcomes
        if (packed !== undefined)
          port.postMessage({ kind: 'grouped', route, outcome: packed, bytes } satisfies FromWorker, [bytes])
      },
      callFailed: failure => say({ kind: 'call-failed', route, failure }),
      finished: outcome => finish(route, outcome),
    })
    routes.set(route, { definition, capabilities, runner })
    say({ kind: 'loaded', route, description: describeRoute(definition) })
    // A thread is ended, not left, so nothing would be kept for the next start.
    flushCompileCache()
  } catch (thrown) {
    say({ kind: 'load-failed', route, error: plain(thrown) })
  }
}

function run({ route, jobs, bytes }: ToWorker & { kind: 'run' }): void {
  const loaded = routes.get(route)
  for (const packed of jobs) {
    nextJob = (nextJob % 0x7fff_fffe) + 1
    mark.begin(nextJob, packed.messageId)
    loaded?.runner.run(unpackJob(packed, bytes))
    mark.end()
  }
  flush()
}

/** Outcomes of one turn travel together. */
function finish(route: number, outcome: StepOutcome): void {
  const list = finished.get(route)
  if (list === undefined) finished.set(route, [outcome])
  else list.push(outcome)
  if (flushing) return
  flushing = true
  setImmediate(flush)
}

function flush(): void {
  flushing = false
  for (const [route, outcomes] of finished) {
    const packed = packOutcomes(outcomes)
    port.postMessage({ kind: 'finished', route, ...packed } satisfies FromWorker, [packed.bytes])
  }
  finished.clear()
}

/** What cannot be sent as data (a function, a parsed message) fails the call with that reason. */
function ask(route: number, capability: string, args: readonly unknown[]): Promise<unknown> {
  nextCall += 1
  const call = nextCall
  return new Promise((resolve, reject) => {
    calls.set(call, { resolve, reject })
    try {
      say({ kind: 'call', call, route, capability, args })
    } catch (cause) {
      calls.delete(call)
      const message = `${capability} takes plain data only: pass values, not messages or functions`
      reject(new SambandError({ code: 'capability-argument', category: 'incorrect', message, cause }))
    }
  })
}

async function answer(message: ToWorker & { kind: 'ask' }): Promise<void> {
  const { ask: id } = message
  try {
    const loaded = routes.get(message.route)
    if (loaded === undefined) throw new Error(`route ${message.route} is not loaded`)
    nextJob = (nextJob % 0x7fff_fffe) + 1
    mark.begin(nextJob, 0)
    const pending = answerTo(loaded, message)
    mark.end()
    say({ kind: 'answered', ask: id, answer: await pending })
  } catch (thrown) {
    mark.end()
    say({ kind: 'ask-failed', ask: id, error: plain(thrown) })
  }
}

async function answerTo({ definition, capabilities }: Loaded, question: Question): Promise<unknown> {
  switch (question.question) {
    case 'read': {
      const reading = new MessageReading(definition)
      return question.raws.map(raw => reading.read(raw))
    }
    case 'trace':
      return await traceSteps(definition, capabilities, question.messageId, question.raw, question.recorded)
    case 'rehearse':
      return await rehearse(definition, capabilities, question.job)
    case 'group-keys':
      return question.failures.map(failure => definition.errorPolicy.groupBy(failure))
  }
}

function say(message: FromWorker): void {
  port.postMessage(message)
}

function plain(thrown: unknown): PlainError {
  const { code, category, message } = toSambandError(thrown, 'route-threw')
  return { code, category, message }
}

function rebuilt({ code, category, message }: PlainError): SambandError {
  // Made from a SambandError on the other side.
  return new SambandError({ code, category: category as Category, message })
}
