/** Byte strings that mean something to a parser, to be put where they do not belong. */
const FRAGMENTS: readonly Uint8Array[] = [
  '|',
  '^',
  '~',
  '\\',
  '&',
  '\r',
  '\n',
  '""',
  '\x0b',
  '\x1c',
  '\x1c\r',
  'MSH|',
  'PID|',
  '\\X',
  '\\.br\\',
  '\xc3\xa9',
  '\xff',
  '|||||',
  '\x00',
].map(text => Uint8Array.from(text, character => character.charCodeAt(0)))

/** Random numbers from a seed, so that a failure can be repeated. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return below => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A message with one to six faults: something inserted, left out, changed, or the end torn off. */
export function mutate(message: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = message.slice()
  for (let faults = 1 + random(6); faults > 0; faults--) {
    const at = random(bytes.length + 1)
    const kind = random(4)
    if (kind === 0) bytes = joined(bytes.subarray(0, at), FRAGMENTS[random(FRAGMENTS.length)], bytes.subarray(at))
    else if (kind === 1) bytes = joined(bytes.subarray(0, at), undefined, bytes.subarray(at + random(20)))
    else if (kind === 2 && at < bytes.length) bytes[at] = random(256)
    else if (kind === 3) bytes = bytes.slice(0, at)
  }
  return bytes
}

function joined(before: Uint8Array, middle: Uint8Array | undefined, after: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...before, ...(middle ?? []), ...after])
}
