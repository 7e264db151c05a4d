import type { Message } from '@samband/hl7v2'
import { leavesOf } from '@samband/hl7v2'
import { compileMessage } from './compile/compile-message.ts'
import type { CompiledMessage } from './compile/compile-message.ts'
import { MapCompiler } from './compile/compile-map.ts'
import { base64OfText } from './datatypes/attachments.ts'
import { fhirInstant, statedZone } from './datatypes/timestamps.ts'
import { nameUuid } from './identity/name-uuid.ts'
import type { MapSet } from './maps/map-row.ts'
import { readSegments } from './read/v2-value.ts'
import type { V2Segment } from './read/v2-value.ts'
import { addDefaultLinks } from './run/default-links.ts'
import type { BundleEntry } from './run/make-bundle.ts'
import { makeEntries } from './run/make-bundle.ts'
import type { Json, Mapped, MappingIssue, UnmappedCode } from './run/run-context.ts'
import { RunContext } from './run/run-context.ts'
import { runMessage } from './run/run-message.ts'
import type { MappingSettings } from './run/settings.ts'
import { structureFor } from './structures.ts'

/** A transaction Bundle (FHIR R4 http.html#transaction) as plain data: `formatJson` writes it. */
export interface TransactionBundle {
  readonly resourceType: 'Bundle'
  readonly type: 'transaction'
  readonly identifier?: Json
  readonly timestamp?: string
  readonly entry: readonly BundleEntry[]
}

/** What became of each value of a message. */
export interface Fidelity {
  readonly mapped: readonly Mapped[]
  /** Paths of values that no map reads. */
  readonly unmapped: readonly string[]
}

export interface ToFhirResult {
  readonly bundle: TransactionBundle
  /** The message map that was used; undefined where none reads this kind of message. */
  readonly map: string | undefined
  readonly issues: readonly MappingIssue[]
  readonly unmappedCodes: readonly UnmappedCode[]
  /** Where `explain` was set. */
  readonly fidelity?: Fidelity
}

/** Maps with everything that is compiled of them. */
export class CompiledMaps {
  readonly compiler: MapCompiler
  private readonly maps: MapSet
  private readonly messages = new Map<string, CompiledMessage>()

  constructor(maps: MapSet) {
    this.maps = maps
    this.compiler = new MapCompiler(maps)
  }

  message(name: string): CompiledMessage | undefined {
    const known = this.messages.get(name)
    if (known !== undefined) return known
    const map = this.maps.messages.get(name)
    if (map === undefined) return undefined
    const compiled = compileMessage(name, map, this.compiler)
    this.messages.set(name, compiled)
    return compiled
  }

  has = (name: string): boolean => this.maps.messages.has(name)
}

/** Maps a message. Never throws for what is in it: what cannot be mapped is an issue. */
export function mapToFhir(maps: CompiledMaps, message: Message, settings: MappingSettings): ToFhirResult {
  const run = new RunContext(settings)
  const segments = readSegments(message, run.explain)
  const header = segments.find(({ id }) => id === 'MSH')
  const name = structureFor(message, maps.has)
  const compiled = name === undefined ? undefined : maps.message(name)
  const scope = settings.scope ?? header?.text(4) ?? ''
  run.scope = scope
  run.messageZone = statedZone(header?.text(7) ?? '')
  const timestamp = header === undefined ? undefined : fhirInstant(header.text(7), run)
  run.messageTime = timestamp ?? run.messageTime
  if (compiled === undefined) run.issue('structure-unknown', 'error', 'No map reads messages of this kind')
  else runMessage(compiled, segments, run)
  const messageName = `${scope}|${header?.text(3) ?? ''}|${header?.text(10) ?? ''}|${header?.text(7) ?? ''}`
  addDefaultLinks(run)
  if (compiled !== undefined && settings.provenance !== false) addTransformation(run, header, message)
  const entry = compiled === undefined ? [] : makeEntries(run, scope, messageName)
  const controlId = header?.text(10) ?? ''
  return {
    bundle: {
      resourceType: 'Bundle',
      ...(controlId === ''
        ? {}
        : { identifier: { system: `urn:uuid:${nameUuid(`messages of|${scope}`)}`, value: controlId } }),
      type: 'transaction',
      ...(timestamp === undefined ? {} : { timestamp }),
      entry,
    },
    map: compiled?.name,
    issues: run.issues,
    unmappedCodes: run.unmapped,
    ...(run.explain ? { fidelity: fidelityOf(message, run) } : {}),
  }
}

/** Says what was made of which message (`MSH[Provenance-Transformation]`). */
function addTransformation(run: RunContext, header: V2Segment | undefined, message: Message): void {
  const principal = run.nodes.filter(({ label, type }) => label !== '' && type !== 'Provenance')
  run.segment = header
  const node = run.node('Provenance', 'Provenance[2]')
  const { settings } = run
  const source = run.nodes.find(({ type }) => type === 'MessageHeader')
  const what = settings.keepMessage === true ? run.refer(messageDocument(run, message)) : source && run.refer(source)
  const recorded = settings.receivedAt ?? run.messageTime
  Object.assign(node.resource, {
    target: principal.map(target => run.refer(target)),
    recorded,
    activity: {
      coding: [
        {
          system: 'http://hl7.org/fhir/uv/v2mappings/CodeSystem/provenance-activity-type-v2-to-fhir',
          code: 'v2-fhir-transformation',
        },
      ],
    },
    agent: [
      {
        type: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'assembler' }],
        },
        who: { display: settings.assembler ?? 'Samband' },
      },
    ],
    ...(what === undefined ? {} : { entity: [{ role: 'source', what }] }),
  })
}

function messageDocument(run: RunContext, message: Message): ReturnType<RunContext['node']> {
  const node = run.node('DocumentReference', 'DocumentReference[message]')
  const data = base64OfText(message.toString())
  Object.assign(node.resource, {
    status: 'current',
    content: [{ attachment: { contentType: 'x-application/hl7-v2+er7', data } }],
  })
  return node
}

function fidelityOf(message: Message, run: RunContext): Fidelity {
  const used = new Set(run.mapped.map(({ from }) => from))
  const leaves = new Set<string>()
  const unmapped: string[] = []
  for (const { path, raw } of leavesOf(message)) {
    leaves.add(path)
    if (raw !== '""' && !STRUCTURAL.test(path) && !covers(used, path)) unmapped.push(path)
  }
  return { mapped: run.mapped.map(({ from, to }) => ({ from: shortest(from, leaves), to })), unmapped }
}

/** `PID-8.1` where the message has nothing but `PID-8`: the path as the message's own tools write it. */
function shortest(path: string, leaves: ReadonlySet<string>): string {
  let at = path
  while (!leaves.has(at) && at.endsWith('.1')) at = at.slice(0, -2)
  return leaves.has(at) ? at : path
}

/** What holds a message together and says nothing of its own: delimiters, control id, version, ordinals, the type of OBX-5. */
const STRUCTURAL =
  /^(?:MSH-(?:1|2|10|12|15|16|18)|EVN-1|OBX(?:\[\d+\])?-2|(?:PID|NK1|PV1|PV2|OBR|OBX|NTE|AL1|DG1|PR1|IN1|GT1|RGS|AIS|AIG|AIL|AIP|TXA|SPM|TQ1|FT1|RXA|IAM)(?:\[\d+\])?-1)(?:\.|$)/

/** A value counts as mapped when it, or an element around it, was read; `PID-3.1` may be named `PID-3[1].1`. */
function covers(used: ReadonlySet<string>, path: string): boolean {
  for (let at = path; ; ) {
    if (used.has(at) || used.has(`${at}.1`) || used.has(`${at}.1.1`)) return true
    const dot = at.lastIndexOf('.')
    if (dot < 0) return false
    at = at.slice(0, dot)
  }
}
