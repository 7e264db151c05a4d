import { type Decision, decisions } from '../.vitepress/decisions.ts'

declare const data: readonly Decision[]
export { data }

/** Loaded by VitePress when it builds docs/adr/index.md. */
export default { watch: ['./*.md'], load: (): readonly Decision[] => decisions() }
