export { type Directory, createDirectory } from '../codes/directory.ts'
export {
  type EndpointName,
  hospitalEndpoints,
  type HospitalEndpoint,
  portBaseDefault,
  portBaseFrom,
  systemLabels,
} from './endpoints.ts'
export { type Hospital, type HospitalOptions, type HospitalState, speedDefault, startHospital } from './hospital.ts'
export { faultDefaults, type FaultKind, faultKinds, type FaultSettings, isFaultKind } from './line/faults.ts'
export type { Address } from './line/sender.ts'
export { hospitalAddresses } from './addresses.ts'
export { type Capabilities, createCapabilities } from './capabilities.ts'
export { routes } from './routes.ts'
export type { StationState } from './station.ts'
export { type SystemName, systemNames } from './systems/system.ts'
