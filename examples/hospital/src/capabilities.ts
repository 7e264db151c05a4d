import { createDirectory, type Directory } from '../codes/directory.ts'

/** What the calls of the hospital's routes may use. */
export type Capabilities = { readonly directory: Directory }

export function createCapabilities(): Capabilities {
  return { directory: createDirectory() }
}
