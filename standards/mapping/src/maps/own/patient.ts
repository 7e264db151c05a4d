import type { MapPatch } from '../map-patch.ts'

const ORGANIZATION_CONTACT = 'contact.organization[1](Organization.contact'
const SSN_TYPE = [
  { to: 'identifier[4].type.coding.code', value: '"SS"' },
  { to: 'identifier[4].type.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0203"' },
]

/** PID, PD1, NK1, AL1, IAM, IN1, MRG and participations. */
export const PATIENT_PATCH: MapPatch = {
  segments: {
    'PID[Patient]': {
      'PID-13': [
        { to: 'telecom[1]', using: 'XTN[ContactPoint]' },
        { to: 'telecom[1].use', value: '"home"', when: 'IF PID-13.2 NOT VALUED' },
      ],
      'PID-14': [
        { to: 'telecom[2]', using: 'XTN[ContactPoint]' },
        { to: 'telecom[2].use', value: '"work"', when: 'IF PID-14.2 NOT VALUED' },
      ],
      'PID-19': [
        { to: 'identifier[4].system', value: '"http://hl7.org/fhir/sid/us-ssn"' },
        { to: 'identifier[4].value' },
        ...SSN_TYPE,
      ],
      'PID-21': null,
      // A breed is one of a species, which the extension asks for.
      'PID-36': [
        { to: 'extension[6].extension[2].url', value: '"breed"', when: 'IF PID-35 VALUED' },
        {
          to: 'extension[6].extension[2].valueCodeableConcept',
          using: 'CWE[CodeableConcept]',
          when: 'IF PID-35 VALUED',
        },
      ],
    },
    // The mother's number makes a person of her own.
    'PID[RelatedPerson-Mother]': {
      'PID-21': [
        { to: 'identifier', using: 'CX[Identifier]' },
        { to: 'relationship.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v3-RoleCode"' },
        { to: 'relationship.coding.code', value: '"MTH"' },
        { to: 'relationship.coding.display', value: '"mother"' },
      ],
    },
    'PD1[Observation-LivingWill]': {
      'PD1-7': [{ to: 'valueCodeableConcept', using: 'CWE[CodeableConcept]', vocabulary: 'LivingWillCode' }],
    },
    'PID[Account]': { PID: [{ to: 'status', value: '"active"' }] },
    'NK1[Patient]': {
      'NK1-30': [{ to: `${ORGANIZATION_CONTACT}.name)`, using: 'XPN[HumanName]' }],
      'NK1-31': [{ to: `${ORGANIZATION_CONTACT}.telecom)`, using: 'XTN[ContactPoint]' }],
      'NK1-32': [{ to: `${ORGANIZATION_CONTACT}.address)`, using: 'XAD[Address]' }],
    },
    'NK1[RelatedPerson]': {
      'NK1-37': [
        { to: 'identifier[3].system', value: '"http://hl7.org/fhir/sid/us-ssn"' },
        { to: 'identifier[3].value' },
        { to: 'identifier[3].type.coding.code', value: '"SS"' },
        { to: 'identifier[3].type.coding.system', value: '"http://terminology.hl7.org/CodeSystem/v2-0203"' },
      ],
    },
    'AL1[AllergyIntolerance]': {
      'AL1-2': [
        {
          to: 'category',
          using: 'CWE[code]',
          vocabulary: 'AllergenType[AllergyIntoleranceCategory]',
          when: 'IF AL1-2.1 NOT IN ("MA", "MC")',
        },
        { to: 'type', using: 'CWE[code]', vocabulary: 'AllergyType', when: 'IF AL1-2.1 NOT EQUALS "MC"' },
      ],
      'AL1-4': [
        {
          to: 'reaction.severity',
          using: 'CWE[code]',
          vocabulary: 'AllergySeverity[AllergyIntolerance.reaction.severity]',
          when: 'IF AL1-4.1 NOT EQUALS "U"',
        },
        {
          to: 'criticality',
          using: 'CWE[code]',
          vocabulary: 'AllergySeverity[AllergyIntolerance.criticality]',
          when: 'IF AL1-4.1 IN ("SV", "MI")',
        },
      ],
      'AL1-5': [{ to: 'reaction.manifestation', using: 'CWE[manifestation]' }],
    },
    'IAM[AllergyIntolerance]': {
      'IAM-2': [
        {
          to: 'category',
          using: 'CWE[code]',
          vocabulary: 'AllergenType[AllergyIntoleranceCategory]',
          when: 'IF IAM-2.1 NOT IN ("MA", "MC")',
        },
        { to: 'type', using: 'CWE[code]', vocabulary: 'AllergyType', when: 'IF IAM-2.1 NOT EQUALS "MC"' },
      ],
      'IAM-3': [{ to: 'code', using: 'CWE[CodeableConcept]' }],
      'IAM-4': [
        {
          to: 'reaction.severity',
          using: 'CWE[code]',
          vocabulary: 'AllergySeverity[AllergyIntolerance.reaction.severity]',
          when: 'IF IAM-4.1 NOT EQUALS "U"',
        },
        {
          to: 'criticality',
          using: 'CWE[code]',
          vocabulary: 'AllergySeverity[AllergyIntolerance.criticality]',
          when: 'IF IAM-4.1 IN ("SV", "MI")',
        },
      ],
      'IAM-5': [{ to: 'reaction.manifestation', using: 'CWE[manifestation]' }],
      'IAM-6': [
        {
          to: 'verificationStatus.coding.system',
          value: '"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"',
          when: 'IF IAM-6.1 EQUALS "D"',
        },
        { to: 'verificationStatus.coding.code', value: '"entered-in-error"', when: 'IF IAM-6.1 EQUALS "D"' },
      ],
      'IAM-8': [{ to: 'note.text', using: 'CWE[string]' }],
      'IAM-12': [{ to: 'onsetString', using: 'CWE[string]', when: 'IF IAM-11 NOT VALUED' }],
      'IAM-14': null,
      'IAM-15': null,
      'IAM-17': null,
      'IAM-27': null,
    },
    'IN1[Coverage]': {
      IN1: [{ to: 'status', value: '"active"' }],
      'IN1-3': [{ to: 'payor[1](Organization.identifier)', using: 'CX[Identifier]' }],
      'IN1-4': [{ to: 'payor[1](Organization)', using: 'XON[Organization]' }],
      'IN1-5': [{ to: 'payor[1](Organization.address)', using: 'XAD[Address]' }],
      'IN1-7': [{ to: 'payor[1](Organization.telecom)', using: 'XTN[ContactPoint]' }],
      'IN1-8': [
        { to: 'class[1].type.coding.system', value: '"http://terminology.hl7.org/CodeSystem/coverage-class"' },
        { to: 'class[1].type.coding.code', value: '"group"' },
        { to: 'class[1].value' },
      ],
      'IN1-9': [{ to: 'class[1].name', using: 'XON[string]', when: 'IF IN1-8 VALUED' }],
      'IN1-10': null,
      'IN1-11': [{ to: 'policyHolder(Organization)', using: 'XON[Organization]' }],
      'IN1-15': [{ to: 'type', using: 'CWE[CodeableConcept]', vocabulary: 'PlanId' }],
      'IN1-16': [
        {
          to: 'subscriber(RelatedPerson.name)',
          using: 'XPN[HumanName]',
          when: 'IF IN1-17.1 NOT IN ("SEL", "18", "01", "")',
        },
      ],
      'IN1-18': [{ to: 'subscriber(RelatedPerson.birthDate)', when: 'IF IN1-17.1 NOT IN ("SEL", "18", "01", "")' }],
      'IN1-19': [
        {
          to: 'subscriber(RelatedPerson.address)',
          using: 'XAD[Address]',
          when: 'IF IN1-17.1 NOT IN ("SEL", "18", "01", "")',
        },
      ],
      'IN1-43': [
        {
          to: 'subscriber(RelatedPerson.gender)',
          using: 'CWE[code]',
          vocabulary: 'AdministrativeSex',
          when: 'IF IN1-17.1 NOT IN ("SEL", "18", "01", "")',
        },
      ],
      'IN1-36': [{ to: 'subscriberId' }],
    },
    'GT1[RelatedPerson]': {
      'GT1-2': [{ to: 'identifier', using: 'CX[Identifier]' }],
      'GT1-3': [
        { to: 'name', using: 'XPN[HumanName]' },
        { to: 'relationship[1].coding.system', value: '"http://terminology.hl7.org/CodeSystem/v3-RoleClass"' },
        { to: 'relationship[1].coding.code', value: '"GUAR"' },
        { to: 'relationship[1].coding.display', value: '"guarantor"' },
      ],
      'GT1-5': [{ to: 'address', using: 'XAD[Address]' }],
      'GT1-6': [{ to: 'telecom[1]', using: 'XTN[ContactPoint]' }],
      'GT1-7': [{ to: 'telecom[2]', using: 'XTN[ContactPoint]' }],
      'GT1-8': [{ to: 'birthDate' }],
      'GT1-9': [{ to: 'gender', using: 'CWE[code]', vocabulary: 'AdministrativeSex' }],
      'GT1-11': [{ to: 'relationship[2]', using: 'CWE[CodeableConcept]', vocabulary: 'Relationship' }],
    },
    'MRG[Account]': {
      'MRG-3': [
        { to: 'identifier', using: 'CX[Identifier]' },
        { to: 'status', value: '"inactive"' },
      ],
      MRG: null,
    },
    // The guide has no merges: the prior record is kept, inactive, and points to the one that replaces it (patient.html#merging).
    'MRG[Patient]': {
      'MRG-1': [
        { to: 'identifier[1]', using: 'CX[Identifier]' },
        { to: 'active', value: '"false"' },
      ],
      'MRG-2': [{ to: 'identifier[2]', using: 'CX[Identifier]' }],
      'MRG-4': [{ to: 'identifier[3]', using: 'CX[Identifier]' }],
      'MRG-7': [{ to: 'name', using: 'XPN[HumanName]' }],
      MRG: [{ to: 'link.type', value: '"replaced-by"', when: 'IF MRG-1 VALUED' }],
    },
    'PRT[PractitionerRole]': {
      'PRT-15': [{ to: 'telecom', using: 'XTN[ContactPoint]' }],
      'PRT-23': null,
    },
    'PRT[RelatedPerson]': {
      'PRT-15': [{ to: 'telecom', using: 'XTN[ContactPoint]' }],
      'PRT-23': null,
    },
    'ROL[Patient-GeneralPractitioner]': {
      'ROL-4': [{ to: 'generalPractitioner(PractitionerRole.practitioner(Practitioner))', using: 'XCN[Practitioner]' }],
      'ROL-11': [
        { to: 'generalPractitioner(PractitionerRole.practitioner(Practitioner.address))', using: 'XAD[Address]' },
      ],
      'ROL-14': [
        { to: 'generalPractitioner(PractitionerRole.organization(Organization))', using: 'XON[Organization]' },
      ],
    },
    'ROL[Encounter-PractitionerRole]': {
      'ROL-1': [{ to: 'participant[1].individual(PractitionerRole.identifier)', using: 'EI[Identifier-Extension]' }],
      'ROL-4': [
        { to: 'participant[1].individual(PractitionerRole.practitioner(Practitioner))', using: 'XCN[Practitioner]' },
      ],
      'ROL-11': [
        { to: 'participant[1].individual(PractitionerRole.practitioner(Practitioner.address))', using: 'XAD[Address]' },
      ],
      'ROL-14': [
        { to: 'participant[1].individual(PractitionerRole.organization(Organization))', using: 'XON[Organization]' },
      ],
    },
  },
}
