import type { IndexValue, SearchIndex } from '@samband/fhir/search'
import { type Pick, pickFrom } from './random-resources.ts'

/** What a value must be written as between commas, dollars and bars. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\,$|]/g, '\\$&')
}

const prefixes = ['', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const

/** Random searches about values that some resource has, or nearly has. */
export class SearchMaker {
  readonly #random: () => number
  readonly #pick: Pick
  readonly #indexes: readonly SearchIndex[]
  readonly #codes: (type: string) => readonly string[]

  constructor(random: () => number, indexes: readonly SearchIndex[], codes: (type: string) => readonly string[]) {
    this.#random = random
    this.#pick = pickFrom(random)
    this.#indexes = indexes
    this.#codes = codes
  }

  /** 'Patient?name=eve&gender:not=male' */
  search(types: readonly string[]): string {
    const type = this.#pick(types)
    const count = this.#pick([1, 1, 2, 3])
    return `${type}?${Array.from({ length: count }, () => this.#parameter(type, 0)).join('&')}`
  }

  #parameter(type: string, depth: number): string {
    const [name, value] = this.#criterion(type, depth)
    return `${name}=${encodeURIComponent(value)}`
  }

  #criterion(type: string, depth: number): readonly [string, string] {
    const roll = this.#random()
    if (depth < 2 && roll < 0.12) return this.#chain(type, depth)
    if (depth < 2 && roll < 0.2) return this.#has(type, depth)
    if (roll < 0.24) return [`${this.#pick(this.#codes(type))}:missing`, this.#pick(['true', 'false'])]
    if (depth === 0 && roll < 0.27)
      return this.#pick([
        ['_list', this.#pick(['li0', 'li1,li2', 'none'])],
        ['_content', 'sodium'],
        ['_text', 'seen friends,zoe'],
      ] as const)
    const [code, value] = this.#value(type)
    const [modifier, text] = this.#written(value)
    const more = modifier === '' && this.#random() < 0.2 ? this.#another(type, code) : undefined
    return [`${code}${modifier}`, more === undefined ? text : `${text},${more}`]
  }

  #another(type: string, code: string): string | undefined {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const [other, value] = this.#value(type)
      const [modifier, text] = this.#written(value)
      if (other === code && modifier === '') return text
    }
    return undefined
  }

  #value(type: string): readonly [string, IndexValue] {
    for (;;) {
      const index = this.#pick(this.#indexes)
      if (index.resourceType !== type || index.values.size === 0) continue
      const [code, values] = this.#pick([...index.values])
      return [code, this.#pick(values)]
    }
  }

  #chain(type: string, depth: number): readonly [string, string] {
    const [code, target] = this.#pick(
      (
        {
          Observation: [
            ['subject', 'Patient'],
            ['performer', 'Organization'],
            ['has-member', 'Observation'],
            ['patient', 'Patient'],
          ],
          Patient: [
            ['organization', 'Organization'],
            ['general-practitioner', 'Practitioner'],
          ],
          RiskAssessment: [['subject', 'Patient']],
          Organization: [['partof', 'Organization']],
          Location: [['partof', 'Location']],
          List: [['item', 'Patient']],
        } as Readonly<Record<string, readonly (readonly [string, string])[]>>
      )[type] ?? [['', '']],
    )
    if (code === '') return this.#criterion(type, 2)
    const [name, value] = this.#criterion(target, depth + 1)
    return [`${code}:${target}.${name}`, value]
  }

  #has(type: string, depth: number): readonly [string, string] {
    const [source, code] = this.#pick(
      (
        {
          Patient: [
            ['Observation', 'subject'],
            ['RiskAssessment', 'subject'],
            ['List', 'item'],
          ],
          Organization: [
            ['Patient', 'organization'],
            ['Organization', 'partof'],
            ['Observation', 'performer'],
          ],
          Practitioner: [
            ['Observation', 'performer'],
            ['Patient', 'general-practitioner'],
          ],
          Observation: [
            ['Observation', 'has-member'],
            ['List', 'item'],
          ],
          Location: [['Location', 'partof']],
        } as Readonly<Record<string, readonly (readonly [string, string])[]>>
      )[type] ?? [['', '']],
    )
    if (source === '') return this.#criterion(type, 2)
    const [name, value] = this.#criterion(source, depth + 1)
    return [`_has:${source}:${code}:${name}`, value]
  }

  /** A modifier and a text that have to do with a value. */
  #written(value: IndexValue): readonly [string, string] {
    const pick = this.#pick
    switch (value.type) {
      case 'token': {
        if (value.code === undefined) return [':text', escaped((value.text ?? 'x').slice(0, 3))]
        const system = value.system ?? 'urn:any'
        const written = pick([
          escaped(value.code),
          `${escaped(system)}|${escaped(value.code)}`,
          `|${escaped(value.code)}`,
          ...(system === '' ? [] : [`${escaped(system)}|`]),
        ])
        const kind = value.identifierTypes?.[0]
        if (kind !== undefined && this.#random() < 0.4)
          return [':of-type', `${escaped(kind.system)}|${escaped(kind.code)}|${escaped(value.code)}`]
        return [pick(['', '', '', ':not']), written]
      }
      case 'string': {
        const start = value.exact.slice(0, pick([1, 3, 8, 230]))
        const middle = value.exact.slice(pick([1, 2, 150]), pick([4, 9, 235])) || 'a'
        return pick([
          ['', escaped(start)],
          [':contains', escaped(middle)],
          [':exact', escaped(value.exact)],
          ['', escaped(value.exact)],
        ] as const)
      }
      case 'date': {
        const ms = Number.isFinite(value.lowMs) ? value.lowMs : value.highMs
        const shifted = new Date(ms + pick([0, 0, 0, -1, 1, 86_400_000, -86_400_000])).toISOString()
        return ['', pick(prefixes) + shifted.slice(0, pick([4, 7, 10, 23])) + (this.#random() < 0 ? 'Z' : '')]
      }
      case 'number':
        return ['', pick(prefixes) + String(pick([value.low, value.low, 0.15, 0.2, 0.6]))]
      case 'quantity': {
        const number = pick([value.low, value.high, value.low * 1000, value.low / 1000].filter(Number.isFinite))
        const units = [
          '',
          `|${escaped(value.system ?? '')}|${escaped(value.code ?? 'mg')}`,
          '|http://unitsofmeasure.org|mg',
          '||g',
          '||gram',
          '|http://unitsofmeasure.org|',
          `||${escaped(value.unit ?? 'x')}`,
        ]
        return ['', pick(prefixes) + number + pick(units)]
      }
      case 'reference': {
        const { targetType, targetId, version, url, identifier } = value
        if (identifier !== undefined)
          return [
            ':identifier',
            pick([identifier.value, `${identifier.system}|${identifier.value}`, `${identifier.system}|`]),
          ]
        if (url !== undefined) {
          const whole = pick([
            url,
            version === undefined ? url : `${url}|${version}`,
            url.replace(/\/[^/]*$/, ''),
            `${url}|1.2`,
          ])
          return [targetType === undefined ? pick(['', ':below', ':above']) : '', escaped(whole)]
        }
        if (targetId === undefined || targetType === undefined) return [':missing', 'false']
        return pick([
          ['', `${targetType}/${targetId}`],
          ['', targetId],
          [`:${targetType}`, targetId],
          ['', `https://hub.example/fhir/${targetType}/${targetId}`],
          ['', `${targetType}/${targetId}${version === undefined ? '/_history/1' : `/_history/${version}`}`],
        ] as const)
      }
      case 'uri':
        return [
          pick(['', ':below', ':above']),
          escaped(pick([value.uri, `${value.uri}/more`, value.uri.replace(/\/[^/]*$/, '')])),
        ]
      case 'position':
        return ['', `${value.latitude}|${value.longitude}|${pick([0.5, 3, 20])}|km`]
      case 'composite': {
        const parts = value.components.map(component => this.#written(this.#pick(component)))
        if (parts.some(([modifier]) => modifier !== '')) {
          const first = value.components.map(component => component[0])
          return [
            '',
            first
              .map(each =>
                each?.type === 'token' ? escaped(each.code ?? 'c1') : each?.type === 'quantity' ? `gt${each.low}` : 'x',
              )
              .join('$'),
          ]
        }
        return ['', parts.map(([, text]) => text).join('$')]
      }
    }
  }
}
