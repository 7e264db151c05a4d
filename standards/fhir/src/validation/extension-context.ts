import type { ExtensionContext, StructureDefinition } from '../definitions/structure-definition.ts'
import { textAt } from './json-node.ts'
import type { Run } from './run.ts'

/** Places that R4's definitions of its own extensions forgot; its own definitions use them there (mended in R5). */
const MENDED: Readonly<Record<string, readonly ExtensionContext[]>> = {
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type': [
    { type: 'element', expression: 'ElementDefinition.type' },
  ],
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-normative-version': [
    { type: 'element', expression: 'Element' },
  ],
  'http://hl7.org/fhir/StructureDefinition/regex': [{ type: 'element', expression: 'ElementDefinition.type' }],
  'http://hl7.org/fhir/StructureDefinition/valueset-concept-comments': [
    { type: 'element', expression: 'CodeSystem.concept' },
  ],
}

/** Whether an extension may stand where the location is (FHIR R4 defining-extensions.html#context). */
export function isAllowedHere(run: Run, definition: StructureDefinition, parentUrl: string | undefined): boolean {
  const contexts = [...(definition.context ?? []), ...(MENDED[definition.url] ?? [])]
  return contexts.length === 0 || contexts.some(context => isContext(run, context, parentUrl))
}

function isContext(run: Run, { type, expression }: ExtensionContext, parentUrl: string | undefined): boolean {
  switch (type) {
    case 'extension':
      return parentUrl === undefined ? false : parentUrl === expression.replace(/#.*$/, '')
    case 'fhirpath':
      // Whose focus is not told by R4: nothing is refused for it.
      return true
    case 'element':
      return hostPaths(run).some(path => matches(run, path, expression))
  }
}

/** `Patient.name` is a place of a Patient; a type is any place of that type or of one made from it. */
function matches(run: Run, host: string, expression: string): boolean {
  // Every place is an element, a resource's root too.
  if (host === expression || expression === 'Element') return true
  if (expression.includes('.')) {
    const [type = '', ...rest] = expression.split('.')
    const [hostType = '', ...hostRest] = host.split('.')
    return rest.join('.') === hostRest.join('.') && run.kit.shapes.isKindOf(hostType, type)
  }
  return run.kit.shapes.isKindOf(host, expression)
}

/** Every name of the element that carries the extension: by its definition, by its type, and by the way from its resource. */
function hostPaths(run: Run): string[] {
  const resourceType = run.scope === undefined ? undefined : textAt(run.scope.resource, 'resourceType')
  const host = run.location.member(1)
  if (host === undefined || host.variant.type === 'Resource') return resourceType === undefined ? [] : [resourceType]
  const { element, variant } = host
  const paths = [element.path, element.path.replace('[x]', ''), element.inner?.type ?? variant.type, variant.type]
  const way: string[] = []
  for (let outwards = 1; ; outwards++) {
    const member = run.location.member(outwards)
    const name = run.location.name(outwards)
    if (name === undefined || member === undefined || member.variant.type === 'Resource') break
    way.unshift(member.element.isChoice ? `${name}[x]` : name)
  }
  const full = [resourceType, ...way].join('.')
  return [...paths, full, full.replaceAll('[x]', '')]
}
