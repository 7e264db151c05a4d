import { SambandError } from '@samband/errors'

const namePattern = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

/** What is wrong with a description. Thrown while it is built, so before anything runs. */
export function routeInvalid(message: string): SambandError {
  return new SambandError({ code: 'route-invalid', category: 'incorrect', message })
}

export function assertName(name: string, what: string): void {
  if (!namePattern.test(name)) throw routeInvalid(`${what} name "${name}" must be kebab-case, as in "lab-results"`)
}

/** `of`: in which words the option is called there, as in 'route "lab": step "collect": count'. */
export function assertCount(value: number | undefined, of: string): void {
  if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
    throw routeInvalid(`${of} must be a whole number from 1`)
  }
}
