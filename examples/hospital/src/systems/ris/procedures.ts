/** What a radiologist may write. Made-up texts; the Norwegian letters are what they are here for. */
export type Procedure = {
  readonly name: string
  readonly findings: readonly string[]
  readonly conclusions: readonly [string, ...string[]]
}

export const unknownProcedure: Procedure = { name: '', findings: [], conclusions: ['Se bildene.'] }

/** The radiology system's own procedure numbers. */
export const procedures: Readonly<Record<string, Procedure>> = {
  '30100': {
    name: 'RTG THORAX',
    findings: ['Hjertet er normalt stort.', 'Ingen pleuravæske.', 'Lungene er luftholdige, ingen pneumothorax.'],
    conclusions: [
      'Normale forhold.',
      'Fortetning basalt på høyre side forenlig med pneumoni.',
      'Lett økt væskestuvning.',
    ],
  },
  '30210': {
    name: 'RTG HOFTE',
    findings: ['Bekken og begge hofter er avbildet i to plan.', 'Lett artrose på begge sider.'],
    conclusions: ['Lårhalsbrudd på venstre side uten vesentlig feilstilling.', 'Ikke påvist brudd.'],
  },
  '40110': {
    name: 'CT CAPUT',
    findings: ['Undersøkelsen er utført uten kontrast.', 'Normale ventrikler, midtstilte strukturer.'],
    conclusions: ['Ingen blødning.', 'Ingen blødning; hypodens forandring på høyre side som ved ferskt infarkt.'],
  },
  '40330': {
    name: 'CT ABDOMEN',
    findings: ['Undersøkt med intravenøs kontrast i portovenøs fase.', 'Lever, milt og nyrer uten anmerkning.'],
    conclusions: ['Fortykket appendiks med omliggende ødem: akutt appendisitt.', 'Ikke påvist patologi.'],
  },
  '50220': {
    name: 'MR COLUMNA',
    findings: ['Normal høyde på virvlene.', 'Degenererte skiver i de to nederste nivåene.'],
    conclusions: ['Skiveprolaps L5/S1 på venstre side med påvirkning av S1-roten.', 'Ingen nerverotspåvirkning.'],
  },
  '60330': {
    name: 'UL ABDOMEN',
    findings: ['Leveren er normalt stor med jevn struktur.', 'Galleblæren er spent.'],
    conclusions: ['Konkrementer i galleblæren, veggfortykkelse: kolecystitt.', 'Ingen gallestein.'],
  },
}
