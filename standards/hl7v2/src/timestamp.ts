/**
 * A moment as HL7 writes it, to the second and with its zone: `20260131235959+0100`. Samband knows no local time on this
 * floor, so the offset is an argument; without one the time is in UTC.
 */
export function formatTimestamp(at: Date, offsetMinutes = 0): string {
  const local = new Date(at.getTime() + offsetMinutes * 60_000).toISOString()
  const date = local.slice(0, 4) + local.slice(5, 7) + local.slice(8, 10)
  const time = local.slice(11, 13) + local.slice(14, 16) + local.slice(17, 19)
  if (offsetMinutes === 0) return `${date}${time}+0000`
  const offset = Math.abs(offsetMinutes)
  const zone = String(Math.floor(offset / 60)).padStart(2, '0') + String(offset % 60).padStart(2, '0')
  return `${date}${time}${offsetMinutes < 0 ? '-' : '+'}${zone}`
}
