import { firstKnown, type DefinitionSource } from '../definitions/definition-source.ts'
import { loadDefinitions, loadValueSets } from '../definitions/load.ts'
import type { StandardDefinitions } from '../definitions/standard-definitions.ts'
import type { StandardValueSets } from '../definitions/standard-value-sets.ts'
import { type FhirPathModel, modelFromStructureDefinitions } from '../fhirpath/index.ts'
import { compiledInvariants } from './compiled-invariants.ts'
import type { TerminologyPort } from './ports.ts'
import type { ValidationPolicy } from './run.ts'
import { Validator } from './validator.ts'

export interface LoadValidatorOptions {
  /** Profiles and extensions beside the standard's own, such as a package's: asked after the standard. */
  readonly definitions?: readonly DefinitionSource[]
  /** Asked where the standard's own value sets cannot tell. */
  readonly terminology?: TerminologyPort
  readonly policy?: Partial<ValidationPolicy>
}

/** A validator with all that the standard brings: its definitions and value sets, and FHIRPath for rules. */
export async function loadValidator(options: LoadValidatorOptions = {}): Promise<Validator> {
  const { definitions = [], terminology, policy = {} } = options
  const [standard, valueSets] = await Promise.all([loadDefinitions(), loadValueSets()])
  const codes = standardTerminology(valueSets, terminology)
  return new Validator({
    definitions: firstKnown([standard, ...definitions]),
    terminology: codes,
    invariants: compiledInvariants(modelOf(standard)),
    policy,
  })
}

/** Made of every type, so once is enough for all validators. */
const models = new WeakMap<StandardDefinitions, FhirPathModel>()

function modelOf(standard: StandardDefinitions): FhirPathModel {
  const known = models.get(standard)
  if (known !== undefined) return known
  const model = modelFromStructureDefinitions(standard.types())
  models.set(standard, model)
  return model
}

/** The standard's value sets, and behind them whoever knows more. */
export function standardTerminology(valueSets: StandardValueSets, more?: TerminologyPort): TerminologyPort {
  return {
    validateCode(system, code, valueSet) {
      const answer = valueSets.contains(valueSet, system, code)
      return answer === 'unknown' && more !== undefined ? more.validateCode(system, code, valueSet) : answer
    },
    hasCode(system, code) {
      const answer = valueSets.hasCode(system, code)
      return answer === 'unknown' ? (more?.hasCode?.(system, code) ?? answer) : answer
    },
  }
}
