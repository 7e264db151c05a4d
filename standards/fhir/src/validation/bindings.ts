import { isNode, type JsonNode, listOf, textAt } from './json-node.ts'
import type { CodeAnswer } from './ports.ts'
import type { Run } from './run.ts'
import type { Binding } from './shape.ts'

/** Looks at a coded value: `code` and its like, Coding, CodeableConcept, Quantity (FHIR R4 terminologies.html#strength). */
export function checkBinding(run: Run, binding: Binding, type: string, value: unknown, profile?: string): void {
  const isRequired = binding.strength === 'required'
  // Where no code is suitable a text may stand alone.
  if (!binding.isCodeRequired && type === 'CodeableConcept' && isNode(value) && value['coding'] === undefined) return
  const answer = answerFor(run, binding.valueSet, type, value)
  if (answer === 'no') {
    const text = isRequired
      ? `The code is not in the required value set ${binding.valueSet}`
      : `No code is from ${binding.valueSet}, which is to be used where it has a suitable one`
    run.add(
      isRequired ? 'error' : 'warning',
      isRequired ? 'code-not-bound' : 'code-outside-extensible',
      text,
      profileOf(profile),
    )
  } else if (answer === 'unknown' && binding.strength === 'required') {
    run.remark(run.kit.policy.uncheckedCodes, 'code-unchecked', `The value set ${binding.valueSet} is not known here`)
  }
  if (binding.largest === undefined || answer === 'yes') return
  if (answerFor(run, binding.largest, type, value) === 'no') {
    run.add(
      'error',
      'code-not-bound',
      `The code is not in the largest value set allowed, ${binding.largest}`,
      profileOf(profile),
    )
  }
}

function profileOf(profile: string | undefined): { profile?: string } {
  return profile === undefined ? {} : { profile }
}

/** The same for a discriminator: `undefined` where it cannot be told. */
export function isInValueSet(run: Run, valueSet: string, type: string, value: unknown): boolean | undefined {
  const answer = answerFor(run, valueSet, type, value)
  return answer === 'unknown' ? undefined : answer === 'yes'
}

/** Whether the value has a code of the value set; what has no code at all (only text) is not in it. */
function answerFor(run: Run, valueSet: string, type: string, value: unknown): CodeAnswer {
  const { terminology } = run.kit
  if (terminology === undefined) return 'unknown'
  switch (type) {
    case 'CodeableConcept':
      return isNode(value) ? anyCoding(run, valueSet, listOf(value['coding']).filter(isNode), value) : 'unknown'
    case 'Coding':
      return isNode(value) ? codingAnswer(run, valueSet, value) : 'unknown'
    default:
      // A quantity without a unit has nothing to look at; age-1 and its like say when it must have one.
      if (isNode(value)) return textAt(value, 'code') === undefined ? 'yes' : codingAnswer(run, valueSet, value)
      return typeof value === 'string' ? terminology.validateCode(undefined, value, valueSet) : 'unknown'
  }
}

function anyCoding(run: Run, valueSet: string, codings: readonly JsonNode[], concept: JsonNode): CodeAnswer {
  // An extension may say why there is no code (data-absent-reason).
  if (codings.length === 0) return concept['extension'] === undefined ? 'no' : 'unknown'
  let answer: CodeAnswer = 'no'
  for (const coding of codings) {
    const one = codingAnswer(run, valueSet, coding)
    if (one === 'yes') return 'yes'
    if (one === 'unknown') answer = 'unknown'
  }
  return answer
}

function codingAnswer(run: Run, valueSet: string, coding: JsonNode): CodeAnswer {
  const code = textAt(coding, 'code')
  const system = textAt(coding, 'system')
  if (code === undefined) return coding['_code'] === undefined ? 'no' : 'unknown'
  // A code without its system means nothing.
  if (system === undefined) return 'no'
  return run.kit.terminology?.validateCode(system, code, valueSet) ?? 'unknown'
}
