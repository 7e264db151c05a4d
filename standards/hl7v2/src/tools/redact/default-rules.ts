import type { DataClass, RedactionRule } from './data-class.ts'

/** Fields whose data type does not tell what they hold, or holds something else than usual. */
const PATHS: { readonly [dataClass in DataClass]?: string } = {
  name: 'PID-6 PID-9 CER-13 ACC-9 SDD-7 IN3-15 IN3-21 IN1-30',
  identifier: `PID-2 PID-3 PID-4 PID-18 PID-19 PID-20 PID-21 MRG NK1-12 NK1-37 GT1-2 GT1-12 GT1-19 IN1-8 IN1-10 IN1-36 IN2-1 IN2-2 IN2-6 IN2-8 IN2-10 IN2-26
    IN3-2 PV1-5 PV1-19 PV1-50 FT1-2 FT1-42 RXE-15 RXD-7 RX1-26 OBR-2 OBR-3 OBR-18 OBR-19 OBR-20 OBR-21 ORC-2 ORC-3 BLG-3 QRD-8 QRF-1 QRF-5 URD-3 URS-1
    UB2-12 IVC-26 IVC-27 IVC-30 PRA-1 CER-2`,
  // MRG-7 is a name among identifiers; it comes before MRG, as the more exact path does.
  'birth-date': 'PID-7 PID-29 NK1-16 GT1-8 IN1-18 STF-6',
  phone: 'STF-15 PID-13 PID-14 PID-40',
  clear: 'PID-12 PID-23 UAC CER-6 STF-41 MSH-8 DSP-5',
  text: 'FHS-10 BHS-10 BTS-2 FTS-2',
  keep: `MSH-21 IN1-3 IN1-4 IN1-22 IN1-28 IN1-35 IN1-45 MSA-2 OBX-4 OBX-7 OBX-8 OBX-13 OBR-5 OBR-11 ORC-1 ORC-5 ORC-6 PID-15 PID-27 DG1-7 DG1-14 FT1-13
    RXA-12 RXA-15 RXD-18 RXE-22 RXE-23 RXG-14 RXG-15 RXG-19 RXO-17 RXO-21 QRD-4 QRD-10 QRD-11 QID-1 QPD-2 QAK-1 ARQ-12 ARQ-14 NK1-3 PV1-31`,
}

/**
 * Rules for the standard's segments that hold more than their data types tell. All other fields go by their data type; what has none is not covered.
 */
export const REDACTION_RULES_DEFAULT: readonly RedactionRule[] = [
  { path: 'MRG-7', as: 'name' },
  ...Object.entries(PATHS).flatMap(([dataClass, paths]) =>
    // The keys are the table's own.
    paths.split(/\s+/).map(path => ({ path, as: dataClass as DataClass })),
  ),
]

/**
 * Segments about messages, systems, devices, catalogues and goods, whose strings are no prose about a patient: they are kept there. Names, addresses and
 * phone numbers of people go by their data type in these segments, too.
 */
export const SEGMENTS_WITHOUT_PROSE: ReadonlySet<string> = new Set(
  `ADD BHS BTS CDM DEV DSC ECD EQU FHS FTS IIM ILT INV ITM IVC IVT LCC LCH LDP LOC MFA MFE MFI MSH NCK NPU NSC NST OM1 OM2 OM3 OM4 OM5 OM6 OM7 OMC PDC PKG PM1 PSG
  QAK SCD SCP SDD SFT SGH SGT SHP SID SLT UB1 VND`.split(/\s+/),
)
