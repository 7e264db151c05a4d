/**
 * What the laboratory's own analysis codes and units are in the hospital's common language: NPU codes as in Norsk
 * laboratoriekodeverk, SI units. The factor turns the laboratory's unit into the common one (molar mass: glucose
 * 180.16 g/mol, creatinine 113.12 g/mol, bilirubin 584.66 g/mol).
 */
export type LabCode = {
  readonly npu: string
  readonly name: string
  readonly unit: string
  readonly factor: number
  readonly decimals: number
}

export const labCodes: Readonly<Record<string, LabCode>> = {
  HB: { npu: 'NPU28309', name: 'B-Hemoglobin', unit: 'g/L', factor: 10, decimals: 0 },
  LEUK: { npu: 'NPU02593', name: 'B-Leukocytter', unit: '10*9/L', factor: 1, decimals: 1 },
  TROM: { npu: 'NPU03568', name: 'B-Trombocytter', unit: '10*9/L', factor: 1, decimals: 0 },
  CRP: { npu: 'NPU19748', name: 'P-C-reaktivt protein', unit: 'mg/L', factor: 10, decimals: 0 },
  NA: { npu: 'NPU03429', name: 'P-Natrium', unit: 'mmol/L', factor: 1, decimals: 0 },
  K: { npu: 'NPU03230', name: 'P-Kalium', unit: 'mmol/L', factor: 1, decimals: 1 },
  KREA: { npu: 'NPU18016', name: 'P-Kreatinin', unit: 'umol/L', factor: 88.4, decimals: 0 },
  GLU: { npu: 'NPU02192', name: 'P-Glukose', unit: 'mmol/L', factor: 0.05551, decimals: 1 },
  ALAT: { npu: 'NPU19651', name: 'P-ALAT', unit: 'U/L', factor: 1, decimals: 0 },
  BILI: { npu: 'NPU01370', name: 'P-Bilirubin', unit: 'umol/L', factor: 17.1, decimals: 0 },
}

/** Panels as the EHR's order form knows them, and the profile that the laboratory runs for each. */
export const labProfiles: Readonly<Record<string, { readonly profile: string; readonly name: string }>> = {
  'LAB-HEM': { profile: '1010', name: 'Hematologi' },
  'LAB-INF': { profile: '1020', name: 'Infeksjonsprøver' },
  'LAB-ELE': { profile: '1030', name: 'Elektrolytter og nyrefunksjon' },
  'LAB-GLU': { profile: '1040', name: 'Glukose' },
  'LAB-LEV': { profile: '1050', name: 'Leverprøver' },
}
