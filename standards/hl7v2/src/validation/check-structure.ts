import type { Dictionary } from '../dictionary/dictionary.ts'
import type { StructureDefinition } from '../dictionary/definition.ts'
import type { Segment } from '../segment.ts'
import { isSegmentId } from '../segment-line.ts'
import type { Findings } from './findings.ts'
import type { Run } from './run.ts'
import type { Leaf, Place } from './structure-graph.ts'
import { leadOf } from './structure-graph.ts'
import type { StructureFault } from './structure-matcher.ts'
import { matchStructure } from './structure-matcher.ts'

/** Compares the message's segments with its structure. Gives the place of each, undefined where it has none. */
export function checkStructure(run: Run, segments: readonly Segment[]): readonly (Leaf | undefined)[] {
  const { findings, plans } = run
  const structure = structureOf(run)
  const graph = structure === undefined ? undefined : plans.graph(structure.id)
  if (structure === undefined || graph === undefined) {
    for (const [index, segment] of segments.entries()) reportUndefined(segment, index, plans.dictionary, findings)
    return []
  }
  const { places, faults } = matchStructure(segments, graph)
  for (const fault of faults) report(fault, structure.id, segments, run)
  if (plans.profile !== undefined) reportUnsupported(places, segments, run)
  return places
}

/** The structure that MSH-9.3 names, or the one of the message type; what is wrong with MSH-9 is reported. */
function structureOf(run: Run): StructureDefinition | undefined {
  const { message, findings, plans } = run
  const { dictionary, profile } = plans
  const code = message.text('MSH-9.1') ?? ''
  const event = message.text('MSH-9.2') ?? ''
  if (code === '') {
    findings.report('message-type-missing', 'MSH-9 says no message type: nobody can tell what this is', 0, 'MSH-9')
    return undefined
  }
  if (profile !== undefined) checkProfileType(run, profile.messageTypes, code, event)
  const declaredId = message.text('MSH-9.3') ?? ''
  const declared = declaredId === '' ? undefined : dictionary.structure(declaredId)
  const expected = dictionary.structureOf(code, event)
  const found = declared ?? expected
  // A site's own events and structures are known to it alone.
  const local = event.startsWith('Z') || declaredId.includes('_Z')
  if (declaredId !== '' && expected !== undefined && declared?.id !== expected.id && !local) {
    const text = `MSH-9.3 names another structure than the ${expected.id} of this message type`
    findings.report('structure-mismatch', text, 0, 'MSH-9.3')
  }
  if (found?.withdrawn === true) {
    findings.report('structure-withdrawn', `Version ${dictionary.version} has withdrawn ${found.id}`, 0, 'MSH-9')
  }
  if (found === undefined) reportUnknownType(run, code, event)
  if (profile?.nodes !== undefined) return { id: profile.name, withdrawn: false, nodes: profile.nodes }
  return found
}

function reportUnknownType(run: Run, code: string, event: string): void {
  const { dictionary } = run.plans
  // Z messages and events are a site's own; without a declaration nothing is known of them.
  if (code.startsWith('Z') || event.startsWith('Z')) {
    const text = 'A message type of a site: its structure is not declared, so the order of segments is not checked'
    run.findings.report('segment-local', text, 0, 'MSH-9')
    return
  }
  const known = dictionary.table('0076')?.codes.some(entry => entry.code === code) === true
  const text = `Version ${dictionary.version} has no structure for this ${known ? 'trigger event' : 'message type'}`
  run.findings.report(known ? 'event-unknown' : 'message-type-unknown', text, 0, known ? 'MSH-9.2' : 'MSH-9.1')
}

function checkProfileType(run: Run, types: readonly string[], code: string, event: string): void {
  const { profile } = run.plans
  if (profile === undefined || types.length === 0) return
  if (types.includes(code) || types.includes(`${code}^${event}`)) return
  run.findings.report('profile-differs', `The profile is for ${types.join(', ')}`, 0, 'MSH-9', profile.name)
}

/** Without a structure a segment can still be unknown. */
function reportUndefined(segment: Segment, index: number, dictionary: Dictionary, findings: Findings): void {
  const { id } = segment
  if (!isSegmentId(id) || dictionary.segment(id) !== undefined) return
  if (id.startsWith('Z')) reportLocal(index, findings)
  else {
    const text = `Version ${dictionary.version} has no segment ${id}`
    findings.report('segment-unknown', text, index, findings.segmentName(index))
  }
}

function reportLocal(index: number, findings: Findings): void {
  const name = findings.segmentName(index)
  findings.report('segment-local', 'A segment of a site, which the structure does not name', index, name)
}

function report(fault: StructureFault, structureId: string, segments: readonly Segment[], run: Run): void {
  const { findings } = run
  switch (fault.kind) {
    case 'missing':
      reportMissing(fault.place, fault.before, structureId, run)
      return
    case 'outside':
      reportOutside(fault.index, segments, structureId, run)
      return
    case 'misplaced':
    case 'repeated': {
      const id = segments[fault.index]?.id ?? ''
      const previous = fault.index > 0 ? findings.segmentName(fault.index - 1) : undefined
      const where = previous === undefined ? 'here' : `after ${previous}`
      const text =
        fault.kind === 'repeated'
          ? `${id} stands here once more than ${structureId} has it`
          : `${structureId} has no ${id} ${where}`
      const name = findings.segmentName(fault.index)
      const code = fault.kind === 'repeated' ? 'segment-repeated' : 'segment-misplaced'
      findings.report(code, text, fault.index, name, profileAround(fault.after, run))
      return
    }
    case 'too-few':
    case 'too-many':
      reportCount(fault.kind, fault.place, fault.index, structureId, run)
      return
  }
}

function reportMissing(place: Place, before: number | undefined, structureId: string, run: Run): void {
  const { findings } = run
  const next = before === undefined ? undefined : findings.segmentName(before)
  const where = next === undefined ? 'at the end' : `before ${next}`
  const lead = leadOf(place)
  const path = lead === undefined || lead.id === '#' ? undefined : lead.id
  const profile = profileOf(place, run)
  if (place.kind === 'leaf') {
    const owner = place.parent.path === '' ? structureId : `${structureId} ${place.parent.path}`
    findings.report('segment-missing', `${owner} requires ${place.id} ${where}`, before, path, profile)
  } else {
    const text = `${structureId} requires the group ${place.path} (${lead?.id ?? ''} ...) ${where}`
    findings.report('group-missing', text, before, path, profile)
  }
}

function reportOutside(index: number, segments: readonly Segment[], structureId: string, run: Run): void {
  const { findings, plans } = run
  const id = segments[index]?.id ?? ''
  // Lines without a segment id are a matter of syntax.
  if (!isSegmentId(id)) return
  if (id.startsWith('Z')) return reportLocal(index, findings)
  const name = findings.segmentName(index)
  if (plans.dictionary.segment(id) === undefined) {
    findings.report('segment-unknown', `Version ${plans.dictionary.version} has no segment ${id}`, index, name)
  } else {
    const profile = plans.profile?.nodes === undefined ? undefined : plans.profile.name
    findings.report('segment-unexpected', `${structureId} has no ${id} in any place`, index, name, profile)
  }
}

function reportCount(kind: 'too-few' | 'too-many', place: Place, index: number, structureId: string, run: Run): void {
  const what = place.kind === 'leaf' ? place.id : `the group ${place.path}`
  const profile = profileOf(place, run)
  const path = place.kind === 'leaf' ? place.id : leadOf(place)?.id
  const isLeaf = place.kind === 'leaf'
  if (kind === 'too-few') {
    const text = `${structureId} requires ${what} at least ${place.min} times`
    run.findings.report(isLeaf ? 'segment-missing' : 'group-missing', text, index, path, profile)
  } else {
    const text = `${structureId} has ${what} at most ${place.max} times`
    const name = run.findings.segmentName(index)
    run.findings.report(isLeaf ? 'segment-repeated' : 'group-repeated', text, index, name, profile)
  }
}

/** Whether a profile is behind what is required of a place. */
function profileOf(place: Place, run: Run): string | undefined {
  const { profile } = run.plans
  if (profile === undefined) return undefined
  if (profile.nodes !== undefined) return profile.name
  const path = place.kind === 'leaf' ? joined(place.parent.path, place.id) : place.path
  const name = place.kind === 'leaf' ? place.id : path.slice(path.lastIndexOf('.') + 1)
  return profile.rules.has(path) || profile.rules.has(name) ? profile.name : undefined
}

/** Whether a profile is behind what may follow a place: a rule for it, or for a group that it is in. */
function profileAround(after: Leaf | undefined, run: Run): string | undefined {
  for (let place: Place | undefined = after; place !== undefined; place = place.parent) {
    const profile = profileOf(place, run)
    if (profile !== undefined) return profile
  }
  return undefined
}

function joined(group: string, id: string): string {
  return group === '' ? id : `${group}.${id}`
}

/** Segments, and groups by their segments, that a profile says are not sent. */
function reportUnsupported(places: readonly (Leaf | undefined)[], segments: readonly Segment[], run: Run): void {
  const { profile } = run.plans
  if (profile === undefined) return
  for (const index of segments.keys()) {
    const place = places[index]
    for (let at: Place | undefined = place; at !== undefined && at.parent !== undefined; at = at.parent) {
      const path = at.kind === 'leaf' ? joined(at.parent.path, at.id) : at.path
      const name = path.slice(path.lastIndexOf('.') + 1)
      const usage = profile.rules.get(path)?.usage ?? profile.rules.get(name)?.usage
      if (usage !== 'X') continue
      const text =
        at.kind === 'leaf' ? `The profile does not use ${at.id} here` : `The profile does not use the group ${path}`
      run.findings.report('element-not-supported', text, index, run.findings.segmentName(index), profile.name)
      break
    }
  }
}
