import type { Dictionary } from '../dictionary/dictionary.ts'
import { nearestVersion } from '../dictionary/version-id.ts'
import type { Message } from '../message.ts'
import type { ValidationOptions } from './validate.ts'
import { validate } from './validate.ts'
import type { ValidationIssue, ValidationResult } from './validation-issue.ts'

/** `validate` with its dictionaries and options settled, in the shapes that a route's steps take. */
export interface Validator {
  check(message: Message): ValidationResult
  /**
   * For a route's `.filter`: true for a message without errors, else the refusal with its reason, which an operator reads: codes and paths, nothing
   * of the content. Bound to its validator, so that it can be handed on: `.filter('valid', checked.accept)`.
   */
  readonly accept: (message: Message) => true | { readonly drop: string }
  /** For `.map` where a bad message is to end among the dead letters: the message, or an error that names the findings. */
  readonly require: (message: Message) => Message
}

/** Thrown by `require`; of category `incorrect`, so that an engine does not try again. */
export class ValidationError extends Error {
  readonly code = 'message-invalid' as const
  readonly category = 'incorrect' as const
  readonly issues: readonly ValidationIssue[]

  constructor(issues: readonly ValidationIssue[]) {
    super(reasonOf(issues))
    this.name = 'ValidationError'
    this.issues = issues
  }
}

/** Findings that a reason names; the rest is counted. */
const NAMED_MAX = 5

/**
 * Settles a validation for a route. Dictionaries are loaded before, as steps are synchronous:
 *
 *     const checked = validator(await loadDictionary('2.5.1'), { level: 'lenient', profile: results })
 *     export default route('lab-results').from(...).parse(hl7v2()).filter('valid', checked.accept).to(...)
 *
 * Of several dictionaries each message is compared with that of its own version, or else with the first.
 */
export function validator(dictionary: Dictionary | readonly Dictionary[], options: ValidationOptions): Validator {
  const dictionaries = Array.isArray(dictionary) ? (dictionary as readonly Dictionary[]) : [dictionary as Dictionary]
  const [first] = dictionaries
  if (first === undefined) throw new TypeError('A validator needs a dictionary')
  const byVersion = new Map<string, Dictionary>(dictionaries.map(each => [each.version, each]))
  const check = (message: Message): ValidationResult => {
    const fitting = byVersion.size === 1 ? first : byVersion.get(nearestVersion(message.version))
    return validate(message, fitting ?? first, options)
  }
  return Object.freeze({
    check,
    accept: (message: Message) => {
      const result = check(message)
      return result.ok ? true : { drop: reasonOf(result.issues) }
    },
    require: (message: Message) => {
      const result = check(message)
      if (!result.ok) throw new ValidationError(result.issues)
      return message
    },
  })
}

function reasonOf(issues: readonly ValidationIssue[]): string {
  const errors = issues.filter(({ severity }) => severity === 'error')
  const named = errors.slice(0, NAMED_MAX).map(({ code, path }) => (path === undefined ? code : `${path} ${code}`))
  const more = errors.length > NAMED_MAX ? ` and ${errors.length - NAMED_MAX} more` : ''
  return `invalid: ${named.join(', ')}${more}`
}
