import { Problem } from '../core/problem.ts'

/** One thing that is wrong with the configuration. Never quotes a secret. */
export type Complaint = {
  /** `gateway.listen[0]`; empty for the whole file. */
  readonly path: string
  /** Line in the file, from 1; `undefined` for what the file does not contain. */
  readonly line?: number | undefined
  readonly says: string
}

/** Everything that is wrong, at once. Exit code 64. */
export class ConfigurationProblem extends Problem {
  readonly file: string
  readonly complaints: readonly Complaint[]

  constructor(file: string, complaints: readonly Complaint[]) {
    const count = complaints.length === 1 ? 'one thing' : `${complaints.length} things`
    super('configuration/invalid', `${count} in ${file} cannot be used`, {
      hint: `mend ${file} and run the command again; docs/reference.md explains every key`,
      usage: true,
    })
    this.file = file
    this.complaints = complaints
  }
}

export type Path = readonly (string | number)[]

/** `['gateway', 'listen', 0]` → `gateway.listen[0]` */
export const describePath = (path: Path): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
