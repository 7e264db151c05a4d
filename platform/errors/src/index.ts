export { type Category, type CategoryFacts, categories, categoryTable, type LogLevel } from './category.ts'
export type { Issue } from './issue.ts'
export { SambandError, type SambandErrorInit, toSambandError } from './samband-error.ts'
