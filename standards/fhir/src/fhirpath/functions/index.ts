import { conversionFunctions } from './conversion.ts'
import type { FunctionDefinition } from './definition.ts'
import { existenceFunctions } from './existence.ts'
import { filteringFunctions } from './filtering.ts'
import { mathFunctions } from './math.ts'
import { referenceFunctions } from './reference.ts'
import { textFunctions } from './text.ts'
import { utilityFunctions } from './utility.ts'

/** Every function by name. A function that is not here is reported when an expression is compiled. */
export const functionTable: ReadonlyMap<string, FunctionDefinition> = new Map(
  Object.entries({
    ...existenceFunctions,
    ...filteringFunctions,
    ...conversionFunctions,
    ...textFunctions,
    ...mathFunctions,
    ...utilityFunctions,
    ...referenceFunctions,
  }),
)
