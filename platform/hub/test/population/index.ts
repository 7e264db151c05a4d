/** A hospital's worth of synthetic resources in one to two minutes, for tests and benchmarks of searches. */
export { type MeasuredCode, measuredCodes } from './facts.ts'
export { loadPopulation } from './load-population.ts'
export { observation, patient } from './resources.ts'
export {
  populationEndMs,
  populationId,
  populationOf,
  type PopulationSize,
  populationStartMs,
} from './population-size.ts'
export { evenObservations, templates } from './templates.ts'
export { type TypicalSearch, typicalSearches } from './typical-searches.ts'
