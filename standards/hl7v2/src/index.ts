export type { AckCode, AckInit } from './ack-builder.ts'
export { buildAck, buildRejection } from './ack-builder.ts'
export type { AckReading } from './ack-reader.ts'
export { readAck } from './ack-reader.ts'
export type { Batch, BatchFile, BatchMessage } from './batch.ts'
export { parseBatch } from './batch.ts'
export type { BatchPart, BatchPartKind } from './batch-splitter.ts'
export { splitBatch } from './batch-splitter.ts'
export type { Charset } from './charset.ts'
export { formatCharset, parseCharset } from './charset.ts'
export type { CharsetConversionOptions } from './charset-conversion.ts'
export { convertCharset } from './charset-conversion.ts'
export type { Delimiters } from './delimiters.ts'
export { DELIMITERS_DEFAULT } from './delimiters.ts'
export type { ElementValue } from './element-value.ts'
export type { ErrorCondition, ErrorDetail } from './error-condition.ts'
export { ERROR_CONDITIONS, isErrorCondition } from './error-condition.ts'
export { escapeText, unescapeText } from './escape.ts'
export type { Header } from './header.ts'
export { headerOf, quickHeader } from './header.ts'
export type { Hl7ErrorCode } from './hl7-error.ts'
export { Hl7Error } from './hl7-error.ts'
export type { Issue, IssueCode, IssuePosition, Severity } from './issue.ts'
export type { Leaf } from './leaves.ts'
export { leavesOf } from './leaves.ts'
export type { ParseLimits } from './limits.ts'
export { PARSE_LIMITS_DEFAULT } from './limits.ts'
export type { SegmentFields, SegmentPlace } from './message.ts'
export { Message } from './message.ts'
export type { MessageInit } from './message-builder.ts'
export { buildMessage } from './message-builder.ts'
export type { FramingFault, MllpDecoder, MllpDecoderOptions, MllpEvent } from './mllp.ts'
export {
  createMllpDecoder,
  encodeMllpFrame,
  MLLP_FRAME_BYTES_MAX_DEFAULT,
  MLLP_KEPT_BYTES_MAX_DEFAULT,
} from './mllp.ts'
export type { ParseOptions, ParseResult } from './parse.ts'
export { parse } from './parse.ts'
export type { ComponentPath, FieldPath, Hl7Path, PathParts, SegmentPath } from './path.ts'
export { parseFieldPath, parsePath } from './path.ts'
export type { Repetition } from './repetition.ts'
export type { ElementState, Segment } from './segment.ts'
export type { SegmentGroup } from './segment-group.ts'
export { segmentsOf } from './segment-group.ts'
export type { SegmentId } from './segment-id.ts'
export { formatTimestamp } from './timestamp.ts'
export { compareTimestamps } from './timestamps/compare-timestamps.ts'
export { formatTimestampValue } from './timestamps/format-timestamp-value.ts'
export { fromIso, toIso } from './timestamps/iso-timestamp.ts'
export type { TimestampResult } from './timestamps/parse-timestamp.ts'
export { parseDate, parseTime, parseTimestamp } from './timestamps/parse-timestamp.ts'
export type { Timestamp, TimestampPrecision } from './timestamps/timestamp-value.ts'
export { offsetMinutesOf, precisionOf } from './timestamps/timestamp-value.ts'
export type { Change, ChangeSide, Diff, DiffOptions } from './tools/diff/diff.ts'
export { diff, DIFF_IGNORE_ENVELOPE } from './tools/diff/diff.ts'
export type { FormatDiffOptions, PathNames } from './tools/diff/format-diff.ts'
export { formatDiff } from './tools/diff/format-diff.ts'
export type { DataClass, RedactionRule } from './tools/redact/data-class.ts'
export { DATA_CLASSES } from './tools/redact/data-class.ts'
export { REDACTION_RULES_DEFAULT } from './tools/redact/default-rules.ts'
export type { KeyedHash } from './tools/redact/keyed-hash.ts'
export { Pseudonyms } from './tools/redact/pseudonyms.ts'
export type { RedactionDictionary, RedactionReport, RedactOptions } from './tools/redact/redact.ts'
export { redact } from './tools/redact/redact.ts'
export { REDACTED_TEXT } from './tools/redact/rewrite-repetition.ts'
export type {
  ExplainDictionary,
  ExplainedElement,
  ExplainedSegment,
  Explanation,
  ExplainOptions,
} from './tools/explain/explain.ts'
export { explain } from './tools/explain/explain.ts'
export type { FormatExplanationOptions } from './tools/explain/format-explanation.ts'
export { formatExplanation } from './tools/explain/format-explanation.ts'
export { fromJson } from './tools/json/from-json.ts'
export type {
  ComponentJson,
  FieldJson,
  LeafJson,
  MessageJson,
  RepetitionJson,
  SegmentJson,
} from './tools/json/message-json.ts'
export { MESSAGE_JSON_FORMAT } from './tools/json/message-json.ts'
export { toJson } from './tools/json/to-json.ts'
export type { BatchEvent, BatchReader, BatchReaderOptions } from './stream/batch-reader.ts'
export { createBatchReader } from './stream/batch-reader.ts'
export type { BatchFields, BatchWriter } from './stream/batch-writer.ts'
export { createBatchWriter } from './stream/batch-writer.ts'
export type { CommitDecoder, CommitEvent, CommitSender, CommitSenderStep } from './protocol/commit-block.ts'
export {
  COMMIT_RETRIES_MAX_DEFAULT,
  createCommitSender,
  createMllpCommitDecoder,
  encodeCommitBlock,
} from './protocol/commit-block.ts'
export type { AckMatch, AckMatcher, AckWish, AskedAcks } from './protocol/enhanced-mode.ts'
export {
  ackClassOf,
  ACKS_AWAITING_MAX_DEFAULT,
  askedAcks,
  createAckMatcher,
  isAckWanted,
} from './protocol/enhanced-mode.ts'
export type {
  ReceivedSequence,
  SequenceReceiver,
  SequenceSender,
  SequenceStep,
} from './protocol/sequence-numbers.ts'
export {
  createSequenceReceiver,
  createSequenceSender,
  parseSequenceNumber,
  SEQUENCE_RESYNCHRONISE,
  SEQUENCE_START,
} from './protocol/sequence-numbers.ts'
