import { useSyncExternalStore } from 'react'

/**
 * The patient id one searches for. It lives in memory only, so that it survives opening a message and coming back, but
 * reaches neither the URL nor the browser's history or storage. Signing out forgets it.
 */
let patientId = ''
const listeners = new Set<() => void>()

export const patientSearchId = (): string => patientId

export function setPatientSearchId(next: string): void {
  patientId = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function usePatientSearchId(): string {
  return useSyncExternalStore(subscribe, patientSearchId)
}
