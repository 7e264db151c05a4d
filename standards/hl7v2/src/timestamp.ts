/**
 * A moment as HL7 writes it, to the second and with its zone: `20260131235959+0100`. Samband knows no local time on this
 * floor, so the offset is an argument; without one the time is in UTC.
 */
export function formatTimestamp(at: Date, offsetMinutes = 0): string {
  const local = new Date(at.getTime() + offsetMinutes * 60_000).toISOString()
  const digits = local.slice(0, 19).replace(/[^0-9]/g, '')
  const offset = Math.abs(offsetMinutes)
  const zone = String(Math.floor(offset / 60)).padStart(2, '0') + String(offset % 60).padStart(2, '0')
  return `${digits}${offsetMinutes < 0 ? '-' : '+'}${zone}`
}
