/** The attribute by which an endpoint tells the parser `hl7v2()` the character set of its messages. */
export const charsetAttribute = 'hl7.charset'
