export { type Category, type CategoryFacts, categories, categoryTable, type LogLevel } from './category.ts'
export type { Issue } from './issue.ts'
export { nearest } from './nearest.ts'
export { SambandError, type SambandErrorInit, toSambandError } from './samband-error.ts'
