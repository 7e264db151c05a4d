import type { Drop } from './drop.ts'
import type { BranchNode, ChoiceStep, Step } from './graph.ts'
import { assertName, routeInvalid } from './route-error.ts'
import type { Branch, Choice, ChoiceEnd } from './stages.ts'

type BuildBranch = (branch: Branch<unknown, unknown>) => unknown
type BranchSteps = { readonly steps: readonly Step[]; readonly aggregated: boolean }

/** Collects the branches of one choice. `stepsOf` builds those of a branch, given by its full name. */
export function choiceStep(
  name: string,
  title: string,
  build: (choice: Choice<unknown, unknown, unknown>) => ChoiceEnd<unknown>,
  stepsOf: (branch: string, build: BuildBranch) => BranchSteps,
): { readonly step: ChoiceStep; readonly aggregated: boolean } {
  const branches: BranchNode[] = []
  let otherwise: readonly Step[] | Drop = Object.freeze({ drop: `no branch of "${name}" takes it` })
  let aggregated = false
  const branchSteps = (branch: string, buildBranch: BuildBranch): readonly Step[] => {
    assertName(branch, `${title}: branch`)
    if (branches.some(other => other.name === branch)) {
      throw routeInvalid(`${title}: choice "${name}" has two branches named "${branch}"`)
    }
    const built = stepsOf(`${name}/${branch}`, buildBranch)
    aggregated ||= built.aggregated
    return built.steps
  }
  const end: ChoiceEnd<unknown> = Object.freeze({})
  const choice: Choice<unknown, unknown, unknown> = {
    when: (branch: string, test: (item: never) => boolean, buildBranch: (branch: never) => unknown) => {
      if (branch === 'otherwise') throw routeInvalid(`${title}: write .otherwise(...) for the branch of the rest`)
      const steps = branchSteps(branch, buildBranch as BuildBranch)
      branches.push(Object.freeze({ name: branch, test: test as BranchNode['test'], steps }))
      return choice as never
    },
    otherwise: (rest: Drop | ((branch: never) => unknown)) => {
      otherwise = typeof rest === 'function' ? branchSteps('otherwise', rest as BuildBranch) : rest
      return end as never
    },
    exhaustive: () => end,
  }
  build(choice)
  if (branches.length === 0) throw routeInvalid(`${title}: choice "${name}" has no branch: add .when(...)`)
  const step: ChoiceStep = { kind: 'choice', name, branches: Object.freeze(branches), otherwise }
  return { step, aggregated }
}
