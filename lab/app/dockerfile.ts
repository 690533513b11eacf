/** One instruction of a Dockerfile; `words` are those of the JSON form, or one for all that follows. */
export type Instruction = {
  readonly name: string
  readonly flags: Readonly<Record<string, string>>
  readonly rest: string
}

export type Stage = {
  readonly base: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

/** The stages of a Dockerfile as far as ours goes: instructions, continued lines, comments, flags, arguments in FROM. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = []
  const globals = new Map<string, string>()
  for (const { name, flags, rest } of instructionsOf(text)) {
    const stage = stages.at(-1)
    if (name === 'FROM') {
      const [base = '', , as] = rest.split(/\s+/)
      stages.push({ base: fill(base, globals), name: as, instructions: [] })
    } else if (stage) stage.instructions.push({ name, flags, rest })
    else if (name === 'ARG') {
      const [key = '', value = ''] = rest.split('=')
      globals.set(key, value)
    } else throw new Error(`${name} before FROM`)
  }
  return stages
}

function instructionsOf(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return lines.map((line) => {
    const [, name = '', flagText = '', rest = ''] =
      /^([A-Z]+)\s+((?:--[a-z]+=\S+\s+)*)(.*)$/.exec(line) ?? []
    if (name === '') throw new Error(`not an instruction: ${line}`)
    const flags = [...flagText.matchAll(/--([a-z]+)=(\S+)/g)].map(
      ([, key = '', value = '']) => [key, value] as const,
    )
    return { name, flags: Object.fromEntries(flags), rest }
  })
}

export const fill = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => values.get(key) ?? '')

/** `["node", "/app/main.js"]` */
export function exec(rest: string): readonly string[] {
  const read: unknown = JSON.parse(rest)
  if (!Array.isArray(read)) throw new Error(`not the JSON form: ${rest}`)
  return read.map(String)
}

/** Whether a file of the context is left out: the last pattern of .dockerignore that speaks of it, or of a folder of it, decides. */
export function isIgnored(file: string, dockerignore: string): boolean {
  const parts = file.split('/')
  const paths = parts.map((_, i) => parts.slice(0, i + 1).join('/'))
  let ignored = false
  for (const line of dockerignore.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const pattern = line.replace(/^!/, '')
    if (paths.some((path) => regexOf(pattern).test(path))) ignored = !line.startsWith('!')
  }
  return ignored
}

/** Unlike a shell's, its stars match a leading dot too. */
const regexOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^$()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('**/', '\u0000')
      .replaceAll('*', '[^/]*')
      .replaceAll('\u0000', '(?:.*/)?')}$`,
  )
