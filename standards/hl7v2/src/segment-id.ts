type MessageControl =
  | 'ADD' | 'BHS' | 'BTS' | 'DSC' | 'DSP' | 'ERR' | 'FHS' | 'FTS' | 'MSA' | 'MSH' | 'NTE' | 'OVR' | 'QAK' | 'QID' | 'QPD' | 'QRD'
  | 'QRF' | 'QRI' | 'RCP' | 'RDF' | 'RDT' | 'SFT' | 'SGH' | 'SGT' | 'UAC' | 'URD' | 'URS'

type PatientAdministration =
  | 'ACC' | 'AL1' | 'ARV' | 'AUT' | 'BPX' | 'BTX' | 'DB1' | 'EVN' | 'FAC' | 'IAM' | 'IAR' | 'MRG' | 'NK1' | 'NPU' | 'PD1' | 'PDA'
  | 'PID' | 'PV1' | 'PV2' | 'PRT' | 'ROL'

type Finance =
  | 'ABS' | 'ADJ' | 'BLC' | 'BLG' | 'DG1' | 'DMI' | 'DRG' | 'FT1' | 'GP1' | 'GP2' | 'GT1' | 'IN1' | 'IN2' | 'IN3' | 'IPR' | 'IVC'
  | 'PMT' | 'PR1' | 'PSG' | 'PSL' | 'PSS' | 'PYE' | 'RFI' | 'UB1' | 'UB2'

type OrdersAndObservations =
  | 'APR' | 'BPO' | 'BUI' | 'CDO' | 'CON' | 'CSP' | 'CSR' | 'CSS' | 'CTD' | 'CTI' | 'DON' | 'FAM' | 'IPC' | 'OBR' | 'OBX' | 'OCD'
  | 'ODS' | 'ODT' | 'OH1' | 'OH2' | 'OH3' | 'OH4' | 'ORC' | 'ORO' | 'PAC' | 'PCR' | 'PDC' | 'PEO' | 'PES' | 'PSH' | 'RQ1' | 'RQD' | 'RXA' | 'RXC'
  | 'RXD' | 'RXE' | 'RXG' | 'RXO' | 'RXR' | 'RXV' | 'SAC' | 'SHP' | 'SPM' | 'TQ1' | 'TQ2' | 'VTQ' | 'PKG' | 'ARQ' | 'CSN' | 'TXA'

type MasterFilesAndSchedules =
  | 'AFF' | 'AIG' | 'AIL' | 'AIP' | 'AIS' | 'CDM' | 'CER' | 'CM0' | 'CM1' | 'CM2' | 'CNS' | 'DEV' | 'DPS' | 'ECD' | 'ECR' | 'EDU'
  | 'EQL' | 'EQP' | 'EQU' | 'ERQ' | 'GOL' | 'IIM' | 'ILT' | 'INV' | 'ISD' | 'ITM' | 'LAN' | 'LCC' | 'LCH' | 'LDP' | 'LOC' | 'LRL'
  | 'MCP' | 'MFA' | 'MFE' | 'MFI' | 'NCK' | 'NDS' | 'NSC' | 'NST' | 'OM1' | 'OM2' | 'OM3' | 'OM4' | 'OM5' | 'OM6' | 'OM7' | 'OMC'
  | 'ORG' | 'PCE' | 'PM1' | 'PRA' | 'PRB' | 'PRC' | 'PRD' | 'PTH' | 'REL' | 'RF1' | 'RGS' | 'RMI' | 'SCD' | 'SCH' | 'SCP' | 'SDD'
  | 'SID' | 'SLT' | 'SPR' | 'STF' | 'STZ' | 'TCC' | 'TCD' | 'VAR' | 'VND'

/**
 * The segments of HL7 v2.1 to v2.9 and locally defined Z segments. A name outside of the standard does not compile in a
 * path; a dynamic one goes through `parsePath`.
 */
export type SegmentId =
  | MessageControl
  | PatientAdministration
  | Finance
  | OrdersAndObservations
  | MasterFilesAndSchedules
  | `Z${Uppercase<string>}`
