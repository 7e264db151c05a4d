import type { V2Value } from '../read/v2-value.ts'
import type { Json, RunContext } from '../run/run-context.ts'
import { codingSystem, tableSystem } from './code-systems.ts'
import type { Vocabulary } from './vocabulary.ts'
import { mapCode, sourceSystem } from './vocabulary.ts'

/** Components of CWE for each of its codings: identifier, text, system, version, OID of the system. */
const CODINGS = [
  [1, 2, 3, 7, 14],
  [4, 5, 6, 8, 17],
  [10, 11, 12, 13, 20],
] as const

/** CWE, CE, CNE, CF, IS or ID as CodeableConcept: `CWE[CodeableConcept]` with the system by name, and the code by concept map. */
export function codeableConcept(value: V2Value, run: RunContext, vocabulary?: Vocabulary): Json | undefined {
  const coding: Json[] = []
  const top = run.target
  for (const [i, places] of CODINGS.entries()) {
    run.target = run.explain ? `${top}.coding[${i}]` : top
    const made = codingAt(value, places, run)
    if (made === undefined) continue
    if (i === 0 && vocabulary !== undefined) coding.push(...mappedCodings(made, vocabulary, run))
    else coding.push(made)
  }
  run.target = top
  const original = value.partText(9)
  if (original !== '') run.took(value.part(9), '.text')
  const text = original !== '' ? original : coding.length === 0 ? textOf(value, run) : ''
  if (coding.length === 0 && text === '') return undefined
  return { ...(coding.length === 0 ? {} : { coding }), ...(text === '' ? {} : { text }) }
}

/** A concept without a code is its words. */
function textOf(value: V2Value, run: RunContext): string {
  for (const n of [2, 5, 11]) {
    const text = value.partText(n)
    if (text === '') continue
    run.took(value.part(n), '.text')
    return text
  }
  return ''
}

function codingAt(
  value: V2Value,
  [id, text, name, version, oid]: (typeof CODINGS)[number],
  run: RunContext,
): Json | undefined {
  const code = value.partText(id)
  if (code === '') return undefined
  const system = codingSystem(value.partText(name), value.partText(oid), run)
  const display = value.partText(text)
  const versionText = value.partText(version)
  if (run.explain) {
    run.took(value.part(id), '.code')
    run.took(value.part(text), '.display')
    run.took(value.part(name), '.system')
    run.took(value.part(oid), '.system')
    run.took(value.part(version), '.version')
  }
  return {
    ...(system === undefined ? {} : { system }),
    ...(versionText === '' ? {} : { version: versionText }),
    code: code.replace(/\s+/g, ' '),
    ...(display === '' ? {} : { display }),
  }
}

/** The mapped code, and behind it what came where that says something else. A code of another system is not of the table. */
function mappedCodings(coding: Json, vocabulary: Vocabulary, run: RunContext): Json[] {
  const own = sourceSystem(vocabulary)
  const came = coding['system']
  if (came !== undefined && own !== undefined && came !== own && tableSystem(vocabulary.table?.table ?? '') !== came) {
    return [coding]
  }
  const code = String(coding['code'])
  const known = vocabulary.table !== undefined && vocabulary.table.codes.size > 0
  const found =
    known || run.settings.concepts?.[vocabulary.name] ? mapCode(vocabulary, code, run, textIn(coding)) : undefined
  const local = own === undefined || came !== undefined || found === undefined ? coding : { system: own, ...coding }
  if (found === undefined) return [local]
  const mapped: Json = {
    ...(found.system === undefined ? {} : { system: found.system }),
    code: found.code,
    ...(found.display === undefined ? {} : { display: found.display }),
  }
  if (found.code !== code) return [mapped, local]
  // The sender's words are kept where the map has none.
  return [
    {
      ...mapped,
      ...(coding['display'] !== undefined && found.display === undefined ? { display: coding['display'] } : {}),
    },
  ]
}

function textIn(coding: Json): string {
  const { display } = coding
  return typeof display === 'string' ? display : ''
}

/** `CWE[Coding]`: the first coding. */
export function codingOf(value: V2Value, run: RunContext, vocabulary?: Vocabulary): Json | undefined {
  const made = codingAt(value, CODINGS[0], run)
  if (made === undefined) return undefined
  return vocabulary === undefined ? made : mappedCodings(made, vocabulary, run)[0]
}
