import type { V2Value } from '../read/v2-value.ts'
import type { Json, RunContext } from '../run/run-context.ts'
import { assignAuthority, authorityContent, authorityOf, authorityUri } from './authority.ts'
import { codingSystem } from './code-systems.ts'

/** EI as Identifier: the three components after the number are its authority (`EI[Identifier-...]`). */
export function entityIdentifier(value: V2Value, run: RunContext): Json | undefined {
  const number = value.partText(1)
  if (number === '') return undefined
  const identifier: Json = {}
  if (run.explain) {
    run.took(value.part(2), '.assigner')
    for (const n of [3, 4]) run.took(value.part(n), '.system')
    run.took(value.part(1), '.value')
  }
  assignAuthority(identifier, value.partText(2), value.partText(3), value.partText(4), run)
  identifier['value'] = number
  return identifier
}

/** One half of EIP: the placer's or the filler's identifier, with its type. */
export function pairIdentifier(
  part: 1 | 2,
  type: 'PGN' | 'FGN',
): (value: V2Value, run: RunContext) => Json | undefined {
  return (value, run) => {
    const half = value.part(part)
    const identifier = half && entityIdentifier(half, run)
    if (identifier === undefined) return undefined
    const coding = [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: type }]
    return { type: { coding }, ...identifier }
  }
}

/** CWE as Identifier: its code and the system's. */
export function codedIdentifier(value: V2Value, run: RunContext): Json | undefined {
  const number = value.partText(1) || value.partText(2)
  if (number === '') return undefined
  const system = codingSystem(value.partText(3), value.partText(14), run)
  if (run.explain) {
    run.took(value.part(1) ?? value.part(2), '.value')
    run.took(value.part(3), '.system')
  }
  return { ...(system === undefined ? {} : { system }), value: number }
}

export function hdOrganization(value: V2Value, run: RunContext): Json | undefined {
  return hdContent(value, run, authorityContent)
}

export function hdDevice(value: V2Value, run: RunContext): Json | undefined {
  return hdContent(value, run, authorityContent)
}

function hdContent(value: V2Value, run: RunContext, make: typeof authorityContent): Json | undefined {
  if (run.explain) for (const n of [1, 2, 3]) run.took(value.part(n), '.identifier')
  const parts = authorityOf(value)
  return parts.every(part => part === '') ? undefined : make(...parts)
}

export function hdUri(value: V2Value, run: RunContext): string | undefined {
  const [namespace, id, type] = authorityOf(value)
  if (run.explain) for (const n of [1, 2, 3]) run.took(value.part(n))
  return authorityUri(namespace, id, type, run)
}

/** `CX.4`, `XCN.9`, `XON.6`: adds the system or the assigner to the identifier that holds it. */
export function authorityInto(identifier: Json, value: V2Value, run: RunContext): void {
  if (run.explain) for (const n of [1, 2, 3]) run.took(value.part(n), '.system')
  assignAuthority(identifier, ...authorityOf(value), run)
}

/** An HD as the address of a system: a URI where it has one. */
export function hdEndpoint(value: V2Value, run: RunContext): string | undefined {
  const [, id, type] = authorityOf(value)
  const uri = authorityUri('', id, type, run)
  if (uri !== undefined) return uri
  return id !== '' && type.toUpperCase() === 'DNS' && !/\s/.test(id) ? `urn:dns:${id}` : undefined
}

/** CNN has its authority in components of its own, from 9 on; the value at hand is the first of them. */
export function nameAuthority(value: V2Value, run: RunContext): Json {
  const identifier: Json = {}
  run.took(value, '.assigner')
  assignAuthority(identifier, value.text, '', '', run)
  return identifier
}
