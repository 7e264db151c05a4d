import type { EndpointStatus } from '@samband/operations/contract'

/** Whose end it is, in the words of the map: the system's name, or the endpoint's where no system is named. */
export function systemName({ system, connector, endpoint }: EndpointStatus): string {
  if (system !== null) return system
  if (connector === 'via') return `route ${endpoint}`
  return connector === 'relay' ? 'other routes' : endpoint
}

/** An end inside the platform: another route, not a system with an owner of its own. */
export const isInternal = ({ connector }: EndpointStatus): boolean => connector === 'via' || connector === 'relay'
