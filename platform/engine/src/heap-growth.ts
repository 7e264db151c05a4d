import { setFlagsFromString } from 'node:v8'

/** How much the old generation may grow between two full collections, in percent of what was alive after the last one. */
const growthPercent = 300

/**
 * For a process that runs an engine. Every message passes through buffers that die young but count as old memory, so
 * that V8 by itself, with 20 MB alive, collects everything each 8 MB: twice a second at 1,000 messages/s, 8 to 17 ms each.
 * Measured at that rate: 17 ms end to end at the 99th percentile without, 7 ms with. The heap's own limit still holds.
 */
export function letHeapGrow(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`)
}
