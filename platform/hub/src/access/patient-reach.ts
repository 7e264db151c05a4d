import type { CompartmentDefinition } from '@samband/fhir/definitions'
import type { AccessKind, Visibility } from './caller.ts'

/**
 * Types without a patient: who helps, where, with what, and what knowledge and definitions are made of. A patient's record
 * cannot be read without them, so that `patient/Practitioner.rs` reads all of them. Listed rather than all that is outside
 * the compartment: a type that may tell of a patient without the compartment knowing must not be among them.
 */
export const sharedTypes: ReadonlySet<string> = new Set([
  'ActivityDefinition',
  'CapabilityStatement',
  'CatalogEntry',
  'ChargeItemDefinition',
  'CodeSystem',
  'CompartmentDefinition',
  'ConceptMap',
  'DeviceDefinition',
  'EffectEvidenceSynthesis',
  'Endpoint',
  'EventDefinition',
  'Evidence',
  'EvidenceVariable',
  'GraphDefinition',
  'HealthcareService',
  'ImplementationGuide',
  'InsurancePlan',
  'Library',
  'Location',
  'Measure',
  'Medication',
  'MedicationKnowledge',
  'MedicinalProduct',
  'MedicinalProductAuthorization',
  'MedicinalProductContraindication',
  'MedicinalProductIndication',
  'MedicinalProductIngredient',
  'MedicinalProductInteraction',
  'MedicinalProductManufactured',
  'MedicinalProductPackaged',
  'MedicinalProductPharmaceutical',
  'MedicinalProductUndesirableEffect',
  'MessageDefinition',
  'NamingSystem',
  'ObservationDefinition',
  'OperationDefinition',
  'Organization',
  'OrganizationAffiliation',
  'PlanDefinition',
  'Practitioner',
  'PractitionerRole',
  'Questionnaire',
  'ResearchDefinition',
  'ResearchElementDefinition',
  'ResearchStudy',
  'RiskEvidenceSynthesis',
  'SearchParameter',
  'Slot',
  'SpecimenDefinition',
  'StructureDefinition',
  'StructureMap',
  'Substance',
  'SubstanceNucleicAcid',
  'SubstancePolymer',
  'SubstanceProtein',
  'SubstanceReferenceInformation',
  'SubstanceSourceMaterial',
  'SubstanceSpecification',
  'TerminologyCapabilities',
  'ValueSet',
])

/** Types that R4 leaves out of the patient's compartment although each of them says whose it is by its parameter `patient`. */
const ofPatient: ReadonlySet<string> = new Set(['Contract', 'Device', 'GuidanceResponse', 'Task'])

/**
 * What the scopes of level `patient` reach of a type. SMART App Launch 2.2 leaves it to the server which resources belong
 * to a patient's record, and says that servers differ in what they give of practitioners and the like. Here:
 *
 * - of a type in the patient's compartment (FHIR R4 compartmentdefinition-patient.html): what is in this patient's;
 * - of Contract, Device, GuidanceResponse and Task: those whose `patient` it is; and devices without a patient, which
 *   observations refer to, for reading;
 * - of Binary: those whose `securityContext` is the patient;
 * - of the types that are no one's (`sharedTypes`): all, for reading and searching; they are not a patient's to change;
 * - of the rest (Bundle, MessageHeader, Subscription ...): nothing, since nothing tells whose they are.
 */
export function patientReach(
  compartment: CompartmentDefinition | undefined,
  patientId: string,
): (kind: AccessKind, type: string) => Visibility {
  const members = new Set(
    (compartment?.resource ?? []).filter(({ param }) => (param ?? []).length > 0).map(({ code }) => code),
  )
  members.add('Patient')
  const inside: Visibility = [{ compartment: { type: 'Patient', id: patientId } }]
  const own: Visibility = [{ query: `patient=Patient/${patientId}` }]
  const ownOrNone: Visibility = [...own, { query: 'patient:missing=true' }]
  return (kind, type) => {
    const reads = kind === 'read' || kind === 'search'
    if (members.has(type) || type === 'Binary') return inside
    if (ofPatient.has(type)) return type === 'Device' && reads ? ownOrNone : own
    return reads && sharedTypes.has(type) ? 'all' : 'none'
  }
}
