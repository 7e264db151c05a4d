/** Procedures as the EHR orders them, and as the radiology system numbers them. */
export const radiologyCodes: Readonly<
  Record<string, { readonly ris: string; readonly name: string; readonly modality: string }>
> = {
  'RG-THORAX': { ris: '30100', name: 'Røntgen thorax', modality: 'CR' },
  'RG-HOFTE': { ris: '30210', name: 'Røntgen hofte', modality: 'CR' },
  'CT-CAPUT': { ris: '40110', name: 'CT caput', modality: 'CT' },
  'CT-ABDOMEN': { ris: '40330', name: 'CT abdomen', modality: 'CT' },
  'MR-COL': { ris: '50220', name: 'MR columna', modality: 'MR' },
  'UL-ABDOMEN': { ris: '60330', name: 'Ultralyd abdomen', modality: 'US' },
}

/** The EHR's code for a number of the radiology system. */
export function ehrProcedure(risCode: string): string | undefined {
  return Object.keys(radiologyCodes).find(code => radiologyCodes[code]?.ris === risCode)
}
