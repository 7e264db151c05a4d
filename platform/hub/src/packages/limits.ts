/** Bounds of the implementation guides that are loaded at the start. */
export type PackageLimits = {
  /** One package when it is unpacked. */
  readonly packageBytesMax: number
  /** Files in one package. */
  readonly packageFilesMax: number
}

export const packageLimitsDefault: PackageLimits = {
  packageBytesMax: 512 * 1024 * 1024,
  packageFilesMax: 50_000,
}
