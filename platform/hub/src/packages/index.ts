/** `@samband/hub/packages`: implementation guides, for whoever looks at them without a server. */
export { type Guides, loadGuides } from './guides.ts'
export type { PackageFile } from './read-packages.ts'
