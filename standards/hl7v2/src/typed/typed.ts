import type { SegmentDeclaration } from '../dictionary/define-segment.ts'
import { DictionaryError } from '../dictionary/dictionary-error.ts'
import { loadedDictionary } from '../dictionary/load.ts'
import type { VersionExtension } from '../dictionary/version-extension.ts'
import type { Hl7Version } from '../dictionary/version-id.ts'
import type { VersionTypes } from '../generated/types/versions.ts'
import type { Message } from '../message.ts'
import type { Segment } from '../segment.ts'
import { messageView, treeOf } from './group-view.ts'
import { MessageTree } from './message-tree.ts'
import { declaredView, segmentView } from './segment-view.ts'
import type { DeclaredView, GroupView, MessageView } from './view-types.ts'

/** A message by the names of its structure's groups, segments and fields: `TypedMessage<'ORU_R01', '2.5.1'>`. */
export type TypedMessage<S extends StructureId<V>, V extends Hl7Version> = VersionTypes[V]['structures'][S] &
  MessageView

/** Structures of a version. */
export type StructureId<V extends Hl7Version> = keyof VersionTypes[V]['structures'] & string

/** A segment by the names of its fields: `TypedSegment<'OBX', '2.5.1'>`. */
export type TypedSegment<
  Id extends keyof VersionTypes[V]['segments'],
  V extends Hl7Version,
> = VersionTypes[V]['segments'][Id]

/**
 * A view of a message by the names that the standard gives its groups, segments, fields and components:
 *
 *     await loadDictionary('2.5.1')
 *     const oru = typed(message, 'ORU_R01', '2.5.1')
 *     oru.patientResult[0].patient.pid.patientName[0].familyName.surname   // PID-5.1.1
 *
 * Nothing is copied: members are read from the message when they are asked for, and setting one changes the message. What is not
 * there reads as undefined, all the way down, so no step needs a question mark; `$exists` tells. Elements without components are texts,
 * those with some are views, whose `$text` is the first of them. The structure and version are taken on the caller's word, whatever
 * MSH-9 and MSH-12 say; `$deviations` tells where the message departs from it.
 *
 * The version's dictionary must have been loaded. Throws `DictionaryError` otherwise.
 */
export function typed<V extends Hl7Version, S extends StructureId<V>>(
  message: Message,
  structure: S,
  version: V | VersionExtension<V>,
): TypedMessage<S, V> {
  const dictionary = loadedDictionary(version)
  const definition = dictionary.structure(structure)
  if (definition === undefined) {
    throw new DictionaryError('structure-unknown', `HL7 v${dictionary.version} has no structure ${structure}`)
  }
  // The view's members are made from the same definitions and names as the generated types.
  return messageView(new MessageTree(message, dictionary, definition)) as TypedMessage<S, V>
}

/** A view of one segment: `typedSegment(message.segment('PID'), 'PID', '2.5.1').patientName[0].givenName`. */
export function typedSegment<V extends Hl7Version, Id extends keyof VersionTypes[V]['segments'] & string>(
  segment: Segment,
  id: Id,
  version: V | VersionExtension<V>,
): TypedSegment<Id, V> {
  const handle = { dictionary: loadedDictionary(version), segment, path: segment.id, create: () => segment }
  // As above.
  return segmentView(handle, id) as TypedSegment<Id, V>
}

/**
 * Segments of a message or group by their declaration, wherever they stand in it: Z segments, and standard ones with local fields.
 *
 *     for (const extras of declaredSegments(oru.patientResult[0].patient, zpd, '2.5.1')) extras.bloodGroup.identifier
 */
export function declaredSegments<V extends Hl7Version, D extends SegmentDeclaration>(
  view: GroupView | Message,
  declaration: D,
  version: V | VersionExtension<V>,
): DeclaredView<D, VersionTypes[V]['dataTypes']>[] {
  const dictionary = loadedDictionary(version)
  const tree = treeOf(view)
  const segments = '$segments' in view ? view.$segments : view.segments()
  return segments
    .filter(({ id }) => id === declaration.id)
    .map(segment => {
      const path = tree?.handle(segment).path ?? segment.id
      const handle = { dictionary, segment, path, create: () => segment }
      // The members are those of the declaration, with the version's data types.
      return declaredView(handle, declaration) as DeclaredView<D, VersionTypes[V]['dataTypes']>
    })
}
