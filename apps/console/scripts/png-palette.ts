/**
 * Makes a screenshot small: 8-bit truecolour PNG in, 256-colour PNG out. A page's picture has few colours that matter;
 * the rest are shades of antialiasing, which go to their nearest neighbour. No dithering: flat areas stay flat.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const PALETTE_MAX = 256

type Picture = { readonly width: number; readonly height: number; readonly pixels: Uint32Array }

export function toPalette(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png)
  const palette = choosePalette(pixels)
  const indexOf = new Map<number, number>(palette.map((color, index) => [color, index]))
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = pixels[y * width + x] ?? 0
      let index = indexOf.get(color)
      if (index === undefined) {
        index = nearest(palette, color)
        indexOf.set(color, index)
      }
      rows[y * (width + 1) + 1 + x] = index
    }
  }
  return encode(width, height, palette, rows)
}

/** The commonest colours, one per small cube of similar shades first, so that rare accents get a place too. */
function choosePalette(pixels: Uint32Array): number[] {
  const counts = new Map<number, number>()
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1)
  const common = [...counts].sort((a, b) => b[1] - a[1]).map(([color]) => color)
  const cubes = new Set<number>()
  const spread = common.filter(color => {
    const cube = color & 0xf0f0f0
    if (cubes.has(cube)) return false
    cubes.add(cube)
    return true
  })
  const first = spread.slice(0, PALETTE_MAX / 2)
  return [...new Set([...first, ...common])].slice(0, PALETTE_MAX)
}

function nearest(palette: readonly number[], color: number): number {
  let best = 0
  let bestDistance = Number.POSITIVE_INFINITY
  palette.forEach((candidate, index) => {
    const red = (candidate >> 16) - (color >> 16)
    const green = ((candidate >> 8) & 255) - ((color >> 8) & 255)
    const blue = (candidate & 255) - (color & 255)
    const distance = 3 * red * red + 6 * green * green + blue * blue
    if (distance < bestDistance) {
      best = index
      bestDistance = distance
    }
  })
  return best
}

function decode(png: Buffer): Picture {
  const width = png.readUInt32BE(16)
  const height = png.readUInt32BE(20)
  const channels = { 2: 3, 6: 4 }[png[25] ?? 0]
  if (!channels || png[24] !== 8 || png[28] !== 0) throw new Error('only 8-bit truecolour PNG without interlace')
  const data: Buffer[] = []
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  const raw = unfilter(inflateSync(Buffer.concat(data)), width * channels, height, channels)
  const pixels = new Uint32Array(width * height)
  for (let index = 0; index < pixels.length; index++) {
    const at = index * channels
    pixels[index] = ((raw[at] ?? 0) << 16) | ((raw[at + 1] ?? 0) << 8) | (raw[at + 2] ?? 0)
  }
  return { width, height, pixels }
}

/** PNG specification (3rd edition), 9.2: filter types for filter method 0. */
function unfilter(filtered: Buffer, rowBytes: number, height: number, channels: number): Uint8Array {
  const raw = new Uint8Array(rowBytes * height)
  for (let y = 0; y < height; y++) {
    const type = filtered[y * (rowBytes + 1)]
    for (let x = 0; x < rowBytes; x++) {
      const at = y * rowBytes + x
      const left = x >= channels ? (raw[at - channels] ?? 0) : 0
      const up = y > 0 ? (raw[at - rowBytes] ?? 0) : 0
      const corner = x >= channels && y > 0 ? (raw[at - rowBytes - channels] ?? 0) : 0
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][type ?? 0] ?? 0
      raw[at] = (filtered[y * (rowBytes + 1) + 1 + x] ?? 0) + predicted
    }
  }
  return raw
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

function encode(width: number, height: number, palette: readonly number[], rows: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const colors = Buffer.from(palette.flatMap(color => [color >> 16, (color >> 8) & 255, color & 255]))
  const data = deflateSync(rows, { level: 9 })
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', colors),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(typed))
  return Buffer.concat([length, typed, sum])
}
