import type { DefinitionSource } from '../definitions/definition-source.ts'
import type { Discriminator } from '../definitions/structure-definition.ts'
import { typeName, valueOfChoice } from '../definitions/structure-definition.ts'
import { hasErrors } from '../issue.ts'
import { isInValueSet } from './bindings.ts'
import type { DefinitionNode } from './definition-tree.ts'
import { type DefinedPlace, definedAt, parseSteps, selectItems, type Step } from './discriminator-path.ts'
import { equalsFixed, meetsPattern } from './expected-value.ts'
import { listOf } from './json-node.ts'
import type { Item, OverlayNode } from './overlay.ts'
import { applyNode, applyProfile } from './overlay-apply.ts'
import type { Run } from './run.ts'

/** Whether an item is of a slice, by one discriminator; `undefined` where it cannot be told. */
type Match = (run: Run, item: Item) => boolean | undefined

/** Compiles discriminators (FHIR R4 profiling.html#discriminator): the definition at the path says what the instance must have there. */
export class DiscriminatorCompiler {
  readonly #definitions: DefinitionSource
  readonly #overlayOf: (node: DefinitionNode, profile: string) => OverlayNode

  constructor(definitions: DefinitionSource, overlayOf: (node: DefinitionNode, profile: string) => OverlayNode) {
    this.#definitions = definitions
    this.#overlayOf = overlayOf
  }

  /** The test of a slice: all its discriminators. A slice without any is met by what breaks none of its rules. */
  compile(discriminators: readonly Discriminator[], slice: DefinitionNode, profile: string): Match {
    if (discriminators.length === 0) return this.#byRules([{ node: slice, literal: undefined }], [], profile)
    const matches = discriminators.map(discriminator => this.#compileOne(discriminator, slice, profile))
    return (run, item) => {
      let isTold = true
      for (const matchOne of matches) {
        const answer = matchOne(run, item)
        if (answer === false) return false
        if (answer === undefined) isTold = false
      }
      return isTold ? true : undefined
    }
  }

  #compileOne({ type, path }: Discriminator, slice: DefinitionNode, profile: string): Match {
    const steps = parseSteps(path)
    if (steps === undefined) return () => undefined
    if (path === 'url') {
      const extension = slice.element.type?.[0]?.profile?.[0]
      // The definition of an extension may be unknown here; its address is enough.
      if (extension !== undefined) return byLiteral(steps, extension.replace(/\|.*$/, ''))
    }
    const places = definedAt(slice, steps, this.#definitions)
    switch (type) {
      case 'exists':
        return byExistence(places, steps)
      case 'type':
        return byType(places, steps)
      case 'profile':
        return byProfile(places, steps)
      default:
        return places.length === 0 ? () => undefined : this.#byValue(places, steps, profile)
    }
  }

  #byValue(places: readonly DefinedPlace[], steps: readonly Step[], profile: string): Match {
    const tests = places.map(place => valueTest(place))
    if (tests.some(one => one === undefined)) return this.#byRules(places, steps, profile)
    return (run, item) => {
      const found = selectItems(run, item, steps)
      if (found === undefined) return undefined
      let answer: boolean | undefined = false
      for (const candidate of found) {
        for (const one of tests) {
          const result = one?.(run, candidate)
          if (result === true) return true
          if (result === undefined) answer = undefined
        }
      }
      return answer
    }
  }

  /** Where the definition at the path has no value of its own, what lies below it decides. */
  #byRules(places: readonly DefinedPlace[], steps: readonly Step[], profile: string): Match {
    // Compiled at the first use: a slice may lie in a definition that is only just being compiled.
    let overlays: OverlayNode[] | undefined
    return (run, item) => {
      overlays ??= places.map(({ node }) => ({ ...this.#overlayOf(node, profile), slicing: undefined }))
      const found = selectItems(run, item, steps)
      const rules = overlays
      if (found === undefined) return undefined
      return found.some(candidate =>
        rules.some(overlay => !hasErrors(run.quietly(quiet => applyNode(quiet, overlay, candidate)))),
      )
    }
  }
}

/** What the definition at a place asks of a value: a literal above it, fixed, pattern, or a required binding. */
function valueTest({ node, literal }: DefinedPlace): Match | undefined {
  if (literal !== undefined) return (_, item) => literal.some(value => meetsPattern(item.value, value))
  const fixed = valueOfChoice(node.element, 'fixed')
  if (fixed !== undefined) return (_, item) => equalsFixed(item.value, fixed.value)
  const pattern = valueOfChoice(node.element, 'pattern')
  if (pattern !== undefined) return (_, item) => meetsPattern(item.value, pattern.value)
  const { binding } = node.element
  const { valueSet } = binding ?? {}
  if (valueSet === undefined || binding?.strength !== 'required' || node.children.length > 0) return undefined
  return (run, item) => isInValueSet(run, valueSet, item.type, item.value)
}

function byLiteral(steps: readonly Step[], value: string): Match {
  return (run, item) => selectItems(run, item, steps)?.some(candidate => candidate.value === value)
}

function byExistence(places: readonly DefinedPlace[], steps: readonly Step[]): Match {
  const [place] = places
  if (place === undefined) return () => undefined
  const mustExist = place.node.element.max !== '0'
  return (run, item) => {
    const found = selectItems(run, item, steps)
    return found === undefined ? undefined : found.length > 0 === mustExist
  }
}

function byType(places: readonly DefinedPlace[], steps: readonly Step[]): Match {
  const types = new Set(places.flatMap(({ node }) => typesOf(node)))
  return (run, item) =>
    selectItems(run, item, steps)?.some(({ type }) => [...types].some(one => run.kit.shapes.isKindOf(type, one)))
}

function typesOf({ element }: DefinitionNode): string[] {
  return element.path.includes('.') ? (element.type ?? []).map(typeName) : [element.path]
}

function byProfile(places: readonly DefinedPlace[], steps: readonly Step[]): Match {
  const profiles = places.flatMap(({ node, profile }) => {
    return profile === undefined
      ? (node.element.type ?? []).flatMap(type => listOf(type.profile).map(String))
      : [profile]
  })
  return (run, item) => {
    if (profiles.length === 0) return undefined
    const found = selectItems(run, item, steps)
    return found?.some(one => profiles.some(profile => conforms(run, profile, one)))
  }
}

function conforms(run: Run, profile: string, item: Item): boolean {
  return !hasErrors(run.quietly(quiet => applyProfile(quiet, profile, item)))
}
