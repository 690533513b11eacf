/** A string of Cloudflare's rules language. */
export const text = (value: string): string =>
  `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

export const isOneOf = (field: string, values: readonly string[]): string =>
  values.length === 1
    ? `${field} eq ${text(values[0] ?? '')}`
    : `${field} in {${values.map(text).join(' ')}}`

export const anyOf = (...terms: readonly string[]): string =>
  terms.length === 1 ? (terms[0] ?? '') : `(${terms.join(' or ')})`

export const allOf = (...terms: readonly string[]): string => `(${terms.join(' and ')})`

export const not = (term: string): string => `not ${term}`

export const startsWith = (field: string, prefix: string): string =>
  `starts_with(${field}, ${text(prefix)})`
