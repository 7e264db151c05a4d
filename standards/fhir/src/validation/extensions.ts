import type { StructureDefinition } from '../definitions/structure-definition.ts'
import { isAllowedHere } from './extension-context.ts'
import { type JsonNode, textAt } from './json-node.ts'
import type { OverlayNode } from './overlay.ts'
import { applyProfile } from './overlay-apply.ts'
import type { Run } from './run.ts'

/** Looks at an extension by its definition, where that is known (FHIR R4 extensibility.html). `parentUrl` is that of the extension around it. */
export function checkExtension(run: Run, extension: JsonNode, parentUrl: string | undefined): void {
  const url = textAt(extension, 'url')
  if (url === undefined) return
  if (!url.includes(':')) {
    // Inside a complex extension the parent's definition names the parts.
    if (parentUrl === undefined) run.error('extension-url-invalid', 'The url of an extension is absolute', 'url')
    else if (!isPartOf(run, url, parentUrl)) {
      run.error('extension-url-invalid', `The extension ${parentUrl} has no part of this name`, 'url')
    }
    return
  }
  const isModifier = run.location.name(0) === 'modifierExtension'
  const definition = run.kit.definitions.structure(url)
  if (definition === undefined) {
    const { unknownExtensions, unknownModifierExtensions } = run.kit.policy
    if (isModifier) {
      run.remark(
        unknownModifierExtensions,
        'modifier-extension-unknown',
        'The definition of this modifier extension is not known',
      )
    } else run.remark(unknownExtensions, 'extension-unknown', 'The definition of this extension is not known')
    return
  }
  if (definition.type !== 'Extension') {
    run.error('extension-url-invalid', 'The url names a definition that is not one of an extension', 'url')
    return
  }
  checkModifier(run, definition, isModifier)
  if (!isAllowedHere(run, definition, parentUrl)) {
    const contexts = (definition.context ?? []).map(({ expression }) => expression).join(', ')
    run.error('extension-misplaced', `The extension ${definition.url} is made for ${contexts}`)
  }
  applyProfile(run, definition.url, { value: extension, extra: undefined, type: 'Extension' })
}

/** Whether a complex extension has a part of this name; nothing is refused of one whose definition is not known. */
function isPartOf(run: Run, url: string, parentUrl: string): boolean {
  const overlay = run.kit.overlays.get(parentUrl)
  if (typeof overlay === 'string') return true
  const parts = overlay.root.children.find(({ name }) => name === 'extension')?.slicing?.slices
  return parts === undefined || parts.some(({ node }) => partUrl(node) === url)
}

function partUrl(part: OverlayNode): unknown {
  return part.children.find(({ name }) => name === 'url')?.fixed?.value ?? part.sliceName
}

function checkModifier(run: Run, definition: StructureDefinition, isModifier: boolean): void {
  const changesMeaning = definition.snapshot?.element[0]?.isModifier === true
  if (changesMeaning === isModifier) return
  run.error(
    'extension-not-modifier',
    changesMeaning
      ? 'This extension changes meaning: it stands in modifierExtension'
      : 'This extension does not change meaning: it stands in extension',
  )
}
