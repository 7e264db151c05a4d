export type { Deviation, DeviationKind, GroupMatch, NamedSegment, StructureMatch } from './match-structure.ts'
export { isGroupMatch, matchStructure } from './match-structure.ts'
export type { StructureId, TypedMessage, TypedSegment } from './typed.ts'
export { declaredSegments, typed, typedSegment } from './typed.ts'
export type {
  Composite,
  DeclaredView,
  ElementView,
  GroupView,
  Leaf,
  Many,
  MessageView,
  Repeated,
  SegmentView,
  Varying,
} from './view-types.ts'
