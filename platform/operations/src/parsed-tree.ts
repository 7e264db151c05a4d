import { type Message, parse, type Repetition, type Segment } from '@samband/hl7v2'
import { type Dictionary, loadDictionary } from '@samband/hl7v2/dictionary'
import type { ParsedTree, TreeNode } from './contract.ts'

/**
 * A stored HL7 v2 message as a tree: segment, field or repetition, component, subcomponent. Values are decoded (escapes
 * and character set); places without content are left out. Bounded: what is beyond `nodesMax` is cut and said so.
 *
 * Names are those of the standard in the message's version (the nearest one where that is unknown).
 *
 * What is not HL7 v2 has no segments and the parser's issues.
 */
export async function parsedTree(bytes: Uint8Array, nodesMax: number): Promise<ParsedTree> {
  const result = parse(bytes)
  const issues = result.issues.map(({ code, severity, path, text }) => ({ code, severity, path: path ?? null, text }))
  if (!result.ok) return { issues, segments: [] }
  const dictionary = await loadDictionary(result.message.version)
  const builder = new TreeBuilder(result.message, dictionary, nodesMax)
  const segments = builder.segments()
  if (!builder.cut) return { issues, segments }
  const text = `the tree is cut after ${nodesMax} elements; the bytes are complete`
  return { issues: [...issues, { code: 'tree-cut', severity: 'information', path: null, text }], segments }
}

class TreeBuilder {
  readonly #message: Message
  readonly #dictionary: Dictionary
  #left: number

  constructor(message: Message, dictionary: Dictionary, nodesMax: number) {
    this.#message = message
    this.#dictionary = dictionary
    this.#left = nodesMax
  }

  get cut(): boolean {
    return this.#left < 0
  }

  segments(): TreeNode[] {
    const seen = new Map<string, number>()
    const nodes: TreeNode[] = []
    for (const segment of this.#message.segments()) {
      const occurrence = (seen.get(segment.id) ?? 0) + 1
      seen.set(segment.id, occurrence)
      if (!this.#take()) break
      const path = occurrence === 1 ? segment.id : `${segment.id}[${occurrence}]`
      const name = this.#dictionary.segment(segment.id)?.name ?? null
      nodes.push({ path, name, value: null, children: this.#fields(segment, path) })
    }
    return nodes
  }

  #fields(segment: Segment, segmentPath: string): TreeNode[] {
    const nodes: TreeNode[] = []
    for (let field = 1; field <= segment.fieldCount && !this.cut; field += 1) {
      const path = `${segmentPath}-${field}`
      const raw = segment.raw(`${field}`)
      if (raw === undefined || raw === '') continue
      // MSH-1 and MSH-2 are the delimiters themselves: they divide nothing here.
      if (isHeader(segment.id) && field <= 2) {
        if (this.#take()) nodes.push(this.#node(path, raw))
        continue
      }
      const repetitions = segment.repetitions(`${field}`)
      for (const repetition of repetitions) {
        const node = this.#repetition(repetition, repetitions.length === 1 ? path : `${path}[${repetition.number}]`)
        if (node !== undefined) nodes.push(node)
      }
    }
    return nodes
  }

  #repetition(repetition: Repetition, path: string): TreeNode | undefined {
    if (!this.#take()) return undefined
    const { component } = this.#message.delimiters
    const count = partCount(repetition.raw, component)
    if (count === 1) return this.#component(repetition, path, `${path}.1`, 1)
    const children: TreeNode[] = []
    for (let number = 1; number <= count; number += 1) {
      const raw = repetition.rawOf(`${number}`)
      if (raw === undefined || raw === '' || !this.#take()) continue
      children.push(this.#component(repetition, `${path}.${number}`, `${path}.${number}`, number))
    }
    return this.#node(path, null, children)
  }

  /** `path` names the node; `prefix` the component, which a field of a single component leaves out of its own path. */
  #component(repetition: Repetition, path: string, prefix: string, number: number): TreeNode {
    const count = partCount(repetition.rawOf(`${number}`) ?? '', this.#message.delimiters.subcomponent)
    if (count === 1) return this.#node(path, repetition.text(`${number}`) ?? null)
    const children: TreeNode[] = []
    for (let sub = 1; sub <= count; sub += 1) {
      const value = repetition.text(`${number}.${sub}`)
      if (value === undefined || value === '' || !this.#take()) continue
      children.push(this.#node(`${prefix}.${sub}`, value))
    }
    return this.#node(path, null, children)
  }

  #node(path: string, value: string | null, children: readonly TreeNode[] = []): TreeNode {
    return { path, name: this.#dictionary.element(path, this.#valueType(path))?.name ?? null, value, children }
  }

  /** OBX-5 is of the type that OBX-2 of the same segment says. */
  #valueType(path: string): string | undefined {
    const observation = /^(OBX(?:\[(\d+)\])?)-5/.exec(path)
    if (observation === null) return undefined
    return this.#message.segments('OBX')[Number(observation[2] ?? 1) - 1]?.text('2')
  }

  #take(): boolean {
    if (this.#left < 0) return false
    this.#left -= 1
    return this.#left >= 0
  }
}

function isHeader(id: string): boolean {
  return id === 'MSH' || id === 'FHS' || id === 'BHS'
}

function partCount(raw: string, delimiter: string | undefined): number {
  return delimiter === undefined ? 1 : raw.split(delimiter).length
}
