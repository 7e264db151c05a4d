/** A place of a message structure where a segment stands. */
export interface StructureLeaf {
  readonly segment: string
  /** `ORDER.OBR`, `ROL@PID`: as rows of message maps name it. */
  readonly at: string
  readonly repeats: boolean
  readonly group: StructureGroup
  readonly index: number
}

export interface StructureGroup {
  readonly name: string
  readonly repeats: boolean
  readonly parent: StructureGroup | undefined
  readonly depth: number
  /** Range of the leaves within it: first, and one past the last. */
  first: number
  end: number
}

export interface Structure {
  readonly root: StructureGroup
  readonly leaves: readonly StructureLeaf[]
}

/** Reads `MSH PATIENT( PID PD1 ) ORDER*( ORC OBR* )`. */
export function parseStructure(text: string): Structure {
  const root: StructureGroup = { name: '', repeats: false, parent: undefined, depth: 0, first: 0, end: 0 }
  const leaves: StructureLeaf[] = []
  let group = root
  for (const token of text.split(' ').filter(part => part !== '')) {
    if (token === ')') {
      group.end = leaves.length
      group = group.parent ?? root
      continue
    }
    const name = token.replace(/[*(]/g, '')
    const repeats = token.includes('*')
    if (token.endsWith('(')) {
      group = { name, repeats, parent: group, depth: group.depth + 1, first: leaves.length, end: leaves.length }
      continue
    }
    const at = [...pathOf(group), name].join('.')
    leaves.push({ segment: name.replace(/@.*/, ''), at, repeats, group, index: leaves.length })
  }
  root.end = leaves.length
  return { root, leaves }
}

function pathOf(group: StructureGroup): string[] {
  return group.parent === undefined ? [] : [...pathOf(group.parent), group.name]
}
