/**
 * Streams a batch of as many megabytes as the argument says through the batch reader and parses each message; prints
 * `{ messages, megabytes, maxRssMegabytes, cpuMs }`. A process of its own, as the memory of a process is what is measured.
 */
import { createBatchReader, parse } from '../src/index.ts'

const megabytes = Number(process.argv[2] ?? 100)
const message = `MSH|^~\\&|LAB|HOS|EHR|HOS|20260131||ORU^R01^ORU_R01|4711|P|2.5.1\rPID|1||15878599974^^^FREG^NI||Testesen^Kari\rOBR|1|||X^Na\r${'OBX|1|NM|X^Sodium||140|mmol/L|135-145|N|||F\r'.repeat(14)}`
// 64 kB, as a file is read.
const chunk = new TextEncoder().encode(message.repeat(Math.ceil(65_536 / message.length))).subarray(0, 65_536)
const tail = new TextEncoder().encode(message.repeat(2)).subarray(65_536 % message.length)

const reader = createBatchReader()
let messages = 0
let bytes = 0
const take = (events: ReturnType<typeof reader.push>): void => {
  for (const event of events) if (event.kind === 'message' && parse(event.bytes).ok) messages++
}
while (bytes < megabytes * 1_000_000) {
  take(reader.push(chunk))
  take(reader.push(tail))
  bytes += chunk.length + tail.length
}
take(reader.end())
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
const cpuMs = Math.round((userCPUTime + systemCPUTime) / 1000)
console.log(
  JSON.stringify({ messages, megabytes: bytes / 1_000_000, maxRssMegabytes: Math.round(maxRSS / 1024), cpuMs }),
)
