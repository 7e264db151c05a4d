/** Drugs by their ATC code, as they are prescribed, and the pharmacy's own article for each. */
export const drugCodes: Readonly<Record<string, { readonly article: string; readonly name: string }>> = {
  N02BE01: { article: 'A-10021', name: 'Paracetamol tablett 500 mg' },
  B01AB05: { article: 'A-10344', name: 'Enoksaparin injeksjon 40 mg' },
  J01CE01: { article: 'A-20107', name: 'Benzylpenicillin infusjon 3 g' },
  C03CA01: { article: 'A-10980', name: 'Furosemid tablett 40 mg' },
  N02AA01: { article: 'A-30002', name: 'Morfin injeksjon 10 mg' },
  A02BC02: { article: 'A-11250', name: 'Pantoprazol tablett 40 mg' },
  C07AB02: { article: 'A-12415', name: 'Metoprolol depottablett 50 mg' },
}

/** The ATC code of a pharmacy's article. */
export function atcOf(article: string): string | undefined {
  return Object.keys(drugCodes).find(atc => drugCodes[atc]?.article === article)
}
