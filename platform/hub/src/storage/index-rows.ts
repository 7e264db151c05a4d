import type {
  CompositeValue,
  IndexValue,
  QuantityValue,
  ReferenceValue,
  SearchIndex,
  StringValue,
  TokenValue,
} from '@samband/fhir/search'
import type { Key, Keys } from './keys.ts'
import { isUnited } from './united-parameters.ts'

export type DateRow = { readonly param: Key; readonly low: number; readonly high: number }
export type QuantityRow = {
  /** Of a composite: `Keys.beside` its code. */
  readonly param: Key
  readonly low: number
  readonly high: number
  readonly unit: Key
}
export type StringRow = { readonly param: Key; readonly value: string }
export type PositionRow = { readonly param: Key; readonly latitude: number; readonly longitude: number }
export type TermRow = {
  readonly param: Key
  readonly kind: 'code' | 'text' | 'uri'
  readonly hash: Key
  readonly value: string
}

/** What the tables keep of one resource, so that searches find it. */
export type IndexRows = {
  /** Which state of the search parameters they come from: counts up in each process. */
  readonly generation: number
  readonly tokens: ReadonlySet<Key>
  /** Pairs: parameter, key of the target. */
  readonly refs: readonly Key[]
  readonly dates: readonly DateRow[]
  readonly quantities: readonly QuantityRow[]
  readonly strings: readonly StringRow[]
  readonly positions: readonly PositionRow[]
  readonly terms: readonly TermRow[]
}

export const none: Key = '0'

/** An index row holds at most 2.7 kB; a search for a longer beginning compares what it has. */
export const stringCharactersMax = 200

/** Columns of the resource itself answer these. */
export const answeredByColumns: ReadonlySet<string> = new Set(['_id', '_lastUpdated'])

export class RowCollector {
  readonly generation: number
  readonly tokens: Set<Key> = new Set()
  readonly refs: Key[] = []
  readonly dates: DateRow[] = []
  readonly quantities: QuantityRow[] = []
  readonly strings: StringRow[] = []
  readonly positions: PositionRow[] = []
  readonly terms: TermRow[] = []
  readonly #keys: Keys
  readonly #type: string
  readonly #refsSeen = new Set<string>()
  readonly #rowsSeen = new Set<string>()

  constructor(keys: Keys, type: string, generation = 0) {
    this.generation = generation
    this.#keys = keys
    this.#type = type
  }

  addAll(index: SearchIndex): void {
    for (const [code, values] of index.values) {
      if (answeredByColumns.has(code)) continue
      this.tokens.add(this.#keys.present(this.#type, code))
      for (const value of values) this.#add(code, value)
    }
  }

  #add(code: string, value: IndexValue): void {
    switch (value.type) {
      case 'token':
        return this.#addToken(code, value)
      case 'string':
        return this.#addString(code, value)
      case 'reference':
        return this.#addReference(code, value)
      case 'uri':
        return this.#addUri(code, value.uri)
      case 'date':
        return this.#addDate(code, value.lowMs, value.highMs)
      case 'number':
        return this.#addQuantity(code, none, { type: 'quantity', low: value.low, high: value.high })
      case 'quantity':
        return this.#addQuantity(code, none, value)
      case 'position':
        this.positions.push({ ...value, param: this.#keys.param(this.#type, code) })
        return
      case 'composite':
        return this.#addComposite(code, value)
    }
  }

  #addToken(code: string, token: TokenValue): void {
    const keys = this.#keys
    const type = this.#type
    if (token.code !== undefined) {
      const any = keys.token(type, code, undefined, token.code)
      this.tokens.add(any)
      this.#addTerm('code', code, any, token.code)
      if (token.system === undefined) {
        this.tokens.add(keys.systemlessToken(type, code, token.code))
        this.tokens.add(keys.systemlessToken(type, code, undefined))
      } else {
        this.tokens.add(keys.token(type, code, token.system, token.code))
        this.tokens.add(keys.token(type, code, token.system, undefined))
      }
      for (const kind of token.identifierTypes ?? []) {
        this.tokens.add(keys.ofType(type, code, kind.system, kind.code, token.code))
      }
    }
    if (token.text !== undefined && token.text !== '') {
      const text = token.text.slice(0, stringCharactersMax)
      const hash = keys.tokenText(type, code, text)
      this.tokens.add(hash)
      this.#addTerm('text', code, hash, text)
    }
  }

  #addString(code: string, { exact, folded }: StringValue): void {
    this.tokens.add(this.#keys.exact(this.#type, code, exact))
    const value = folded.slice(0, stringCharactersMax)
    const param = this.#keys.param(this.#type, code)
    if (this.#isNew(`s${param}${value}`)) this.strings.push({ param, value })
  }

  #addReference(code: string, reference: ReferenceValue): void {
    const keys = this.#keys
    const type = this.#type
    const { targetType, targetId, version, url, identifier } = reference
    if (identifier !== undefined) {
      this.tokens.add(keys.referenceIdentifier(type, code, undefined, identifier.value))
      this.tokens.add(keys.referenceIdentifier(type, code, identifier.system, identifier.value))
    }
    if (url !== undefined) {
      this.tokens.add(keys.referenceUrl(type, code, url))
      if (version !== undefined) this.tokens.add(keys.referenceUrl(type, code, url, version))
      const hash = keys.referenceUrl(type, code, url)
      this.#addTerm('uri', code, hash, url.slice(0, stringCharactersMax))
      return
    }
    if (targetId === undefined || targetType === undefined) return
    const target = keys.resource(targetType, targetId)
    this.tokens.add(keys.reference(type, code, target))
    if (version !== undefined) this.tokens.add(keys.referenceVersion(type, code, target, version))
    const param = keys.referenceParam(type, code)
    if (this.#refsSeen.has(param + target)) return
    this.#refsSeen.add(param + target)
    this.refs.push(param, target)
  }

  #addUri(code: string, uri: string): void {
    const hash = this.#keys.uri(this.#type, code, uri)
    this.tokens.add(hash)
    this.#addTerm('uri', code, hash, uri.slice(0, stringCharactersMax))
  }

  #addDate(code: string, low: number, high: number): void {
    const param = this.#keys.param(this.#type, code)
    if (this.#isNew(`d${param}${low}/${high}`)) this.dates.push({ param, low, high })
  }

  #addQuantity(code: string, context: Key, quantity: QuantityValue): void {
    if (isUnited(this.#type, code)) return
    const keys = this.#keys
    const type = this.#type
    const { low, high, system, canonical } = quantity
    const under = (param: Key): Key => (context === none ? param : keys.beside(param, context))
    const unit = quantity.code === undefined ? none : keys.unit(system ?? '', quantity.code)
    this.#addQuantityRow({ param: under(keys.param(type, code)), low, high, unit })
    if (canonical === undefined) return
    const base = keys.unit(undefined, canonical.unit)
    const param = under(keys.canonicalParam(type, code))
    this.#addQuantityRow({ param, low: canonical.low, high: canonical.high, unit: base })
  }

  #addQuantityRow(row: QuantityRow): void {
    if (this.#isNew(`q${Object.values(row).join('/')}`)) this.quantities.push(row)
  }

  /**
   * A search by a composite looks for the codes of its components, and for its quantity beside its first code; that the
   * components belong together is compared with the resource itself.
   */
  #addComposite(code: string, { components }: CompositeValue): void {
    const contexts: Key[] = []
    for (const [index, values] of components.entries()) {
      for (const value of values) {
        if (value.type !== 'token' || value.code === undefined) continue
        const key = this.#keys.component(this.#type, code, index, value.code)
        this.tokens.add(key)
        if (index === 0) contexts.push(key)
      }
    }
    for (const value of components.flat()) {
      if (value.type === 'quantity') for (const context of new Set(contexts)) this.#addQuantity(code, context, value)
    }
  }

  #addTerm(kind: TermRow['kind'], code: string, hash: Key, value: string): void {
    this.terms.push({ param: this.#keys.param(this.#type, code), kind, hash, value })
  }

  #isNew(row: string): boolean {
    if (this.#rowsSeen.has(row)) return false
    this.#rowsSeen.add(row)
    return true
  }
}
