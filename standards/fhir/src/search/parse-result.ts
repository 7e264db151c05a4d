import type { CriterionContext } from './parse-criterion.ts'
import { findParameter, unknownText } from './parse-criterion.ts'
import type { Include, ResultOptions, SortKey } from './query.ts'
import type { SearchIssue, SearchIssueCode } from './search-issue.ts'

/** Collects the parameters that say what is wanted back (R4 search.html#return). */
export class ResultReader {
  readonly #context: CriterionContext
  readonly #issues: SearchIssue[]
  readonly #seen = new Set<string>()
  readonly #include: Include[] = []
  readonly #revinclude: Include[] = []
  #rest: Omit<ResultOptions, 'include' | 'revinclude'> = { sort: [], elements: [] }

  constructor(context: CriterionContext, issues: SearchIssue[]) {
    this.#context = context
    this.#issues = issues
  }

  result(): ResultOptions {
    return { include: this.#include, revinclude: this.#revinclude, ...this.#rest }
  }

  /** Takes a parameter if it is one of these. */
  take(name: string, value: string): boolean {
    const [code = '', ...modifiers] = name.split(':')
    if (code === '_include' || code === '_revinclude') {
      this.#takeInclude(code, modifiers, name, value)
      return true
    }
    const read = Object.hasOwn(this.#readers, code) ? this.#readers[code] : undefined
    if (read === undefined) return false
    if (modifiers.length > 0) this.#fail('modifier-invalid', name, `${code} takes no modifier`)
    else if (this.#seen.has(code)) this.#fail('parameter-misplaced', name, `${code} may stand once`)
    else read(value)
    this.#seen.add(code)
    return true
  }

  #fail(code: SearchIssueCode, parameter: string, text: string): void {
    this.#issues.push({ code, parameter, text })
  }

  #set(part: Partial<Omit<ResultOptions, 'include' | 'revinclude'>>): void {
    this.#rest = { ...this.#rest, ...part }
  }

  readonly #readers: Readonly<Record<string, (value: string) => void>> = {
    _sort: value => this.#set({ sort: this.#sortKeys(value) }),
    _count: value => {
      if (/^\d{1,9}$/.test(value)) this.#set({ count: Number(value) })
      else this.#fail('value-malformed', '_count', '_count is a whole number')
    },
    _total: value => {
      if (value === 'none' || value === 'estimate' || value === 'accurate') this.#set({ total: value })
      else this.#fail('value-malformed', '_total', '_total is none, estimate or accurate')
    },
    _summary: value => {
      if (value === 'true' || value === 'text' || value === 'data' || value === 'count' || value === 'false')
        this.#set({ summary: value })
      else this.#fail('value-malformed', '_summary', '_summary is true, text, data, count or false')
    },
    _elements: value => {
      const elements = value.split(',').map(element => element.trim())
      if (elements.every(element => /^[A-Za-z][A-Za-z0-9.[\]]*$/.test(element))) this.#set({ elements })
      else this.#fail('value-malformed', '_elements', '_elements names elements, with commas between')
    },
    _contained: value => {
      if (value === 'true' || value === 'false' || value === 'both') this.#set({ contained: value })
      else this.#fail('value-malformed', '_contained', '_contained is true, false or both')
    },
    _containedType: value => {
      if (value === 'container' || value === 'contained') this.#set({ containedType: value })
      else this.#fail('value-malformed', '_containedType', '_containedType is container or contained')
    },
    _format: format => this.#set({ format }),
    _pretty: value => {
      if (value === 'true' || value === 'false') this.#set({ pretty: value === 'true' })
      else this.#fail('value-malformed', '_pretty', '_pretty is true or false')
    },
  }

  #sortKeys(value: string): readonly SortKey[] {
    const keys: SortKey[] = []
    for (const part of value.split(',')) {
      const descending = part.startsWith('-')
      const code = descending ? part.slice(1) : part
      const parameter = code === '_score' ? ({ type: 'number' } as const) : findParameter(code, this.#context)
      if (parameter !== undefined) keys.push({ code, type: parameter.type, descending })
      else this.#fail('parameter-unknown', '_sort', unknownText(code, this.#context.resourceTypes))
    }
    return keys
  }

  #takeInclude(code: '_include' | '_revinclude', modifiers: readonly string[], name: string, value: string): void {
    const [modifier, ...more] = modifiers
    // STU3 said recurse for what R4 calls iterate.
    if (more.length > 0 || (modifier !== undefined && modifier !== 'iterate' && modifier !== 'recurse')) {
      this.#fail('modifier-invalid', name, `${code} takes the modifier iterate`)
      return
    }
    const include = this.#include1(name, value, modifier !== undefined)
    if (include !== undefined) (code === '_include' ? this.#include : this.#revinclude).push(include)
  }

  #include1(name: string, value: string, iterate: boolean): Include | undefined {
    if (value === '*') return { sourceType: '*', code: '*', iterate }
    const [sourceType = '', code = '', targetType, ...rest] = value.split(':')
    const { parameters } = this.#context
    if (code === '' || rest.length > 0) {
      this.#fail(
        'value-malformed',
        name,
        'It is written [type]:[reference parameter] or [type]:[reference parameter]:[target type]',
      )
      return undefined
    }
    if (!parameters.resourceTypes.has(sourceType)) {
      this.#fail('type-unknown', name, `There is no resource type ${sourceType}`)
      return undefined
    }
    if (targetType !== undefined && !parameters.resourceTypes.has(targetType)) {
      this.#fail('type-unknown', name, `There is no resource type ${targetType}`)
      return undefined
    }
    const target = targetType === undefined ? {} : { targetType }
    if (code === '*') return { sourceType, code, ...target, iterate }
    const parameter = parameters.find(sourceType, code)
    if (parameter?.type !== 'reference') {
      const what =
        parameter === undefined ? unknownText(code, [sourceType]) : `${code} of ${sourceType} is no reference`
      this.#fail('parameter-unknown', name, what)
      return undefined
    }
    if (targetType !== undefined && !parameters.targetsOf(parameter).includes(targetType)) {
      this.#fail('type-unknown', name, `${code} of ${sourceType} does not refer to ${targetType}`)
      return undefined
    }
    return { sourceType, code, ...target, iterate }
  }
}
