/** `@samband/fhir/packages`: implementation guides as they are published, and snapshots of their profiles. */
export type { PackageManifest, PackageResource, ReadPackageOptions, ReadPackageResult } from './fhir-package.ts'
export { FhirPackage, readPackage } from './fhir-package.ts'
export { packageTerminology } from './package-terminology.ts'
export type { SnapshotResult } from './snapshot.ts'
export { makeSnapshot } from './snapshot.ts'
export type { TarEntry } from './tar.ts'
export { readTar } from './tar.ts'
