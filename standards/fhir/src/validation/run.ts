import type { DefinitionSource } from '../definitions/definition-source.ts'
import type { Issue, IssueCode, IssueSeverity } from '../issue.ts'
import type { JsonNode } from './json-node.ts'
import { Location } from './location.ts'
import type { OverlayStore } from './overlay-store.ts'
import type { InvariantContext, TerminologyPort } from './ports.ts'
import { resolveLocally } from './references.ts'
import type { Rule } from './shape.ts'
import type { TypeShapes } from './type-shapes.ts'

/** What is said of a thing that the standard leaves open; `ignore` says nothing. */
export type Remark = 'ignore' | 'information' | 'warning' | 'error'

/** How strict a validator is where the standard leaves it open. */
export interface ValidationPolicy {
  /** An extension whose definition is not known. */
  readonly unknownExtensions: Remark
  /** A modifier extension whose definition is not known: whoever reads the resource cannot know what it means. */
  readonly unknownModifierExtensions: Remark
  /** A profile that is asked for, by `meta.profile` or the caller, and is not known. */
  readonly unknownProfiles: Remark
  /** A required binding whose value set the terminology does not know. */
  readonly uncheckedCodes: Remark
  /** A rule that could not be evaluated. */
  readonly uncheckedRules: Remark
  /** Rules that are only best practice, such as dom-6 (a resource should have narrative). */
  readonly bestPractice: Remark
  /** Most errors, and most other issues, reported for one resource. */
  readonly issuesMax: number
}

export const VALIDATION_POLICY_DEFAULT: ValidationPolicy = {
  unknownExtensions: 'ignore',
  unknownModifierExtensions: 'warning',
  unknownProfiles: 'warning',
  uncheckedCodes: 'ignore',
  uncheckedRules: 'warning',
  bestPractice: 'ignore',
  issuesMax: 200,
}

/** How many profiles may be gone into inside each other. */
const PROFILE_DEPTH_MAX = 50

/** What all validations of a validator share. */
export interface ValidationKit {
  readonly definitions: DefinitionSource
  readonly shapes: TypeShapes
  readonly overlays: OverlayStore
  readonly terminology: TerminologyPort | undefined
  readonly policy: ValidationPolicy
}

/** Where references of a resource are looked up: what it contains, and the other entries of its Bundle. */
export interface ResourceScope {
  readonly resource: JsonNode
  /** The resource that contains it, or itself. */
  readonly root: JsonNode
  readonly parent: ResourceScope | undefined
  /** The servers of a Bundle's entries; made when first asked for. */
  entryBases: ReadonlyMap<JsonNode, string> | undefined
  /** Ids of the resources that it contains, as they are met. */
  containedIds: Set<string> | undefined
  /** Ids of its elements, to find the second of two. */
  elementIds: Set<string> | undefined
  /** Made when first asked for. */
  targets: ReadonlyMap<string, JsonNode> | undefined
}

/** The state of one validation. */
export class Run {
  readonly kit: ValidationKit
  readonly location: Location = new Location()
  readonly issues: Issue[] = []
  #scope: ResourceScope | undefined
  #context: InvariantContext = { resource: undefined, rootResource: undefined, resolve: () => undefined }
  /** Errors are counted apart, so that no number of warnings hides one. */
  #errors = 0
  #remarks = 0
  #isCut = false
  #profileDepth = 0

  constructor(kit: ValidationKit) {
    this.kit = kit
  }

  get scope(): ResourceScope | undefined {
    return this.#scope
  }

  /** Goes into a resource, and back by `leave`. */
  enter(resource: JsonNode, isContained: boolean): ResourceScope | undefined {
    const parent = this.#scope
    const root = isContained && parent !== undefined ? parent.root : resource
    this.#use({
      resource,
      root,
      parent,
      elementIds: undefined,
      targets: undefined,
      entryBases: undefined,
      containedIds: undefined,
    })
    return parent
  }

  leave(parent: ResourceScope | undefined): void {
    this.#use(parent)
  }

  #use(scope: ResourceScope | undefined): void {
    this.#scope = scope
    const resolve = (reference: string): JsonNode | undefined => resolveLocally(scope, reference)
    this.#context = { resource: scope?.resource, rootResource: scope?.root, resolve }
  }

  /** Whether a profile must not be gone into any more: one that leads back to itself would never end. Else `applied` follows. */
  isTooDeep(): boolean {
    if (this.#profileDepth >= PROFILE_DEPTH_MAX) return true
    this.#profileDepth++
    return false
  }

  applied(): void {
    this.#profileDepth--
  }

  /** Looks at the same place without telling: for discriminators, and to choose among profiles. */
  quietly(look: (run: Run) => void): readonly Issue[] {
    const run = new Run(this.kit)
    run.#use(this.#scope)
    run.#profileDepth = this.#profileDepth
    look(run)
    return run.issues
  }

  add(
    severity: IssueSeverity,
    code: IssueCode,
    text: string,
    more: { member?: string; rule?: string; profile?: string } = {},
  ): void {
    if (this.#isFull(severity)) return
    const { member, rule, profile } = more
    this.issues.push({
      severity,
      code,
      text,
      path: this.location.text(member),
      ...(rule === undefined ? {} : { rule }),
      ...(profile === undefined ? {} : { profile }),
    })
  }

  /** Whether no more of this severity are told; the first that is not told leaves a word of it. */
  #isFull(severity: IssueSeverity): boolean {
    const { issuesMax } = this.kit.policy
    const isError = severity === 'error' || severity === 'fatal'
    const count = isError ? ++this.#errors : ++this.#remarks
    if (count <= issuesMax) return false
    if (!this.#isCut) {
      this.#isCut = true
      const text = `There are more than ${issuesMax} issues of a kind: the rest is left out`
      this.issues.push({ severity: 'warning', code: 'issues-too-many', text })
    }
    return true
  }

  error(code: IssueCode, text: string, member?: string): void {
    this.add('error', code, text, member === undefined ? {} : { member })
  }

  remark(remark: Remark, code: IssueCode, text: string): void {
    if (remark !== 'ignore') this.add(remark, code, text)
  }

  /** Evaluates the rules of the node that the location is at. */
  rules(rules: readonly Rule[], node: unknown, profile?: string): void {
    for (const rule of rules) this.#rule(rule, node, profile)
  }

  #rule(rule: Rule, node: unknown, profile: string | undefined): void {
    const { policy } = this.kit
    if (rule.isBestPractice && policy.bestPractice === 'ignore') return
    let holds: boolean | undefined
    try {
      holds = rule.holds?.(node, this.#context)
    } catch {
      // An expression over a value of the wrong type: the type itself is reported by the walk.
      holds = undefined
    }
    if (holds === true) return
    const more = { rule: rule.key, ...(profile === undefined ? {} : { profile }) }
    if (holds === undefined) {
      if (policy.uncheckedRules === 'ignore') return
      this.add(policy.uncheckedRules, 'invariant-unchecked', `Rule ${rule.key} could not be evaluated`, more)
      return
    }
    const severity = rule.isBestPractice ? policy.bestPractice : rule.severity
    if (severity !== 'ignore') this.add(severity, 'invariant-broken', `${rule.key}: ${rule.human}`, more)
  }
}
