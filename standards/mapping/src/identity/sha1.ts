/** SHA-1 of a text in UTF-8 (RFC 3174), for name-based UUIDs: to tell things apart, not to keep secrets. */
export function sha1(text: string): Int32Array {
  const length = fill(text)
  const blocks = ((length + 8) >> 6) + 1
  const words = new Int32Array(blocks * 16)
  for (let i = 0; i < length; i++) words[i >> 2] = (words[i >> 2] ?? 0) | ((bytes[i] ?? 0) << (24 - (i & 3) * 8))
  words[length >> 2] = (words[length >> 2] ?? 0) | (0x80 << (24 - (length & 3) * 8))
  words[blocks * 16 - 1] = length * 8
  const state = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0)
  for (let block = 0; block < blocks; block++) round(words, block * 16, state)
  return state
}

const encoder = new TextEncoder()
let bytes = new Uint8Array(1024)

/** Encodes into one buffer that grows: names are short and many. */
function fill(text: string): number {
  if (text.length * 3 > bytes.length) bytes = new Uint8Array(text.length * 3)
  return encoder.encodeInto(text, bytes).written
}

const schedule = new Int32Array(80)

/** One block. The four stages stand apart, as choosing among them in one loop took three times as long. */
function round(words: Int32Array, from: number, state: Int32Array): void {
  for (let i = 0; i < 16; i++) schedule[i] = words[from + i] as number
  for (let i = 16; i < 80; i++) {
    const mixed = at(i - 3) ^ at(i - 8) ^ at(i - 14) ^ at(i - 16)
    schedule[i] = (mixed << 1) | (mixed >>> 31)
  }
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  let e = state[4] as number
  for (let i = 0; i < 80; i++) {
    let mixed: number
    if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999
    else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1
    else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
    else mixed = (b ^ c ^ d) + 0xca62c1d6
    const next = (((a << 5) | (a >>> 27)) + mixed + e + at(i)) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  state[0] = (state[0] as number) + a
  state[1] = (state[1] as number) + b
  state[2] = (state[2] as number) + c
  state[3] = (state[3] as number) + d
  state[4] = (state[4] as number) + e
}

function at(i: number): number {
  // The index is below 80 wherever this is called.
  return schedule[i] as number
}
