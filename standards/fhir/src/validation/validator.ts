import type { DefinitionSource } from '../definitions/definition-source.ts'
import type { Issue } from '../issue.ts'
import { isNode } from './json-node.ts'
import { applyProfile } from './overlay-apply.ts'
import { OverlayStore } from './overlay-store.ts'
import type { InvariantPort, TerminologyPort } from './ports.ts'
import { resourceTypeOf, walkResourceType } from './resource.ts'
import { Run, VALIDATION_POLICY_DEFAULT, type ValidationKit, type ValidationPolicy } from './run.ts'
import { TypeShapes } from './type-shapes.ts'

export interface ValidatorOptions {
  /** The standard's definitions, and any others: profiles, extensions. Each needs its snapshot. */
  readonly definitions: DefinitionSource
  /** Without one no code is looked at. */
  readonly terminology?: TerminologyPort
  /** Without one only the rules written by hand are looked at. */
  readonly invariants?: InvariantPort
  readonly policy?: Partial<ValidationPolicy>
}

export interface ValidateOptions {
  /** Canonical addresses of profiles that must hold, besides those that the resource claims in `meta.profile`. */
  readonly profiles?: readonly string[]
  /** The type that the resource must be of: an interaction's. */
  readonly type?: string
}

/**
 * Looks whether resources follow the standard and profiles of it. Definitions are compiled when first met and kept, so a validator is made
 * once and used for long; it keeps nothing of what it looks at. Bad data gives issues, never an exception.
 */
export class Validator {
  readonly #kit: ValidationKit

  constructor({ definitions, terminology, invariants, policy }: ValidatorOptions) {
    const shapes = new TypeShapes(definitions, invariants)
    this.#kit = {
      definitions,
      shapes,
      overlays: new OverlayStore(definitions, shapes),
      terminology,
      policy: { ...VALIDATION_POLICY_DEFAULT, ...policy },
    }
  }

  /** Every issue of a resource, in the order of its elements; an empty list where all is well. */
  validate(resource: unknown, { profiles = [], type: wanted }: ValidateOptions = {}): readonly Issue[] {
    const run = new Run(this.#kit)
    if (!isNode(resource)) {
      run.error('resource-expected', 'A resource is a JSON object')
      return run.issues
    }
    const type = resourceTypeOf(run, resource)
    if (type === undefined) return run.issues
    run.location.push(type, -1, undefined)
    if (wanted !== undefined && wanted !== type)
      run.error('resource-type-wrong', `A resource of the type ${wanted} is expected here`)
    run.enter(resource, false)
    walkResourceType(run, resource, type)
    const claimed = claimedProfiles(resource)
    for (const profile of new Set(profiles)) {
      if (!claimed.includes(profile)) applyProfile(run, profile, { value: resource, extra: undefined, type })
    }
    return run.issues
  }
}

function claimedProfiles(resource: { readonly [key: string]: unknown }): readonly unknown[] {
  const { meta } = resource
  return isNode(meta) && Array.isArray(meta['profile']) ? meta['profile'] : []
}
