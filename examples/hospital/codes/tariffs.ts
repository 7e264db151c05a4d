export type Tariff = {
  /** The billing system's charge code. */
  readonly code: string
  /** Whole Norwegian kroner. */
  readonly amountNok: number
}

/** What services cost, by the EHR's code for them. Made-up prices. */
export const tariffs: Readonly<Record<string, Tariff>> = {
  'LAB-HEM': { code: 'T7010', amountNok: 84 },
  'LAB-INF': { code: 'T7020', amountNok: 62 },
  'LAB-ELE': { code: 'T7030', amountNok: 71 },
  'LAB-GLU': { code: 'T7040', amountNok: 18 },
  'LAB-LEV': { code: 'T7050', amountNok: 66 },
  'RG-THORAX': { code: 'T8010', amountNok: 310 },
  'RG-HOFTE': { code: 'T8021', amountNok: 345 },
  'CT-CAPUT': { code: 'T8110', amountNok: 1490 },
  'CT-ABDOMEN': { code: 'T8133', amountNok: 1820 },
  'MR-COL': { code: 'T8222', amountNok: 2640 },
  'UL-ABDOMEN': { code: 'T8333', amountNok: 720 },
  B01AB05: { code: 'T9344', amountNok: 96 },
  J01CE01: { code: 'T9107', amountNok: 142 },
  N02AA01: { code: 'T9002', amountNok: 58 },
}

/** For services without a tariff. */
export const included: Tariff = { code: '', amountNok: 0 }
