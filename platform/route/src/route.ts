import { choiceStep } from './choice.ts'
import { durationMs } from './duration.ts'
import type { DestinationDescriptor, SourceDescriptor } from './endpoint.ts'
import {
  type Dedupe,
  type DestinationNode,
  type ErrorPolicy,
  flatSteps,
  type Order,
  type RouteDefinition,
  type Step,
} from './graph.ts'
import type { Parser } from './parser.ts'
import type { Raw } from './payload.ts'
import { assertName, routeInvalid } from './route-error.ts'
import type { Branch, ErrorOptions, RouteFacts, RouteOrigin, RouteStart, Steps } from './stages.ts'
import { aggregateStep, callStep, destinationNode, filterStep } from './step-options.ts'

type Draft = {
  /** Of a route its name, of a branch where it stands too: 'route "adt"', 'route "adt": branch "by-type/a01"'. */
  readonly title: string
  /** What the names of its steps begin with: '' or 'by-type/a01/'. */
  readonly prefix: string
  readonly steps: readonly Step[]
  /** An aggregate lies before this point. */
  readonly aggregated: boolean
}

type RouteDraft = Draft & {
  readonly name: string
  readonly facts: RouteFacts
  readonly source: SourceDescriptor
  readonly parser?: Parser<unknown>
  readonly dedupe?: Dedupe
  readonly order: Order
  readonly priority?: RouteDefinition['priority']
}

const versionPattern = /^\d+\.\d+\.\d+(?:-[0-9a-z.-]+)?$/

/**
 * Begins a route. `C` names the capabilities its calls use: `route<{ identity: Identity }>('lab-results', { ... })`.
 * Nothing executes at import but the building. Throws SambandError 'route-invalid' for a description that cannot run.
 */
export function route<C = Record<never, never>>(name: string, facts: RouteFacts): RouteStart<C> {
  assertName(name, 'route')
  assertFacts(name, facts)
  const title = `route "${name}"`
  const draft = { title, prefix: '', steps: [], aggregated: false, name, facts, order: { kind: 'serial' as const } }
  return { from: source => routeBuilder<C>({ ...draft, source }) }
}

/**
 * One object serves every stage of a route; the interfaces show each stage only what is allowed there. The casts to
 * `never` hold because each interface's item type is exactly what the previous stage produced.
 */
function routeBuilder<C>(draft: RouteDraft): RouteOrigin<C> {
  const next = (change: Partial<RouteDraft>): never => routeBuilder<C>({ ...draft, ...change }) as never
  return {
    ...(stepVerbs(draft, next) as unknown as Steps<C, Raw, 'route'>),
    parse: parser => next({ parser }),
    dedupe: ({ key, window }) => next({ dedupe: Object.freeze({ key: key as never, windowMs: durationMs(window) }) }),
    orderBy: key => next({ order: Object.freeze({ kind: 'key' as const, key: key as never }) }),
    unordered: () => next({ order: Object.freeze({ kind: 'none' as const }) }),
    priority: of => next({ priority: of as never }),
    onError: options => finish(draft, options),
  }
}

/** The drafts of branches, for the choice that they belong to. */
const branchDrafts = new WeakMap<object, Draft>()

function branchBuilder(draft: Draft): Branch<unknown, unknown> {
  const built: Branch<unknown, unknown> = stepVerbs(draft, change => branchBuilder({ ...draft, ...change }) as never)
  branchDrafts.set(built, draft)
  return built
}

/** The verbs that routes and branches share. Their types are checked by the stages that they are given out as. */
function stepVerbs(draft: Draft, next: (change: Partial<Draft>) => never): Branch<never, never> {
  const add = (step: Step, aggregated = draft.aggregated): never => {
    const steps = [...draft.steps, Object.freeze(step)]
    assertUnique(draft.title, steps)
    return next({ steps, aggregated })
  }
  /** Checks a name, and says where the step stands. */
  const named = (name: string): string => {
    assertName(name, `${draft.title}: step`)
    return draft.prefix + name
  }
  return {
    filter: (name: string, test: unknown, otherwise?: { readonly drop: string }) =>
      add(filterStep(named(name), test as never, otherwise)),
    map: (name, fn) => add({ kind: 'map', name: named(name), fn: fn as never }),
    split: (name, fn) => add({ kind: 'split', name: named(name), fn: fn as never }),
    call: (name, fn, options) => add(callStep(named(name), fn as never, options)),
    aggregate: (name, options) => {
      if (draft.aggregated) throw routeInvalid(`${draft.title}: "${name}" is a second aggregate on the same path`)
      return add(aggregateStep(named(name), options as never), true)
    },
    choose: (name, build) => {
      const where = named(name)
      const { step, aggregated } = choiceStep(where, draft.title, build as never, (branch, steps) =>
        branchSteps({ ...draft, title: `${draft.title}: branch "${branch}"`, prefix: `${branch}/` }, steps),
      )
      return add(step, draft.aggregated || aggregated)
    },
    to: (name: string, destination: unknown, options?: object) => {
      named(name)
      return add(destinationNode(name, destination as DestinationDescriptor<unknown>, options ?? {}))
    },
  }
}

function branchSteps(
  parent: Draft,
  build: (branch: Branch<unknown, unknown>) => unknown,
): { readonly steps: readonly Step[]; readonly aggregated: boolean } {
  const built = build(branchBuilder({ ...parent, steps: [] }))
  const draft = typeof built === 'object' && built !== null ? branchDrafts.get(built) : undefined
  if (draft === undefined || draft.prefix !== parent.prefix) {
    throw routeInvalid(`${parent.title} must return the steps that it was given to build on`)
  }
  return { steps: Object.freeze(draft.steps), aggregated: draft.aggregated }
}

function assertUnique(title: string, steps: readonly Step[]): void {
  const names = new Set<string>()
  for (const { name } of flatSteps(steps)) {
    if (names.has(name)) throw routeInvalid(`${title} has two steps named "${name}"`)
    names.add(name)
  }
}

function finish<C>(draft: RouteDraft, options: ErrorOptions): RouteDefinition<C> {
  const destinations: readonly DestinationNode[] = [...flatSteps(draft.steps)].filter(step => step.kind === 'to')
  if (destinations.length === 0) throw routeInvalid(`${draft.title} has no destination: add .to(...)`)
  const errorPolicy: ErrorPolicy = Object.freeze({
    deadLetter: options.deadLetter,
    groupBy: options.groupBy ?? (failure => `${failure.step}:${failure.code}`),
    notify: options.notify,
  })
  const { facts } = draft
  return Object.freeze({
    name: draft.name,
    version: facts.version,
    owner: facts.owner,
    purpose: facts.purpose,
    description: facts.description,
    retention: facts.retention ?? 'default',
    dependsOn: Object.freeze([...(facts.dependsOn ?? [])]),
    limits: Object.freeze({ ...facts.limits }),
    source: draft.source,
    parser: draft.parser,
    dedupe: draft.dedupe,
    order: draft.order,
    priority: draft.priority,
    steps: Object.freeze([...draft.steps]),
    destinations: Object.freeze(destinations),
    errorPolicy,
  })
}

function assertFacts(name: string, { version, retention, dependsOn = [], limits = {} }: RouteFacts): void {
  if (!versionPattern.test(version)) {
    throw routeInvalid(`route "${name}": version "${version}" is not semantic, as in "1.0.0"`)
  }
  if (retention !== undefined) assertName(retention, `route "${name}": retention class`)
  for (const other of dependsOn) assertName(other, `route "${name}": dependsOn:`)
  if (dependsOn.includes(name)) throw routeInvalid(`route "${name}" cannot depend on itself`)
  for (const [limit, value] of Object.entries(limits)) {
    if (!(value > 0 && Number.isFinite(value))) throw routeInvalid(`route "${name}": limits.${limit} must be above 0`)
  }
}
