import type { StoredBody } from '../engine-types.ts'

/**
 * What stands for a content that is too large to be held in memory: no bytes, and an attribute that says where they are.
 * Steps see the attribute and hand it on; a destination gets the stored stream. It is a claim check.
 */
export type StoredContent = {
  /** The id under which its parts are stored. */
  readonly pack: number
  readonly bytes: number
}

const attribute = 'body.stored'

export function withStoredContent(
  attributes: Readonly<Record<string, string>>,
  { pack, bytes }: StoredContent,
): Readonly<Record<string, string>> {
  return { ...attributes, [attribute]: `${pack}/${bytes}` }
}

/** Undefined: the bytes are all there is. What a step gave bytes of its own is no longer what was stored. */
export function storedContentOf({ bytes, attributes }: StoredBody): StoredContent | undefined {
  const text = attributes[attribute]
  if (text === undefined || bytes.length > 0) return undefined
  const [pack, size] = text.split('/').map(Number)
  if (pack === undefined || size === undefined || !Number.isSafeInteger(pack) || !Number.isSafeInteger(size)) {
    return undefined
  }
  return { pack, bytes: size }
}

/** The attribute is the engine's own: what comes from outside does not bring it, what goes out does not carry it. */
export function withoutStoredContent(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (!(attribute in attributes)) return attributes
  const { [attribute]: _, ...rest } = attributes
  return rest
}
