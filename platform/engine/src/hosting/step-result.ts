import type { PipelineResult } from '@samband/route'
import type { StepResult } from './route-host.ts'

/** What the engine has to know of a pipeline's result, as plain data. */
export function resultOf(result: PipelineResult): StepResult {
  if (!result.ok) return { kind: 'dead', step: result.step, code: result.error.code, text: result.error.message }
  const outputs = result.outputs.map(({ destination, part, encoded }) => ({
    destination: destination.name,
    part,
    encoded,
  }))
  return { kind: 'outputs', outputs, drops: result.drops }
}
