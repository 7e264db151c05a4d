import { SambandError } from '@samband/errors'
import { systemCaller } from '../access/caller.ts'
import type { HubContext } from '../hub-context.ts'
import { HubError } from '../hub-error.ts'
import { type HubTransaction, nameOf } from '../storage/hub-store.ts'
import type { StoredResource } from '../storage/stored.ts'
import { applyEach } from './apply-steps.ts'
import { criteriaKey, severalMatches } from './criteria.ts'
import { identifierKey, matchEach } from './match-one.ts'
import type { WriteJob } from './run-write.ts'
import type { WriteOutcome } from './write-outcome.ts'
import { nameOfStep, type WriteStep } from './write-step.ts'

type Waiting = {
  readonly job: WriteJob
  readonly resolve: (outcome: WriteOutcome) => void
  readonly reject: (error: unknown) => void
}

type Results = Map<Waiting, WriteOutcome | HubError>

/** Batches at once: one gets ready while another commits. */
const batchesMax = 2

/**
 * Changes of single resources in shared transactions. Whatever came while the batches before were under way is the next:
 * its locks, searches and rows take a statement each however many there are, and one commit. Without it the lock that
 * orders the change feed lets through one change for each commit; with it, measured at 16 clients, ten times as many.
 *
 * Each change stands for itself, as if it were alone: a refusal is its own. Two that could meet (the same resource, or one
 * creates what the other looks for) are never in one batch; the later one waits for the next.
 */
export class WriteGroup {
  readonly #context: HubContext
  #waiting: Waiting[] = []
  #running = 0
  #scheduled = false

  constructor(context: HubContext) {
    this.#context = context
  }

  /** Resolves after the commit. Throws HubError; SambandError `hub-busy`, or what the database failed with. */
  add(job: WriteJob): Promise<WriteOutcome> {
    const { transactionsWaitingMax } = this.#context.limits
    if (this.#waiting.length >= transactionsWaitingMax) {
      throw new SambandError({
        code: 'hub-busy',
        category: 'busy',
        message: `more than ${transactionsWaitingMax} changes wait`,
      })
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#running >= batchesMax) return
    this.#scheduled = true
    // Whatever the sockets have brought already comes along.
    setImmediate(() => {
      this.#scheduled = false
      const batch = this.#waiting.splice(0, this.#context.limits.changeBatchMax)
      if (batch.length === 0) return
      this.#running += 1
      void this.#commit(batch).finally(() => {
        this.#running -= 1
        if (this.#waiting.length > 0) this.#schedule()
      })
    })
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const results: Results = new Map()
    try {
      await this.#context.store.transaction(async transaction => {
        results.clear()
        await this.#perform(transaction, batch, results)
      })
    } catch (error) {
      // What is one's fault is not to be the others'. A connection that was lost is nobody's, and it may have been committed:
      // carried out again, a patch would be there twice.
      const isOnes = !(error instanceof SambandError && error.category === 'unavailable')
      if (isOnes && batch.length > 1) for (const one of batch) await this.#commit([one])
      else for (const { reject } of batch) reject(error)
      return
    }
    const later: Waiting[] = []
    for (const waiting of batch) {
      const result = results.get(waiting)
      if (result === undefined) later.push(waiting)
      else if (result instanceof HubError) waiting.reject(result)
      else waiting.resolve(result)
    }
    this.#waiting.unshift(...later)
    if (later.length > 0) this.#schedule()
  }

  /** Those without a result are for the next batch. */
  async #perform(transaction: HubTransaction, batch: readonly Waiting[], results: Results): Promise<void> {
    const context = this.#context
    const matches = await this.#match(transaction, batch)
    const touched = new Set<string>()
    const tokens = new Set<string>()
    const taken: { readonly waiting: Waiting; readonly step: WriteStep }[] = []
    for (const waiting of batch) {
      try {
        const { job } = waiting
        const found = matches.get(waiting) ?? []
        if (found.length > 1 && job.criteria !== undefined) throw severalMatches(job.criteria.type)
        const key = job.criteria === undefined ? undefined : identifierKey(context, job.criteria)
        if (key !== undefined && tokens.has(key)) continue
        const step = job.stepFor(found[0])
        const target = step.kind === 'found' ? step.stored : nameOfStep(step)
        if (target !== undefined && touched.has(nameOf(target))) continue
        if (target !== undefined) touched.add(nameOf(target))
        if (key !== undefined) tokens.add(key)
        if (step.kind === 'insert' || step.kind === 'put')
          for (const token of step.prepared.rows().tokens) tokens.add(token)
        taken.push({ waiting, step })
      } catch (error) {
        if (!(error instanceof HubError)) throw error
        results.set(waiting, error)
      }
    }
    const unmet = taken.flatMap(({ waiting }) =>
      waiting.job.criteria === undefined || (matches.get(waiting) ?? []).length > 0 ? [] : waiting.job.criteria,
    )
    const steps = taken.map(({ waiting, step }) => ({ caller: waiting.job.caller, step }))
    const outcomes = await applyEach(context, transaction, steps, unmet)
    for (const [index, { waiting }] of taken.entries()) {
      const outcome = outcomes[index]
      if (outcome !== undefined) results.set(waiting, outcome)
    }
  }

  async #match(
    transaction: HubTransaction,
    batch: readonly Waiting[],
  ): Promise<ReadonlyMap<Waiting, readonly StoredResource[]>> {
    const conditional = batch.flatMap(waiting =>
      waiting.job.criteria === undefined ? [] : { waiting, criteria: waiting.job.criteria },
    )
    if (conditional.length === 0) return new Map()
    await transaction.lockKeys(conditional.map(({ criteria }) => criteriaKey(this.#context, criteria)))
    // All of them see everything of the types that they search: anybody's eyes will do.
    const criteria = conditional.map(each => each.criteria)
    const found = await matchEach(this.#context, transaction, systemCaller, criteria, 2)
    return new Map(conditional.map(({ waiting }, index) => [waiting, found[index] ?? []]))
  }
}
