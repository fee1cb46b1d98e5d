/** what the mutation tests run: the core's own tests, and its properties */
export const INCLUDED: readonly string[] = [
  'test/capabilities/**/*.test.ts',
  'test/properties/{token,vocabulary}-*.test.ts',
]

export const EXCLUDED: readonly string[] = [
  // threads do not see which mutant is active, and starting them is slow
  'test/capabilities/token/second-reader.test.ts',
  'test/properties/vocabulary-second-reader.test.ts',
  // nothing of it is changed
  'test/capabilities/punycode.test.ts',
]

/** few cases of each property, or every mutant would take minutes */
export const PROPERTY_RUNS = '0.03'
