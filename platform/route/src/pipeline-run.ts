import { SambandError, toSambandError } from '@samband/errors'
import type { Answer } from './call-cache.ts'
import { type CallRecord, recording, recordsOf, replaying, withTimeout } from './capabilities.ts'
import type { AggregateStep, CallStep, ChoiceStep, DestinationNode, Step } from './graph.ts'
import type { Encoded } from './payload.ts'
import type { Joined, Output, PipelineContext, PipelineResult, StepObserver } from './pipeline.ts'

/** Where an item goes on when the steps of its branch have ended. */
export type Rest = { readonly steps: readonly Step[]; readonly index: number; readonly rest: Rest | undefined }

/** An item that more than one step may change is copied first, when it can be. */
type Clonable = { clone(): unknown }

type Drops = { readonly step: string; readonly reason: string }[]
type Seen = Omit<Parameters<StepObserver>[0], 'child'>

class StepFailure extends Error {
  readonly step: Step
  readonly error: SambandError
  readonly child: string
  constructor(step: Step, child: string, thrown: unknown) {
    const error = toSambandError(thrown, 'step-threw')
    super(error.message)
    this.step = step
    this.error = error
    this.child = child
  }
}

const noneJoined: readonly Joined[] = Object.freeze([])

/**
 * One message on its way. Written for the message that meets only filters, maps and destinations: it costs no closure, no
 * promise and no map. What splits, choices and aggregates need is made when one is met.
 */
export class PipelineRun {
  readonly #input: PipelineContext
  readonly #partBase: number
  readonly #outputs: Output[] = []
  readonly #drops: Drops = []
  readonly #calls: CallRecord[] = []
  #joined: Joined[] | undefined
  /** Parts so far per destination; only behind a split can there be more than one. */
  #parts: Map<DestinationNode, number> | undefined

  constructor(input: PipelineContext, partBase = 0) {
    this.#input = input
    this.#partBase = partBase
  }

  finished(): PipelineResult {
    return {
      ok: true,
      outputs: this.#outputs,
      joined: this.#joined ?? noneJoined,
      drops: this.#drops,
      calls: this.#calls,
    }
  }

  failed(thrown: unknown): PipelineResult {
    if (!(thrown instanceof StepFailure)) throw thrown
    const { step, error, child } = thrown
    this.#saw({ step, outcome: 'failed', text: `${error.code}: ${error.message}` }, child)
    return { ok: false, step: step.name, error, calls: this.#calls }
  }

  /** Runs the steps from `index` on, then those of `rest`. Returns a promise only when a call was met. */
  from(
    start: unknown,
    startSteps: readonly Step[],
    startIndex: number,
    startRest: Rest | undefined,
    child: string,
  ): Promise<void> | undefined {
    let item = start
    let steps = startSteps
    let index = startIndex
    let rest = startRest
    for (;;) {
      const step = steps[index]
      if (step === undefined) {
        if (rest === undefined) return undefined
        ;({ steps, index, rest } = rest)
        continue
      }
      index += 1
      switch (step.kind) {
        case 'filter':
          if (!this.#passes(step, item, child)) return undefined
          break
        case 'map':
          item = this.#mapped(step, item, child)
          break
        case 'to':
          this.#output(step, item, child)
          break
        case 'choice': {
          const branch = this.#chosen(step, item, child)
          if (branch === undefined) return undefined
          if (branch.length === 0) break
          rest = { steps, index, rest }
          steps = branch
          index = 0
          break
        }
        case 'split':
          return this.#each(this.#split(step, item, child), 0, { steps, index, rest }, child)
        case 'aggregate':
          this.#join(step, item, child)
          return undefined
        case 'call': {
          const then: Rest = { steps, index, rest }
          return this.#call(step, item, child).then(result =>
            this.from(result, then.steps, then.index, then.rest, child),
          )
        }
      }
    }
  }

  /** What a released group becomes. */
  combined(step: AggregateStep, items: readonly unknown[], child: string): unknown {
    try {
      const item = step.combine(items.map(isolated))
      this.#saw({ step, outcome: 'passed', after: item, text: `${items.length} items` }, child)
      return item
    } catch (thrown) {
      throw new StepFailure(step, child, thrown)
    }
  }

  #passes(step: Step & { kind: 'filter' }, item: unknown, child: string): boolean {
    let verdict: ReturnType<typeof step.test>
    try {
      verdict = step.test(item)
    } catch (thrown) {
      throw new StepFailure(step, child, thrown)
    }
    if (verdict !== true) return this.#drop(step, verdict.drop, child)
    if (this.#input.observer !== undefined) this.#saw({ step, outcome: 'passed' }, child)
    return true
  }

  #drop(step: Step, reason: string, child: string): false {
    this.#drops.push({ step: step.name, reason })
    this.#saw({ step, outcome: 'dropped', text: reason }, child)
    return false
  }

  #mapped(step: Step & { kind: 'map' }, item: unknown, child: string): unknown {
    let after: unknown
    try {
      after = step.fn(isolated(item))
    } catch (thrown) {
      throw new StepFailure(step, child, thrown)
    }
    if (this.#input.observer !== undefined) this.#saw({ step, outcome: 'passed', after }, child)
    return after
  }

  #output(node: DestinationNode, item: unknown, child: string): void {
    const encoded = this.#encoded(node, item, child)
    if (encoded === undefined) {
      this.#saw({ step: node, outcome: 'dropped', text: 'its condition left this one out' }, child)
      return
    }
    const part = this.#partBase + this.#nextPart(node)
    this.#outputs.push(
      child === '' ? { destination: node, part, encoded } : { destination: node, part, encoded, child },
    )
    if (this.#input.observer !== undefined) this.#saw({ step: node, outcome: 'output', after: encoded }, child)
  }

  #encoded(node: DestinationNode, item: unknown, child: string): Encoded | undefined {
    try {
      if (node.when !== undefined && !node.when(item)) return undefined
      return node.destination.encode(node.map === undefined ? item : node.map(isolated(item)))
    } catch (thrown) {
      throw new StepFailure(node, child, thrown)
    }
  }

  #nextPart(node: DestinationNode): number {
    if (this.#parts === undefined) return 0
    const part = this.#parts.get(node) ?? 0
    this.#parts.set(node, part + 1)
    return part
  }

  /** The steps of the branch that takes the item; undefined when it is dropped. */
  #chosen(step: ChoiceStep, item: unknown, child: string): readonly Step[] | undefined {
    let taken: ChoiceStep['branches'][number] | undefined
    try {
      taken = step.branches.find(({ test }) => test(item))
    } catch (thrown) {
      throw new StepFailure(step, child, thrown)
    }
    if (taken === undefined && 'drop' in step.otherwise) {
      this.#drop(step, step.otherwise.drop, child)
      return undefined
    }
    this.#saw({ step, outcome: 'passed', text: taken?.name ?? 'otherwise' }, child)
    // Without a branch it is steps that are left: the drop has returned above.
    return taken?.steps ?? (step.otherwise as readonly Step[])
  }

  #split(step: Step & { kind: 'split' }, item: unknown, child: string): readonly unknown[] {
    this.#parts ??= new Map()
    let parts: readonly unknown[]
    try {
      parts = step.fn(isolated(item))
    } catch (thrown) {
      throw new StepFailure(step, child, thrown)
    }
    this.#saw({ step, outcome: 'passed', text: `${parts.length} parts` }, child)
    if (parts.length === 0) this.#drop(step, 'split into nothing', child)
    return parts
  }

  /** Parts go one after another, so that their outputs keep the order of the split. */
  #each(parts: readonly unknown[], start: number, then: Rest, parent: string): Promise<void> | undefined {
    for (let at = start; at < parts.length; at += 1) {
      const child = parent === '' ? `${at + 1}` : `${parent}.${at + 1}`
      const pending = this.from(parts[at], then.steps, then.index, then.rest, child)
      if (pending !== undefined) return pending.then(() => this.#each(parts, at + 1, then, parent))
    }
    return undefined
  }

  #join(step: AggregateStep, item: unknown, child: string): void {
    let key: string | undefined
    try {
      key = step.key(item)
    } catch (thrown) {
      throw new StepFailure(step, child, thrown)
    }
    if (key === undefined || key === '') throw new StepFailure(step, child, keyMissing(step))
    this.#joined ??= []
    const part = this.#joined.length
    this.#joined.push(child === '' ? { step: step.name, key, part, item } : { step: step.name, key, part, child, item })
    this.#saw({ step, outcome: 'passed', after: item, text: 'joined its group, and waits for it' }, child)
  }

  async #call(step: CallStep, item: unknown, child: string): Promise<unknown> {
    const { recorded, caches } = this.#input
    try {
      const known = recorded === undefined ? [] : recordsOf({ step: step.name, child }, recorded)
      const key = known.length > 0 || caches === undefined ? undefined : step.cache?.key(item)
      const result =
        key === undefined || caches === undefined
          ? await this.#ask(step, item, child, known)
          : await caches.answer(step, key, answers => this.#askForCache(step, item, child, answers))
      if (this.#input.observer !== undefined) this.#saw({ step, outcome: 'passed', after: result }, child)
      return result
    } catch (thrown) {
      throw new StepFailure(step, child, thrown)
    }
  }

  async #askForCache(
    step: CallStep,
    item: unknown,
    child: string,
    answers: readonly Answer[] | undefined,
  ): Promise<{ result: unknown; answers: readonly Answer[] }> {
    const asker = child === '' ? { step: step.name } : { step: step.name, child }
    const known = (answers ?? []).map(answer => ({ ...asker, ...answer }))
    const result = await this.#ask(step, item, child, known)
    const given = recordsOf({ step: step.name, child }, this.#calls)
    return { result, answers: given.map(({ step: _step, child: _child, ...answer }) => answer) }
  }

  #ask(step: CallStep, item: unknown, child: string, known: readonly CallRecord[]): Promise<unknown> {
    const { capabilities, messageId } = this.#input
    const asker = { step: step.name, child }
    const own =
      known.length === 0
        ? recording(capabilities, asker, this.#calls)
        : replaying(capabilities, asker, known, this.#calls)
    return withTimeout(step.name, step.timeoutMs, signal => step.fn(isolated(item), own, { messageId, signal }))
  }

  #saw(seen: Seen, child: string): void {
    this.#input.observer?.(child === '' ? seen : { ...seen, child })
  }
}

function keyMissing({ name }: AggregateStep): SambandError {
  return new SambandError({
    code: 'aggregate-key-missing',
    category: 'incorrect',
    message: `aggregate "${name}" has no key for this item, so it cannot know which others belong to it`,
  })
}

function isolated(item: unknown): unknown {
  return isClonable(item) ? item.clone() : item
}

function isClonable(item: unknown): item is Clonable {
  return typeof item === 'object' && item !== null && 'clone' in item && typeof item.clone === 'function'
}
