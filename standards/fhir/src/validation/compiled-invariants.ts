import { createFhirPathCompiler, type FhirNode, type FhirPathModel, type FhirPathPorts } from '../fhirpath/index.ts'
import { isNode } from './json-node.ts'
import { narrativeFault } from './narrative.ts'
import type { InvariantContext, InvariantPort } from './ports.ts'

/** What rules may ask besides the resource itself. */
export type InvariantAnswers = Pick<FhirPathPorts, 'memberOf' | 'conformsTo' | 'ucum'>

/**
 * Rules by the FHIRPath compiler of this package. Rules of the standard ask for no time (`now()`), and none is given: a validation today
 * and tomorrow gives the same.
 */
export function compiledInvariants(model: FhirPathModel, answers: InvariantAnswers = {}): InvariantPort {
  const compiler = createFhirPathCompiler(model)
  const fixedPorts: FhirPathPorts = { ...answers, checkHtml: xhtml => narrativeFault(xhtml) === undefined }
  const nodeOf = (value: unknown): FhirNode | undefined => (isNode(value) ? compiler.resource(value) : undefined)
  return {
    compile(expression, type) {
      const compiled = compiler.compile(expression, { focusType: type })
      if (!compiled.ok) return undefined
      return (node, context) => {
        const resource = nodeOf(context.resource)
        const rootResource = context.rootResource === context.resource ? resource : nodeOf(context.rootResource)
        const result = compiled.expression.test(compiler.element(type, node), {
          ...(resource === undefined ? {} : { resource }),
          ...(rootResource === undefined ? {} : { rootResource }),
          ports: { ...fixedPorts, resolve: reference => resolved(context, reference) },
        })
        // A rule that gives nothing is not broken (FHIRPath: an empty collection is no false).
        return result.ok ? (result.value ?? true) : undefined
      }
    },
  }
}

function resolved(
  context: InvariantContext,
  reference: string | undefined,
): ReturnType<NonNullable<FhirPathPorts['resolve']>> {
  return reference === undefined ? undefined : context.resolve(reference)
}
