import type { V2Segment, V2Value } from '../read/v2-value.ts'
import type { MappingSettings } from './settings.ts'

/** Something that the map could not do as it should; no text holds a value of the message. */
export interface MappingIssue {
  readonly code:
    | 'value-invalid'
    | 'code-unmapped'
    | 'system-unknown'
    | 'zone-assumed'
    | 'required-missing'
    | 'structure-unknown'
    | 'segment-unplaced'
    | 'map-missing'
  readonly severity: 'error' | 'warning' | 'information'
  /** Place in the message: `PID-7`. */
  readonly path: string
  readonly text: string
}

/** A code that no map knows: kept as it came, for a human to decide. */
export interface UnmappedCode {
  readonly vocabulary: string
  readonly code: string
  readonly display?: string
  readonly system?: string
  readonly path: string
}

/** Where a value went. */
export interface Mapped {
  readonly from: string
  readonly to: string
}

export type Json = Record<string, unknown>

/** A resource in the making. */
export interface ResourceNode {
  readonly type: string
  readonly resource: Json
  /** Name in the message map: `Observation[2]`; empty for what a data type made. */
  readonly label: string
  /** The segment that it came from, and the field where a data type made it. */
  readonly segment: V2Segment | undefined
  readonly field: number
  /** Where it stands in the message's groups: indexes from the root. */
  readonly place: readonly number[]
  /** What makes it the same resource in another message, where its identifiers do not: set by the map that makes it. */
  identity?: string
}

/** Stands for the id until the end of a run gives it. */
export const ID_PENDING = '?'

/** What one run knows and gathers. */
export class RunContext {
  readonly settings: MappingSettings
  readonly issues: MappingIssue[] = []
  readonly unmapped: UnmappedCode[] = []
  readonly mapped: Mapped[] = []
  readonly nodes: ResourceNode[] = []
  /** Resources of message maps by label and by type, in the order in which they were made. */
  readonly byLabel: Map<string, ResourceNode[]> = new Map()
  readonly byType: Map<string, ResourceNode[]> = new Map()
  /** What references lead to: they wait for its id. */
  readonly references: Map<Json, ResourceNode> = new Map()
  readonly explain: boolean
  /** Whose numbers and local codes these are. */
  scope = ''
  /** The zone of MSH-7. */
  messageZone = ''
  /** MSH-7 as an instant, for what needs a time where nothing says one. */
  messageTime = '1970-01-01T00:00:00Z'
  zoneReported = false
  /** The segment and field being mapped. */
  segment: V2Segment | undefined
  field = 0
  place: readonly number[] = []
  /** The element being written, for the report: `Patient.name.family`. */
  target = ''

  constructor(settings: MappingSettings) {
    this.settings = settings
    this.explain = settings.explain === true
  }

  get sourcePath(): string {
    const segment = this.segment?.name ?? ''
    return this.field === 0 ? segment : `${segment}-${this.field}`
  }

  issue(code: MappingIssue['code'], severity: MappingIssue['severity'], text: string): void {
    this.issues.push({ code, severity, path: this.sourcePath, text })
  }

  node(type: string, label = ''): ResourceNode {
    const node = {
      type,
      // The id comes last and stands second: set now, so that the resource need not be copied then.
      resource: { resourceType: type, id: ID_PENDING },
      label,
      segment: this.segment,
      field: this.field,
      place: this.place,
    }
    this.nodes.push(node)
    if (label !== '') {
      listed(this.byLabel, label).push(node)
      listed(this.byType, type).push(node)
    }
    return node
  }

  /** A Reference that gets its address at the end. */
  refer(node: ResourceNode): Json {
    const holder: Json = { reference: '' }
    this.references.set(holder, node)
    return holder
  }

  /** Notes that a value was used, where a report is wanted. */
  took(value: V2Value | undefined, suffix = ''): void {
    if (this.explain && value !== undefined) this.mapped.push({ from: value.path, to: `${this.target}${suffix}` })
  }
}

function listed(map: Map<string, ResourceNode[]>, key: string): ResourceNode[] {
  const known = map.get(key)
  if (known !== undefined) return known
  const made: ResourceNode[] = []
  map.set(key, made)
  return made
}
