/** What a rule can see of a request. */
export type Seen = {
  readonly host: string
  readonly path: string
  readonly country: string
  readonly asn: number
  readonly ssl?: boolean
}

/**
 * The part of the rules language that home rules use: fields, `eq`, `ne`, `in {…}`, `contains`,
 * `starts_with(…)`, `not`, `and`, `or`, parentheses. Throws on anything else, so that a rule we
 * cannot judge is never judged silently.
 */
export function evaluate(expression: string, seen: Seen): boolean {
  const tokens = expression.match(/"(?:[^"\\]|\\.)*"|[{}(),]|[^\s{}(),"]+/g) ?? []
  let at = 0
  const peek = () => tokens[at]
  const take = (wanted?: string): string => {
    const token = tokens[at++]
    if (token === undefined || (wanted !== undefined && token !== wanted)) {
      throw new Error(`cannot read the rule at ${String(token)}: ${expression}`)
    }
    return token
  }

  const or = (): boolean => {
    let value = and()
    while (peek() === 'or') {
      take()
      const right = and()
      value = value || right
    }
    return value
  }
  const and = (): boolean => {
    let value = not()
    while (peek() === 'and') {
      take()
      const right = not()
      value = value && right
    }
    return value
  }
  const not = (): boolean => {
    if (peek() !== 'not') return term()
    take()
    return !not()
  }
  const term = (): boolean => {
    const token = take()
    if (token === 'true' || token === 'false') return token === 'true'
    if (token === '(') {
      const value = or()
      take(')')
      return value
    }
    if (token === 'starts_with' || token === 'ends_with') {
      take('(')
      const field = String(read(take(), seen))
      take(',')
      const text = literal(take())
      take(')')
      return token === 'starts_with' ? field.startsWith(String(text)) : field.endsWith(String(text))
    }
    const field = read(token, seen)
    if (
      typeof field === 'boolean' &&
      (peek() === undefined || ['and', 'or', ')'].includes(peek() ?? ''))
    )
      return field
    return compare(field, take())
  }
  const compare = (field: string | number | boolean, operator: string): boolean => {
    if (operator === 'in') {
      take('{')
      const values: (string | number)[] = []
      while (peek() !== '}') values.push(literal(take()))
      take('}')
      return values.some((value) => value === field)
    }
    const value = literal(take())
    if (operator === 'eq' || operator === '==') return field === value
    if (operator === 'ne' || operator === '!=') return field !== value
    if (operator === 'contains') return String(field).includes(String(value))
    throw new Error(`cannot read the operator ${operator}`)
  }

  const value = or()
  if (at < tokens.length)
    throw new Error(`cannot read the rule from ${String(peek())}: ${expression}`)
  return value
}

const literal = (token: string): string | number =>
  token.startsWith('"') ? (JSON.parse(token) as string) : Number(token)

function read(field: string, seen: Seen): string | number | boolean {
  switch (field) {
    case 'http.host':
      return seen.host
    case 'http.request.uri.path':
      return seen.path
    case 'ip.src.country':
    case 'ip.geoip.country':
      return seen.country
    case 'ip.src.asnum':
      return seen.asn
    case 'ssl':
      return seen.ssl ?? true
    case 'cf.client.bot':
      return false
    default:
      throw new Error(`cannot read the field ${field}`)
  }
}
