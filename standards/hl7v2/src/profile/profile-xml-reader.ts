import type { StructureNode } from '../dictionary/definition.ts'
import type { Issue } from '../issue.ts'
import { isSegmentId } from '../segment-line.ts'
import { XmlFault } from '../xml/xml-fault.ts'
import type { ConditionalUsage, ElementRule, Profile, Usage } from './profile.ts'
import { defineProfile, ProfileError } from './profile.ts'

/** Conditional usages by path. */
export type ProfileConditions = { readonly [path: string]: ConditionalUsage }

interface ReaderOptions {
  readonly name?: string
  readonly conditions?: ProfileConditions
  readonly closedTables?: readonly string[]
}

type Attributes = { readonly [name: string]: string }

interface OpenNode {
  /** Groups down to this one, joined by dots. */
  readonly path: string
  readonly name: string
  readonly kind: 'group' | 'choice' | 'segment'
  readonly min: number
  readonly max: number
  readonly nodes: StructureNode[]
}

/** Usage letters of the schema, and what one message can be held to. B and W: not for new systems (HL7 v2.9 §2.B.7.5). */
const USAGES: ReadonlyMap<string, Usage | 'conditional'> = new Map<string, Usage | 'conditional'>([
  ['R', 'R'],
  ['RE', 'RE'],
  ['O', 'O'],
  ['B', 'O'],
  ['W', 'X'],
  ['X', 'X'],
  ['C', 'conditional'],
  ['CE', 'conditional'],
])

/** Builds a profile from the elements of a document, as they open and close. */
export class ProfileXmlReader {
  readonly #elementsMax: number
  readonly #options: ReaderOptions
  readonly #rules = new Map<string, ElementRule>()
  readonly #nodes: StructureNode[] = []
  readonly #open: OpenNode[] = []
  readonly #issues: Issue[] = []
  /** Path of the field, component or subcomponent that is open, and the number of the last one inside each. */
  readonly #elements: { readonly path: string; last: number }[] = []
  readonly #seen = new Set<string>()
  #elementCount = 0
  #root = false
  #static = false
  #name = ''
  #version = ''
  #type = ''
  #undecided = 0

  constructor(elementsMax: number, options: ReaderOptions) {
    this.#elementsMax = elementsMax
    this.#options = options
  }

  open(name: string, attributes: Attributes): void {
    switch (name) {
      case 'HL7v2xConformanceProfile':
        this.#root = true
        this.#version = attributes['HL7Version'] ?? ''
        return
      case 'MetaData':
        if (this.#name === '') this.#name = attributes['Name'] ?? ''
        return
      case 'HL7v2xStaticDef':
        this.#openStatic(attributes)
        return
      case 'SegGroup':
      case 'Segment':
        this.#openNode(name, attributes)
        return
      case 'Field':
      case 'Component':
      case 'SubComponent':
        this.#openElement(attributes)
        return
    }
  }

  close(name: string): void {
    if (name === 'Field' || name === 'Component' || name === 'SubComponent') this.#elements.pop()
    else if (name === 'Segment' || name === 'SegGroup') this.#closeNode()
  }

  /** The profile. Throws `XmlFault` where the document holds none. */
  finish(): { readonly profile: Profile; readonly version: string; readonly issues: readonly Issue[] } {
    if (!this.#root) throw new XmlFault('xml-invalid', 'The document is no HL7v2xConformanceProfile')
    if (!this.#static || this.#nodes.length === 0) {
      throw new XmlFault('xml-invalid', 'The profile has no static definition with segments')
    }
    if (this.#undecided > 0) {
      const text = `${this.#undecided} conditional elements have no condition that can be decided and are taken as optional`
      this.#issues.push({ code: 'xml-invalid', severity: 'information', text })
    }
    try {
      const profile = defineProfile({
        name: this.#options.name ?? (this.#name === '' ? 'unnamed' : this.#name),
        messageTypes: this.#type === '' ? [] : [this.#type],
        rules: Object.fromEntries(this.#rules),
        nodes: this.#nodes,
      })
      return { profile, version: this.#version, issues: this.#issues }
    } catch (error) {
      if (error instanceof ProfileError) throw new XmlFault('xml-invalid', error.message)
      throw error
    }
  }

  #openStatic(attributes: Attributes): void {
    if (this.#static)
      throw new XmlFault('xml-refused', 'The document has a second static definition; read them one by one')
    this.#static = true
    const type = attributes['MsgType'] ?? ''
    const event = attributes['EventType'] ?? ''
    this.#type = type === '' || event === '' ? type : `${type}^${event}`
  }

  #openNode(kind: 'SegGroup' | 'Segment', attributes: Attributes): void {
    this.#count()
    const name = attributes['Name'] ?? ''
    const isName = kind === 'Segment' ? isSegmentId(name) : /^[A-Z][A-Z0-9_]*$/.test(name)
    if (!isName) throw new XmlFault('xml-invalid', `A ${kind} has no name as the standard writes them`)
    const parent = this.#open.at(-1)
    if (parent?.kind === 'segment') throw new XmlFault('xml-invalid', `A ${kind} stands in a Segment`)
    const path = parent === undefined || parent.path === '' ? name : `${parent.path}.${name}`
    const usage = USAGES.get(attributes['Usage'] ?? 'O')
    const max = maxOf(attributes['Max'])
    const min = usage === 'R' ? Math.max(1, minOf(attributes['Min'])) : 0
    this.#open.push({
      path,
      name,
      kind: kind === 'Segment' ? 'segment' : 'group',
      min,
      // One that is not to be sent keeps its place, so that it is recognised and named.
      max: Math.max(1, max),
      nodes: [],
    })
    this.#elements.push({ path, last: 0 })
    if (usage === 'X' && !this.#rules.has(path)) this.#rules.set(path, { usage: 'X' })
  }

  #closeNode(): void {
    this.#elements.pop()
    const node = this.#open.pop()
    if (node === undefined) return
    const { kind, name, min, max, nodes, path } = node
    const target = this.#open.at(-1)?.nodes ?? this.#nodes
    if (kind === 'segment') {
      if (this.#seen.has(path)) this.#forgetTwice(path)
      this.#seen.add(path)
      target.push({ kind, id: name, min, max })
    } else target.push({ kind, name, min, max, nodes })
  }

  /** A segment in two places of one group: rules by path cannot tell them apart. */
  #forgetTwice(path: string): void {
    const text = `${path} stands twice in its group; the rules of the first place are used for both`
    this.#issues.push({ code: 'xml-invalid', severity: 'information', text })
  }

  #openElement(attributes: Attributes): void {
    this.#count()
    const owner = this.#elements.at(-1)
    if (owner === undefined) throw new XmlFault('xml-invalid', 'A field stands outside of a segment')
    owner.last++
    const mark = this.#open.at(-1)?.path === owner.path ? '-' : '.'
    const path = `${owner.path}${mark}${owner.last}`
    this.#elements.push({ path, last: 0 })
    const segment = this.#open.at(-1)?.path ?? ''
    if (this.#seen.has(segment)) return
    const rule = this.#ruleOf(path, attributes)
    if (Object.keys(rule).length > 0) this.#rules.set(path, rule)
  }

  #ruleOf(path: string, attributes: Attributes): ElementRule {
    const usage = this.#usageOf(path, attributes['Usage'])
    const isField = this.#elements.length === this.#open.length + 1
    const max = attributes['Max'] === undefined || !isField ? undefined : maxOf(attributes['Max'])
    const min = isField ? minOf(attributes['Min']) : 0
    const lengthMax = lengthOf(attributes['Length'])
    const table = tableOf(attributes['Table'])
    const constant = attributes['ConstantValue'] ?? ''
    return {
      ...(usage === undefined ? undefined : { usage }),
      ...(max === undefined || max === 0 ? undefined : { max }),
      ...(usage === 'R' && min > 1 ? { min } : undefined),
      ...(lengthMax === undefined ? undefined : { lengthMax }),
      ...(table !== '' && this.#options.closedTables?.includes(table) === true ? { table } : undefined),
      ...(constant === '' ? undefined : { values: [constant] }),
    }
  }

  #usageOf(path: string, letter = 'O'): Usage | ConditionalUsage | undefined {
    const usage = USAGES.get(letter)
    if (usage === undefined)
      throw new XmlFault('xml-invalid', `${path} has a usage that is none of R, RE, O, C, CE, X, B, W`)
    if (usage === 'conditional') {
      const short = path.slice(path.lastIndexOf('.', path.indexOf('-')) + 1)
      const conditions = this.#options.conditions
      const condition = conditions?.[path] ?? conditions?.[short]
      if (condition === undefined) this.#undecided++
      return condition
    }
    return usage === 'O' ? undefined : usage
  }

  #count(): void {
    if (++this.#elementCount > this.#elementsMax) {
      throw new XmlFault('xml-refused', `The profile has more than the ${this.#elementsMax} elements allowed`)
    }
  }
}

function minOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : 0
}

function maxOf(text: string | undefined): number {
  if (text === undefined) return 1
  return /^\d{1,6}$/.test(text) ? Number(text) : Infinity
}

/** Profiles of 2.7 and later write `1..20`. */
function lengthOf(text = ''): number | undefined {
  const last = /^(?:\d{1,9}\.\.)?(\d{1,9})$/.exec(text)?.[1]
  return last === undefined || Number(last) === 0 ? undefined : Number(last)
}

function tableOf(text = ''): string {
  return /^(?:HL7)?(\d{1,4})$/.exec(text)?.[1]?.padStart(4, '0') ?? text
}
