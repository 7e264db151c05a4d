/** What differs between the resources of the test population. Synthetic throughout. */

export type MeasuredCode = {
  readonly loinc: string
  readonly local: string
  readonly display: string
  readonly text: string
  readonly category: 'laboratory' | 'vital-signs'
  readonly unit: string
  /** What values lie between. */
  readonly low: number
  readonly high: number
}

const laboratory = (
  '718-7 NPU28309 Hemoglobin g/dL 8 18|2823-3 NPU03230 Potassium mmol/L 2.8 6.2|2951-2 NPU03429 Sodium mmol/L 125 155|' +
  '2160-0 NPU18016 Creatinine umol/L 40 400|1988-5 NPU19748 C-reactive_protein mg/L 0 300|6690-2 NPU02593 Leukocytes 10*9/L 2 25|' +
  '777-3 NPU03568 Platelets 10*9/L 50 600|2345-7 NPU02192 Glucose mmol/L 3 25|4548-4 NPU27300 Hemoglobin_A1c mmol/mol 25 120|' +
  '1742-6 NPU19651 Alanine_aminotransferase U/L 5 500|1920-8 NPU19654 Aspartate_aminotransferase U/L 5 500|' +
  '1975-2 NPU01370 Bilirubin umol/L 2 200|1751-7 NPU19673 Albumin g/L 20 50|2075-0 NPU01536 Chloride mmol/L 90 120|' +
  '17861-6 NPU04144 Calcium mmol/L 1.8 3|3016-3 NPU27547 Thyrotropin mIU/L 0 20|3024-7 NPU03579 Thyroxine_free pmol/L 5 50|' +
  '2093-3 NPU01566 Cholesterol mmol/L 2 10|2085-9 NPU01567 HDL_cholesterol mmol/L 0.5 3|2089-1 NPU01568 LDL_cholesterol mmol/L 1 8|' +
  '2571-8 NPU04094 Triglyceride mmol/L 0.4 10|6301-6 NPU01685 INR 1 0.8 6|2276-4 NPU19763 Ferritin ug/L 5 1000|' +
  '2132-9 NPU01700 Cobalamin pmol/L 100 1000|14804-9 NPU19658 Lactate_dehydrogenase U/L 80 800|10839-9 NPU27501 Troponin_I ng/L 0 5000|' +
  '33762-6 NPU21571 NT-proBNP ng/L 5 20000|2777-1 NPU03096 Phosphate mmol/L 0.5 3|2601-3 NPU02647 Magnesium mmol/L 0.4 1.6|' +
  '3094-0 NPU01459 Urea mmol/L 2 40'
).split('|')

const vitalSigns = (
  '8867-4 364075005 Heart_rate /min 40 180|8310-5 386725007 Body_temperature Cel 35 41|9279-1 86290005 Respiratory_rate /min 8 40|' +
  '2708-6 431314004 Oxygen_saturation % 80 100|8480-6 271649006 Systolic_blood_pressure mm[Hg] 80 220|' +
  '8462-4 271650006 Diastolic_blood_pressure mm[Hg] 40 130|29463-7 27113001 Body_weight kg 3 160|8302-2 50373000 Body_height cm 50 205|' +
  '39156-5 60621009 Body_mass_index kg/m2 14 50|9269-2 248241002 Glasgow_coma_score {score} 3 15'
).split('|')

/** The more frequent first. */
export const measuredCodes: readonly MeasuredCode[] = [
  ...laboratory.map(line => measuredCode(line, 'laboratory')),
  ...vitalSigns.map(line => measuredCode(line, 'vital-signs')),
]

function measuredCode(line: string, category: MeasuredCode['category']): MeasuredCode {
  const [loinc = '', local = '', name = '', unit = '', low, high] = line.split(' ')
  const text = name.replaceAll('_', ' ')
  const display =
    category === 'laboratory' ? `${text} [Measurement] in Serum, Plasma or Blood by automated method` : text
  return { loinc, local, text, display, category, unit, low: Number(low), high: Number(high) }
}

/** ICD-10 as HL7 names it, SNOMED CT, and what they are called. */
export const diagnoses: readonly (readonly [icd10: string, snomed: string, text: string])[] = [
  ['I10', '38341003', 'Essential hypertension'],
  ['E11.9', '44054006', 'Type 2 diabetes mellitus'],
  ['J18.9', '233604007', 'Pneumonia, unspecified'],
  ['I48.9', '49436004', 'Atrial fibrillation'],
  ['J44.9', '13645005', 'Chronic obstructive pulmonary disease'],
  ['I21.4', '401314000', 'Acute non-ST segment elevation myocardial infarction'],
  ['S72.0', '5913000', 'Fracture of neck of femur'],
  ['N39.0', '68566005', 'Urinary tract infection'],
  ['K35.8', '74400008', 'Acute appendicitis'],
  ['G40.9', '84757009', 'Epilepsy'],
  ['C50.9', '254837009', 'Malignant neoplasm of breast'],
  ['F32.9', '35489007', 'Depressive disorder'],
]

/** ATC and name. */
export const drugs: readonly (readonly [atc: string, text: string])[] = [
  ['N02BE01', 'Paracetamol'],
  ['B01AC06', 'Acetylsalicylic acid'],
  ['C09AA02', 'Enalapril'],
  ['C10AA05', 'Atorvastatin'],
  ['A10BA02', 'Metformin'],
  ['B01AA03', 'Warfarin'],
  ['C07AB02', 'Metoprolol'],
  ['N02AA01', 'Morphine'],
  ['J01CE01', 'Benzylpenicillin'],
  ['H02AB06', 'Prednisolone'],
]

export const families: readonly string[] = (
  'Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Johnsen Pettersen Eriksen Berg Haugen Hagen Johannessen ' +
  'Andreassen Jacobsen Dahl Jørgensen Halvorsen Henriksen Lund Sørensen Jakobsen Moen Gundersen Iversen Strand Solberg Svendsen Eide Knutsen ' +
  'Martinsen Paulsen Bakken Kristoffersen Mathisen Lie Amundsen Nguyen Rasmussen Ali Lunde Solheim Berge Moe Nygård Bakke Kristensen Fredriksen ' +
  'Holm Lien Hauge Christensen Andresen Nielsen Knudsen Evensen Sæther Aas Myhre Hanssen Haugland Thomassen Sivertsen Simonsen Ahmed Danielsen ' +
  'Berntsen Sandvik Rønning Arnesen Antonsen Næss Vik Haug Ellingsen Edvardsen Thorsen Gulbrandsen Isaksen Ødegård Birkeland Ruud Strøm Myklebust'
).split(' ')

export const givens: readonly string[] = (
  'Jan Per Bjørn Ole Lars Kjell Knut Svein Arne Thomas Hans Geir Tor Morten Terje Odd Erik Martin Andreas John Anne Inger Kari Marit Ingrid Liv ' +
  'Eva Anna Maria Ida Hilde Berit Astrid Nina Bjørg Kristin Marianne Bente Silje Solveig Nora Emma Jakob Noah Emil Lucas Oskar Filip Sofie Åse'
).split(' ')

/** The more frequent first. */
export const cities: readonly string[] = (
  'Oslo Bergen Trondheim Stavanger Drammen Fredrikstad Kristiansand Sandnes Tromsø Sarpsborg Skien Ålesund Sandefjord Haugesund Tønsberg Moss ' +
  'Porsgrunn Bodø Arendal Hamar Ytrebygda Larvik Halden Askøy Lillehammer Molde Harstad Gjøvik Kongsberg Narvik Alta Førde'
).split(' ')
