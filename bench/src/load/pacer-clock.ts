/**
 * The thread behind a `Pacer`: says when the next message is due. A timer of the event loop is exact to a millisecond,
 * which at a rate of 1,000/s would be half a millisecond of every measured time.
 */
import { parentPort, workerData } from 'node:worker_threads'

const { beginsAt, intervalMs } = workerData as { readonly beginsAt: number; readonly intervalMs: number }
const never = new Int32Array(new SharedArrayBuffer(4))

for (let next = 0; ; next += 1) {
  const wait = beginsAt + next * intervalMs - epochNow()
  if (wait > 0) Atomics.wait(never, 0, 0, wait)
  parentPort?.postMessage(null)
}

/** Each thread's `performance.now` begins with the thread. */
function epochNow(): number {
  return performance.timeOrigin + performance.now()
}
