/** The pharmacy's own catalogue. */
export const articles: Readonly<Record<string, { readonly name: string; readonly packSize: number }>> = {
  'A-10021': { name: 'PARACETAMOL TAB 500MG', packSize: 20 },
  'A-10344': { name: 'ENOKSAPARIN INJ 40MG SPRØYTE', packSize: 10 },
  'A-20107': { name: 'BENZYLPENICILLIN INF 3G', packSize: 10 },
  'A-10980': { name: 'FUROSEMID TAB 40MG', packSize: 100 },
  'A-30002': { name: 'MORFIN INJ 10MG/ML', packSize: 5 },
  'A-11250': { name: 'PANTOPRAZOL TAB 40MG', packSize: 28 },
  'A-12415': { name: 'METOPROLOL DEPOT TAB 50MG', packSize: 98 },
}
